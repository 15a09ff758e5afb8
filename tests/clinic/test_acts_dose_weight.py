"""The weight a dose is made from, by acts on a real record: decision, plan, order, and the start of the pump."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from acts_walk import CHECKED, Walk

from kairn.clinic.acts import orders, pump, signing, striking, visits
from kairn.clinic.acts.outcome import Refused
from kairn.record.payloads import OrderSigned, PlanSigned

PLAN = {"infusions": 6, "spacing_days": 3, "dose": "0.5 mg/kg", "duration": "40 min", "goals": "Fewer days of use."}
HEAVY = {"weight": "130", "height": "170"}


def heavy(clinic: UUID, basis: str = "", *, sex: str = "female") -> Walk:
    """Somebody of 130 kg and 170 cm at pre-flight, weighed at the visit; where a basis is named it is decided and the plan signed anew."""
    walk = Walk(clinic).to_preflight()
    walk.do(visits.name_escort, "coordinator", name="Ana-Maria", state="confirmed")
    walk.later(minutes=1)
    walk.record("prescriber", sex=sex)
    walk.record("prescriber", height=HEAVY["height"])
    walk.record(visit=walk.visit, **(CHECKED | {"weight": HEAVY["weight"]}))
    if basis:
        decide(walk, basis)
        walk.do(signing.sign_plan, **PLAN)
    return walk


def decide(walk: Walk, basis: str) -> None:
    walk.later(minutes=1)
    walk.record("prescriber", weight_basis_decided=basis)


def order(walk: Walk, **more: str) -> OrderSigned:
    walk.do(orders.sign_order, product="ketamine-1", weight_reason="Weighed twice; gained.", second_reader="Nia Okafor", **more)
    found = walk.history.latest(OrderSigned)
    assert found is not None
    return found[1]


def why_not(walk: Walk, **more: str) -> str:
    asked = {"product": "ketamine-1", "weight_reason": "Weighed twice.", "second_reader": "Nia Okafor"} | more
    return walk.refused(orders.sign_order, **asked).reasons[0].text


@pytest.mark.parametrize(
    ("basis", "used", "dose", "rate"),
    [("ideal", "61.4 kg", "30.7 mg", "46 mL/h"), ("adjusted", "88.8 kg", "44.4 mg", "66.6 mL/h"), ("actual", "130 kg", "65 mg", "97.5 mL/h")],
)
def test_the_dose_is_made_from_the_weight_that_was_decided(clinic_id: UUID, basis: str, used: str, dose: str, rate: str) -> None:
    walk = heavy(clinic_id, basis)
    plan = walk.history.latest(PlanSigned)
    assert plan is not None and plan[1].weight_basis == basis
    shown = orders.preview_order(walk.context("prescriber"), walk.patient, visit=walk.visit, product="ketamine-1")
    assert not isinstance(shown, Refused)
    signed = order(walk)
    assert (signed.weight, signed.weight_basis, signed.made_from) == ("130 kg", basis, used)
    assert (signed.dose, signed.rate_ml) == (dose, rate) == (shown.amounts.dose, shown.amounts.rate_ml)
    assert shown.weight.used.text == used
    walk.read_pump()
    walk.do(pump.start_infusion, "nurse")


def test_without_a_decision_the_protocol_says_which_weight(clinic_id: UUID) -> None:
    walk = heavy(clinic_id)
    assert (order(walk).weight_basis, order(walk).dose_weight, order(walk).dose) == ("actual", "", "65 mg")


def test_a_light_person_is_dosed_by_what_was_measured(clinic_id: UUID) -> None:
    walk = heavy(clinic_id, "ideal", sex="male")
    walk.later(minutes=1)
    walk.record(visit=walk.visit, weight="60.37")
    signed = order(walk)
    assert (signed.weight, signed.weight_basis, signed.dose_weight, signed.dose) == ("60.37 kg", "ideal", "60.37 kg", "30.18 mg")


def test_limits_stay_per_kilogram_of_the_weight_dosed_by(clinic_id: UUID) -> None:
    walk = heavy(clinic_id, "ideal")
    assert order(walk, dose_per_kg="0.8 mg/kg", reason="No effect at 0.5.").dose == "49.12 mg"
    assert "nobody can sign" in why_not(walk, dose_per_kg="0.801 mg/kg", reason="More.")


def test_a_decision_after_the_plan_asks_for_the_plan_anew(clinic_id: UUID) -> None:
    walk = heavy(clinic_id)
    decide(walk, "ideal")
    told = why_not(walk)
    assert "signed for a dose from actual weight" in told and "from ideal weight, as decided" in told and "Sign the plan anew" in told
    assert isinstance(orders.preview_order(walk.context("prescriber"), walk.patient, visit=walk.visit, product="ketamine-1"), Refused)
    walk.do(signing.sign_plan, **PLAN)
    assert order(walk).dose == "30.7 mg"


def test_a_decision_after_the_order_stops_the_start(clinic_id: UUID) -> None:
    walk = heavy(clinic_id)
    order(walk)
    decide(walk, "adjusted")
    told = walk.refused(pump.start_infusion, "nurse").reasons[0].text
    assert "made from actual weight" in told and "from adjusted weight" in told and "sign plan and order anew" in told


def test_a_decision_struck_out_no_longer_holds(clinic_id: UUID) -> None:
    walk = heavy(clinic_id, "ideal")
    order(walk)
    decided = next(event for event in walk.history.events if any(each.fact == "weight_basis_decided" for each in getattr(event.payload, "readings", ())))
    walk.do(striking.strike_out, "prescriber", event=decided.id, reason="Another person's.")
    assert "from actual weight, as the protocol says" in walk.refused(pump.start_infusion, "nurse").reasons[0].text
    assert "Sign the plan anew" in why_not(walk)


@pytest.mark.parametrize(("changed", "told"), [({"height": "160"}, "61.4 kg"), ({"sex": "male"}, "61.4 kg"), ({"sex": "other"}, "women and men")])
def test_the_start_asks_once_more_for_height_and_sex(clinic_id: UUID, changed: dict[str, str], told: str) -> None:
    walk = heavy(clinic_id, "ideal")
    order(walk)
    walk.later(minutes=1)
    walk.record("prescriber", **changed)
    assert told in walk.refused(pump.start_infusion, "nurse").reasons[0].text


def test_the_start_still_asks_for_the_measured_weight(clinic_id: UUID) -> None:
    walk = heavy(clinic_id, "ideal")
    order(walk)
    walk.later(minutes=1)
    walk.record(visit=walk.visit, weight="129")
    assert "made for 130 kg, the weight of this visit is 129 kg" in walk.refused(pump.start_infusion, "nurse").reasons[0].text


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        ({"height": "152"}, "begins at 60 [in_i], and the height is 152 cm"),
        ({"height": "20"}, "20 cm, cannot be used"),
        ({"sex": "other"}, "the sex on record is other"),
        ({"sex": "unknown"}, "the sex on record is unknown"),
    ],
)
def test_where_the_formula_does_not_speak_nothing_is_guessed(clinic_id: UUID, seen: dict[str, str], told: str) -> None:
    walk = heavy(clinic_id, "ideal")
    walk.later(minutes=1)
    walk.record("prescriber", **seen)
    assert told in why_not(walk) and "There is no ideal weight" in why_not(walk)
    decide(walk, "actual")
    walk.do(signing.sign_plan, **PLAN)
    assert order(walk).dose == "65 mg"


def test_a_height_of_long_ago_or_of_nobody_gives_no_ideal_weight(clinic_id: UUID) -> None:
    walk = heavy(clinic_id, "ideal")
    for event in walk.history.live:
        if any(each.fact == "height" for each in getattr(event.payload, "readings", ())):
            walk.do(striking.strike_out, "prescriber", event=event.id, reason="Another person's.")
    assert "no height is on record" in why_not(walk)
    walk.record("nurse", at=walk.now - timedelta(days=365), height="170")
    assert "is older than 365 days. Measure the height" in why_not(walk)
    walk.record("nurse", at=walk.now - timedelta(days=364), height="170")
    assert order(walk).dose == "30.7 mg"


def test_an_old_decision_is_asked_for_again_before_a_plan(clinic_id: UUID) -> None:
    """The rule of the protocol lets a decision count for 30 days; the plan once signed keeps it."""
    walk = heavy(clinic_id)
    walk.record("prescriber", at=walk.now - timedelta(days=30), weight_basis_decided="ideal")
    told = walk.refused(signing.sign_plan, **PLAN).reasons[0].text
    assert "ideal weight" in told and "longer ago than 30 days" in told and "decide again" in told
    decide(walk, "ideal")
    walk.do(signing.sign_plan, **PLAN)
    assert order(walk).dose == "30.7 mg"


def test_two_decisions_of_one_time_are_none(clinic_id: UUID) -> None:
    walk = heavy(clinic_id)
    once = walk.now
    for basis in ("ideal", "actual"):
        walk.record("prescriber", at=once, weight_basis_decided=basis)
    for told in (walk.refused(signing.sign_plan, **PLAN).reasons[0].text, why_not(walk)):
        assert "Two different decisions" in told


def test_an_order_of_old_reads_as_it_was(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_infusion()
    signed = walk.history.latest(OrderSigned)
    assert signed is not None and (signed[1].weight_basis, signed[1].dose_weight, signed[1].made_from) == ("actual", "", "82 kg")
