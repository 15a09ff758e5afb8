"""On real pages: a nurse draws, the infusion runs, another stands by, what is left is wasted, and the day closes only when it adds up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest
from hands import Hand
from playwright.sync_api import Browser, expect
from tests.clinic.acts_walk import Walk

from kairn.clinic.acts import pump
from kairn.clinic.acts.outcome import Done

NOT_YET = "Cannot be closed yet"
NOT_ENOUGH = "status of 409"


@pytest.fixture
def walk(clinic_id: UUID, clock: Any) -> Walk:
    """A person ready for an infusion, in a clinic whose shelf is empty, early enough in the day for all of it."""
    clock.within_a_day(hours=2)
    return Walk(clinic_id).to_ordered()


def fill(hand: Hand, button: str, within: str, **typed: str) -> None:
    """Type into the fields of a form and press its button."""
    for name, value in typed.items():
        hand.enter(name, value)
    hand.button(button, within)


def confirm(hand: Hand) -> None:
    """Stand by everything that waits."""
    page = hand.go("/stock")
    for tick in page.locator("#waiting label").all():
        tick.click()
    hand.button("I saw these and stand by them", "#waiting")


def draw(nurse: Hand, account: str) -> None:
    """More than there is is refused on the page, what there is is recorded."""
    page = nurse.go(account)
    page.locator("#draw label", has_text="KX-1").click()
    fill(nurse, "Record what was drawn", "#draw", volume="900", syringe="syringe-50")
    expect(page.locator("main")).to_contain_text("more than there is")
    fill(nurse, "Record what was drawn", "#draw", volume="50")
    expect(page.locator("main .decision")).to_contain_text("Open")


def infuse(walk: Walk, clock: Any, nurse: Hand) -> None:
    """Forty minutes, and the stop is tapped at the chair. The clinic's clock is the tests' own."""
    clock.later(seconds=max(0.0, (walk.now - clock.now()).total_seconds()) + 1)  # a walk steps on by itself, ahead of the clock
    walk.now = clock.now()
    outcome: Mapping[str, Any] = {"done": walk.act(pump.start_infusion, "nurse")}
    assert isinstance(outcome["done"], Done), getattr(outcome["done"], "rule_ids", outcome)
    clock.later(minutes=40, seconds=5)
    page = nurse.go(f"/patients/{walk.patient}/visits/{walk.visit}/chair")
    nurse.press(page.get_by_role("button", name="Pump stopped").first)
    nurse.press(page.get_by_role("link", name="What was drawn, and whether it is accounted for"))
    expect(page.locator("main .decision")).to_contain_text("Not explained")


def day(hand: Hand) -> str:
    """What the day's page says."""
    return hand.go("/stock/day").locator("main").inner_text()


def test_draw_infuse_waste_close(browser: Browser, site: str, walk: Walk, clock: Any) -> None:
    nurse, second = Hand(browser, site, walk.users["nurse"]), Hand(browser, site, walk.make("nurse"))
    account = f"/patients/{walk.patient}/visits/{walk.visit}/stock"
    nurse.go("/stock/receive")
    fill(nurse, "Receive", "main", product="ketamine-1", lot="KX-1", expires="2040-01-01", volume="500")
    expect(nurse.page.locator("#waiting")).to_contain_text("somebody else stands by it")
    draw(nurse, account)
    confirm(second)
    infuse(walk, clock, nurse)
    assert NOT_YET in day(second)

    nurse.page.locator("#after [name='reason']").fill("Absorbent")
    fill(nurse, "Record what is left and wasted", "#after", left="4", left_syringe="syringe-50", wasted="5", wasted_syringe="syringe-50")
    expect(nurse.page.locator("main .decision")).to_contain_text("Waits for a second person")
    assert NOT_YET in day(second)
    confirm(second)
    page = nurse.go(account)
    expect(page.locator("main .decision")).to_contain_text("Closes")
    assert page.locator("tbody tr").nth(1).locator("td.num").inner_text().startswith("41")
    assert "etamine" not in page.title() + page.url

    assert NOT_YET not in day(second)
    second.button("Close the day")
    expect(second.page.locator("main .decision")).to_contain_text("closed by")
    register = nurse.go("/stock/register").locator("main").inner_text()
    assert all(words in register for words in ("450 mL", "Absorbent", "Luis Farah"))
    assert [said for said in nurse.complaints + second.complaints if NOT_ENOUGH not in said] == []
