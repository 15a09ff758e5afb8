"""Predicted concentrations at the chair: off until signed on, drawn from the recorded pump times, and nothing where something is missing."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from html import unescape
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from django.urls import reverse
from tests.clinic.acts_walk import CALM
from tests.screens.chairside import CALM_AGAIN, Chairside

from kairn.clinic.acts.clinic_decision import clinic_seq
from kairn.clinic.acts.outcome import Done, Refused
from kairn.clinic.acts.predicting import NOT_BOTH, predicts, switch_prediction
from kairn.clinic.acts.pump import pause_pump, stop_pump
from kairn.clinic.acts.striking import strike_out
from kairn.clinic.screens.chair import predicted
from kairn.clinic.screens.chair.predicted import counted_words
from kairn.library.models import MODELS
from kairn.library.predictions import PREDICTIONS
from kairn.pharmacology.delivery import pump
from kairn.pharmacology.prediction import predict_typical
from kairn.record.payloads import Observed
from kairn.record.payloads_care import PredictionSwitched
from kairn.terms.quantity import parse_quantity

WHY = "For teaching at the chair."
ORDERED, WEIGHT = Fraction(41), "82 kg"
"""0.5 mg/kg for 82 kg over 40 minutes, 1 mg/mL."""


def switch(seat: Chairside, *roles: str, on: bool = True, **given: Any) -> Any:
    """The switch by somebody of these roles."""
    walk = seat.walk
    name = "+".join(roles)
    if name not in walk.users:
        walk.users[name] = walk.make(*roles)
    form = {"event_id": uuid4(), "expected_seq": clinic_seq(walk.clinic), "reason": WHY} | given
    return switch_prediction(walk.context(name), on=on, **form)


@pytest.fixture
def shown(seat: Chairside) -> Chairside:
    """The pump has run for ten minutes, and the lane is switched on."""
    seat.walk.to_infusion()
    assert isinstance(switch(seat, "clinic-lead", "prescriber"), Done)
    seat.walk.later(minutes=10)
    return seat


def rows(seat: Chairside) -> list[dict[str, Any]]:
    """The lanes of a model on the chair's page."""
    found = re.search(r'<script id="lanes" type="application/json">(.*?)</script>', seat.get("chair"))
    assert found
    return [row for row in json.loads(found[1])["rows"] if row["kind"] == "model"]


def note(seat: Chairside) -> str:
    """What the one lane says that predicts nothing."""
    (row,) = rows(seat)
    assert not row["points"] and not row["value"] and row["note"] in unescape(seat.get("chair"))
    return str(row["note"])


def test_it_is_off_until_a_lead_who_is_a_prescriber_signs_it_on(seat: Chairside) -> None:
    seat.walk.to_infusion().later(minutes=10)
    assert not predicts(seat.walk.clinic) and rows(seat) == []
    for roles in (("prescriber",), ("nurse",), ("coordinator",)):
        assert isinstance(refused := switch(seat, *roles), Refused) and refused.kind == "permission"
    alone = switch(seat, "clinic-lead")
    assert isinstance(alone, Refused) and alone.reasons[0].text == NOT_BOTH
    silent = switch(seat, "clinic-lead", "prescriber", reason=" ")
    assert isinstance(silent, Refused) and silent.reasons[0].field == "reason"
    assert rows(seat) == []
    assert isinstance(switch(seat, "clinic-lead", "prescriber"), Done)
    assert predicts(seat.walk.clinic) and len(rows(seat)) == 2


def test_any_lead_switches_it_off_and_a_stale_page_does_not(shown: Chairside) -> None:
    stale = switch(shown, "clinic-lead", on=False, expected_seq=clinic_seq(shown.walk.clinic) - 1)
    assert isinstance(stale, Refused) and stale.kind == "stale" and predicts(shown.walk.clinic)
    assert isinstance(switch(shown, "clinic-lead", on=False), Done)
    assert not predicts(shown.walk.clinic) and rows(shown) == []


def test_the_switch_is_a_page_with_a_signature_and_its_history(shown: Chairside) -> None:
    lead = shown.browser("clinic-lead")
    page = unescape(lead.get(reverse("prediction")).content.decode())
    assert "It is switched on" in page and WHY in page and "A clinic-lead" in page
    form = {"event_id": str(uuid4()), "expected_seq": str(clinic_seq(shown.walk.clinic)), "on": "0", "reason": "Not wanted in this room."}
    assert lead.post(reverse("prediction"), form).status_code == 303
    assert "Not wanted in this room." in unescape(lead.get(reverse("prediction")).content.decode()) and not predicts(shown.walk.clinic)
    nurse = shown.browser("nurse")
    assert "Sign: switch" not in nurse.get(reverse("prediction")).content.decode()
    assert nurse.post(reverse("prediction"), form).status_code == 403


def test_the_lane_follows_the_recorded_rates(shown: Chairside) -> None:
    """Started, ten minutes later paused, ten minutes of nothing: what the pharmacology says of just that, to a whole ng/mL."""
    walk = shown.walk
    begun = walk.standing.visit(walk.visit).infusion_started  # type: ignore[union-attr]
    assert begun
    walk.do(pause_pump, "nurse", occurred_at=begun + timedelta(minutes=10))
    walk.now = begun + timedelta(minutes=20)
    plasma, site = rows(shown)
    rate = ORDERED / 40
    sure = predict_typical(MODELS["ketamine.kamp2020"], parse_quantity(WEIGHT), pump([(Fraction(0), rate), (Fraction(10), Fraction(0))]), np.arange(21.0))
    assert [point["v"] for point in plasma["points"]] == [float(round(level)) for level in sure["plasma"]]
    assert max(range(21), key=lambda minute: plasma["points"][minute]["v"]) == 10
    assert all(low <= point["v"] <= high for row in (plasma, site) for point, (low, high) in zip(row["points"], row["spread"], strict=True))
    assert site["points"][10]["v"] < plasma["points"][10]["v"] and site["points"][20]["v"] > plasma["points"][20]["v"]


def test_of_a_strength_that_counts_hydrochloride_only_the_ketamine_is_predicted(shown: Chairside, monkeypatch: pytest.MonkeyPatch) -> None:
    as_base = rows(shown)[0]["points"][-1]["v"]
    monkeypatch.setattr(predicted, "PREDICTIONS", replace(PREDICTIONS, strength_counts="hydrochloride"))
    assert rows(shown)[0]["points"][-1]["v"] == pytest.approx(as_base * 0.867, abs=1) and as_base > 50
    assert "ketamine hydrochloride" in counted_words()


def test_it_says_whose_model_and_that_nothing_was_measured_in_lane_and_table(shown: Chairside) -> None:
    plasma, site = rows(shown)
    for row in (plasma, site):
        assert "Predicted, not measured" in row["note"] and "ketamine.kamp2020" in row["note"] and "5 to 95 %" in row["note"]
        assert row["said"].startswith("predicted, not measured") and row["table"][-1]["recorded"] == "predicted, not measured"
    page = unescape(shown.get("chair"))
    assert page.count("predicted, not measured</td>") == len(plasma["table"]) + len(site["table"]) >= 4


def test_without_a_weight_it_says_so(shown: Chairside) -> None:
    walk = shown.walk
    weighed = next(event for event, said in walk.history.all(Observed) if any(one.fact == "weight" for one in said.readings) and said.visit == walk.visit)
    assert rows(shown)[0]["points"]
    walk.do(strike_out, "prescriber", event=weighed.id, reason="Another person's weight.")
    assert note(shown) == "Not predicted: no weight was measured at this visit."


def test_a_weight_for_which_the_model_does_not_hold_is_not_predicted(shown: Chairside) -> None:
    shown.walk.record(visit=shown.walk.visit, weight="131")
    assert note(shown) == "Not predicted: the weight of 131 kg lies outside 50 kg to 120 kg, for which the model holds."


def test_a_stop_told_for_before_the_start_is_no_history_to_predict_from(shown: Chairside) -> None:
    walk = shown.walk
    begun = walk.standing.visit(walk.visit).infusion_started  # type: ignore[union-attr]
    assert begun
    walk.do(stop_pump, "nurse", occurred_at=begun - timedelta(minutes=1))
    assert note(shown).startswith("Not predicted: the pump is recorded as paused or stopped before its first start")


def test_before_the_start_nothing_is_predicted(seat: Chairside) -> None:
    seat.walk.to_preflight()
    assert isinstance(switch(seat, "clinic-lead", "prescriber"), Done)
    seat.walk.record(visit=seat.walk.visit, weight="82")
    assert note(seat).startswith("Not predicted: no order is signed")


def test_no_answer_of_any_rule_changes_when_it_is_switched_on(seat: Chairside) -> None:
    seat.walk.to_infusion().later(minutes=10)
    seat.walk.record(visit=seat.walk.visit, **(CALM_AGAIN | CALM))
    before = seat.walk.standing
    assert isinstance(switch(seat, "clinic-lead", "prescriber"), Done)
    assert seat.walk.standing == before and not seat.walk.history.all(PredictionSwitched)
