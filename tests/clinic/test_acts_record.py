"""What the record keeps of acts: once, whole, with both times, and never half; refusals leave nothing behind."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import UUID, uuid4

import pytest
from acts_walk import Walk, readings
from django.db import connections

from kairn.clinic.acts import adverse, aftercare, course, endings, facts, notes, pump, signing, tasks, visits
from kairn.clinic.acts.adverse import Told
from kairn.clinic.acts.changes import refresh_due
from kairn.clinic.acts.outcome import Done, Refused
from kairn.clinic.acts.projection import projector_at
from kairn.clinic.ledger.read import standing
from kairn.clinic.ledger.rebuild import differences
from kairn.clinic.people.models import AccessLog, Patient
from kairn.record.payloads import Coding, Observed, PumpStarted, Reading, TaskOpened


def test_a_decision_on_an_older_chart_is_stale(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).register()
    seen = walk.history.seq
    walk.record(craving="40")
    refused = walk.refused(course.enter_stage, stage="assessment", expected_seq=seen)
    assert (refused.kind, refused.newer_seq) == ("stale", walk.history.seq)
    walk.do(course.enter_stage, stage="assessment", expected_seq=refused.newer_seq)


def test_the_same_form_twice_is_one_event(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_preflight()
    form = {"event_id": uuid4(), "readings": readings(suicide_intent="present", weight="82")}
    first = walk.do(facts.record_readings, "nurse", visit=walk.visit, **form)
    walk.later(minutes=3)
    again = walk.do(facts.record_readings, "nurse", visit=walk.visit, **form)
    assert again.repeated and again.events == first.events and len(walk.history.all(TaskOpened)) == 1


def test_a_decision_sent_twice_is_taken_once_though_its_gate_is_shut_by_then(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_infusion()
    started = walk.history.all(PumpStarted)[0][0]
    entered = next(event for event in walk.history.events if event.seq == started.seq - 1)
    again = walk.do(pump.start_infusion, "nurse", event_id=entered.id, expected_seq=entered.seq - 1)
    assert again.repeated and again.events == (entered.id, started.id)
    walk.later(minutes=40)
    form = {"event_id": uuid4(), "volume_shown": "41"}
    stopped = walk.do(pump.stop_pump, "nurse", **form)
    walk.later(minutes=1)
    assert walk.do(pump.stop_pump, "nurse", **form) == Done(stopped.events, stopped.seq, True)
    form = {"event_id": uuid4(), "ending": "left-unseen"}
    left = walk.do(endings.end_visit, "nurse", **form)
    walk.later(minutes=1)
    assert walk.do(endings.end_visit, "nurse", **form) == Done(left.events, left.seq, True)


def test_the_same_id_with_another_body_is_a_conflict(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).register()
    event_id = uuid4()
    walk.do(facts.record_readings, "nurse", event_id=event_id, readings=readings(craving="40"))
    assert walk.refused(facts.record_readings, "nurse", event_id=event_id, readings=readings(craving="41")).kind == "conflict"
    other = Walk(clinic_id).register()
    assert other.refused(facts.record_readings, "nurse", event_id=event_id, readings=readings(craving="40")).kind == "conflict"


def test_registering_twice_is_one_person(clinic_id: UUID) -> None:
    walk = Walk(clinic_id)
    form = {"event_id": uuid4(), "patient": walk.patient, "family_name": "Ife", "birth_date": "1986-04-12", "sex": "female"}
    first = course.register_person(walk.context("coordinator"), **form)
    walk.later(seconds=5)
    again = course.register_person(walk.context("coordinator"), **form)
    assert isinstance(first, Done) and isinstance(again, Done) and again.repeated and again.events == first.events
    assert Patient.objects.filter(clinic=clinic_id).count() == 1
    assert {reading.fact: reading.value for _, seen in walk.history.all(Observed) for reading in seen.readings} == {"birth_date": "1986-04-12", "sex": "female"}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"birth_date": "2999-01-01"}, "birth_date"),
        ({"birth_date": "1990-02-30"}, "birth_date"),
        ({"family_name": " "}, "family_name"),
        ({"family_name": "x" * 121}, "family_name"),
        ({"given_name": "a\x00"}, "given_name"),
        ({"email": "no"}, "email"),
        ({"sex": "x"}, "sex"),
    ],
)
def test_a_wrong_registration_makes_nobody(clinic_id: UUID, wrong: dict[str, str], field: str) -> None:
    walk = Walk(clinic_id)
    outcome = course.register_person(walk.context("coordinator"), event_id=uuid4(), patient=walk.patient, **({"family_name": "Ife"} | wrong))
    assert isinstance(outcome, Refused) and outcome.kind == "input" and outcome.reasons[0].field == field
    assert not Patient.objects.filter(id=walk.patient).exists() and walk.history.seq == 0


def test_garbage_is_refused_field_by_field_and_nothing_is_kept(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).register()
    given = [Reading("systolic", "12o"), Reading("weight", "180", "mm[Hg]"), Reading("distress", "fine"), Reading("heart_rate", "70"), Reading("aura", "blue")]
    refused = walk.refused(facts.record_readings, "nurse", readings=given, not_taken=["nothing"])
    assert refused.kind == "input" and [reason.field for reason in refused.reasons] == ["systolic", "weight", "distress", "aura", "nothing"]
    assert walk.refused(facts.record_readings, "nurse", readings=[]).kind == "input"
    assert walk.refused(facts.record_readings, "nurse", readings=readings(pain="2") * 2).kind == "input"
    assert walk.refused(facts.record_readings, "nurse", readings=[Reading("pain", "NaN")]).kind == "input"


def test_a_late_entry_keeps_both_times_and_the_future_is_refused(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).register()
    before = walk.now - timedelta(hours=3)
    walk.record(at=before, systolic="130")
    event, _ = walk.history.all(Observed)[-1]
    assert event.occurred_at == before and event.late and event.recorded_at - before >= timedelta(hours=3)
    ahead = walk.refused(facts.record_readings, "nurse", readings=readings(systolic="130"), occurred_at=walk.now + timedelta(minutes=1))
    assert (ahead.kind, ahead.reasons[0].field) == ("input", "occurred_at")
    assert walk.refused(facts.record_readings, "nurse", readings=readings(systolic="130"), occurred_at=before.replace(tzinfo=None)).kind == "input"


def test_a_strike_takes_an_entry_out_and_its_own_strike_puts_it_back(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).register()
    walk.stage("assessment")
    entry = walk.record(psychosis_active="yes").events[0]
    struck = walk.do(notes.strike_out, "nurse", event=entry, reason="Wrong chart.").events[0]
    assert entry not in {event.id for event in walk.history.live} and walk.history.get(entry) is not None
    assert walk.refused(notes.strike_out, "nurse", event=entry, reason="Again.").kind == "policy"
    walk.do(notes.strike_out, "therapist", event=struck, reason="It was the right chart.")
    assert entry in {event.id for event in walk.history.live}
    assert walk.refused(notes.strike_out, "nurse", event=entry, reason=" ").kind == "input"
    assert walk.refused(notes.strike_out, "nurse", event=uuid4(), reason="Nothing there.").kind == "input"
    walk.users["outsider"] = walk.make("nurse", joins=False)
    assert walk.refused(notes.strike_out, "outsider", event=entry, reason="Not mine.").kind == "permission"


def test_an_author_off_the_care_team_may_strike_their_own_entry(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_infusion()
    walk.users["passer-by"] = walk.make("nurse", joins=False)
    mine = walk.do(facts.record_readings, "passer-by", readings=readings(spo2="97"), visit=walk.visit).events[0]
    walk.do(notes.strike_out, "passer-by", event=mine, reason="Read off the wrong monitor.")


@pytest.mark.parametrize("way", ["readings", "check-in", "contact", "chair"])
def test_suicidal_intent_opens_an_urgent_task_at_once(clinic_id: UUID, way: str) -> None:
    walk = Walk(clinic_id).to_preflight() if way == "chair" else Walk(clinic_id).register()
    given = readings(suicide_intent="present")
    if way == "contact":
        done = walk.do(aftercare.record_contact, "nurse", duty="referral-answered", how="phone", readings=given)
    elif way == "check-in":
        done = _check_in(walk, given)
    else:
        done = walk.do(
            facts.record_readings, "nurse", readings=given, visit=walk.visit if way == "chair" else None, occurred_at=walk.now - timedelta(minutes=30)
        )
    opened = walk.history.get(done.events[1])
    assert opened is not None and isinstance(opened.payload, TaskOpened) and opened.seq == done.seq
    assert (opened.payload.owner, opened.payload.urgent, opened.payload.task) == ("prescriber", True, opened.id) and opened.payload.due_at > walk.now
    walk.do(tasks.close_task, event_id=uuid4(), task=opened.id, how="Spoke with Luis; plan for tonight agreed.")
    assert walk.refused(tasks.close_task, task=opened.id, how="Again.").kind == "policy"
    assert not [due for due in walk.standing.due if due.urgent]


def _check_in(walk: Walk, given: list[Reading]) -> Done:
    from kairn.clinic.people.accounts import make_patient_account

    walk.users["patient"] = make_patient_account(Patient.objects.get(id=walk.patient), f"{uuid4().hex[:12]}@test.example").user
    return walk.do(facts.record_readings, "patient", readings=given, method="patient")


def test_one_chair_at_one_time_by_two_connections(clinic_id: UUID) -> None:
    first, second = Walk(clinic_id).register(), Walk(clinic_id).register()
    second.now = first.now = max(first.now, second.now)
    gate = Barrier(2)

    def book(walk: Walk) -> Done | Refused:
        try:
            form = {"purpose": "therapy", "starts_at": first.now + timedelta(hours=1), "minutes": 50, "chair": "Chair 2", "expected_seq": 2}
            gate.wait()
            return walk.act(visits.book_visit, "coordinator", **form)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(book, (first, second)))
    refused = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
    assert len(refused) == 1 and refused[0].kind == "conflict" and "chair" in refused[0].reasons[0].text
    assert sorted(walk.history.seq for walk in (first, second)) == [2, 3]
    won, lost = (first, second) if first.history.seq == 3 else (second, first)
    won.do(visits.cancel_visit, "coordinator", reason="Moved.")
    lost.do(visits.book_visit, "coordinator", purpose="therapy", starts_at=first.now + timedelta(hours=1), minutes=50, chair="Chair 2")


def test_what_happened_is_recorded_though_the_chart_moved_on_and_nobody_may_hold_it_back(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_infusion()
    walk.users["passer-by"] = walk.make("nurse", joins=False)
    walk.do(pump.pause_pump, "passer-by", reason="frightened")
    walk.do(pump.give_drug, "passer-by", drug="ondansetron", dose="4 mg")
    walk.do(adverse.note_adverse_event, "passer-by", told=Told("vomiting", severity="mild"), visit=walk.visit)
    walk.do(pump.stop_pump, "passer-by")
    assert walk.refused(pump.start_infusion, "passer-by").kind == "permission"
    walk.do(endings.end_visit, "coordinator", ending="left-unseen")


def test_lists_are_kept_and_a_death_ends_what_is_due(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).register()
    code = Coding("http://snomed.info/sct", "84757009", "Epilepsy")
    walk.do(facts.note_condition, "nurse", code=code, state="active")
    walk.do(facts.note_medication, "nurse", code=Coding("", "", "methadone"), state="active", dose="90 mg daily")
    walk.do(facts.note_allergy, "nurse", code=Coding("", "", "latex"), state="active")
    assert walk.refused(facts.note_allergy, "nurse", code=Coding("", "", ""), state="active").kind == "input"
    walk.do(notes.write_note, "nurse", text="Came with his brother.")
    walk.do(tasks.open_task, "nurse", what="Ask for the methadone dose", owner="nurse", due_at=walk.now + timedelta(days=1))
    assert walk.standing.due
    walk.do(course.record_death, "coordinator")
    assert walk.standing.due == () and walk.standing.course.stage == "died"
    assert walk.refused(course.enter_stage, stage="referral").kind == "policy"


def test_every_act_on_a_chart_is_in_the_log_of_reads(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).register()
    walk.users["outsider"] = walk.make("nurse", joins=False)
    walk.record(craving="40")
    walk.refused(notes.write_note, "outsider", text="x")
    rows = list(AccessLog.objects.filter(patients__contains=[walk.patient]).values_list("what", "access"))
    assert ("assessment.record", "allowed") in rows and ("note.write", "refused") in rows


def test_stored_projections_are_what_the_record_gives(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_recovery()
    walk.do(signing.withdraw_consent, "nurse", occurred_at=walk.now)
    assert list(differences(clinic_id, projector_at(clinic_id))) == []
    kept = standing(walk.patient)
    assert kept is not None and kept.changes_at is not None
    walk.now = kept.changes_at + timedelta(seconds=1)
    assert refresh_due(walk.now) >= 1
    fresh = standing(walk.patient)
    assert fresh is not None and fresh.as_of == walk.now and (fresh.changes_at is None or fresh.changes_at > walk.now)
    assert list(differences(clinic_id, projector_at(clinic_id))) == []


def test_times_that_cannot_be_are_refused(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_infusion()
    early = walk.history.all(PumpStarted)[0][0].occurred_at - timedelta(minutes=1)
    assert walk.refused(pump.pause_pump, "nurse", occurred_at=early).reasons[0].field == "occurred_at"
    first_year = walk.now.replace(year=1)
    assert walk.refused(facts.record_readings, "nurse", readings=readings(pain="2"), occurred_at=first_year).kind == "input"
    assert walk.refused(visits.book_visit, "nurse", visit=uuid4(), purpose="therapy", starts_at=walk.now.replace(year=9999), minutes=50).kind == "input"
    for minutes in (0, -5, 10**12):
        assert walk.refused(visits.book_visit, "nurse", visit=uuid4(), purpose="therapy", starts_at=walk.now, minutes=minutes).reasons[0].field == "minutes"
    assert walk.refused(notes.write_note, "nurse", text="a\x00b").kind == "input"
    assert walk.refused(notes.write_note, "nurse", text="half \ud800").kind == "input"


def test_a_form_sent_again_with_more_in_it_adds_nothing(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_treatment()
    plan = {"event_id": uuid4(), "infusions": 6, "spacing_days": 3, "dose": "0.5 mg/kg", "duration": "40 min", "goals": "Sleep."}
    walk.do(signing.sign_plan, **plan)
    assert walk.refused(signing.sign_plan, **plan, reason="Something more.").kind == "conflict"
