"""What screen tests share: the site on a real server, and Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from tests.browser import serving, session_of

if TYPE_CHECKING:
    from tests.screens.chairside import Chairside


@pytest.fixture(scope="module")
def site(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """The address of the running site, which may ask its database until it is down."""
    with django_db_blocker.unblock(), serving() as address:
        yield address


@pytest.fixture
def nurse(clinic_id: UUID) -> str:
    """The session of a nurse of this test's own clinic."""
    from kairn.clinic.people.accounts import make_account

    return session_of(make_account(clinic_id, "Nia Okafor", f"{uuid4().hex[:10]}@test.example", ["nurse"]).user)


@pytest.fixture
def seat(clinic_id: UUID, monkeypatch: pytest.MonkeyPatch) -> Chairside:
    """One person at a visit; time goes as the test says."""
    from django.utils import timezone
    from tests.clinic.acts_walk import Walk
    from tests.screens.chairside import Chairside

    walk = Walk(clinic_id)
    monkeypatch.setattr(timezone, "now", lambda: walk.now)
    return Chairside(walk)
