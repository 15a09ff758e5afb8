"""What the clock alone changes is on the screen at that moment, with nobody touching it and nothing entered anywhere."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from hands import Hand
from playwright.sync_api import Browser, expect
from tests.clinic.acts_walk import Walk

AHEAD = timedelta(seconds=15)
SOON_MS = 60_000
LONG = 4


def just_before(clock: Any, moment: datetime) -> None:
    """Some seconds before it."""
    clock.ahead += moment - AHEAD - clock.now()


def test_a_criterion_of_going_home_lights_up_by_itself(browser: Browser, site: str, clinic_id: Any, clock: Any) -> None:
    walk = Walk(clinic_id).to_recovery()
    ended = walk.standing.visits[0].infusion_ended
    assert ended is not None
    just_before(clock, ended + timedelta(minutes=120))
    nurse = Hand(browser, site, walk.users["nurse"])
    page = nurse.go(f"/patients/{walk.patient}/visits/{walk.visit}/home")
    long_enough, ready = page.locator("details.gate[data-rule=observed-long-enough]"), page.locator("#ready")
    expect(long_enough).not_to_contain_text(re.compile(r"^\s*Yes"))
    before = ready.inner_text()
    expect(long_enough).to_contain_text(re.compile(r"^\s*Yes"), timeout=SOON_MS)
    expect(ready).not_to_have_text(before)
    assert nurse.complaints == []
    nurse.context.close()


def test_a_chair_is_brought_anew_when_something_falls_due(browser: Browser, site: str, clinic_id: Any, clock: Any) -> None:
    walk = Walk(clinic_id)
    walk.to_infusion()
    clock.later(minutes=1)
    walk.now = clock.now()
    changes = walk.standing.changes_at
    assert changes is not None
    just_before(clock, changes)
    nurse = Hand(browser, site, walk.users["nurse"])
    part = nurse.go(f"/patients/{walk.patient}/visits/{walk.visit}/chair").locator("#chair-live")
    expect(part).to_have_attribute("data-changes", changes.isoformat())
    expect(part).to_have_attribute("data-changes", re.compile(f"^(?!{re.escape(changes.isoformat())}).+"), timeout=SOON_MS)
    assert nurse.complaints == []
    nurse.context.close()


def test_a_page_that_was_long_in_opening_still_has_the_clinics_time(browser: Browser, site: str, clock: Any) -> None:
    context = browser.new_context(service_workers="block")
    page = context.new_page()
    page.route(re.compile(r"htmx\.min\.js"), lambda route: (time.sleep(LONG), route.continue_()))
    page.goto(f"{site}/accounts/login/")
    shown = datetime.fromtimestamp(page.evaluate("kairn.now()") / 1000, UTC)
    read, came = page.evaluate("performance.getEntriesByType('navigation').flatMap(opened => [opened.domContentLoadedEventStart, opened.responseStart])")
    assert read - came > 1000 * LONG / 2, "it was not long in opening"
    assert abs(shown - clock.now()) < timedelta(seconds=LONG / 2)
    context.close()
