"""The pump by its recorded times: never more than ordered by a resume, never a stop refused, never running after a stop."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

from acts_walk import CALM, CHECKED, READY, Walk

from kairn.clinic.acts import adverse, endings, notes, orders, pump, tasks, visits
from kairn.clinic.acts.adverse import Told
from kairn.clinic.acts.context import UNSIGNED
from kairn.clinic.acts.given import Flow, flow
from kairn.clinic.acts.outcome import Done
from kairn.record.event import Author
from kairn.record.payloads import OrderSigned, PumpStarted, PumpStopped, TaskOpened

QUIET = {**CALM, "pressure_symptoms": "no", "apnoea": "no", "distress": "calm", "nausea": "none"}


def flowed(walk: Walk) -> Flow:
    """What has run by the clock of the walk."""
    ordered = walk.history.latest(OrderSigned)
    assert ordered is not None
    return flow([event for event in walk.history.live if getattr(event.payload, "visit", None) == walk.visit], ordered[1], walk.now)


def paused(walk: Walk, minutes: float) -> Walk:
    """Running for some minutes, then paused, with vital signs that would let it go on."""
    walk.later(minutes=minutes)
    walk.do(pump.pause_pump, "nurse")
    walk.record(visit=walk.visit, **QUIET)
    return walk


def test_a_pump_that_gave_all_that_was_ordered_is_not_resumed(clinic_id: UUID) -> None:
    walk = paused(Walk(clinic_id).to_infusion(), 40)
    assert "all of the 41 mL ordered has been given" in walk.refused(pump.resume_pump, "nurse").reasons[0].text


def test_a_pump_that_gave_half_is_resumed_and_what_runs_beyond_is_shown(clinic_id: UUID) -> None:
    walk = paused(Walk(clinic_id).to_infusion(), 20)
    walk.do(pump.resume_pump, "nurse")
    walk.later(minutes=10)
    assert not flowed(walk).whole and not flowed(walk).beyond
    walk.later(minutes=30)
    assert flowed(walk).beyond and flowed(walk).volume > flowed(walk).ordered and flowed(walk).running > timedelta(minutes=59)


def test_a_stop_before_the_resume_is_kept_and_ends_the_flow(clinic_id: UUID) -> None:
    walk = paused(Walk(clinic_id).to_infusion(), 5)
    between = walk.now
    walk.later(minutes=2)
    walk.do(pump.resume_pump, "nurse")
    walk.later(minutes=10)
    assert walk.refused(pump.pause_pump, "nurse", occurred_at=between).reasons[0].field == "occurred_at"
    walk.do(pump.stop_pump, "nurse", occurred_at=between)
    visit = walk.standing.visit(walk.visit)
    assert visit is not None and (visit.phase, visit.pump, visit.infusion_ended) == ("recovery", "stopped", between)
    before = flowed(walk).volume
    walk.later(minutes=10)
    assert flowed(walk).volume == before


def test_a_second_stop_is_one_more_entry(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_recovery()
    walk.later(minutes=1)
    walk.do(pump.stop_pump, "nurse")
    visit = walk.standing.visit(walk.visit)
    assert len(walk.history.all(PumpStopped)) == 2 and visit is not None and visit.phase == "recovery"


def test_an_infusion_without_a_recorded_start_is_recorded_with_one_urgent_task(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_preflight()
    walk.do(visits.name_escort, "coordinator", name="Ana-Maria", state="confirmed")
    walk.record(visit=walk.visit, **CHECKED)
    walk.do(orders.sign_order, product="ketamine-1")
    walk.do(pump.pause_pump, "nurse")
    walk.do(tasks.close_task, task=walk.history.all(TaskOpened)[0][1].task, how="asked")
    assert "without a start" in walk.refused(pump.start_infusion, "nurse").reasons[0].text
    again = uuid4()
    walk.do(pump.stop_pump, "nurse", event_id=again)
    assert walk.do(pump.stop_pump, "nurse", event_id=again).repeated
    opened = [task for _, task in walk.history.all(TaskOpened)]
    visit = walk.standing.visit(walk.visit)
    assert [(task.urgent, task.owner, task.visit) for task in opened] == [(True, "prescriber", walk.visit)] and "without a recorded start" in opened[0].what
    assert visit is not None and (visit.phase, visit.pump) == ("recovery", "stopped")


def test_an_unwanted_event_is_closed_by_saying_that_it_is_over(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_recovery()
    noted = walk.do(adverse.note_adverse_event, "nurse", told=Told("nausea", severity="mild"), visit=walk.visit)
    walk.later(minutes=121)
    walk.record(visit=walk.visit, **READY)
    walk.do(visits.name_escort, "nurse", name="Ana-Maria", state="present")
    walk.refused(endings.end_visit, "nurse", ending="ready", expected_seq=walk.history.seq)
    assert walk.refused(adverse.follow_adverse_event, "nurse", follows=uuid4(), told=Told(outcome="resolved"), visit=walk.visit).reasons[0].field == "follows"
    assert len(adverse.open_adverse_events(walk.history, walk.visit)) == 1
    walk.do(adverse.follow_adverse_event, "nurse", follows=noted.events[0], told=Told(outcome="resolved"), visit=walk.visit)
    assert adverse.open_adverse_events(walk.history, walk.visit) == []
    walk.do(endings.end_visit, "nurse", ending="ready", expected_seq=walk.history.seq)


def test_nothing_is_struck_out_under_a_running_pump(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_infusion()
    carrying = [event for event in walk.history.live if event.kind in ("visit.booked", "phase.entered")]
    assert len(carrying) == 3
    for event in carrying:
        assert "rest on that one" in walk.refused(notes.strike_out, "nurse", event=event.id, reason="wrong chair").reasons[0].text
    started = walk.history.all(PumpStarted)[0][0]
    walk.record(visit=walk.visit, systolic="150", diastolic="90")
    walk.refused(notes.strike_out, "nurse", event=started.id, reason="not started")


def test_an_unsigned_stop_and_its_claim_are_one_batch(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_infusion()
    unsigned = replace(walk.context("nurse"), author=Author(UNSIGNED, "Unsigned, tablet 12ab", "nurse"))
    done = pump.stop_pump(unsigned, walk.patient, event_id=uuid4(), visit=walk.visit)
    event, claim = walk.history.all(TaskOpened)[-1]
    assert isinstance(done, Done) and event.id in done.events and len(done.events) == 3
    assert claim.what.endswith("UTC: unsigned, tablet 12ab") and claim.urgent and claim.visit == walk.visit


def test_a_signed_stop_has_nothing_to_claim(clinic_id: UUID) -> None:
    assert Walk(clinic_id).to_recovery().history.all(TaskOpened) == []
