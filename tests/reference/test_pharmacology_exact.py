"""Every model against scipy's matrix exponential of its compartments, and the chain of steps against sixty decimal digits."""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest

from kairn.library.models import MODELS, DrugModel
from kairn.pharmacology.chain import chain
from kairn.pharmacology.chance import Draw
from kairn.pharmacology.delivery import bolus, infusion, pump
from kairn.pharmacology.prediction import predict
from kairn.pharmacology.subjects import Subjects, drawn, typical
from kairn.terms.quantity import parse_quantity
from tests.unit.compartments import by_exponential, matrix, one

WEIGHT = parse_quantity("70 kg")
KE0 = 0.0835
EXACT = 1e-9
HISTORIES = {
    "an infusion": infusion(Fraction(35), Fraction(40)),
    "a bolus": bolus(Fraction(10)),
    "a bolus, a pause, a slower rate, a stop, a second day": bolus(Fraction(7))
    + pump([(Fraction(0), Fraction(7, 8)), (Fraction(25, 2), Fraction(0)), (Fraction(61, 3), Fraction(2, 5)), (Fraction(50), Fraction(0))])
    + infusion(Fraction(35), Fraction(40), Fraction(1500)),
}
SPARSE = [0.25, 1.0, 7.5, 12.5, 20.0, 40.0, 41.0, 55.0, 110.0, 230.0, 480.0, 1440.0, 1541.0]
EVEN = [5.0 * step for step in range(60)]


def people(model: DrugModel) -> Subjects:
    """The typical person and, where the model knows how people differ, three drawn ones."""
    if model.variability is None:
        return typical(model, WEIGHT)
    mean, others = typical(model, WEIGHT).values, drawn(model, WEIGHT, Draw(3, seed=5)).values
    return Subjects(model, {name: np.concatenate([mean[name], others[name]]) for name in mean})


@pytest.mark.parametrize("minutes", [SPARSE, EVEN], ids=["scattered minutes", "even minutes"])
@pytest.mark.parametrize("history", HISTORIES)
@pytest.mark.parametrize("name", MODELS)
def test_every_model_agrees_with_the_matrix_exponential(name: str, history: str, minutes: list[float]) -> None:
    model, delivery = MODELS[name], HISTORIES[history]
    subjects = people(model)
    found = predict(subjects, delivery, np.array(minutes), {"effect_site": np.array([KE0])}, metabolite=True)
    for who in range(subjects.count):
        wanted = by_exponential(one(subjects, who), model.metabolite.formed_by if model.metabolite else "", KE0, delivery, minutes)
        assert set(found) == set(wanted)
        for output, values in wanted.items():
            np.testing.assert_allclose(found[output][who], values, rtol=EXACT, atol=1e-9, err_msg=f"{output}, subject {who}")


@pytest.mark.parametrize("mode", [0, 1, 2])
def test_an_effect_site_and_the_transits_as_fast_as_a_mode(mode: int) -> None:
    """Four rates of one chain are equal then, where partial fractions would divide by nothing."""
    subjects = typical(MODELS["ketamine.kamp2020"], WEIGHT)
    generator, _ = matrix(one(subjects), "CL", KE0)
    rate = float(np.sort(-np.linalg.eigvals(generator[:3, :3]).real)[mode])
    subjects.values["NMTT"][:] = 2 / rate
    delivery = HISTORIES["an infusion"]
    found = predict(subjects, delivery, np.array(SPARSE), {"effect_site": np.array([rate])}, metabolite=True)
    wanted = by_exponential(one(subjects), "CL", rate, delivery, SPARSE)
    for output, values in wanted.items():
        np.testing.assert_allclose(found[output][0], values, rtol=EXACT, atol=1e-9, err_msg=output)


def exactly(rates: list[Decimal], minutes: Decimal) -> Decimal:
    """The divided difference of exp(-k t) over distinct rates, without its sign, as its defining sum in sixty digits."""
    total = Decimal(0)
    for i, rate in enumerate(rates):
        below = Decimal(1)
        for j, other in enumerate(rates):
            below *= (other - rate) if j != i else 1
        total += (-rate * minutes).exp() / below
    return total


@pytest.mark.parametrize("minutes", ["0.01", "1", "40", "300"])
@pytest.mark.parametrize("gap", ["1e-14", "1e-9", "1e-5", "1e-3", "0.02", "0.3"])
@pytest.mark.parametrize("steps", [2, 3, 4, 5, 6])
def test_nearly_equal_rates_lose_no_digits(steps: int, gap: str, minutes: str) -> None:
    with localcontext() as context:
        context.prec = 120
        rates = [Decimal("0.12") + Decimal(gap) * place for place in (0, 1, 3, 4, 8, 9)[:steps]]
        wanted = exactly(rates, Decimal(minutes))
    found = chain(np.array([[float(rate)] for rate in rates]), np.array([float(minutes)]))[0]
    assert found == pytest.approx(float(wanted), rel=1e-10)


@pytest.mark.parametrize("steps", [1, 2, 3, 5])
def test_equal_rates_are_a_power_and_an_exponential(steps: int) -> None:
    order, minutes = steps - 1, np.array([0.5, 16.4, 200.0])
    found = chain(np.full((steps, 1), 0.122), minutes)
    wanted = minutes**order / np.prod(np.arange(1, order + 1)) * np.exp(-0.122 * minutes)
    np.testing.assert_allclose(found, wanted, rtol=1e-13)
