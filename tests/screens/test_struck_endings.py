"""An ending or a stop recorded in error is taken back with the phase it entered; nobody is signed ready where no rule asks; harm said too late is heard."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from uuid import UUID, uuid4

import pytest
from tests.screens.chairside import CALM_AGAIN, Chairside
from tests.screens.desk_walk import INPUT, SEE_OTHER
from tests.screens.test_locked import ADDED, addendum, row_of

from kairn.clinic.acts import endings, pump, visits
from kairn.clinic.acts.locking import added_after
from kairn.clinic.acts.projection import projector
from kairn.clinic.acts.striking import strike_out, take_back
from kairn.clinic.ledger.answers import Appended
from kairn.clinic.ledger.append import append
from kairn.record.event import Draft
from kairn.record.payloads import Observed, PhaseEntered, PumpStopped, Signature, TaskOpened, VisitEnded

SIGNED = Signature("iv-ketamine-oud", "1.0", "0", "0", 1)
CANCELLED = "It was cancelled before it began"


def where(seat: Chairside) -> tuple[str, str, str]:
    """The phase, the pump and the ending of the visit."""
    visit = seat.walk.standing.visit(seat.walk.visit)
    assert visit
    return visit.phase, visit.pump, visit.ending


def strike(seat: Chairside, kind: type, role: str = "nurse") -> None:
    """The latest entry of a kind that counts, struck out."""
    seat.walk.do(strike_out, role, event=seat.walk.history.latest(kind)[0].id, reason="still here")


def struck_ending(seat: Chairside) -> None:
    """The strike of the ending struck out in its turn, which must be open."""
    seat.walk.do(strike_out, "nurse", event=strike_of(seat, VisitEnded), reason="it was right")


def strike_of(seat: Chairside, kind: type) -> UUID:
    """The entry that struck out the latest one of a kind."""
    history = seat.walk.history
    return history.struck[next(event.id for event in reversed(history.events) if isinstance(event.payload, kind) and event.id in history.struck)].id


def test_an_ending_struck_out_opens_the_visit_again_whatever_was_added_to_its_record(seat: Chairside) -> None:
    seat.walk.to_recovery()
    seat.walk.do(endings.end_visit, "nurse", ending="left-before-ready")
    assert seat.post("chair_act", "adverse", kind="nausea", severity="severe").status_code == SEE_OTHER
    strike(seat, VisitEnded)
    assert where(seat) == ("recovery", "stopped", "")
    page = seat.get("discharge")
    assert CANCELLED not in page and seat.url("visit_end") in page
    assert seat.post("visit_end", ending="hospital").status_code == SEE_OTHER
    assert where(seat) == ("closed", "stopped", "hospital")


def test_the_strike_of_an_ending_struck_out_ends_the_visit_again_but_not_over_a_pump_that_is_on(seat: Chairside) -> None:
    seat.walk.to_infusion().later(minutes=5)
    seat.walk.do(endings.end_visit, "nurse", ending="left-unseen")
    strike(seat, VisitEnded)
    assert where(seat) == ("infusion", "stopped", "")
    struck_ending(seat)
    assert where(seat) == ("closed", "stopped", "left-unseen") and isinstance(seat.walk.history.latest(PhaseEntered)[1], PhaseEntered)
    strike(seat, VisitEnded)
    strike(seat, PumpStopped)
    assert where(seat) == ("infusion", "running", "")
    refused = seat.walk.refused(strike_out, "nurse", event=strike_of(seat, VisitEnded), reason="it was right")
    assert "the pump is on" in refused.reasons[0].text and where(seat) == ("infusion", "running", "")


@pytest.mark.parametrize("by", ["strike", "undo"])
def test_a_stop_of_another_chair_is_taken_back_though_vital_signs_came_after_it(seat: Chairside, by: str) -> None:
    seat.walk.to_infusion().later(minutes=5)
    stop = seat.walk.do(pump.stop_pump, "nurse").events[0]
    seat.walk.record(visit=seat.walk.visit, **CALM_AGAIN)
    assert where(seat) == ("recovery", "stopped", "")
    if by == "strike":
        seat.walk.do(strike_out, "nurse", event=stop, reason="another chair")
    else:
        seat.walk.do(take_back, "nurse", event=stop, reason="undone", within=timedelta(hours=1))
    assert where(seat) == ("infusion", "running", "")
    seat.walk.do(pump.pause_pump, "nurse")
    seat.walk.do(pump.resume_pump, "nurse")


def test_a_recovery_on_which_an_ending_rests_stays(seat: Chairside) -> None:
    seat.walk.to_infusion().later(minutes=5)
    stop = seat.walk.do(pump.stop_pump, "nurse").events[0]
    seat.walk.do(endings.end_visit, "nurse", ending="left-before-ready")
    seat.walk.do(strike_out, "nurse", event=stop, reason="another time")
    assert where(seat)[0] == "closed" and seat.count(PhaseEntered) == 4


def test_a_visit_for_something_else_is_not_signed_ready(seat: Chairside) -> None:
    walk = seat.walk.to_treatment()
    walk.do(visits.book_visit, "coordinator", purpose="follow-up", starts_at=walk.now, minutes=60)
    walk.record(suicide_intent="present")
    tasks = seat.count(TaskOpened)
    assert seat.post("chair_act", "pump-stopped").status_code == SEE_OTHER
    assert where(seat) == ("booked", "stopped", "") and seat.count(TaskOpened) == tasks + 1
    entered = Draft(uuid4(), walk.patient, walk.now, walk.context("nurse").author, PhaseEntered(walk.visit, "recovery", SIGNED))
    assert isinstance(
        append(walk.clinic, [entered], expected_seq={walk.patient: walk.history.seq}, project=projector(walk.clinic, walk.now)), Appended
    )  # as a record of before has it
    assert where(seat)[0] == "recovery" and "Only a visit for an infusion" in seat.get("discharge")
    assert seat.post("discharge").status_code == INPUT and not seat.count(VisitEnded)


def test_ready_says_of_naloxone_and_cannula_what_the_record_says(seat: Chairside) -> None:
    seat.walk.to_ready()
    assert seat.post("discharge", escort="Ana-Maria").status_code == SEE_OTHER
    said = seat.walk.history.latest(VisitEnded)[1]
    assert isinstance(said, VisitEnded) and (said.ending, said.naloxone, said.cannula_out) == ("ready", "has", "yes")


def test_intent_said_on_a_page_that_came_too_late_opens_its_task_and_the_rest_is_an_addendum(seat: Chairside) -> None:
    seat.walk.to_recovery()
    seat.walk.do(endings.end_visit, "nurse", ending="left-before-ready")
    tasks, sets = seat.count(TaskOpened), seat.count(Observed)
    answer = seat.post("recovery_record", suicide_intent="present", systolic="120")
    assert answer.status_code == SEE_OTHER and (seat.count(TaskOpened), seat.count(Observed)) == (tasks + 1, sets + 1)
    answer = seat.post("recovery_record", systolic="121")
    assert answer.status_code == INPUT and "121" in addendum(answer.content.decode()) and "Checks of recovery" in addendum(answer.content.decode())
    assert seat.count(Observed) == sets + 1


@pytest.mark.parametrize("form", [("chair_act", "vitals"), ("recovery_record",)])
def test_intent_beside_a_value_that_is_none_opens_its_task_all_the_same(seat: Chairside, form: tuple[str, ...]) -> None:
    seat.walk.to_recovery()
    seat.walk.do(endings.end_visit, "nurse", ending="left-before-ready")
    tasks, sets = seat.count(TaskOpened), seat.count(Observed)
    answer = seat.post(*form, suicide_intent="present", systolic="12o")
    page = unescape(answer.content.decode())
    assert answer.status_code == INPUT and "12o" in addendum(page)
    assert (seat.count(TaskOpened), seat.count(Observed)) == (tasks + 1, sets + 1)
    assert [one.fact for one in seat.walk.history.latest(Observed)[1].readings] == ["suicide_intent"]


def test_a_stop_that_came_with_the_ending_is_no_addendum_once_struck_out(seat: Chairside) -> None:
    seat.walk.to_infusion().later(minutes=5)
    seat.walk.do(endings.end_visit, "nurse", ending="hospital")
    strike(seat, PumpStopped)
    assert not added_after(seat.walk.history, seat.walk.visit)
    assert "Addendum: written" not in row_of(seat.get("chair"), "The visit ended: hospital") and ADDED in seat.get("chair")
