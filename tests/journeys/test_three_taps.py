"""The chair and the screen beside it: from a saved over-limit pressure to a stored stop three taps at most, counted from pointer events; and the board."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hands import LIVE_MS, WATCHED, Hand
from playwright.sync_api import Browser, Locator, expect
from tablet import TABLET
from tests.clinic.acts_walk import CALM, Walk

from kairn.record.payloads import Observed, PumpStopped

MOST, LOST_MS = 3, 10_000
OVER = CALM | {"systolic": "232", "diastolic": "118"}
COUNT = """addEventListener('pointerdown', event => {
  if (event.target.closest('[data-key]')) return;  // digits
  sessionStorage.taps = Number(sessionStorage.taps || 0) + 1;
}, true);"""


class Screen:
    """A hand whose taps are counted where they arrive, across pages; digits of the pad are no taps."""

    def __init__(self, hand: Hand) -> None:
        self.hand, self.page = hand, hand.page
        hand.context.add_init_script(COUNT)
        hand.page.set_viewport_size(TABLET)

    @property
    def taps(self) -> int:
        """How many so far."""
        return int(self.page.evaluate("Number(sessionStorage.taps || 0)"))

    def tap(self, button: Locator) -> None:
        """A finger on what is on the screen as it is: nothing is scrolled to first. Again where the button asks for that."""
        expect(button).to_be_in_viewport(ratio=1)
        for _ in range(2 if button.get_attribute("data-two-taps") else 1):
            box = button.bounding_box()
            assert box
            self.page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


@pytest.fixture
def screens(browser: Browser, site: str, walk: Walk) -> Iterator[tuple[Screen, Screen]]:
    """The nurse's tablet and the prescriber's, each in a browser of its own."""
    made = tuple(Screen(Hand(browser, site, walk.users[role], has_touch=True)) for role in ("nurse", "prescriber"))
    yield made[0], made[1]
    for screen in made:
        screen.hand.context.close()


def type_pressure(nurse: Screen) -> None:
    """The set of vital signs as far as the save button, which is on the screen."""
    page = nurse.page
    for name, value in OVER.items():
        page.locator(f"#p-{name}").tap()
        for digit in value:
            page.locator(f"[data-padset] [data-key='{digit}']").first.tap()
    for name, value in WATCHED.items():
        page.locator(f"main label:has(input[name='{name}'][value='{value}'])").first.tap()
    page.locator("[data-padset] [data-two-taps]").first.evaluate("button => button.scrollIntoView({block: 'center'})")


def test_three_taps_from_the_pressure_to_the_stop_on_both_screens(screens: tuple[Screen, Screen], walk: Walk) -> None:
    nurse, second = screens
    seat = f"/patients/{walk.patient}/visits/{walk.visit}/chair"
    for screen in screens:
        screen.hand.go(seat)
    seen = second.page.locator("#chair-live")
    type_pressure(nurse)
    begun = nurse.taps, second.taps
    assert begun[0] > MOST, "the counter counts nothing"

    with nurse.page.expect_navigation():
        nurse.tap(nurse.page.locator("[data-padset] [data-two-taps]").first)
    saved = nurse.taps
    assert any(reading.value == OVER["systolic"] for _, said in walk.history.all(Observed) for reading in said.readings)
    expect(nurse.page.locator(".hold[data-rule=pressure-stop]")).to_be_in_viewport()
    expect(seen).to_contain_text(f"{OVER['systolic']}/{OVER['diastolic']}", timeout=LIVE_MS)

    with nurse.page.expect_navigation():
        nurse.tap(nurse.page.locator("form[action$='/pump-stopped'] button.btn--stop"))
    expect(second.page.locator("#chair-entries")).to_contain_text("Pump stopped", timeout=LIVE_MS)
    expect(seen).to_contain_text("Recovery")
    stops = walk.history.all(PumpStopped)
    assert len(stops) == 1 and stops[0][1].visit == walk.visit
    taps = nurse.taps - begun[0], second.taps - begun[1]
    assert nurse.taps - saved == 1 and sum(taps) <= MOST, f"{taps} taps on the two screens, {nurse.taps - saved} of them after the pressure was saved"
    assert [screen.hand.complaints for screen in screens] == [[], []]


def test_the_board_shows_the_stop_by_itself_leads_to_the_due_field_and_says_when_it_is_cut_off(screens: tuple[Screen, Screen], walk: Walk) -> None:
    nurse, second = screens
    board = second.hand.go("/chairs")
    nurse.hand.go(f"/patients/{walk.patient}/visits/{walk.visit}/chair")
    type_pressure(nurse)
    with nurse.page.expect_navigation():
        nurse.tap(nurse.page.locator("[data-padset] [data-two-taps]").first)
    chair = board.locator("#board li", has_text="Farah")
    expect(chair.locator(".mark--high").first).to_contain_text("Stop", timeout=LIVE_MS)
    expect(chair).to_contain_text(f"{OVER['systolic']}/{OVER['diastolic']}")

    with board.expect_navigation():
        second.tap(chair.locator("a[href*='#p-']"))
    expect(board.locator("#p-systolic")).to_be_focused()
    board.locator("[data-padset] [data-key='9']").first.tap()
    expect(board.locator("#p-systolic")).to_have_value("9")

    second.hand.go("/chairs")
    expect(board.locator("[data-lost]")).to_be_hidden()
    second.hand.context.set_offline(offline=True)
    expect(board.locator("[data-lost]")).to_be_visible(timeout=LOST_MS)


@pytest.mark.parametrize("width", [320, 768, 1024])
def test_the_word_that_something_was_received_covers_no_act(screens: tuple[Screen, Screen], walk: Walk, width: int) -> None:
    page = screens[0].page
    page.set_viewport_size({"width": width, "height": TABLET["height"]})
    screens[0].hand.go(f"/patients/{walk.patient}/visits/{walk.visit}/chair")
    with page.expect_navigation():
        page.locator("section[aria-label=Distress] button").first.tap()
    word, stop = page.locator(".toast"), page.locator("form[action$='/pump-stopped'] button.btn--stop")
    expect(word).to_be_in_viewport(ratio=1)
    expect(stop).to_be_in_viewport(ratio=1)
    word_box, acts_box = word.bounding_box(), page.locator("nav.acts").bounding_box()
    assert word_box and acts_box and word_box["y"] + word_box["height"] <= acts_box["y"]
