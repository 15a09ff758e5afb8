"""The way of one person through the desk's pages, each with what it refuses."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.urls import reverse
from django.utils import timezone
from tests.screens.desk_walk import CONFLICT, FINDINGS, INPUT, REFUSED, SEE_OTHER, STALE, Desk, done, new_id, reasons

from kairn.clinic.ledger.read import history
from kairn.clinic.people.models import Patient
from kairn.clinic.screens.assessment.asked import ELSEWHERE, read_by
from kairn.protocol.load import load_protocol
from kairn.record.payloads import (
    AllergyNoted,
    AssessmentSigned,
    ConsentSigned,
    ConsentWithdrawn,
    EscortNamed,
    Observed,
    PlanSigned,
    Referred,
    StageEntered,
    VisitBooked,
    VisitCancelled,
)  # fmt: skip

WHO = {"given_name": "Ivy", "family_name": "Nakamura", "birth_date": "1991-07-04", "sex": "female", "source": "self", "reason": "Wants to stop."}
PLAN = {"infusions": "6", "spacing_days": "3", "dose": "0.5", "duration": "40", "goals": "Fewer days of use."}


@pytest.fixture
def desk(clinic_id: UUID) -> Desk:
    return Desk(clinic_id)


def test_registering_makes_a_person_once(desk: Desk) -> None:
    url, body = reverse("register"), {**WHO, "patient": new_id(), "event_id": new_id()}
    first, again = (desk.browser("coordinator").post(url, body) for _ in range(2))
    assert first.status_code == again.status_code == SEE_OTHER and first.url == again.url
    events = history(UUID(body["patient"])).events
    assert [type(event.payload) for event in events] == [Referred, Observed]
    assert Patient.objects.get(id=body["patient"]).name == "Ivy Nakamura"


def test_registering_refuses_a_day_that_does_not_exist_and_keeps_what_was_typed(desk: Desk) -> None:
    body = {**WHO, "patient": new_id(), "event_id": new_id(), "birth_date": "1991-02-30"}
    answer = desk.browser("coordinator").post(reverse("register"), body)
    assert answer.status_code == INPUT and "1991-02-30" in reasons(answer)
    assert 'value="Nakamura"' in answer.content.decode()
    assert not Patient.objects.filter(id=body["patient"]).exists()


def test_findings_are_recorded_with_units_and_not_known_is_kept_as_asked(desk: Desk) -> None:
    done(desk.enter("assessment"))
    fields = {"fact-weight": "82.5", "fact-psychosis_active": "unknown", "fact-oud_diagnosis": "yes"}
    done(desk.send(desk.url("assessment"), desk.url("assessment_facts"), fields))
    taken = desk.latest(Observed)
    assert {(one.fact, one.value, one.unit) for one in taken.readings} == {("weight", "82.5", "kg"), ("oud_diagnosis", "yes", "")}
    assert taken.not_taken == ("psychosis_active",)


def test_no_answer_is_chosen_before_somebody_chooses(desk: Desk) -> None:
    done(desk.enter("assessment"))
    done(desk.send(desk.url("assessment"), desk.url("assessment_facts"), FINDINGS))
    assert re.search(r"<input[^>]* checked", desk.get(desk.url("assessment"))) is None


@pytest.mark.parametrize("typed", ["NaN", "1e3", "82,5", "٨٢"])
def test_a_weight_that_is_no_number_is_refused_and_the_rest_is_kept(desk: Desk, typed: str) -> None:
    before = desk.history.seq
    answer = desk.send(desk.url("assessment"), desk.url("assessment_facts"), {"fact-weight": typed, "fact-height": "178"})
    assert answer.status_code == INPUT and "eight" in reasons(answer)
    assert 'value="178"' in answer.content.decode() and typed in answer.content.decode()
    assert desk.history.seq == before


def test_a_list_grows_and_counts_only_when_gone_through(desk: Desk) -> None:
    page, where = desk.url("assessment"), desk.url("assessment_list")
    assert "not yet gone through" in desk.get(page)
    done(desk.send(page, where, {"what": "Penicillin", "state": "active", "detail": "rash"}, list="allergies", do="add"))
    assert desk.latest(AllergyNoted).code.display == "Penicillin"
    assert "Penicillin, rash" in desk.get(page)
    nothing = desk.send(page, where, {"what": " ", "state": "active"}, list="allergies", do="add")
    assert nothing.status_code == INPUT and "expected its name" in reasons(nothing)


def test_the_specialist_decides_and_a_nurse_cannot_sign(desk: Desk) -> None:
    desk.assessed()
    assert desk.latest(AssessmentSigned).eligible == "yes"
    assert desk.latest(AssessmentSigned).signature.seq_seen == desk.history.seq - 1
    by_nurse = desk.browser("nurse").post(desk.url("assessment_sign"), {"event_id": new_id(), "expected_seq": "1", "eligible": "yes", "summary": "x"})
    assert by_nurse.status_code == REFUSED
    unsaid = desk.send(desk.url("assessment"), desk.url("assessment_sign"), {"summary": "Not sure."})
    assert unsaid.status_code == INPUT and "judgement" in reasons(unsaid) and "Not sure." in unsaid.content.decode()


def test_a_judgement_on_an_older_chart_shows_what_is_new_and_keeps_the_words(desk: Desk) -> None:
    page = desk.get(desk.url("assessment"))
    seen = desk.hidden(page, desk.url("assessment_sign"))
    done(desk.send(desk.url("assessment"), desk.url("assessment_facts"), {"fact-systolic": "171", "fact-diastolic": "104"}, role="nurse"))
    late = desk.browser("prescriber").post(desk.url("assessment_sign"), {**seen, "eligible": "yes", "summary": "Looks fine to me."})
    told = late.content.decode()
    assert late.status_code == STALE and "blood pressure 171/104" in told and "Looks fine to me." in told
    assert desk.latest(AssessmentSigned) is None


def test_a_stage_opens_only_when_its_answers_are_yes(desk: Desk) -> None:
    done(desk.enter("assessment"))
    body = {"event_id": new_id(), "expected_seq": str(desk.history.seq), "stage": "consent"}
    shut = desk.browser("prescriber").post(desk.url("stage"), body)
    assert shut.status_code == INPUT and "diagnosed" in reasons(shut)
    assert desk.latest(StageEntered).stage == "assessment"


def test_consent_is_read_answered_signed_and_taken_back(desk: Desk) -> None:
    desk.assessed()
    done(desk.enter("consent"))
    page = desk.get(desk.url("consent"))
    assert "It is off-label, and we know little" in page and "not approved for opioid use disorder" in page
    wrong = desk.consent(no_driving="yes")
    assert wrong.status_code == SEE_OTHER and "not what the document says" in desk.get(desk.url("consent"))
    unanswered = desk.consent(can_stop="")
    assert unanswered.status_code == INPUT and "Can you stop at any time" in reasons(unanswered)
    done(desk.consent())
    assert desk.latest(ConsentSigned).signed_name == "Luis Farah"
    done(desk.send(desk.url("consent"), desk.url("consent_withdraw"), {"why": "Changed my mind"}))
    assert desk.latest(ConsentWithdrawn).reason == "Changed my mind" and "Withdrawn" in desk.get(desk.url("consent"))


def test_a_plan_is_signed_inside_the_limits(desk: Desk) -> None:
    desk.consented()
    page = desk.url("plan")
    above = desk.send(page, page, {**PLAN, "dose": "5"})
    assert above.status_code == INPUT and "nobody can sign outside" in reasons(above) and 'value="5"' in above.content.decode()
    limits = load_protocol("iv-ketamine-oud", "1.0").infusion
    between = (limits.soft[1].value + limits.hard[1].value) / 2
    soft = desk.send(page, page, {**PLAN, "dose": str(between)})
    assert limits.soft[1].value < between and soft.status_code == INPUT and "Write why" in reasons(soft)
    words = desk.send(page, page, {**PLAN, "infusions": "six"})
    assert words.status_code == INPUT and "whole number" in reasons(words)
    assert desk.latest(PlanSigned) is None
    done(desk.send(page, page, PLAN))
    assert (desk.latest(PlanSigned).dose, desk.latest(PlanSigned).duration) == ("0.5 mg/kg", "40 min")


def test_a_double_submit_is_one_event_and_another_body_is_a_conflict(desk: Desk) -> None:
    desk.consented()
    page = desk.get(desk.url("plan"))
    body = {**desk._own(page, desk.url("plan"), {}), **PLAN}
    first, second = (desk.browser("prescriber").post(desk.url("plan"), body) for _ in range(2))
    assert first.status_code == second.status_code == SEE_OTHER
    assert sum(isinstance(event.payload, PlanSigned) for event in desk.history.events) == 1
    other = desk.browser("prescriber").post(desk.url("plan"), {**body, "infusions": "4"})
    assert other.status_code == CONFLICT and "Something else was recorded" in reasons(other)


def test_a_visit_is_booked_its_escort_named_and_it_can_be_cancelled(desk: Desk) -> None:
    page, starts = desk.url("book_visit"), timezone.now() + timedelta(days=2)
    body = {"purpose": "infusion", "starts_at": f"{starts:%Y-%m-%dT%H:%M}", "minutes": "180", "chair": f"C{uuid4().hex[:6]}"}
    over = desk.send(page, page, {**body, "starts_at": "2020-01-01T09:00"}, role="coordinator")
    assert over.status_code == INPUT and "still to come" in reasons(over)
    nothing = desk.send(page, page, {**body, "starts_at": "soon", "minutes": "-3", "purpose": ""}, role="coordinator")
    assert nothing.status_code == INPUT and "'soon'" in reasons(nothing) and "'-3'" in reasons(nothing)
    assert "&amp;#" not in nothing.content.decode(), "escaped twice"
    done(desk.send(page, page, body, role="coordinator"))
    visit = desk.latest(VisitBooked).visit
    escort = desk.url("escort", visit)
    unnamed = desk.send(escort, escort, {"name": "", "state": "asked"}, role="coordinator")
    assert unnamed.status_code == INPUT and "name" in reasons(unnamed)
    done(desk.send(escort, escort, {"name": "Jo Reyes", "phone": "555 0134", "state": "confirmed"}, role="coordinator"))
    assert desk.latest(EscortNamed).state == "confirmed" and "Jo Reyes" in desk.get(desk.url("patient"))
    done(desk.send(page, desk.url("cancel_visit", visit), {}, role="coordinator"))
    assert desk.latest(VisitCancelled).visit == visit


def test_every_fact_that_a_rule_before_treatment_reads_is_asked(desk: Desk) -> None:
    names = set(read_by(load_protocol("iv-ketamine-oud", "1.0"))) - ELSEWHERE
    page = desk.get(desk.url("assessment"))
    unasked = {name for name in names if f'name="fact-{name}"' not in page}
    assert len(names) > 10 and unasked <= {"pregnancy", "breastfeeding", "pregnant", "could_be_pregnant"}, "only a man is not asked about pregnancy"
