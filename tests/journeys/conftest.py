"""What journeys share: Chromium, the site on a real server, a clock that a story can move on, and a demonstration clinic."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from cable import Cable, cable
from tests.browser import PICTURED, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from tablet import Tablet
    from tests.clinic.acts_walk import Walk

# Playwright's own loop runs in this thread; Django would take the tests' queries for a blocked server.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"


@pytest.fixture(scope="module")
def site(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """The address of the running site, which may ask its database until it is down."""
    # A stream of news still open at the end is cut off, and uvicorn says so at length.
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    with django_db_blocker.unblock(), serving() as address:
        yield address


@pytest.fixture
def line(site: str) -> Iterator[Cable]:
    """The cable of one tablet."""
    with cable(site) as made:
        yield made


class Clock:
    """The clinic's clock for one story. It runs as the real one does; a story moves it on where people would wait."""

    def __init__(self, real: Any) -> None:
        self.real, self.ahead = real, timedelta()

    def now(self) -> datetime:
        """What the clinic takes for now."""
        return self.real() + self.ahead

    def later(self, **length: float) -> None:
        """People wait."""
        self.ahead += timedelta(**length)

    def within_a_day(self, **length: float) -> None:
        """Begin early enough in a day for a story of this length."""
        from tests.clinic.acts_walk import within_a_day

        now = self.now()
        self.ahead += within_a_day(now, **length) - now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Moves `timezone.now` for the whole server, which runs in this process. The database keeps its own time, so recorded_at does not move."""
    from django.utils import timezone

    made = Clock(timezone.now)
    monkeypatch.setattr(timezone, "now", made.now)
    return made


@pytest.fixture
def walk(clinic_id: Any, clock: Any) -> Walk:
    """A person with the pump running for five minutes."""
    from tests.clinic.acts_walk import Walk

    walk = Walk(clinic_id)
    walk.to_infusion()
    clock.later(minutes=5)
    return walk


@pytest.fixture
def tablet(browser: Browser, walk: Walk, line: Cable) -> Iterator[Tablet]:
    from tablet import Tablet

    made = Tablet(browser, walk, line)
    made.sit()
    yield made
    made.hand.context.close()


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where pictures go: the handbook's folder when KAIRN_PICTURES=1 asks for it, else a folder of this test's own."""
    if not PICTURED:
        return tmp_path
    PICTURES.mkdir(exist_ok=True)
    return PICTURES


@pytest.fixture(scope="session")
def demo_clinic(django_db_setup: None, django_db_blocker: Any) -> UUID:
    """The demonstration clinic with every scenario as data, made as `kairn run` makes it: in a process of its own, as owner."""
    from kairn.clinic.people.demo_people import CLINIC_NAME
    from kairn.clinic.people.models import Clinic

    with django_db_blocker.unblock():
        found = Clinic.objects.filter(name=CLINIC_NAME, mode="demo").first()
        if found is None:
            _seed()
            found = Clinic.objects.get(name=CLINIC_NAME, mode="demo")
        return UUID(str(found.id))


def _seed() -> None:
    told = os.environ | {"KAIRN_DATABASE_ROLE": "owner", "DJANGO_SETTINGS_MODULE": "kairn.clinic.site.settings"}
    done = subprocess.run([sys.executable, "-m", "kairn.clinic.site.seeding"], env=told, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["sign_ins"], "the demonstration printed no sign-ins"
