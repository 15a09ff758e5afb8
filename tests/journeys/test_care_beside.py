"""Two journeys: a nurse follows a withdrawal, and a therapist signs a plan of care that the person then reads on their phone."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hands import Hand
from playwright.sync_api import Browser, expect
from tests.browser import WIDTHS, looked_at

from kairn.clinic.people.demo_people import DOMAIN, staff
from kairn.clinic.people.models import User
from kairn.pathway.scenario import Scenario, load_scenario, scenario_files
from kairn.protocol.load import load_protocol


@pytest.fixture(scope="module")
def stories() -> dict[str, Scenario]:
    """Every story that ships, by given name."""
    from django.utils import timezone

    protocol = load_protocol("iv-ketamine-oud", "1.0")
    return {one.person.given_name: one for one in (load_scenario(path, protocol, timezone.now()) for path in scenario_files())}


@pytest.mark.parametrize("width", WIDTHS)
def test_a_nurse_follows_a_withdrawal(
    browser: Browser, site: str, database: Any, demo_clinic: UUID, stories: dict[str, Scenario], pictures: Path, width: int
) -> None:
    nurse = Hand(browser, site, staff(demo_clinic)["nurse"], width=width)
    faults = []
    for name in ("Priya", "Quinn", "Omar", "Ivy"):
        page = nurse.go(f"/patients/{stories[name].patient}/course")
        faults += looked_at(page, pictures, f"withdrawal-{name.lower()}")
    assert faults == []
    expect(nurse.go(f"/patients/{stories['Quinn'].patient}/course").locator("main")).to_contain_text("also shows the infusion")
    page = nurse.go(f"/patients/{stories['Omar'].patient}/course")
    page.locator("#p-cows").fill("7")
    nurse.press(page.locator("#score [data-two-taps]"))
    expect(page.locator("main")).to_contain_text("7 mild")
    nurse.choose("purpose", "moud")
    page.locator("#drug").fill("buprenorphine")
    page.locator("#f-amount").fill("8")
    nurse.choose("unit", "mg")
    nurse.press(page.locator("#dose [data-two-taps]"))
    expect(page.locator("main")).to_contain_text("buprenorphine 8 mg")
    nurse.enter("substance", "alcohol")
    page.locator("#use [name=never]").check()
    nurse.press(page.locator("#use [data-two-taps]"))
    expect(nurse.go(f"/patients/{stories['Omar'].patient}/timeline").locator("main")).to_contain_text("Use told: alcohol")
    assert nurse.complaints == []


@pytest.mark.parametrize("width", WIDTHS)
def test_a_plan_of_care_is_signed_and_read_by_the_person(
    browser: Browser, site: str, database: Any, demo_clinic: UUID, stories: dict[str, Scenario], pictures: Path, width: int
) -> None:
    therapist = Hand(browser, site, staff(demo_clinic)["therapist"], width=width)
    chart = f"/patients/{stories['Ana'].patient}"
    page = therapist.go(f"{chart}/care")
    assert looked_at(page, pictures, "care-plan") == []
    page.locator("main details.more:has([name='p0s0-what'])").first.evaluate("one => { one.open = true }")
    words = f"Take your medicine with breakfast, so that it is not forgotten. At {width} we said so."
    page.locator("[name='p0s0-what']").fill(words)
    page.locator("[name='agreed']").check()
    therapist.press(page.locator("main form [data-two-taps]").last)
    page = therapist.go(f"{chart}/care/signed")
    expect(page.locator("main")).to_contain_text(words)
    assert looked_at(page, pictures, "care-plan-signed") == []
    page.emulate_media(media="print")
    page.screenshot(path=pictures / f"care-plan-print-{width}.png", full_page=True)
    person = Hand(browser, site, User.objects.get(email=f"patient@{DOMAIN}"), width=width)
    page = person.go("/me/plan")
    expect(page.locator("main")).to_contain_text(words)
    expect(page.locator("main")).not_to_contain_text("moud-asked-early")
    assert looked_at(page, pictures, "own-plan") == []
    assert therapist.complaints == person.complaints == []
