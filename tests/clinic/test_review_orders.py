"""An order stands alone: the latest, not struck out, after the plan, for a living person, by a weight nobody doubts."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from acts_walk import CHECKED, Walk

from kairn.clinic.acts import course, endings, facts, notes, orders, pump, signing, visits
from kairn.record.payloads import NoteWritten, Reading


def checked(clinic: UUID) -> Walk:
    """In pre-flight with everything there but the order."""
    walk = Walk(clinic).to_preflight()
    walk.do(visits.name_escort, "coordinator", name="Ana-Maria", state="confirmed")
    walk.record(visit=walk.visit, **CHECKED)
    return walk


def weighing(clinic: UUID, before: str, today: str) -> Walk:
    """One weight at the assessment, another at the visit."""
    walk = Walk(clinic).to_treatment()
    walk.record(weight=before)
    walk.do(visits.book_visit, "coordinator", purpose="infusion", starts_at=walk.now, minutes=180, chair="Chair 1")
    walk.do(visits.enter_phase, "nurse")
    walk.record(visit=walk.visit, weight=today)
    return walk


def test_striking_out_an_order_revives_no_older_one(clinic_id: UUID) -> None:
    walk = checked(clinic_id)
    walk.do(orders.sign_order, product="ketamine-1", dose_per_kg="0.4 mg/kg", reason="first")
    second = walk.do(orders.sign_order, product="ketamine-1", dose_per_kg="0.3 mg/kg", reason="second")
    walk.do(notes.strike_out, event=second.events[0], reason="none today")
    assert "struck out" in walk.refused(pump.start_infusion, "nurse").reasons[0].text
    walk.do(orders.sign_order, product="ketamine-1")
    walk.read_pump()
    walk.do(pump.start_infusion, "nurse")


def test_a_plan_signed_after_the_order_takes_it_away(clinic_id: UUID) -> None:
    walk = checked(clinic_id)
    walk.do(orders.sign_order, product="ketamine-1")
    walk.do(signing.sign_plan, infusions=6, spacing_days=3, dose="0.3 mg/kg", duration="60 min", goals="g", reason="liver")
    assert "plan was signed anew" in walk.refused(pump.start_infusion, "nurse").reasons[0].text


@pytest.mark.parametrize("ended", ["withdrawn", "died"])
def test_nothing_is_ordered_for_somebody_whose_course_ended(clinic_id: UUID, ended: str) -> None:
    walk = checked(clinic_id)
    walk.do(course.record_death, "nurse") if ended == "died" else walk.do(course.enter_stage, stage=ended)
    assert ended in walk.refused(orders.sign_order, product="ketamine-1").reasons[0].text


@pytest.mark.parametrize(
    ("before", "today", "asks"), [("82", "90", ""), ("82", "91", "reason"), ("82", "99", "second"), ("82", "180.8", "second"), ("180.8", "82", "second")]
)
def test_a_weight_far_from_the_one_before_asks_for_more(clinic_id: UUID, before: str, today: str, asks: str) -> None:
    walk = weighing(clinic_id, before, today)
    if asks:
        assert walk.refused(orders.sign_order, product="ketamine-1").reasons[0].field == "weight_reason"
    if asks == "second":
        assert walk.refused(orders.sign_order, product="ketamine-1", weight_reason="ate").reasons[0].field == "second_reader"
    walk.do(orders.sign_order, product="ketamine-1", weight_reason="ate" if asks else "", second_reader="Bo" if asks == "second" else "")
    said = [note.text for _, note in walk.history.all(NoteWritten)]
    assert bool(said) is bool(asks) and all(f"Today's weight is {today} kg; it was {before} kg" in text for text in said)


def test_who_signs_is_not_the_second_reader_of_the_scale(clinic_id: UUID) -> None:
    walk = weighing(clinic_id, "82", "99")
    for own in ("A prescriber", " a  PRESCRIBER "):
        told = walk.refused(orders.sign_order, product="ketamine-1", weight_reason="ate", second_reader=own).reasons[0]
        assert told.field == "second_reader" and "your own name" in told.text
    walk.do(orders.sign_order, product="ketamine-1", weight_reason="ate", second_reader="A nurse")


def test_pounds_are_compared_as_kilograms(clinic_id: UUID) -> None:
    walk = weighing(clinic_id, "82", "82")
    walk.do(facts.record_readings, "nurse", visit=walk.visit, readings=[Reading("weight", "181", "[lb_av]")])
    walk.do(orders.sign_order, product="ketamine-1")


def test_the_weight_of_an_earlier_visit_is_compared(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_recovery()
    walk.do(endings.end_visit, "nurse", ending="left-before-ready")
    walk.later(days=3)
    walk.visit = uuid4()
    walk.do(visits.book_visit, "coordinator", purpose="infusion", starts_at=walk.now, minutes=180, chair="Chair 1")
    walk.do(visits.enter_phase, "nurse")
    walk.record(visit=walk.visit, weight="180.8")
    assert "Pounds may have been typed" in walk.refused(orders.sign_order, product="ketamine-1").reasons[0].text
