"""What screen tests share: the site on a real server, and Chromium."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.browser import chromium, serving, session_of

# Playwright's own loop runs in this thread; Django would take the tests' queries for a blocked server.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The Chromium of this machine where there is one."""
    found = chromium()
    return browser_type_launch_args | {"args": ["--no-sandbox"]} | ({"executable_path": found} if found else {})


@pytest.fixture(scope="session")
def site(django_db_setup: None) -> Iterator[str]:
    """The address of the running site."""
    with serving() as address:
        yield address


@pytest.fixture
def nurse(clinic_id: UUID) -> str:
    """The session of a nurse of this test's own clinic."""
    from kairn.clinic.people.accounts import make_account

    return session_of(make_account(clinic_id, "Nia Okafor", f"{uuid4().hex[:10]}@test.example", ["nurse"]).user)
