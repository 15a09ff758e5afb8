"""Cannulas: recorded as they happen, one truth for going home, and nothing clinical ever refuses them."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from acts_walk import READY, Walk

from kairn.clinic.acts import cannula, endings, visits
from kairn.clinic.acts.cannula import Look, Placed
from kairn.clinic.acts.striking import strike_out
from kairn.record.cannula import cannulas
from kairn.record.payloads import Observed
from kairn.record.payloads_cannula import CannulaPlaced, CannulaRemoved, CannulaSeen

ARM = Placed("left-forearm", "20")


def placed(walk: Walk, told: Placed = ARM) -> UUID:
    """One placed by the nurse."""
    return walk.do(cannula.place_cannula, "nurse", told=told).events[0]


def out(walk: Walk, one: UUID, looks: str = "fine", note: str = "") -> UUID:
    """It is out, its site as said."""
    return walk.do(cannula.remove_cannula, "nurse", follows=one, told=Look(looks, note)).events[0]


def settled(walk: Walk) -> Walk:
    """All that ready asks for but the cannula."""
    walk.later(minutes=121)
    walk.record(visit=walk.visit, **{fact: value for fact, value in READY.items() if fact != "cannula_out"})
    walk.do(visits.name_escort, "nurse", name="Ana-Maria", state="present")
    return walk


def ready(walk: Walk) -> str:
    """What the move says."""
    return next(move.answer.value for move in walk.standing.moves if move.to == "ready" and move.visit == walk.visit)


def test_what_is_told_is_kept_whole(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_preflight()
    at = walk.now - timedelta(minutes=4)
    told = Placed("elsewhere", "not-known", "more", " Nia Okafor ", " port, right chest ")
    walk.do(cannula.place_cannula, "nurse", told=told, occurred_at=at)
    event, said = walk.history.latest(CannulaPlaced)
    assert event.occurred_at == at and said == CannulaPlaced(walk.visit, "elsewhere", "not-known", "more", "Nia Okafor", "port, right chest")
    one = event.id
    walk.do(cannula.look_at_cannula, "nurse", follows=one, told=Look("other", "a bruise"))
    assert walk.history.latest(CannulaSeen)[1] == CannulaSeen(one, walk.visit, "elsewhere", "other", "port, right chest", "a bruise")
    out(walk, one, "")
    assert walk.history.latest(CannulaRemoved)[1] == CannulaRemoved(one, walk.visit, "elsewhere", "", "port, right chest")


@pytest.mark.parametrize(
    ("told", "field"),
    [(Placed("", "20"), "site"), (Placed("left-foot", "20"), "site"), (Placed("left-hand"), "gauge"), (Placed("left-hand", "21"), "gauge"),
     (Placed("left-hand", "20", "0"), "attempts"), (Placed("elsewhere", "20", where=" "), "where")],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_at_its_field(clinic_id: UUID, told: Placed, field: str) -> None:
    walk = Walk(clinic_id).to_preflight()
    assert walk.refused(cannula.place_cannula, "nurse", told=told).reasons[0].field == field


def test_a_later_word_is_of_a_cannula_of_this_visit_and_not_before_it(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_preflight()
    one = placed(walk)
    look, early = Look("fine"), walk.history.get(one).occurred_at - timedelta(seconds=1)
    for act in (cannula.look_at_cannula, cannula.remove_cannula):
        assert walk.refused(act, "nurse", follows=uuid4(), told=look).reasons[0].field == "follows"
        assert walk.refused(act, "nurse", follows=one, told=look, occurred_at=early).reasons[0].field == "occurred_at"
        assert walk.refused(act, "nurse", follows=one, told=Look("odd")).reasons[0].field == "looks"
        assert walk.refused(act, "nurse", follows=one, told=Look("other")).reasons[0].field == "note"
    assert walk.refused(cannula.look_at_cannula, "nurse", follows=one, told=Look()).reasons[0].field == "looks"


def test_a_removal_sent_twice_is_one_and_a_second_one_is_not_taken(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_preflight()
    one, form = placed(walk), uuid4()
    walk.do(cannula.remove_cannula, "nurse", event_id=form, follows=one, told=Look("fine"))
    assert walk.do(cannula.remove_cannula, "nurse", event_id=form, follows=one, told=Look("fine")).repeated
    assert walk.refused(cannula.remove_cannula, "nurse", follows=one, told=Look("swollen")).kind == "input"
    walk.do(cannula.look_at_cannula, "nurse", follows=one, told=Look("swollen"))
    assert len(walk.history.all(CannulaRemoved)) == 1


def test_a_removal_answers_for_going_home_and_nobody_answers_twice(clinic_id: UUID) -> None:
    walk = settled(Walk(clinic_id).to_recovery())
    assert ready(walk) == "unknown"
    arm, hand = placed(walk), placed(walk, Placed("right-hand", "22"))
    assert ready(walk) == "no"
    out(walk, arm)
    walk.record(visit=walk.visit, cannula_out="yes")
    assert ready(walk) == "no"
    gone = out(walk, hand, "")
    assert ready(walk) == "no"
    walk.do(cannula.look_at_cannula, "nurse", follows=hand, told=Look("painful"))
    assert ready(walk) == "yes"
    walk.do(strike_out, "nurse", event=gone, reason="the other hand")
    assert ready(walk) == "no" and [one.lies(walk.now) for one in cannulas(walk.history, walk.visit)] == [False, True]
    out(walk, hand)
    answered = [event for event, said in walk.history.all(Observed) if any(one.fact == "cannula_out" for one in said.readings)]
    assert ready(walk) == "yes" and len(answered) == 1
    walk.do(endings.end_visit, "nurse", ending="ready", expected_seq=walk.history.seq)


def test_nobody_is_held_and_it_can_be_said_after_the_visit(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_recovery()
    one = placed(walk)
    walk.do(endings.end_visit, "nurse", ending="left-before-ready")
    out(walk, one)
    assert walk.refused(cannula.place_cannula, "coordinator", told=ARM).kind == "permission"
