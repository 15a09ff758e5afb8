"""Undo at the chair: ten seconds for one's own entry; after that, and for anything else, the page that asks for a reason."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from tests.screens.chairside import CALM_AGAIN, Chairside
from tests.screens.desk_walk import SEE_OTHER
from tests.screens.test_pump_times import on_a_locked_tablet

from kairn.clinic.acts import endings
from kairn.clinic.acts.context import UNSIGNED
from kairn.record.payloads import DrugGiven, EnteredInError, Observed, PhaseEntered, PumpStopped, TaskOpened

ONDANSETRON = {"drug": "ondansetron", "dose": "4 mg"}


def entered(seat: Chairside, act: str, client: Client | None = None, **typed: str) -> tuple[Client, str, str]:
    """An entry made at this very moment: the browser it was made in, the page that follows, and the address that takes it back."""
    seat.walk.now = datetime.now(UTC)
    tablet = client or seat.browser("nurse")
    answer = tablet.post(seat.url("chair_act", act), typed)
    assert answer.status_code == SEE_OTHER, answer.content.decode()[:400]
    page = tablet.get(answer.url).content.decode()
    found = re.search(r'action="([^"]*/undo[^"]*)"', page)
    return tablet, page, unescape(found[1]) if found else ""


def struck(seat: Chairside, kind: type) -> list[str]:
    """Why the entries of a kind were struck out."""
    why = seat.walk.history.struck
    return [why[event.id].payload.reason for event in seat.walk.history.events if isinstance(event.payload, kind) and event.id in why]  # type: ignore[attr-defined]


@pytest.mark.parametrize(("act", "kind", "typed"), [("drug", DrugGiven, ONDANSETRON), ("vitals", Observed, CALM_AGAIN)])
def test_an_entry_is_taken_back_once_by_two_taps(seat: Chairside, act: str, kind: type, typed: dict[str, str]) -> None:
    seat.walk.to_infusion()
    before = seat.count(kind)
    tablet, page, undo = entered(seat, act, **typed)
    assert "Received." in page and 'data-leaves="10"' in page and seat.count(kind) == before + 1
    for _ in range(2):
        answer = tablet.post(undo)
        assert (answer.status_code, answer.url) == (SEE_OTHER, seat.url("chair"))
    assert seat.count(kind) == before and struck(seat, kind) == ["undone within 10 s"] and len(seat.walk.history.events) == seat.walk.history.seq
    assert sum(isinstance(event.payload, EnteredInError) for event in seat.walk.history.events) == 1
    assert "Undone. The entry stays readable, struck through." in tablet.get(seat.url("chair")).content.decode()


@pytest.mark.parametrize(("seconds", "taken"), [(9, True), (14, True), (17, False)])
def test_after_its_time_the_page_that_asks_for_a_reason_comes(seat: Chairside, seconds: int, taken: bool) -> None:
    seat.walk.to_infusion()
    tablet, _, undo = entered(seat, "drug", **ONDANSETRON)
    event = seat.walk.history.latest(DrugGiven)
    assert event
    seat.walk.now = event[0].recorded_at
    seat.walk.later(seconds=seconds)
    answer = tablet.post(undo)
    assert seat.count(DrugGiven) == (0 if taken else 1)
    if not taken:
        page = tablet.get(answer.url).content.decode()
        assert f"/entries/{event[0].id}/strike" in answer.url and "the time for that is over" in page and 'name="reason"' in page


def test_only_who_made_an_entry_takes_it_back_so_and_never_a_decision(seat: Chairside) -> None:
    seat.walk.to_infusion()
    _, _, undo = entered(seat, "drug", **ONDANSETRON)
    answer = seat.browser("prescriber").post(undo)
    assert "/strike" in answer.url and seat.count(DrugGiven) == 1
    decided = next(event for event in reversed(seat.walk.history.events) if isinstance(event.payload, PhaseEntered))
    seat.walk.now = decided.recorded_at
    answer = seat.browser("nurse").post(seat.url("chair_undo", str(decided.id)))
    assert "/strike" in answer.url and decided.id not in seat.walk.history.struck


def test_a_stop_that_is_taken_back_leaves_the_visit_as_it_was(seat: Chairside) -> None:
    seat.walk.to_infusion()
    tablet, _, undo = entered(seat, "pump-stopped")
    assert (seat.walk.standing.visits[0].phase, seat.walk.standing.visits[0].pump) == ("recovery", "stopped")
    tablet.post(undo)
    assert (seat.walk.standing.visits[0].phase, seat.walk.standing.visits[0].pump) == ("infusion", "running")
    assert struck(seat, PumpStopped) == struck(seat, PhaseEntered) == ["undone within 10 s"]
    assert "/pump-stopped" in tablet.get(seat.url("chair")).content.decode()


def test_what_rests_on_the_phase_keeps_it_and_the_pump_that_runs_can_still_be_stopped(seat: Chairside) -> None:
    seat.walk.to_infusion()
    tablet, _, undo = entered(seat, "pump-stopped")
    seat.walk.do(endings.end_visit, "nurse", ending="left-before-ready")
    tablet.post(undo)
    visit = seat.walk.standing.visits[0]
    assert (visit.phase, visit.pump) == ("closed", "running") and struck(seat, PhaseEntered) == []
    page = tablet.get(seat.url("chair")).content.decode()
    assert "What came with it stays: Visit: recovery." in page and "/pump-stopped" in page and seat.url("discharge") in page


def test_a_task_that_came_with_an_entry_stays_and_is_named(seat: Chairside) -> None:
    seat.walk.to_preflight()
    tablet, _, undo = entered(seat, "pump-paused")
    tablet.post(undo)
    assert seat.count(TaskOpened) == 1
    assert "What came with it stays: Urgent task opened: An infusion without a recorded start" in tablet.get(seat.url("chair")).content.decode()


def test_a_locked_tablet_and_a_form_sent_again_offer_no_undo(seat: Chairside) -> None:
    seat.walk.to_infusion()
    form = str(uuid4())
    _, _, first = entered(seat, "drug", event_id=form, **ONDANSETRON)
    _, page, again = entered(seat, "drug", event_id=form, **ONDANSETRON)
    assert first and not again and "It was in the record already" in page
    locked: Any = on_a_locked_tablet(seat)
    seat.walk.now = datetime.now(UTC)
    assert locked.post(seat.url("chair_act", "pump-stopped")).status_code == SEE_OTHER
    assert '/undo"' not in locked.get(seat.url("chair")).content.decode()


def test_it_goes_back_to_the_page_it_came_from(seat: Chairside) -> None:
    seat.walk.to_recovery()
    tablet, _, undo = entered(seat, "adverse", kind="nausea", severity="mild", **{"from": "discharge"})
    assert tablet.post(undo).url == seat.url("discharge")
    assert UNSIGNED not in {event.by.id for event in seat.walk.history.events}
