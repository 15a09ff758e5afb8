"""An entry made in the wrong chair is moved in one act: two charts, one transaction, one effect."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import UUID, uuid4

import pytest
from acts_walk import CALM, Walk
from django.db import connection

from kairn.clinic.acts import adverse, calling, cannula, moving, notes, pump
from kairn.clinic.acts.adverse import Told
from kairn.clinic.acts.cannula import Look, Placed
from kairn.clinic.acts.context import Context
from kairn.clinic.acts.facts import record_readings
from kairn.clinic.acts.given import flow
from kairn.clinic.acts.outcome import Done, Refused
from kairn.clinic.acts.projection import projector_at
from kairn.clinic.acts.pump_rate import set_rate
from kairn.clinic.acts.striking import stays, strike_out
from kairn.clinic.ledger.rebuild import differences
from kairn.clinic.people import audit, care
from kairn.library.urgent_tasks import URGENT_TASKS
from kairn.record.event import Event
from kairn.record.payloads import DrugGiven, EnteredInError, NoteWritten, Observed, OrderSigned, PhaseEntered, PumpPaused, PumpRateSet, PumpStopped, TaskOpened
from kairn.record.payloads_calls import PrescriberCalled
from kairn.record.payloads_cannula import CannulaPlaced, CannulaRemoved, CannulaSeen
from kairn.record.payloads_harm import AdverseEventNoted

Pair = tuple[Walk, Walk]
TOLD: dict[type, Callable[[Walk], Done]] = {
    Observed: lambda walk: walk.record("nurse", walk.visit, **CALM),
    DrugGiven: lambda walk: walk.do(pump.give_drug, "nurse", drug="ondansetron", dose="4 mg", reason="nausea"),
    PumpPaused: lambda walk: walk.do(pump.pause_pump, "nurse", reason="cannula", volume_shown="12"),
    PumpStopped: lambda walk: walk.do(pump.stop_pump, "nurse", volume_shown="41"),
    PumpRateSet: lambda walk: walk.do(set_rate, "nurse", rate="30", reason="frightened"),
    NoteWritten: lambda walk: walk.do(notes.write_note, "nurse", text="Sleeps.", visit=walk.visit),
    AdverseEventNoted: lambda walk: walk.do(adverse.note_adverse_event, "nurse", told=Told("nausea", severity="mild"), visit=walk.visit),
    CannulaPlaced: lambda walk: walk.do(cannula.place_cannula, "nurse", told=Placed("left-hand", "22")),
    PrescriberCalled: lambda walk: walk.do(calling.call_prescriber, "nurse", who="Maya Brown", answered="yes", reason="pressure"),
}


@pytest.fixture
def pair(clinic_id: UUID) -> Pair:
    """Two people with the pump running, whom the same colleagues care for."""
    wrong, right = Walk(clinic_id), Walk(clinic_id, protocol=False)
    right.users, right.chair = wrong.users, "Chair 2"
    for walk in (wrong, right):
        walk.to_infusion().later(minutes=3)
    return wrong, right


def move(pair: Pair, event: UUID, role: str = "nurse", form: UUID | None = None) -> Done | Refused:
    """The entry moved to the other chair, as the page would send it."""
    wrong, right = pair
    outcome: Done | Refused = wrong.act(moving.move_entry, role, event=event, visit=right.visit, event_id=form or uuid4())
    return outcome


def latest(walk: Walk, kind: type) -> Event:
    """The latest entry of a kind that counts."""
    found = walk.history.latest(kind)
    assert found
    return found[0]


@pytest.mark.parametrize("kind", TOLD)
def test_it_is_struck_out_here_and_recorded_there_with_its_time_and_author(pair: Pair, kind: type) -> None:
    wrong, right = pair
    event, count = TOLD[kind](wrong).events[0], len(right.history.all(kind))
    was, form = wrong.history.get(event), uuid4()
    wrong.later(minutes=1)
    assert was and isinstance(move(pair, event, "prescriber", form), Done)
    before = wrong.history.seq, right.history.seq
    again = move(pair, event, "prescriber", form)
    assert isinstance(again, Done) and again.repeated and (wrong.history.seq, right.history.seq) == before

    struck = wrong.history.struck[event].payload
    assert isinstance(struck, EnteredInError) and struck.reason == "entered in the wrong chair" and str(right.patient) not in repr(wrong.history.events)
    moved = latest(right, kind)
    assert len(right.history.all(kind)) == count + 1 and str(wrong.patient) not in repr(right.history.events)
    assert moved.payload == type(was.payload)(**{**{name: getattr(was.payload, name) for name in was.payload.__struct_fields__}, "visit": right.visit})
    assert (moved.occurred_at, moved.by) == (was.occurred_at, was.by) and moved.sent_by.name == "A prescriber"
    assert list(differences(wrong.clinic, projector_at(wrong.clinic))) == []


def test_what_follows_at_the_right_chair_follows_there_too_and_stays_here(pair: Pair) -> None:
    wrong, right = pair
    said = wrong.record("nurse", wrong.visit, suicide_intent="present").events[0]
    assert isinstance(move(pair, said), Done)
    for walk in pair:
        tasks = [task for _, task in walk.history.all(TaskOpened)]
        assert [(task.urgent, task.owner, task.visit) for task in tasks] == [(True, "prescriber", walk.visit)] and "suicid" in tasks[0].what.lower()
    assert latest(right, TaskOpened).by.name == "A nurse"
    assert [event.kind for event in stays(wrong.patient, said)] == ["task.opened"]

    bad = Told("other", what="Blue lips", severity="severe", serious="yes", criteria=("life-threatening",))
    event = wrong.do(adverse.note_adverse_event, "nurse", told=bad, visit=wrong.visit).events[0]
    assert isinstance(move(pair, event), Done)
    assert sum(task.what.startswith("A serious") for _, task in right.history.all(TaskOpened)) == 1


def test_a_stop_that_was_another_persons_stops_theirs_and_this_one_runs_on(pair: Pair) -> None:
    wrong, right = pair
    stop = TOLD[PumpStopped](wrong).events[0]
    assert isinstance(move(pair, stop), Done)
    assert [(walk.standing.visits[0].phase, walk.standing.visits[0].pump) for walk in pair] == [("infusion", "running"), ("recovery", "stopped")]
    assert latest(right, PhaseEntered).by.name == "A nurse" and stays(wrong.patient, stop) == []


def test_a_rate_goes_only_where_a_pump_ran_and_a_faster_one_calls_that_persons_prescriber(pair: Pair) -> None:
    wrong, right = pair
    fast = wrong.do(set_rate, "nurse", rate="90", ran_so=True).events[0]
    assert isinstance(move(pair, fast), Done)
    said, task = latest(right, PumpRateSet).payload, latest(right, TaskOpened).payload
    assert isinstance(said, PumpRateSet) and said.rate_ml == "90 mL/h" and flow(wrong.history.live, wrong.history.latest(OrderSigned)[1], wrong.now).volume < 4
    assert isinstance(task, TaskOpened) and (task.what, task.owner) == (URGENT_TASKS["too-fast"].what, "prescriber")

    slow = TOLD[PumpRateSet](wrong).events[0]
    right.do(strike_out, "prescriber", event=latest(right, PumpRateSet).id, reason="misread")
    right.do(pump.pause_pump, "nurse", occurred_at=right.now - timedelta(minutes=1))
    before = wrong.history.seq, right.history.seq
    refused = move(pair, slow)
    assert isinstance(refused, Refused) and "did not run then" in refused.reasons[0].text and (wrong.history.seq, right.history.seq) == before


def test_decisions_words_on_other_entries_and_entries_others_rest_on_are_not_moved(pair: Pair) -> None:
    wrong, right = pair
    placed = TOLD[CannulaPlaced](wrong).events[0]
    wrong.do(cannula.look_at_cannula, "nurse", follows=placed, told=Look("fine"))
    noted = TOLD[AdverseEventNoted](wrong).events[0]
    later = wrong.do(adverse.follow_adverse_event, "nurse", follows=noted, told=Told(outcome="resolved"), visit=wrong.visit).events[0]
    monitor = wrong.do(record_readings, "nurse", readings=[], visit=wrong.visit, method="device", not_taken=["spo2"]).events[0]
    for event in (placed, noted, later, monitor, latest(wrong, PhaseEntered).id):
        before = wrong.history.seq, right.history.seq
        assert isinstance(move(pair, event), Refused) and (wrong.history.seq, right.history.seq) == before
        entry = wrong.history.get(event)
        assert entry and not moving.movable(wrong.history, entry)


LATER: dict[type, Callable[[Walk, UUID], Done]] = {
    CannulaSeen: lambda walk, placed: walk.do(cannula.look_at_cannula, "nurse", follows=placed, told=Look("fine", "No swelling.")),
    CannulaRemoved: lambda walk, placed: walk.do(cannula.remove_cannula, "nurse", follows=placed, told=Look("fine")),
}


@pytest.mark.parametrize("kind", LATER)
def test_a_word_on_a_cannula_is_at_the_right_chair_about_the_cannula_there(pair: Pair, kind: type) -> None:
    wrong, right = pair
    there = right.do(cannula.place_cannula, "nurse", told=Placed("elsewhere", "20", where="upper arm")).events[0]
    wrong.now = right.now
    event = LATER[kind](wrong, TOLD[CannulaPlaced](wrong).events[0]).events[0]
    form, was = uuid4(), wrong.history.get(event)
    assert was and isinstance(move(pair, event, form=form), Done)
    again = move(pair, event, form=form)
    assert isinstance(again, Done) and again.repeated
    ((moved, told),) = right.history.all(kind)
    assert (told.follows, told.site, told.where, told.looks) == (there, "elsewhere", "upper arm", "fine")
    assert (moved.occurred_at, moved.by, told.note) == (was.occurred_at, was.by, getattr(was.payload, "note", None)) and event in wrong.history.struck


@pytest.mark.parametrize("kind", LATER)
def test_a_word_on_a_cannula_stays_where_none_or_more_than_one_can_be_meant(pair: Pair, kind: type) -> None:
    wrong, right = pair
    event = LATER[kind](wrong, TOLD[CannulaPlaced](wrong).events[0]).events[0]
    right.now = wrong.now
    none = move(pair, event)
    assert isinstance(none, Refused) and "no cannula is recorded" in none.reasons[0].text
    TOLD[CannulaPlaced](right)
    assert isinstance(move(pair, event), Refused), "it was placed after that look"
    for site in ("right-hand", "left-forearm"):
        right.do(cannula.place_cannula, "nurse", told=Placed(site, "22"), occurred_at=wrong.now - timedelta(minutes=2))
    both = move(pair, event)
    assert isinstance(both, Refused) and "more than one cannula" in both.reasons[0].text
    assert event not in wrong.history.struck and right.history.all(kind) == []


def test_a_call_that_nobody_answered_opens_its_task_at_the_right_chair_once(pair: Pair) -> None:
    wrong, right = pair
    calls = [wrong.do(calling.call_prescriber, "nurse", who="Maya Brown", answered="no").events[0] for _ in range(2)]
    for call in calls:
        right.now = wrong.now
        assert isinstance(move(pair, call), Done)
    assert [task.visit for _, task in right.history.all(TaskOpened) if "did not answer" in task.what] == [right.visit]
    assert len(right.history.all(PrescriberCalled)) == 2 and not wrong.history.all(PrescriberCalled)


def test_nothing_is_stored_where_one_of_the_two_is_refused(pair: Pair) -> None:
    wrong, right = pair
    event = TOLD[PumpPaused](wrong).events[0]
    for walk in pair:
        walk.now = wrong.now + timedelta(minutes=1)
    TOLD[PumpPaused](right)
    right.record("nurse", right.visit, **CALM, apnoea="no", pressure_symptoms="no", distress="calm", nausea="none")
    right.do(pump.resume_pump, "nurse")
    before = wrong.history.seq, right.history.seq
    refusal = move(pair, event)
    assert isinstance(refusal, Refused) and "before the pump was started" in refusal.reasons[0].text
    outcome = moving.move_entry(wrong.context("nurse"), wrong.patient, event_id=uuid4(), event=event, visit=uuid4())
    assert isinstance(outcome, Refused) and outcome.kind == "input"
    assert (wrong.history.seq, right.history.seq) == before


def test_the_same_entry_is_moved_once_whatever_form_asks(pair: Pair) -> None:
    wrong, right = pair
    event = TOLD[DrugGiven](wrong).events[0]
    assert isinstance(move(pair, event), Done)
    assert isinstance(move(pair, event), Refused)
    assert len(right.history.all(DrugGiven)) == 1
    assert latest(right, DrugGiven).payload == DrugGiven(right.visit, "ondansetron", "4 mg", "nausea")


def test_the_places_are_the_other_running_visits_that_one_sees_and_the_look_is_logged(pair: Pair) -> None:
    wrong, right = pair
    TOLD[DrugGiven](wrong)
    entry = latest(wrong, DrugGiven)
    places = moving.other_places(wrong.context("nurse"), entry)
    assert places == (moving.Place(right.visit, "Chair 2", "Luis"),)
    looked = audit.who_looked(right.patient)[0]
    assert (looked.by, looked.what) == ("A nurse", "board.read")
    assert moving.other_places(wrong.context("clinic-lead"), entry) == ()
    wrong.users["nurse"] = wrong.make("nurse", joins=False)
    assert moving.other_places(wrong.context("nurse"), entry) == ()
    care.join_team(wrong.users["nurse"], right.patient)
    assert moving.other_places(wrong.context("nurse"), entry) == places


def test_two_tablets_that_move_the_same_entry_at_once_move_it_once(pair: Pair) -> None:
    wrong, right = pair
    event = TOLD[DrugGiven](wrong).events[0]
    wrong.later(minutes=1)
    contexts, gate = [wrong.context(role) for role in ("nurse", "prescriber")], Barrier(2)

    def tap(context: Context) -> Done | Refused:
        gate.wait()
        try:
            outcome: Done | Refused = moving.move_entry(context, wrong.patient, event_id=uuid4(), event=event, visit=right.visit)
        finally:
            connection.close()
        return outcome

    with ThreadPoolExecutor(2) as tablets:
        outcomes = list(tablets.map(tap, contexts))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Done", "Refused"]
    assert len(right.history.all(DrugGiven)) == 1 and sum(isinstance(one.payload, EnteredInError) for one in wrong.history.events) == 1
