"""What cannot be struck out, who closes an urgent task, and acts that must ask for the right role or the right person."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

from acts_walk import Walk, readings

from kairn.clinic.acts import course, facts, notes, signing, tasks, visits
from kairn.clinic.acts.outcome import Refused
from kairn.clinic.people.models import AccessLog
from kairn.record.payloads import ConsentWithdrawn, OverrideSigned, TaskOpened


def beside(walk: Walk) -> Walk:
    """Another person of the same clinic."""
    other = Walk.__new__(Walk)
    other.__dict__.update(walk.__dict__)
    other.patient, other.visit = uuid4(), uuid4()
    return other.register()


def test_a_task_and_a_withdrawal_are_not_struck_out(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_treatment()
    walk.record(suicide_intent="present")
    walk.do(signing.withdraw_consent, "nurse", reason="no")
    for kind in (TaskOpened, ConsentWithdrawn):
        entry = next(event for event in walk.history.live if isinstance(event.payload, kind))
        assert walk.refused(notes.strike_out, "prescriber", event=entry.id, reason="x").kind == "policy"


def test_a_reading_of_a_visit_under_way_is_taken_back_by_its_author_or_a_prescriber(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_preflight()
    high = [walk.record(visit=walk.visit, systolic="175", diastolic="105").events[0] for _ in range(2)]
    assert "A nurse" in walk.refused(notes.strike_out, "therapist", event=high[0], reason="x").reasons[0].text
    walk.do(notes.strike_out, "nurse", event=high[0], reason="wrong arm")
    walk.do(notes.strike_out, "prescriber", event=high[1], reason="wrong arm")


def test_an_urgent_task_is_closed_by_its_owner_a_prescriber_or_the_lead(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_treatment()
    for role in ("prescriber", "clinic-lead"):
        walk.record(suicide_intent="present")
        task = walk.history.all(TaskOpened)[-1][1].task
        for other in ("coordinator", "nurse", "therapist"):
            assert walk.refused(tasks.close_task, other, task=task, how="x").kind == "permission"
        walk.do(tasks.close_task, role, task=task, how="spoken with")
    plain = walk.do(tasks.open_task, "nurse", what="Call the pharmacy", owner="coordinator", due_at=walk.now).events[0]
    walk.do(tasks.close_task, "therapist", task=plain, how="called")


def test_a_visit_put_back_while_its_chair_was_given_away_has_none(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_treatment()
    at = walk.now + timedelta(days=1)
    walk.do(visits.book_visit, "coordinator", purpose="infusion", starts_at=at, minutes=180, chair="Z")
    cancelled = walk.do(visits.cancel_visit, "coordinator").events[0]
    other = beside(walk)
    other.do(visits.book_visit, "coordinator", purpose="infusion", starts_at=at, minutes=180, chair="Z")
    form = uuid4()
    walk.do(notes.strike_out, "clinic-lead", event=cancelled, reason="wrong person", event_id=form)
    visit = walk.standing.visit(walk.visit)
    assert visit is not None and (visit.phase, visit.chair, visit.starts_at) == ("booked", "", at) and not visit.cancelled
    assert [(task.owner, task.urgent) for _, task in walk.history.all(TaskOpened)] == [("coordinator", True)]
    assert walk.do(notes.strike_out, "clinic-lead", event=cancelled, reason="wrong person", event_id=form).repeated


def test_a_death_frees_the_chair(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_treatment()
    at = walk.now + timedelta(days=2)
    walk.do(visits.book_visit, "coordinator", purpose="infusion", starts_at=at, minutes=180, chair="D")
    walk.do(course.record_death, "nurse")
    beside(walk).do(visits.book_visit, "coordinator", purpose="infusion", starts_at=at, minutes=180, chair="D")


def test_a_visit_of_somebody_else_is_not_booked(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_treatment()
    walk.do(visits.book_visit, "coordinator", purpose="infusion", starts_at=walk.now + timedelta(days=1), minutes=180, chair="Q")
    other = beside(walk)
    assert other.refused(visits.book_visit, "coordinator", visit=walk.visit, purpose="infusion", starts_at=walk.now, minutes=180).kind == "conflict"


def test_registering_over_somebody_changes_nothing_and_is_logged(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_preflight()
    before, seq = AccessLog.objects.filter(patients__contains=[walk.patient]).count(), walk.history.seq
    outcome = course.register_person(
        walk.context("coordinator"), event_id=uuid4(), patient=walk.patient, family_name="X", birth_date="1950-01-01", sex="female"
    )
    assert isinstance(outcome, Refused) and outcome.kind == "conflict" and walk.history.seq == seq
    assert AccessLog.objects.filter(patients__contains=[walk.patient]).count() == before + 1


def test_an_override_needs_the_role_that_stands_near(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_preflight()
    walk.users["both"] = walk.make("prescriber", "clinic-lead", joins=False)
    asked = {"rule": "oxygen-start", "reason": "r", "expires_at": walk.now + timedelta(hours=1), "visit": walk.visit}
    assert walk.refused(signing.sign_override, "both", **asked).kind == "permission"
    assert walk.history.latest(OverrideSigned) is None


def test_what_a_start_rests_on_is_for_those_who_check(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_preflight()
    walk.users["stranger"] = walk.make("therapist", joins=False)
    for fact, value in (("fasting_kept", "yes"), ("identity_checked", "yes"), ("suicide_intent", "absent"), ("weight", "82")):
        assert walk.refused(facts.record_readings, "stranger", visit=walk.visit, readings=readings(**{fact: value})).kind == "permission"
    walk.record("stranger", visit=walk.visit, spo2="91", distress="frightened")
    walk.record("stranger", visit=walk.visit, suicide_intent="present")
