"""The arithmetic of an order against a second one in decimals, and the mistakes of a factor that the limits must catch."""

from __future__ import annotations

import random
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction

import pytest

from kairn.library.products import PRODUCTS, STOCK
from kairn.library.weight_check import WEIGHT_CHECK
from kairn.pharmacology.dosing import TYPED, Setting, exact_amounts, rounded
from kairn.pharmacology.limits import Judgement, Limits, judged
from kairn.protocol.load import load_protocol
from kairn.terms.problem import Unreadable
from kairn.terms.quantity import Quantity, parse_quantity

ORDERS = 10_000
INFUSION = load_protocol("iv-ketamine-oud", "1.0").infusion
LIMITS = Limits(INFUSION.soft, INFUSION.hard, INFUSION.duration_hard)
STEP = {"dose": Decimal("0.01"), "volume": Decimal("0.01"), "rate_mg": Decimal("0.01"), "rate_ml": Decimal("0.1")}
POUND = Decimal("2.2")


def amount(chance: random.Random, low: str, high: str, places: int) -> Decimal:
    """A decimal between two, to so many places."""
    one = Decimal(1).scaleb(-places)
    return chance.randint(int(Decimal(low) / one), int(Decimal(high) / one)) * one


def orders(count: int) -> list[tuple[Decimal, Setting]]:
    """Doses per kg inside the soft limits, with weight, duration and product."""
    chance = random.Random(20261128)
    low, high = (str(bound.value) for bound in LIMITS.soft)
    short, long = (str(bound.value) for bound in LIMITS.duration)
    products = list(PRODUCTS.values())
    return [
        (
            amount(chance, low, high, 3),
            Setting(
                Quantity(amount(chance, "38", "180", chance.choice((0, 1, 2))), "kg"),
                Quantity(amount(chance, short, long, 0), "min"), chance.choice(products).concentration,
            ),
        )
        for _ in range(count)
    ]  # fmt: skip


def by_decimals(per_kg: Decimal, setting: Setting) -> dict[str, Decimal]:
    """The second way: products and quotients of decimals to eighty places, each rounded at its end."""
    weight, minutes, strength = setting.weight.value, setting.duration.value, setting.concentration.value
    with localcontext() as context:
        context.prec = 80
        dose = per_kg * weight
        exact = {"dose": dose, "volume": dose / strength, "rate_mg": dose / minutes, "rate_ml": dose / strength * 60 / minutes}
        return {name: (value / STEP[name]).quantize(Decimal(1), ROUND_HALF_EVEN) * STEP[name] for name, value in exact.items()}


def test_ten_thousand_orders_agree_with_decimals() -> None:
    for per_kg, setting in orders(ORDERS):
        shown = rounded(exact_amounts(Quantity(per_kg, "mg/kg"), setting), STOCK.rounding)
        assert {name: getattr(shown, name).value for name in STEP} == by_decimals(per_kg, setting), (per_kg, setting)


def test_whichever_amount_is_typed_the_others_are_the_same() -> None:
    typed_so_far = 0
    for per_kg, setting in orders(300):
        whole = exact_amounts(Quantity(per_kg, "mg/kg"), setting)
        per_hour = whole.per_kg * 60 / setting.duration.to("min")
        typed = {"mg": whole.dose, "mcg": whole.dose * 1000, "mL": whole.volume, "mg/min": whole.rate_mg, "mL/h": whole.rate_ml, "mg/kg/h": per_hour}
        for unit, value in typed.items():
            if 10**12 % value.denominator == 0:  # a third has no decimal that says it exactly
                again = exact_amounts(Quantity(Decimal(value.numerator) / Decimal(value.denominator), unit), setting)
                assert (again.dose, again.volume, again.rate_ml) == (whole.dose, whole.volume, whole.rate_ml), unit
                typed_so_far += 1
    assert typed_so_far > 900


MUTANTS = {
    "ten times": ("mg/kg", lambda whole, setting: whole.per_kg * 10),
    "a tenth": ("mg/kg", lambda whole, setting: whole.per_kg / 10),
    "mg typed as mcg": ("mcg", lambda whole, setting: whole.dose),
    "mcg typed as mg": ("mg", lambda whole, setting: whole.dose * 1000),
    "mg typed as mL": ("mL", lambda whole, setting: whole.dose),
    "mL typed as mg": ("mg", lambda whole, setting: whole.volume),
    "mg/min typed as mg/h": ("mg/h", lambda whole, setting: whole.rate_mg),
    "mL/h typed as mL/min": ("mL/min", lambda whole, setting: whole.rate_ml),
    "mg/kg/h typed as mg/kg/min": ("mg/kg/min", lambda whole, setting: whole.per_kg * 60 / setting.duration.to("min")),
    "pounds for kilograms": ("mg", lambda whole, setting: whole.dose * Fraction(POUND)),
    "kilograms for pounds": ("mg", lambda whole, setting: whole.dose / Fraction(POUND)),
}
"""A slip of a factor: the unit it is typed with, and the number."""


def lies(per_kg: Fraction, bounds: tuple[Quantity, Quantity]) -> bool:
    """Outside both ends, by plain comparison of numbers written in the same unit."""
    return not Fraction(bounds[0].value) <= per_kg <= Fraction(bounds[1].value)


@pytest.mark.parametrize("name", MUTANTS)
def test_a_slip_outside_the_limits_is_stopped_or_asked(name: str) -> None:
    unit, number = MUTANTS[name]
    outside = 0
    for per_kg, setting in orders(2000):
        whole = exact_amounts(Quantity(per_kg, "mg/kg"), setting)
        typed = Decimal(str(round(float(number(whole, setting)), 6)))
        if typed <= 0:
            continue
        slipped = exact_amounts(Quantity(typed, unit), setting)
        wanted = Judgement.STOPS if lies(slipped.per_kg, LIMITS.hard) else Judgement.ASKS if lies(slipped.per_kg, LIMITS.soft) else Judgement.FITS
        outside += wanted is not Judgement.FITS
        assert judged(slipped, LIMITS).judgement is wanted, (per_kg, setting)
    assert outside > 100


def test_a_weight_in_pounds_is_asked_about() -> None:
    """The dose per kg does not change with a wrong weight, so no limit on it can see one; the weight before it can."""
    for _, setting in orders(2000):
        true = setting.weight.to("kg")
        for slipped in (true * Fraction(POUND), true / Fraction(POUND), true * 10):
            assert WEIGHT_CHECK.asks_second_reader(slipped, true)


def test_the_ends_are_inside_and_a_hair_beyond_is_not() -> None:
    setting = orders(1)[0][1]

    def judge(bound: Quantity, more: str) -> Judgement:
        return judged(exact_amounts(Quantity(bound.value + Decimal(more), "mg/kg"), setting), LIMITS).judgement

    assert [judge(bound, "0") for bound in LIMITS.soft] == [Judgement.FITS, Judgement.FITS]
    assert [judge(LIMITS.soft[0], "-0.001"), judge(LIMITS.soft[1], "0.001")] == [Judgement.ASKS, Judgement.ASKS]
    assert [judge(LIMITS.hard[0], "-0.001"), judge(LIMITS.hard[1], "0.001")] == [Judgement.STOPS, Judgement.STOPS]


def test_a_duration_outside_the_limits_stops() -> None:
    setting = orders(1)[0][1]
    for bound, beyond in zip(LIMITS.duration, ("-1", "1"), strict=True):
        odd = Setting(setting.weight, Quantity(bound.value + Decimal(beyond), "min"), setting.concentration)
        said = judged(exact_amounts(LIMITS.soft[0], odd), LIMITS)
        assert said.judgement is Judgement.STOPS and "duration" in said.words[0]


def test_the_rounded_rate_is_the_one_that_runs() -> None:
    """41 mg in 40 minutes of 2 mg/mL is 30.75 mL/h; a pump with steps of 0.1 runs 30.8, and that is what is integrated."""
    setting = Setting(parse_quantity("82 kg"), parse_quantity("40 min"), parse_quantity("2 mg/mL"))
    shown = rounded(exact_amounts(parse_quantity("0.5 mg/kg"), setting), STOCK.rounding)
    assert (shown.rate_ml.text, shown.dose.text) == ("30.8 mL/h", "41 mg")
    assert shown.delivery().ml_by(Fraction(60), Fraction(2)) == Fraction("30.8") * 40 / 60


def test_each_amount_is_rounded_once_from_its_exact_value() -> None:
    """14.9665 mL are shown as 14.97. Their rate is 22.44975 mL/h, which rounds to 22.4; made from the rounded volume it would be 22.5."""
    setting = Setting(parse_quantity("59.866 kg"), parse_quantity("40 min"), parse_quantity("2 mg/mL"))
    shown = rounded(exact_amounts(parse_quantity("0.5 mg/kg"), setting), STOCK.rounding)
    assert (shown.volume.text, shown.rate_ml.text) == ("14.97 mL", "22.4 mL/h")


@pytest.mark.parametrize("text", ["0.5 1", "0.5 {score}", "35 g", "35 %", "35 mmol", "0.5 kg/kg", "0 mg", "-1 mg"])
def test_an_amount_of_another_kind_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        exact_amounts(parse_quantity(text), orders(1)[0][1])


def test_nothing_is_refused_to_be_rounded_away() -> None:
    with pytest.raises(Unreadable, match="rounds to nothing"):
        rounded(exact_amounts(parse_quantity("0.001 mg"), orders(1)[0][1]), STOCK.rounding)
    assert set(TYPED) >= {"mg/kg", "mg", "mg/min", "mL/h", "mL"}
