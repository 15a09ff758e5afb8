"""The chair's page on a tablet: what a reload or the lock makes of a refused form, a clock that is set back under it, and whose hand it has by now."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect
from tablet import SOON_MS, Tablet, eventually
from tests.clinic.acts_walk import Walk

from kairn.clinic.acts import pump
from kairn.clinic.people import authorship
from kairn.record.payloads import NoteWritten


@pytest.mark.parametrize("why", ["reload", "lock"])
def test_a_refused_form_is_not_sent_again_where_its_page_is_loaded_again(tablet: Tablet, walk: Walk, why: str) -> None:
    """Asked whether it is what was read, the nurse is called away: the visit stays in view with its clock and its stop, and nothing is recorded or kept."""
    before = walk.history.seq
    tablet.vitals(systolic="1220")
    expect(tablet.page.locator("main")).to_contain_text("is this what you read")
    if why == "reload":
        tablet.page.reload()
    else:
        tablet.lock()
        tablet.later(minutes=30)
        tablet.page.evaluate("localStorage.setItem('kairn-seen-here', String(kairnReal() - 10))")
        expect(tablet.page.locator("script[data-dimmed]")).to_be_attached(timeout=SOON_MS)
    expect(tablet.page.locator("main")).not_to_contain_text("is this what you read", timeout=SOON_MS)
    expect(tablet.page.locator("#chair-live")).to_be_visible()
    expect(tablet.page.locator("nav.acts > form[action$='/pump-stopped'] button")).to_be_visible()
    assert tablet.page.evaluate("location.pathname") == tablet.chair
    tablet.waiting(0)
    assert walk.history.seq == before


def test_a_clock_that_is_set_back_under_an_open_page_makes_nothing_earlier(tablet: Tablet, walk: Walk, clock: Any) -> None:
    """The tablet slept for five minutes, and then its clock was put two minutes back. No news comes, which would bring the page a newer time."""
    tablet.page.evaluate("() => { htmx.trigger = () => {} }")
    for length in (timedelta(minutes=5), timedelta(minutes=-2)):
        tablet.later(seconds=length.total_seconds())
        tablet.page.evaluate("kairn.now()")
    clock.later(minutes=5)
    tablet.note("Asleep.")
    expect(tablet.page.locator("#chair-entries")).to_contain_text("Asleep.")
    (event, _) = walk.history.all(NoteWritten)[-1]
    assert timedelta() <= clock.now() - event.occurred_at < timedelta(seconds=30)


def test_a_page_that_is_not_the_chairs_keeps_its_own_address(tablet: Tablet) -> None:
    own = tablet.chair.replace("/chair", "/home")
    tablet.hand.go(own)
    assert tablet.page.evaluate("location.pathname") == own


def test_what_the_page_shows_by_now_is_known_to_what_is_written_on_it(tablet: Tablet, walk: Walk, clock: Any) -> None:
    """What came with the live part is not asked about as if somebody else had recorded the same meanwhile; the kept page knows it as well."""
    walk.now = clock.now()
    walk.do(pump.pause_pump, "prescriber")
    expect(tablet.page.locator("#chair-entries")).to_contain_text("Pump paused", timeout=SOON_MS)
    written = tablet.page.locator("#note [name=offline_token]")
    eventually(lambda: (found := authorship.hand_of(written.input_value())) and found.seq == walk.history.seq and found.person == str(walk.users["nurse"].id))
    token = written.input_value()
    eventually(lambda: tablet.page.evaluate("token => kairnKept.page(location.pathname).then(page => page.html.includes(token))", token))
