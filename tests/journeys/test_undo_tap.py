"""Undo and the emergency card in a real browser: one tap each, over nothing that must be seen, and gone when the time is over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hands import Hand
from playwright.sync_api import Browser, expect
from tests.browser import stop_clock
from tests.clinic.acts_walk import Walk

from kairn.library.emergency_card import EMERGENCY_CARD
from kairn.record.payloads import Observed, PhaseEntered

STAYS_MS = 9_500
"""Longer than a word without Undo is shown, and not as long as one with it."""
LEFT_MS = 600
STOP = "form[action$='/pump-stopped'] button.btn--stop"
FOCUSED = """() => {
  const acts = document.querySelector("nav.acts"), under = [];
  let count = 0;
  for (const one of document.querySelectorAll("main :is(a, button, input, select, textarea, summary)")) {
    one.focus();
    if (acts.contains(one) || document.activeElement !== one) continue;
    count += 1;
    const { top, bottom } = one.getBoundingClientRect();
    if ((top + bottom) / 2 > acts.getBoundingClientRect().top) under.push(one.outerHTML.slice(0, 120));
  }
  return [count, under];
}"""


@pytest.fixture
def walk(clinic_id: Any) -> Walk:
    """A person with the pump running."""
    walk = Walk(clinic_id)
    walk.to_infusion()
    return walk


@pytest.fixture
def hand(browser: Browser, site: str, walk: Walk) -> Iterator[Hand]:
    """The nurse's tablet."""
    made = Hand(browser, site, walk.users["nurse"])
    made.go(f"/patients/{walk.patient}/visits/{walk.visit}/chair")
    yield made
    made.context.close()


@pytest.mark.parametrize("width", [320, 768, 1024])
def test_undo_is_offered_for_ten_seconds_and_covers_no_act(hand: Hand, walk: Walk, width: int) -> None:
    page, before = hand.page, len(walk.history.all(Observed))
    page.set_viewport_size({"width": width, "height": 768})
    page.clock.install()
    for undoes in (True, False):
        stop_clock(page)
        with page.expect_navigation():
            page.locator("section[aria-label=Distress] button").first.click()
        undo = page.locator(".toast button")
        expect(undo).to_be_in_viewport(ratio=1)
        expect(page.locator(STOP)).to_be_in_viewport(ratio=1)
        word, acts = page.locator(".toast").bounding_box(), page.locator("nav.acts").bounding_box()
        assert word and acts and word["y"] + word["height"] <= acts["y"]
        if undoes:
            with page.expect_navigation():
                undo.click()
            expect(page.locator(".toast").first).to_contain_text("Undone.")
            assert len(walk.history.all(Observed)) == before
    page.clock.run_for(STAYS_MS)
    assert undo.is_visible()
    page.clock.run_for(LEFT_MS)
    assert undo.is_hidden()
    assert len(walk.history.all(Observed)) == before + 1 and hand.complaints == []


@pytest.mark.parametrize("size", [(320, 568), (360, 640), (640, 360), (1024, 600)])
def test_the_pump_can_be_stopped_as_soon_as_the_chair_is_open_on_a_small_screen(hand: Hand, size: tuple[int, int]) -> None:
    hand.page.set_viewport_size({"width": size[0], "height": size[1]})
    hand.page.reload()
    expect(hand.page.locator(STOP)).to_be_in_viewport(ratio=1)
    assert hand.page.evaluate("scrollY") == 0


@pytest.mark.parametrize("size", [(320, 568), (360, 640), (640, 360)])
def test_nothing_that_has_the_focus_lies_under_the_acts_of_a_phone(hand: Hand, size: tuple[int, int]) -> None:
    hand.page.set_viewport_size({"width": size[0], "height": size[1]})
    hand.page.reload()
    count, under = hand.page.evaluate(FOCUSED)
    assert count > 10 and under == []


def test_a_stop_taken_back_leaves_the_pump_running_and_its_button_in_reach(hand: Hand, walk: Walk) -> None:
    page = hand.page
    entered = len(walk.history.all(PhaseEntered))
    with page.expect_navigation():
        page.locator(STOP).click()
    with page.expect_navigation():
        page.locator(".toast button").click()
    expect(page.locator(STOP)).to_be_in_viewport(ratio=1)
    assert page.url.endswith("/chair") and len(walk.history.all(PhaseEntered)) == entered and walk.standing.visits[0].pump == "running"


@pytest.mark.parametrize("width", [320, 1024])
def test_the_emergency_card_opens_by_one_tap_without_a_network_and_not_over_the_vital_signs(hand: Hand, width: int) -> None:
    page = hand.page
    page.set_viewport_size({"width": width, "height": 768})
    steps = page.locator("#emergency-steps")
    expect(steps).to_be_hidden()
    hand.context.set_offline(offline=True)
    page.locator("a[href='#emergency-steps']").click()
    for step in EMERGENCY_CARD.steps:
        expect(steps).to_contain_text(step)
    expect(steps.locator("li").first).to_be_in_viewport()
    expect(page.locator(STOP)).to_be_in_viewport(ratio=1)
    card, live = page.locator("#emergency").bounding_box(), page.locator("#chair-live").bounding_box()
    assert card and live and live["y"] + live["height"] <= card["y"]
