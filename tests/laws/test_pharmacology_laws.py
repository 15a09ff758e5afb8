"""Laws of linear kinetics, whatever the model, the history and the person."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kairn.library.models import MODELS, DrugModel
from kairn.pharmacology.chance import Draw, stream
from kairn.pharmacology.course import levels
from kairn.pharmacology.delivery import Delivery, Stretch, bolus, infusion, pump
from kairn.pharmacology.exposure import area, falls_below, peak, whole_area
from kairn.pharmacology.prediction import doubt, predict, predict_bands
from kairn.pharmacology.subjects import Subjects, drawn, typical
from kairn.pharmacology.system import PLASMA, system_of
from kairn.terms.quantity import Quantity, parse_quantity

WEIGHT = parse_quantity("70 kg")
MINUTES = st.fractions(0, 600, max_denominator=60)
MG = st.fractions(Fraction(1, 2), 200, max_denominator=20)
RATE = st.fractions(0, 4, max_denominator=20)
MODEL = st.sampled_from(sorted(MODELS.values(), key=lambda model: model.name))
BOLUSES = st.builds(bolus, MG, MINUTES)
INFUSIONS = st.builds(infusion, MG, st.fractions(Fraction(1, 2), 120, max_denominator=60), MINUTES)
PUMPS = st.lists(st.tuples(MINUTES, RATE), min_size=1, max_size=6).map(lambda moves: pump([*moves, (Fraction(600), Fraction(0))]))
DELIVERIES = st.lists(st.one_of(BOLUSES, INFUSIONS, PUMPS), min_size=1, max_size=3).map(lambda parts: sum(parts, Delivery()))
LOOKED = np.array([0.0, 0.5, 1, 5, 17, 40, 41, 60, 61.5, 110, 230, 480, 599, 600, 700, 1440])
SITES = {"site": np.array([0.0835])}


def person(model: DrugModel, seed: int) -> Subjects:
    """The typical person, or one drawn where the model knows how people differ."""
    return typical(model, WEIGHT) if model.variability is None else drawn(model, WEIGHT, Draw(1, seed))


def same(found: object, wanted: object) -> None:
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-9)  # type: ignore[arg-type]


@given(MODEL, st.integers(0, 1000), DELIVERIES, DELIVERIES)
def test_doses_add_up(model: DrugModel, seed: int, one: Delivery, other: Delivery) -> None:
    who = person(model, seed)
    apart = [predict(who, each, LOOKED, SITES, metabolite=True) for each in (one, other)]
    for name, whole in predict(who, one + other, LOOKED, SITES, metabolite=True).items():
        same(whole, apart[0][name] + apart[1][name])


@given(MODEL, st.integers(0, 1000), MG, st.fractions(1, 120, max_denominator=60), st.integers(2, 9))
def test_twice_the_dose_is_twice_the_level(model: DrugModel, seed: int, mg: Fraction, over: Fraction, times: int) -> None:
    who = person(model, seed)
    once, more = (predict(who, infusion(mg * factor, over), LOOKED, SITES, metabolite=True) for factor in (1, times))
    for name, values in once.items():
        same(more[name], values * times)


@given(MODEL, st.integers(0, 1000), DELIVERIES)
def test_no_level_is_below_nothing(model: DrugModel, seed: int, delivery: Delivery) -> None:
    found = predict(person(model, seed), delivery, LOOKED, SITES, metabolite=True)
    assert all((values >= -1e-9).all() for values in found.values())


@given(MODEL, st.integers(0, 1000), DELIVERIES)
def test_what_was_given_is_inside_or_has_left(model: DrugModel, seed: int, delivery: Delivery) -> None:
    """Milligrams in the parent's compartments and milligrams cleared make up what was delivered."""
    who = person(model, seed)
    assume("CL" in who.values)
    system = system_of(who, area=True)
    inside = [weights for name, weights in system.amounts.items() if name.startswith("A")]
    found = levels(system, delivery, LOOKED, [sum(inside), system.rows["area"]])[0]  # type: ignore[list-item]
    given_by = [float(delivery.mg_by(Fraction(minute))) for minute in LOOKED.tolist()]
    same(found[0] + found[1] * who.values["CL"][0], given_by)


@given(MODEL, st.integers(0, 1000), RATE.filter(bool), st.fractions(1, 60), st.fractions(1, 60), st.fractions(1, 60))
def test_a_pause_is_a_gap(model: DrugModel, seed: int, rate: Fraction, first: Fraction, pause: Fraction, second: Fraction) -> None:
    who, stop = person(model, seed), Fraction(0)
    paused = pump([(Fraction(0), rate), (first, stop), (first + pause, rate), (first + pause + second, stop)])
    apart = infusion(rate * first, first) + infusion(rate * second, second, first + pause)
    assert paused.mg_by(Fraction(600)) == apart.mg_by(Fraction(600)) == rate * (first + second)
    for name, values in predict(who, paused, LOOKED, SITES, metabolite=True).items():
        same(values, predict(who, apart, LOOKED, SITES, metabolite=True)[name])


@given(MODEL, DELIVERIES, st.integers(17, 300), st.fractions(Fraction(1, 4), 8))
@settings(max_examples=40)
def test_even_minutes_are_read_as_scattered_ones(model: DrugModel, delivery: Delivery, count: int, step: Fraction) -> None:
    """The ladder of a grid and the propagator of each single minute are two ways to the same level."""
    who = person(model, 3)
    minutes = np.arange(count) * float(step)
    grid = predict(who, delivery, minutes, SITES, metabolite=True)
    for place in (0, 1, count // 3, count - 1):
        single = predict(who, delivery, minutes[place : place + 1], SITES, metabolite=True)
        for name, values in single.items():
            np.testing.assert_allclose(grid[name][:, place], values[:, 0], rtol=1e-9, atol=1e-9)


@given(st.lists(st.tuples(MINUTES, RATE), min_size=1, max_size=8, unique_by=lambda move: move[0]), MINUTES)
def test_the_pump_gives_its_rates_times_its_times(moves: list[tuple[Fraction, Fraction]], until: Fraction) -> None:
    ordered, total = sorted(moves), Fraction(0)
    for place, (at, rate) in enumerate(ordered):
        end = min(until, ordered[place + 1][0] if place + 1 < len(ordered) else until)
        total += rate * max(end - at, Fraction(0))
    assert pump(moves).mg_by(until) == total and pump(moves).ml_by(until, Fraction(2)) == total / 2


@given(MODEL, st.integers(0, 1000), DELIVERIES)
def test_the_whole_area_is_the_dose_over_the_clearance(model: DrugModel, seed: int, delivery: Delivery) -> None:
    who = person(model, seed)
    assume("CL" in who.values)
    wanted = float(delivery.mg_by(Fraction(10_000))) / who.values["CL"] * 1000
    same(whole_area(who, delivery, 800.0), wanted)
    assert (area(who, delivery, 800.0) <= wanted * (1 + 1e-9)).all()


@given(MODEL, st.floats(0.05, 0.9))
def test_after_the_crossing_it_stays_below(model: DrugModel, share: float) -> None:
    system = system_of(typical(model, WEIGHT))
    delivery, minutes = infusion(Fraction(35), Fraction(40)), np.arange(0.0, 4000.0, 5.0)
    _, highest = peak(system, system.rows[PLASMA], delivery, minutes)
    level = float(highest[0]) * share
    at = float(falls_below(system, system.rows[PLASMA], delivery, level, minutes)[0])
    read = levels(system, delivery, np.array([at - 1e-6, at + 1e-6, at + 50]), [system.rows[PLASMA]])[0, 0] * 1000
    assert read[0] >= level > read[1] > read[2]


def test_a_level_never_reached_and_one_never_left() -> None:
    system = system_of(typical(MODELS["ketamine.kamp2020"], WEIGHT))
    delivery, minutes = infusion(Fraction(35), Fraction(40)), np.arange(0.0, 60.0)
    assert falls_below(system, system.rows[PLASMA], delivery, 1e6, minutes).tolist() == [0.0]
    assert falls_below(system, system.rows[PLASMA], delivery, 1.0, minutes).tolist() == [float("inf")]


def test_the_same_key_draws_the_same_people() -> None:
    one, again, other = (stream(7, patient, "between").standard_normal(5).tolist() for patient in ("a", "a", "b"))
    assert one == again != other
    assert one[0] == pytest.approx(FIRST, abs=1e-12)


FIRST = 0.38097601220027055
"""Drawn when this was written; another number here would redraw every band."""


def test_a_band_holds_more_than_people_differ() -> None:
    """At 40 minutes people alone differ by 13 %; with the models' disagreement it is 27 %, and a measurement errs besides."""
    model, minute = MODELS["ketamine.kamp2020"], np.array([40.0])
    delivery = infusion(Fraction(35), Fraction(40))
    people = predict(drawn(model, WEIGHT, Draw(20_000)), delivery, minute)[PLASMA][:, 0]
    between = np.log(people).std()
    assert between == pytest.approx(0.13, abs=0.02)
    assert np.hypot(between, doubt(model, delivery, minute)[0]) == pytest.approx(0.27, abs=0.02)
    band = predict_bands(model, WEIGHT, delivery, minute, draw=Draw(20_000))[PLASMA]
    whole = np.log(band.high[0] / band.low[0]) / (2 * 1.6449)
    assert whole == pytest.approx(np.sqrt(between**2 + 0.24**2 + 0.20**2), rel=0.03)


def test_the_models_disagree_less_once_the_infusion_has_settled() -> None:
    model, delivery = MODELS["ketamine.kamp2020"], infusion(Fraction(35), Fraction(40))
    assert doubt(model, delivery, np.array([0.0, 40, 49.9, 50, 300])).tolist() == [0.24, 0.24, 0.24, 0.15, 0.15]
    running = Delivery(stretches=(Stretch(Fraction(0), None, Fraction(1)),))
    assert doubt(model, running, np.array([5000.0])).tolist() == [0.24]


@given(st.fractions(40, 150), MODEL)
def test_a_person_twice_as_heavy_on_the_same_dose_per_kg(kilograms: Fraction, model: DrugModel) -> None:
    """Linear scaling makes one concentration of one dose per kg; only the models that scale otherwise differ."""
    weight = Quantity(parse_quantity("1 kg").value * int(kilograms), "kg")
    found = predict(typical(model, weight), infusion(Fraction(int(kilograms), 2), Fraction(40)), np.array([40.0]))[PLASMA][0, 0]
    usual = predict(typical(model, WEIGHT), infusion(Fraction(35), Fraction(40)), np.array([40.0]))[PLASMA][0, 0]
    assert (found == pytest.approx(usual, rel=1e-9)) == (model.drug == "ketamine" or int(kilograms) == 70)
