"""What the models say beside what was measured, each with its error; what a model was made from is kept apart from what it never saw."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from kairn.library.models import MODELS
from kairn.library.responses import RESPONSES
from kairn.pharmacology.chance import Draw
from kairn.pharmacology.delivery import Delivery, bolus, infusion
from kairn.pharmacology.effects import effect_at, effect_bands, ke0_of
from kairn.pharmacology.exposure import whole_area
from kairn.pharmacology.prediction import predict_typical
from kairn.pharmacology.subjects import typical
from kairn.terms.quantity import Quantity, parse_quantity

SEVENTY = parse_quantity("70 kg")
USUAL = infusion(Fraction(35), Fraction(40))
KETAMINE, NORKETAMINE = 237.73, 223.70
"""Molar masses in g/mol: a nmol/mL is that many ng/mL."""
STEPPED = [15, 30, 45, 60, 90, 120, 150, 180, 190, 210, 240, 300]
STEPPED_KETAMINE = [0.259, 0.404, 0.458, 0.666, 0.912, 1.121, 1.962, 2.195, 1.188, 0.871, 0.696, 0.517]
STEPPED_NORKETAMINE = [0.037, 0.094, 0.162, 0.249, 0.403, 0.652, 1.029, 1.386, 1.459, 1.384, 1.262, 1.134]
"""nmol/mL, S and R together, of 20 people: Kamp 2020, figure 1, digitised by another project to within 5 % by its own word."""


def said(name: str, delivery: Delivery, minutes: list[float], weight: Quantity = SEVENTY, of: str = "plasma") -> list[float]:
    """Predicted ng/mL at the minutes."""
    values = predict_typical(MODELS[name], weight, delivery, np.array([float(minute) for minute in minutes]))
    return [float(value) for value in values[of]]


def stepped() -> Delivery:
    """0.28, 0.57 and 1.14 mg/kg/h, an hour each."""
    hours = enumerate(("0.28", "0.57", "1.14"))
    return sum((infusion(Fraction(rate) * 70, Fraction(60), Fraction(60 * hour)) for hour, rate in hours), Delivery())


def bias_and_error(predicted: list[float], observed: list[float]) -> tuple[float, float]:
    """Geometric mean of predicted over observed, and the mean absolute error in per cent."""
    ratio = np.array(predicted) / np.array(observed)
    return float(np.exp(np.log(ratio).mean())), float(np.abs(ratio - 1).mean() * 100)


def test_the_typical_table() -> None:
    """Computed once elsewhere for a 70 kg person given 0.5 mg/kg in 40 minutes, ng/mL."""
    minutes = [5.0, 10, 20, 30, 40, 50, 60, 80, 110, 230]
    assert said("ketamine.kamp2020", USUAL, minutes) == pytest.approx([109, 155, 198, 228, 253, 120, 96, 74, 54, 27], abs=0.6)
    later = [40.0, 60, 80, 110, 230, 480, 1440]
    assert said("ketamine.kamp2020", USUAL, later, of="norketamine") == pytest.approx([84, 106, 87, 73, 58, 37, 3.3], abs=0.7)


@pytest.mark.parametrize(
    ("name", "ends", "later"),
    [
        ("ketamine.kamp2020", 253, (96, 54, 27)),
        ("esketamine.simons2022", 289, (91, 42, 21)),
        ("ketamine.domino1982", 240, (55, 38, 18)),
        ("esketamine.otto2021", 158, (104, 60, 27)),
        ("esketamine.perezruixo2021", 125, (88, 45, 19)),
        ("ketamine.clements1981", 177, (115, 63, 36)),
        ("ketamine.hijazi2003", 225, (100, 17, 5)),
    ],
)
def test_seven_models_disagree_as_is_said(name: str, ends: float, later: tuple[float, ...]) -> None:
    assert said(name, USUAL, [40, 60, 110, 230]) == pytest.approx([ends, *later], abs=0.7)


def test_the_span_is_two_and_a_third() -> None:
    ends = [said(name, USUAL, [40])[0] for name in MODELS]
    assert max(ends) / min(ends) == pytest.approx(2.3, abs=0.05)


@pytest.mark.parametrize(
    ("name", "of", "bias", "error"),
    [
        ("ketamine.kamp2020", "plasma", 0.98, 9),
        ("ketamine.kamp2020", "norketamine", 0.94, 7),
        ("esketamine.simons2022", "plasma", 0.99, 11),
    ],
)
def test_in_sample_the_stepped_infusion(name: str, of: str, bias: float, error: float) -> None:
    """These people are, or may be, among those the models were made from: it shows that the parameters were copied rightly, and no more."""
    molar, observed = (KETAMINE, STEPPED_KETAMINE) if of == "plasma" else (NORKETAMINE, STEPPED_NORKETAMINE)
    found = bias_and_error(said(name, stepped(), STEPPED, of=of), [value * molar for value in observed])
    assert found == (pytest.approx(bias, abs=0.01), pytest.approx(error, abs=1.5))


@pytest.mark.parametrize(("name", "bias", "error"), [("ketamine.domino1982", 0.82, 20), ("esketamine.otto2021", 0.75, 32)])
def test_out_of_sample_the_stepped_infusion(name: str, bias: float, error: float) -> None:
    found = bias_and_error(said(name, stepped(), STEPPED), [value * KETAMINE for value in STEPPED_KETAMINE])
    assert found == (pytest.approx(bias, abs=0.01), pytest.approx(error, abs=1.5))


@pytest.mark.parametrize(
    ("what", "name", "mg", "over", "at", "kilograms", "observed", "off"),
    [
        ("20 mg S-ketamine, arterial", "ketamine.kamp2020", "20", "20", 20, "73 kg", (260, 273), -0.18),
        ("0.5 mg/kg, venous, Zarate 2006", "ketamine.kamp2020", "35", "40", 40, "70 kg", (185, 185), 0.37),
        ("0.5 mg/kg, venous, Zarate 2006", "esketamine.otto2021", "35", "40", 40, "70 kg", (185, 185), -0.15),
        ("0.5 mg/kg, venous, Zarate 2006", "esketamine.perezruixo2021", "35", "40", 40, "70 kg", (185, 185), -0.33),
        ("5 mg racemate, venous, Hasan 2021", "ketamine.kamp2020", "5", "30", 30, "70 kg", (32.1, 32.1), 0.34),
        ("5 mg racemate, venous, Hasan 2021", "esketamine.otto2021", "5", "30", 30, "70 kg", (32.1, 32.1), -0.22),
    ],
)
def test_out_of_sample_peaks(what: str, name: str, mg: str, over: str, at: int, kilograms: str, observed: tuple[float, float], off: float) -> None:
    """The share by which a model misses the middle of what people who never went into it had; misses are stated, not explained away."""
    peak = said(name, infusion(Fraction(mg), Fraction(over)), [at], parse_quantity(kilograms))[0]
    assert peak / (sum(observed) / 2) - 1 == pytest.approx(off, abs=0.02), what


def test_in_sample_the_peak_of_esketamine() -> None:
    """Simons 2022 was fitted to these people (260 and 273 ng/mL); how it grows with weight was not printed, so none is applied."""
    found = said("esketamine.simons2022", infusion(Fraction(20), Fraction(20)), [20], parse_quantity("73 kg"))[0]
    assert found == pytest.approx(268, abs=0.5) and 260 <= found <= 273


def test_out_of_sample_areas_and_steady_state() -> None:
    """10 mg at once: 113 ug h/L (n = 9). Anaesthesia at 41 ug/kg/min: 9.3 umol/L (Idvall 1979)."""
    kamp = MODELS["ketamine.kamp2020"]
    whole = whole_area(typical(kamp, SEVENTY), bolus(Fraction(10)), 600.0)[0] / 60
    assert whole / 113 - 1 == pytest.approx(0.05, abs=0.01)
    days = Fraction(5 * 1440)
    steady = said("ketamine.kamp2020", infusion(Fraction(41, 1000) * 70 * days, days), [float(days) - 1])[0]
    assert steady / (9.3 * KETAMINE) - 1 == pytest.approx(-0.07, abs=0.01)


@pytest.mark.parametrize(
    ("name", "effect", "minutes", "wanted", "near"),
    [
        ("ketamine.olofsen2022", "dissociation", [40.0, 60, 120], [45, 29, 9], 0.5),
        ("ketamine.kairn2026", "systolic", [40.0, 60], [8.6, 4.6], 0.1),
    ],
)
def test_typical_effects(name: str, effect: str, minutes: list[float], wanted: list[float], near: float) -> None:
    response = RESPONSES[name]
    sites = {"site": np.array([ke0_of(response)])}
    site = predict_typical(MODELS["ketamine.kamp2020"], SEVENTY, USUAL, np.array(minutes), sites)["site"]
    found = effect_at(site, response, response.effects[effect], "ketamine")
    assert found.tolist() == pytest.approx(wanted, abs=near)


def test_effects_of_persons_spread_wider_than_their_concentrations() -> None:
    """A single person's rise at the end, 95th in a hundred, was computed elsewhere as about 21 mmHg from the ceiling's spread alone."""
    found = effect_bands(MODELS["ketamine.kamp2020"], SEVENTY, USUAL, np.array([40.0]), RESPONSES["ketamine.kairn2026"], Draw(20_000))
    assert 21 < found["systolic"].high[0] < 27 and 1.5 < found["systolic"].low[0] < 4
    perceived = effect_bands(MODELS["ketamine.kamp2020"], SEVENTY, USUAL, np.array([40.0]), RESPONSES["ketamine.olofsen2022"], Draw(20_000))["dissociation"]
    assert 0 < perceived.low[0] < 20 and 75 < perceived.high[0] < 100
