"""Dose limits on every path, overrides, and which protocol is in force."""

from __future__ import annotations

from datetime import timedelta
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from uuid import UUID, uuid4

import pytest
from acts_walk import CHECKED, Walk
from hypothesis import given
from hypothesis import strategies as st

from kairn.clinic.acts import course, endings, facts, orders, pump, signing, visits
from kairn.clinic.acts.amounts import amounts_of
from kairn.clinic.acts.charts import Chart, chart
from kairn.clinic.acts.outcome import Refused
from kairn.clinic.acts.protocols import NONE_ACTIVE
from kairn.clinic.ledger.append import append
from kairn.library.products import PRODUCTS
from kairn.record.event import Draft
from kairn.record.payloads import OrderSigned, PlanSigned
from kairn.terms.quantity import Quantity, parse_quantity

PLAN = {"infusions": 6, "spacing_days": 3, "dose": "0.5 mg/kg", "duration": "40 min", "goals": "Fewer days of use."}
TOO_MUCH = ["0.801 mg/kg", "1 mg/kg", "5 mg/kg", "0.5 g/kg", "0.09 mg/kg", "0 mg/kg", "500 mg/kg"]
NO_DOSE = ["-0.5 mg/kg", "5e-1 mg/kg", "0.5", "0.5 mg", "0.5 mL/kg", "NaN mg/kg", "0,5 mg/kg", "00000.5 mg/kg"]


@pytest.mark.parametrize("dose", TOO_MUCH + NO_DOSE)
def test_nobody_signs_outside_the_hard_limits(clinic_id: UUID, dose: str) -> None:
    walk = Walk(clinic_id).to_preflight()
    walk.users["both"] = walk.make("prescriber", "clinic-lead")
    walk.record(visit=walk.visit, weight="82")
    walk.later(minutes=1)
    for reason in ("", "The director says so."):
        assert walk.refused(signing.sign_plan, "prescriber", **(PLAN | {"dose": dose, "reason": reason})).kind == "input"
        assert walk.refused(orders.sign_order, "prescriber", product="ketamine-1", dose_per_kg=dose, reason=reason).kind == "input"
    assert isinstance(orders.preview_order(walk.context("prescriber"), walk.patient, visit=walk.visit, product="ketamine-1", dose_per_kg=dose), Refused)


def test_outside_the_soft_limits_a_reason_is_asked_for_and_kept(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_preflight()
    walk.record(visit=walk.visit, weight="82")
    assert walk.refused(signing.sign_plan, **(PLAN | {"dose": "0.501 mg/kg"})).reasons[0].field == "reason"
    assert walk.refused(signing.sign_plan, **(PLAN | {"infusions": 7})).reasons[0].field == "infusions"
    assert walk.refused(signing.sign_plan, **(PLAN | {"spacing_days": 1, "reason": "Far to travel."})).reasons[0].field == "spacing_days"
    assert walk.refused(signing.sign_plan, **(PLAN | {"spacing_days": 8})).reasons[0].field == "spacing_days"
    assert walk.refused(signing.sign_plan, **(PLAN | {"duration": "39 min"})).reasons[0].field == "duration"
    assert walk.refused(orders.sign_order, product="ketamine-1", dose_per_kg="0.8 mg/kg").reasons[0].field == "reason"
    assert walk.refused(orders.sign_order, product="ketamine-1", dose_per_kg="0.6 mg/kg").reasons[0].field == "reason"
    assert walk.refused(orders.sign_order, product="saline").reasons[0].field == "product"
    walk.do(orders.sign_order, product="ketamine-2", dose_per_kg="0.8 mg/kg", reason="No effect at 0.5; discussed in the team.")
    order = walk.history.latest(OrderSigned)
    assert order is not None and (order[1].dose, order[1].volume, order[1].rate_ml) == ("65.6 mg", "32.8 mL", "49.2 mL/h")
    assert any("No effect at 0.5" in getattr(event.payload, "text", "") for event in walk.history.events)


def test_a_dose_comes_from_the_weight_of_this_visit_only(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_preflight()
    walk.record(weight="82")
    assert walk.refused(orders.sign_order, product="ketamine-1").reasons[0].field == "weight"
    walk.record(visit=walk.visit, weight="820")
    assert walk.refused(orders.sign_order, product="ketamine-1").kind == "input"
    walk.later(minutes=1)
    walk.do(facts.record_readings, "nurse", readings=[parse_reading("weight", "180 [lb_av]")], visit=walk.visit)
    walk.do(orders.sign_order, product="ketamine-1")
    order = walk.history.latest(OrderSigned)
    assert order is not None and order[1].dose == "40.82 mg"


def parse_reading(fact: str, text: str) -> object:
    """A reading with its unit."""
    from kairn.record.payloads import Reading

    value, unit = text.split(" ")
    return Reading(fact, value, unit)


def test_the_pump_does_not_start_on_an_order_for_another_weight_or_outside_the_limits(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_preflight()
    walk.do(visits.name_escort, "coordinator", name="Ana-Maria", state="confirmed")
    walk.record(visit=walk.visit, **CHECKED)
    walk.do(orders.sign_order, product="ketamine-1")
    walk.later(minutes=1)
    walk.record(visit=walk.visit, weight="76")
    assert "sign a new order" in walk.refused(pump.start_infusion, "nurse").reasons[0].text
    walk.do(orders.sign_order, product="ketamine-1")
    smuggled(walk, dose_per_kg="5 mg/kg", dose="380 mg")
    assert walk.refused(pump.start_infusion, "nurse").reasons[0].field == "dose"
    walk.do(orders.sign_order, product="ketamine-1")
    walk.read_pump()
    walk.do(pump.start_infusion, "nurse")


def test_a_pump_read_for_another_order_does_not_start(clinic_id: UUID) -> None:
    """Two people read the rate at ten; the order signed after that says another one."""
    walk = Walk(clinic_id).to_ordered()
    read_before = walk.now
    walk.later(minutes=5)
    walk.do(orders.sign_order, product="ketamine-2")
    told = walk.refused(pump.start_infusion, "nurse").reasons[0].text
    assert "before this order was signed" in told and "read it again" in told
    walk.later(minutes=1)
    walk.record(visit=walk.visit, at=read_before, pump_checked="yes")
    assert "before this order was signed" in walk.refused(pump.start_infusion, "nurse").reasons[0].text, "entered late, read before"
    walk.read_pump()
    walk.do(pump.start_infusion, "nurse")


def smuggled(walk: Walk, **wrong: str) -> None:
    """An order no act would sign, put into the record past all of them."""
    import msgspec

    event, order = walk.history.latest(OrderSigned) or (None, None)
    assert event is not None and order is not None
    draft = Draft(uuid4(), walk.patient, walk.now, event.by, msgspec.structs.replace(order, **wrong))
    append(walk.clinic, [draft], expected_seq={walk.patient: walk.history.seq})


@given(dose=st.decimals("0.1", "1", places=3), weight=st.decimals("25", "350", places=2), minutes=st.integers(40, 60), key=st.sampled_from(sorted(PRODUCTS)))
def test_amounts_agree_with_decimal_arithmetic(dose: Decimal, weight: Decimal, minutes: int, key: str) -> None:
    product = PRODUCTS[key]
    found = amounts_of(Quantity(dose, "mg/kg"), Quantity(weight, "kg"), Quantity(Decimal(minutes), "min"), product)
    with localcontext() as exact:
        exact.prec = 60
        amount = dose * weight
        volume = amount / product.concentration.value
        expected = {"dose": (amount, "0.01"), "volume": (volume, "0.01"), "rate_mg": (amount / minutes, "0.01"), "rate_ml": (volume * 60 / minutes, "0.1")}
        for name, (value, step) in expected.items():
            assert parse_quantity(getattr(found, name)).value == value.quantize(Decimal(step), ROUND_HALF_EVEN), name


def test_a_preview_says_what_the_order_will_say(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_preflight()
    walk.record(visit=walk.visit, weight="82")
    shown = orders.preview_order(walk.context("prescriber"), walk.patient, visit=walk.visit, product="ketamine-1")
    assert not isinstance(shown, Refused) and (shown.amounts.dose, shown.amounts.rate_ml) == ("41 mg", "61.5 mL/h")


def test_an_override_is_signed_only_by_whom_the_rule_names_and_for_no_longer(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_preflight()
    walk.do(visits.name_escort, "coordinator", name="Ana-Maria", state="confirmed")
    walk.record(visit=walk.visit, **(CHECKED | {"systolic": "148"}))
    walk.do(orders.sign_order, product="ketamine-1")
    assert walk.refused(pump.start_infusion, "nurse").rule_ids == ("pressure-start-raised",)
    form = {"rule": "pressure-start-raised", "reason": "Usual for him; symptom free.", "visit": walk.visit, "expires_at": walk.now + timedelta(hours=1)}
    assert walk.refused(signing.sign_override, "nurse", **form).kind == "permission"
    assert walk.refused(signing.sign_override, "clinic-lead", **form).rule_ids == ("pressure-start-raised",)
    assert walk.refused(signing.sign_override, **(form | {"expires_at": walk.now + timedelta(hours=3)})).reasons[0].field == "expires_at"
    assert walk.refused(signing.sign_override, **(form | {"rule": "pressure-start"})).rule_ids == ("pressure-start",)
    assert walk.refused(signing.sign_override, **(form | {"visit": None})).reasons[0].field == "visit"
    assert walk.refused(signing.sign_override, **(form | {"reason": " "})).reasons[0].field == "reason"
    walk.do(signing.sign_override, **form)
    walk.read_pump()
    walk.do(pump.start_infusion, "nurse")
    signed = next(event.payload for event in walk.history.events if event.kind == "phase.entered" and event.payload.phase == "infusion")
    assert "pressure-start-raised" in signed.signature.blocking


def test_a_clinic_lead_sets_aside_the_rule_that_names_them(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_treatment()
    walk.do(visits.book_visit, "coordinator", purpose="infusion", starts_at=walk.now, minutes=180)
    form = {"rule": "caps-kept", "reason": "Seventh agreed by the board.", "visit": walk.visit, "expires_at": walk.now + timedelta(days=2)}
    assert walk.refused(signing.sign_override, "prescriber", **form).kind == "policy"
    walk.do(signing.sign_override, "clinic-lead", **form)


def test_without_a_protocol_nothing_is_signed_but_what_happens_is_recorded(clinic_id: UUID) -> None:
    walk = Walk(clinic_id, protocol=False).register()
    refused = walk.refused(course.enter_stage, stage="assessment")
    assert refused.kind == "policy" and refused.reasons[0].text == NONE_ACTIVE
    assert walk.refused(signing.sign_assessment, eligible="yes", summary="Fit.").reasons[0].text == NONE_ACTIVE
    assert walk.refused(signing.sign_plan, **PLAN).reasons[0].text == NONE_ACTIVE
    walk.record(craving="40")
    walk.do(visits.book_visit, "coordinator", purpose="therapy", starts_at=walk.now, minutes=50)
    walk.do(endings.end_visit, "nurse", ending="left-unseen")
    opened = chart(walk.context("nurse"), walk.patient)
    assert isinstance(opened, Chart) and opened.protocol is None and opened.why == NONE_ACTIVE and opened.standing.due
    walk.do(course.enter_stage, "coordinator", stage="lost")
    assert walk.standing.course.ended


def test_a_plan_replaces_the_plan_before(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_treatment()
    walk.do(signing.sign_plan, **(PLAN | {"dose": "0.4 mg/kg"}))
    assert [plan.dose for _, plan in walk.history.all(PlanSigned)] == ["0.5 mg/kg", "0.4 mg/kg"]
