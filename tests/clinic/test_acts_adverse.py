"""Adverse events: noted whole, followed without touching what was written, handed over only by a prescriber and only while mild."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from acts_walk import READY, Walk

from kairn.clinic.acts import adverse, endings, tasks, visits
from kairn.clinic.acts.adverse import Told
from kairn.clinic.acts.striking import strike_out
from kairn.library.urgent_tasks import URGENT_TASKS
from kairn.record.adverse import AdverseEvent, adverse_events
from kairn.record.payloads import TaskOpened
from kairn.record.payloads_harm import AdverseEventHandedOver, AdverseEventNoted
from kairn.terms.answer import Answer


def noted(walk: Walk, **told: str) -> UUID:
    """A headache of this visit, noted by the nurse."""
    return walk.do(adverse.note_adverse_event, "nurse", told=Told(**{"kind": "headache", "severity": "mild", **told}), visit=walk.visit).events[0]  # type: ignore[arg-type]


def followed(walk: Walk, one: UUID, role: str = "nurse", **told: object) -> None:
    """A later word on it."""
    walk.do(adverse.follow_adverse_event, role, follows=one, told=Told(**told), visit=walk.visit)  # type: ignore[arg-type]


def only(walk: Walk) -> AdverseEvent:
    """The one there is."""
    (one,) = adverse_events(walk.history)
    return one


def settled(walk: Walk) -> Walk:
    """All else that ready asks for is there."""
    walk.later(minutes=121)
    walk.record(visit=walk.visit, **READY)
    walk.do(visits.name_escort, "nurse", name="Ana-Maria", state="present")
    return walk


def ready(walk: Walk) -> str:
    """What the move says."""
    return next(move.answer.value for move in walk.standing.moves if move.to == "ready" and move.visit == walk.visit)


def test_what_is_told_is_kept_whole_and_what_is_left_out_is_not_judged(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_infusion()
    noted(walk)
    assert walk.history.latest(AdverseEventNoted)[1] == AdverseEventNoted("mild", "headache", visit=walk.visit)
    began = walk.now - timedelta(minutes=1)
    told = Told("vomiting", "after water", "severe", "ondansetron", criteria=("hospital", "life-threatening"), related="possibly")
    walk.do(adverse.note_adverse_event, "nurse", told=told, visit=walk.visit, occurred_at=began)
    event, said = walk.history.latest(AdverseEventNoted)
    assert event.occurred_at == began and said == AdverseEventNoted(
        "severe", "vomiting", "after water", walk.visit, "ondansetron", serious="yes", criteria=("hospital", "life-threatening"), related="possibly"
    )


def test_a_serious_one_opens_one_urgent_task_for_a_prescriber_however_often_it_is_told(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_infusion()
    one = noted(walk, severity="severe")
    assert not walk.history.all(TaskOpened)
    followed(walk, one, criteria=("hospital",))
    followed(walk, one, severity="moderate")
    ((event, task),) = walk.history.all(TaskOpened)
    assert (task.owner, task.urgent, task.visit) == ("prescriber", True, walk.visit)
    assert task.due_at == event.occurred_at + URGENT_TASKS["serious-event"].within.delta
    walk.do(adverse.note_adverse_event, "nurse", told=Told("fall", severity="mild", criteria=("hospital",)))
    assert [task.visit for _, task in walk.history.all(TaskOpened)] == [walk.visit, None]


@pytest.mark.parametrize(
    ("told", "field"),
    [
        (Told("hiccups", severity="mild"), "kind"), (Told("other", severity="mild"), "what"), (Told("headache"), "severity"),
        (Told("headache", severity="mild", outcome="gone"), "outcome"), (Told("headache", severity="mild", serious="yes"), "criteria"),
        (Told("headache", severity="mild", serious="no", criteria=("death",)), "serious"), (Told("headache", severity="mild", criteria=("fame",)), "criteria"),
        (Told("headache", severity="mild", related="surely"), "related"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_at_its_field(clinic_id: UUID, told: Told, field: str) -> None:
    walk = Walk(clinic_id).to_infusion()
    assert walk.refused(adverse.note_adverse_event, "nurse", told=told, visit=walk.visit).reasons[0].field == field


def test_it_is_over_between_its_onset_and_now(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_infusion()
    walk.later(minutes=10)
    began = walk.now - timedelta(minutes=5)
    for wrong in (began - timedelta(seconds=1), walk.now + timedelta(minutes=1)):
        told = Told("headache", severity="mild", outcome="resolved", resolved_at=wrong)
        assert walk.refused(adverse.note_adverse_event, "nurse", told=told, visit=walk.visit, occurred_at=began).reasons[0].field == "resolved_at"
    told = Told("headache", severity="mild", resolved_at=walk.now)
    assert walk.refused(adverse.note_adverse_event, "nurse", told=told, visit=walk.visit, occurred_at=began).reasons[0].field == "resolved_at"
    again = uuid4()
    over = Told("headache", severity="mild", outcome="resolved")
    walk.do(adverse.note_adverse_event, "nurse", event_id=again, told=over, visit=walk.visit, occurred_at=began)
    stored = only(walk).over_at
    assert stored == walk.now and only(walk).is_open is Answer.NO
    walk.later(minutes=1)
    assert (
        walk.do(adverse.note_adverse_event, "nurse", event_id=again, told=over, visit=walk.visit, occurred_at=began).repeated and only(walk).over_at == stored
    )


def test_a_later_word_changes_how_it_stands_and_not_what_was_written(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_infusion()
    one = noted(walk, what="behind the eyes", action="dark room")
    before = walk.history.get(one)
    followed(walk, one, severity="severe", criteria=("important",), related="related", action="paracetamol")
    followed(walk, one, severity="mild", outcome="resolved-with-after-effects")
    assert walk.history.get(one) == before
    assert only(walk).first.id == one and (only(walk).worst, only(walk).now.severity) == ("severe", "mild")
    now = only(walk).now
    assert (now.kind, now.what, now.action, now.serious, now.criteria, now.related) == ("headache", "behind the eyes", "", "yes", ("important",), "related")
    assert now.resolved_at == walk.now and only(walk).is_open is Answer.NO
    over = now.resolved_at
    followed(walk, one, serious="no")
    assert (only(walk).over_at, only(walk).now.criteria) == (over, ())
    followed(walk, one, outcome="open")
    assert only(walk).is_open is Answer.YES and only(walk).over_at is None and only(walk).now.criteria == ()
    early = walk.history.get(one).occurred_at - timedelta(seconds=1)
    refusal = walk.refused(adverse.follow_adverse_event, "nurse", follows=one, told=Told(outcome="resolved"), visit=walk.visit, occurred_at=early)
    assert refusal.reasons[0].field == "occurred_at"


def test_ready_waits_for_an_open_one_and_does_not_know_what_nobody_knows(clinic_id: UUID) -> None:
    walk = settled(Walk(clinic_id).to_recovery())
    assert ready(walk) == "yes"
    one = noted(walk, severity="moderate")
    assert ready(walk) == "no"
    followed(walk, one, outcome="unknown")
    assert ready(walk) == "unknown"
    assert walk.refused(endings.end_visit, "nurse", ending="ready", expected_seq=walk.history.seq).kind == "policy"
    walk.do(strike_out, "nurse", event=one, reason="another person")
    assert ready(walk) == "yes" and adverse_events(walk.history) == []
    noted(walk)
    walk.do(endings.end_visit, "nurse", ending="left-before-ready")


def test_a_mild_one_goes_home_with_a_prescribers_name_under_it(clinic_id: UUID) -> None:
    walk = settled(Walk(clinic_id).to_recovery())
    one = noted(walk)
    hand_over = {"follows": one, "call": "the night line"}
    assert walk.refused(adverse.hand_over_adverse_event, "nurse", **hand_over).kind == "permission"
    assert walk.refused(adverse.hand_over_adverse_event, **{**hand_over, "call": " "}).reasons[0].field == "call"
    assert walk.refused(adverse.hand_over_adverse_event, **hand_over, expected_seq=walk.history.seq - 1).kind == "stale"
    followed(walk, one, severity="moderate")
    assert walk.refused(adverse.hand_over_adverse_event, **hand_over).kind == "policy"
    followed(walk, one, severity="mild", criteria=("important",))
    assert walk.refused(adverse.hand_over_adverse_event, **hand_over).kind == "policy"
    followed(walk, one, serious="no")
    walk.do(tasks.close_task, task=walk.history.latest(TaskOpened)[1].task, how="Seen: not serious")
    walk.do(adverse.hand_over_adverse_event, **hand_over)
    signed = walk.history.latest(AdverseEventHandedOver)[1]
    assert signed.signature.blocking and only(walk).is_open is Answer.NO and ready(walk) == "yes"
    assert walk.refused(adverse.hand_over_adverse_event, **hand_over).kind == "policy"
    followed(walk, one, severity="mild")
    assert only(walk).is_open is Answer.YES and ready(walk) == "no"
