"""A person walked from referral to follow-up by acts only: every gate is shut with its rules named, then opens."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from acts_walk import ASSESSED, CHECKED, READY, TAUGHT, Walk, readings

from kairn.clinic.acts import aftercare, course, endings, orders, pump, signing, tasks, visits
from kairn.clinic.acts.boards import Board, today
from kairn.clinic.acts.charts import Chart, chart, chart_as_known
from kairn.clinic.acts.outcome import Refused
from kairn.pathway.standing import DueState
from kairn.record.payloads import OrderSigned, PumpStarted, TaskOpened, VisitEnded


def test_from_referral_to_follow_up(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_follow_up()
    assert walk.standing.course.stage == "follow-up"
    done = walk.standing.visit(walk.visit)
    assert done is not None and (done.phase, done.ending, done.pump) == ("closed", "ready", "stopped")
    order = walk.history.latest(OrderSigned)
    assert order is not None
    said = order[1]
    assert (said.weight, said.dose, said.volume, said.rate_ml, said.rate_mg) == ("82 kg", "41 mg", "41 mL", "61.5 mL/h", "1.02 mg/min")
    assert walk.history.all(PumpStarted)[0][1].rate_ml == said.rate_ml
    walk.later(days=6)
    due = next(each for each in walk.standing.due if each.rule and each.rule.id == "follow-up-1-week")
    assert due.state is DueState.DUE
    walk.do(
        aftercare.record_follow_up, "therapist", duty="follow-up-1-week", how="phone", readings=readings(use_days="2", craving="20", suicide_intent="absent")
    )
    assert "follow-up-1-week" not in {each.rule.id for each in walk.standing.due if each.rule}


def test_consent_is_shut_until_the_assessment_is_whole(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).register()
    walk.stage("assessment")
    assert set(walk.refused(course.enter_stage, stage="consent").rule_ids) >= {"oud-diagnosed", "no-psychosis", "specialist-signed", "pressure-known"}
    walk.record(**{**ASSESSED, "psychosis_active": "yes"})
    refused = walk.refused(course.enter_stage, stage="consent")
    assert refused.kind == "policy" and set(refused.rule_ids) == {"no-psychosis", "specialist-signed"}
    assert "psychosis_active" in {finding.fact for reason in refused.reasons for finding in reason.findings}
    walk.later(minutes=1)
    walk.record(psychosis_active="no")
    walk.do(signing.sign_assessment, eligible="yes", summary="Looked into again with the psychiatrist.")
    walk.stage("consent")


def test_consent_not_understood_does_not_open_planning(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_consent()
    walk.record(capacity="yes", education_given="yes", intoxicated="no")
    walk.do(signing.sign_consent, teach_back={**TAUGHT, "no_driving": "yes"}, signed_name="Luis Farah")
    assert walk.refused(course.enter_stage, stage="planning").rule_ids == ("consent-signed",)
    walk.do(signing.sign_consent, teach_back=TAUGHT, signed_name="Luis Farah")
    walk.stage("planning")
    walk.do(signing.withdraw_consent, "nurse")
    assert "consent-still-stands" in walk.refused(course.enter_stage, stage="treatment").rule_ids


@pytest.mark.parametrize(
    ("fact", "value", "rule"),
    [
        ("systolic", "165", "pressure-start"),
        ("weight", "", "weight-measured"),
        ("psychosis_active", "yes", "still-eligible"),
        ("spo2", "80", "vitals-floor-start"),
        ("spo2", "91", "oxygen-start"),
    ],
)
def test_the_pump_starts_only_when_every_check_is_yes(clinic_id: UUID, fact: str, value: str, rule: str) -> None:
    walk = Walk(clinic_id).to_preflight()
    assert {"identity-checked", "order-signed", "escort-today", "chair-ready"} <= set(walk.refused(pump.start_infusion, "nurse").rule_ids)
    walk.do(visits.name_escort, "coordinator", name="Ana-Maria", state="confirmed")
    walk.record(visit=walk.visit, **{name: said for name, said in (CHECKED | {fact: value}).items() if said})
    if fact == "weight":
        assert walk.refused(orders.sign_order, product="ketamine-1").reasons[0].field == "weight"
    else:
        walk.do(orders.sign_order, product="ketamine-1")
    assert rule in walk.refused(pump.start_infusion, "nurse").rule_ids
    walk.later(minutes=1)
    walk.record(visit=walk.visit, **{fact: (CHECKED | ASSESSED)[fact]})
    if fact == "weight":
        walk.do(orders.sign_order, product="ketamine-1")
    walk.read_pump()
    walk.do(pump.start_infusion, "nurse")
    running = walk.standing.visit(walk.visit)
    assert running is not None and (running.phase, running.pump) == ("infusion", "running")


def test_a_paused_pump_runs_again_only_when_nothing_holds(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_infusion()
    walk.later(minutes=5)
    walk.record(
        visit=walk.visit,
        spo2="90",
        apnoea="no",
        pressure_symptoms="no",
        distress="calm",
        nausea="none",
        systolic="120",
        diastolic="75",
        heart_rate="70",
        respiratory_rate="14",
        moaas="5",
    )
    walk.do(pump.pause_pump, "nurse", reason="oxygen low")
    assert "oxygen-pause" in walk.refused(pump.resume_pump, "nurse").rule_ids
    walk.later(minutes=3)
    walk.record(visit=walk.visit, spo2="97")
    walk.do(pump.resume_pump, "nurse")
    assert [started.rate_ml for _, started in walk.history.all(PumpStarted)] == ["61.5 mL/h"] * 2


def test_ready_is_shut_until_every_discharge_rule_is_yes(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_recovery()
    assert set(walk.refused(endings.end_visit, "nurse", ending="ready", expected_seq=walk.history.seq).rule_ids) >= {"observed-long-enough", "escort-there"}
    walk.later(minutes=121)
    walk.record(visit=walk.visit, **{**READY, "walks_steadily": "no"})
    walk.do(visits.name_escort, "nurse", name="Ana-Maria", state="present")
    assert walk.refused(endings.end_visit, "nurse", ending="ready", expected_seq=walk.history.seq).rule_ids == ("walks-and-drinks",)
    assert walk.refused(endings.end_visit, "nurse", ending="ready", expected_seq=None).kind == "input"


@pytest.mark.parametrize(("ending", "owner"), [("left-before-ready", "coordinator"), ("left-unseen", "coordinator"), ("hospital", "nurse"), ("died", "")])
def test_four_endings_need_no_criterion_and_all_but_a_death_open_an_urgent_task(clinic_id: UUID, ending: str, owner: str) -> None:
    walk = Walk(clinic_id).to_infusion()
    walk.do(endings.end_visit, "nurse", ending=ending)
    ended = walk.standing.visit(walk.visit)
    assert ended is not None and (ended.phase, ended.ending, ended.pump) == ("closed", ending, "stopped")
    opened = [event.payload for event in walk.history.events if event.kind == "task.opened"]
    assert [(task.owner, task.urgent) for task in opened] == ([(owner, True)] if owner else []) and all(task.due_at > walk.now for task in opened)
    assert (walk.standing.course.stage == "died") is (ending == "died")
    if ending == "died":
        assert walk.standing.due == ()
    assert walk.refused(endings.end_visit, "nurse", ending="hospital").kind == "policy"


@pytest.mark.parametrize("ending", ["left-before-ready", "left-unseen", "hospital", "died"])
@pytest.mark.parametrize("closed", [False, True])
def test_who_goes_while_a_task_about_suicide_is_open_is_a_prescribers_at_once(clinic_id: UUID, ending: str, closed: bool) -> None:
    walk = Walk(clinic_id).to_infusion()
    raised = walk.record(visit=walk.visit, suicide_intent="present").events[1]
    if closed:
        walk.do(tasks.close_task, task=raised, how="Spoke with Luis; a plan for tonight is agreed.")
    event_id = uuid4()
    for _ in range(2):
        done = walk.do(endings.end_visit, "nurse", ending=ending, event_id=event_id)
    opened = [(event, task) for event, task in walk.history.all(TaskOpened) if task.what.startswith("Gone while a task about suicide")]
    if closed or ending == "died":
        assert not opened and not endings.prescriber_asked(done)
        return
    [(event, task)] = opened
    assert endings.prescriber_asked(done) and event.id in done.events and task.visit == walk.visit
    assert (task.owner, task.urgent) == ("prescriber", True) and timedelta() < task.due_at - event.recorded_at <= timedelta(minutes=16)
    assert {due.task for due in walk.standing.due if due.urgent} >= {raised, event.id}, "beside the ending's own, and beside the one that waits already"
    assert len({due.task for due in walk.standing.due if due.urgent}) == 3


def test_the_fifth_ending_signs_what_was_shown(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_ready()
    seen = walk.history.seq
    walk.do(endings.end_visit, "nurse", ending="ready", expected_seq=seen)
    ended = walk.history.latest(VisitEnded)
    assert ended is not None and ended[1].signature is not None
    signed = ended[1].signature
    assert (signed.protocol, signed.version, signed.seq_seen) == ("iv-ketamine-oud", "1.0", seen) and signed.content_hash and signed.kairn
    assert not [each for each in walk.standing.due if each.urgent]


def test_the_chart_and_today_say_the_same(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_infusion()
    opened = chart(walk.context("nurse"), walk.patient)
    assert isinstance(opened, Chart) and opened.patient.name == "Luis Farah" and opened.seq == walk.history.seq and opened.protocol is not None
    board = today(walk.context("coordinator"), limit=20)
    assert isinstance(board, Board)
    row = next(each for each in board.rows if each.patient == walk.patient)
    assert (row.name, row.stage, row.phase, row.chair, row.seq) == ("Luis Farah", "treatment", "infusion", "Chair 1", opened.seq)
    assert row.next == "recovery" and row.due is not None and board.running == 1 and board.by_stage["treatment"] == 1
    earlier = chart_as_known(walk.context("nurse"), walk.patient, 2)
    assert isinstance(earlier, Chart) and earlier.standing.course.stage == "referral" and earlier.seq == 2


def test_who_may_not_open_a_chart_sees_nothing_and_the_board_of_a_stranger_is_empty(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).register()
    walk.users["outsider"] = walk.make("nurse", joins=False)
    assert isinstance(chart(walk.context("outsider"), walk.patient), Refused)
    board = today(walk.context("outsider"), limit=20)
    assert isinstance(board, Board) and board.rows == () and board.total == 0
    coordinator = chart(walk.context("coordinator"), walk.patient)
    assert isinstance(coordinator, Chart) and not any(verdict.findings for verdict in coordinator.standing.verdicts)
    assert isinstance(chart(walk.context("nurse"), uuid4()), Refused)
