"""The arithmetic of an order against a second one in decimals, and the mistakes of a factor that the limits must catch."""

from __future__ import annotations

import random
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction
from uuid import UUID

import pytest

from kairn.clinic.acts.amounts import amounts_of
from kairn.clinic.acts.limits import amount, within_limits
from kairn.clinic.acts.weights import weight_question
from kairn.library.products import PRODUCTS, STOCK
from kairn.pharmacology.dosing import TYPED, Setting, exact_amounts, rounded
from kairn.protocol.load import load_protocol
from kairn.record.event import Author, Event, StreamKind
from kairn.record.history import History
from kairn.record.payloads import Observed, Reading
from kairn.terms.problem import Unreadable
from kairn.terms.quantity import Quantity, parse_quantity
from kairn.terms.times import instant

ORDERS = 10_000
LIMITS = load_protocol("iv-ketamine-oud", "1.0").infusion
STOPS, ASKS, FITS = "stops", "asks", "fits"
NOW, VISIT, NURSE = instant("2026-11-22T09:00:00Z"), UUID(int=1), Author("n", "Nia Okafor", "nurse")
STEP = {"dose": Decimal("0.01"), "volume": Decimal("0.01"), "rate_mg": Decimal("0.01"), "rate_ml": Decimal("0.1")}
POUND = Decimal("2.2")


def between(chance: random.Random, low: str, high: str, places: int) -> Decimal:
    """A decimal between two, to so many places."""
    one = Decimal(1).scaleb(-places)
    return chance.randint(int(Decimal(low) / one), int(Decimal(high) / one)) * one


def orders(count: int) -> list[tuple[Decimal, Setting]]:
    """Doses per kg inside the soft limits, with weight, duration and product."""
    chance = random.Random(20261128)
    low, high = (str(bound.value) for bound in LIMITS.soft)
    short, long = (str(bound.value) for bound in LIMITS.duration_hard)
    products = list(PRODUCTS.values())
    return [
        (
            between(chance, low, high, 3),
            Setting(
                Quantity(between(chance, "38", "180", chance.choice((0, 1, 2))), "kg"),
                Quantity(between(chance, short, long, 0), "min"), chance.choice(products).concentration,
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
    """As an order is made: dose and minutes as they are typed, the weight as it was measured, the strength of the product."""
    for per_kg, setting in orders(ORDERS):
        typed = amount(f"{per_kg} mg/kg", "dose"), setting.weight, amount(f"{setting.duration.value} min", "duration")
        made = amounts_of(*typed, next(product for product in PRODUCTS.values() if product.concentration == setting.concentration))
        assert {name: parse_quantity(getattr(made, name)).value for name in STEP} == by_decimals(per_kg, setting), (per_kg, setting)


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
    "mg typed as mcg": ("mcg/kg", lambda whole, setting: whole.per_kg),
    "mcg typed as mg": ("mg/kg", lambda whole, setting: whole.per_kg * 1000),
    "g typed for mg": ("g/kg", lambda whole, setting: whole.per_kg),
    "the whole mg typed as mg/kg": ("mg/kg", lambda whole, setting: whole.dose),
    "mL typed as mg/kg": ("mg/kg", lambda whole, setting: whole.volume),
    "mg/min typed as mg/kg": ("mg/kg", lambda whole, setting: whole.rate_mg),
    "mL/h typed as mg/kg": ("mg/kg", lambda whole, setting: whole.rate_ml),
    "mg/kg/h typed as mg/kg": ("mg/kg", lambda whole, setting: whole.per_kg * 60 / setting.duration.to("min")),
    "pounds for kilograms": ("mg/kg", lambda whole, setting: whole.per_kg * Fraction(POUND)),
    "kilograms for pounds": ("mg/kg", lambda whole, setting: whole.per_kg / Fraction(POUND)),
}
"""A slip of a factor: the unit the dose of an order is typed with, and the number."""
OTHER_KIND = ("mg", "mcg", "mL", "mg/min", "mg/h", "mL/h", "mL/min", "mg/mL", "mg/kg/h", "mg/kg/min")
"""What an order is never written in, because it would be read as something else."""


def answered(dose: str, duration: str, reason: str = "") -> str:
    """What the judge of every plan, order and start says of an infusion as it is typed."""
    try:
        found = within_limits(LIMITS, dose, duration, reason)
    except Unreadable:
        return STOPS
    return FITS if found is None else ASKS if found.reasons[0].field == "reason" else STOPS


def lies(per_kg: Fraction, bounds: tuple[Quantity, Quantity]) -> bool:
    """Outside both ends, by plain comparison of numbers written in the same unit."""
    return not Fraction(bounds[0].value) <= per_kg <= Fraction(bounds[1].value)


@pytest.mark.parametrize("name", MUTANTS)
def test_a_slip_outside_the_limits_is_stopped_or_asked(name: str) -> None:
    unit, number = MUTANTS[name]
    outside = 0
    for per_kg, setting in orders(2000):
        typed = number(exact_amounts(Quantity(per_kg, "mg/kg"), setting), setting)
        dose, duration = f"{round(float(typed), 3):.3f} {unit}", f"{setting.duration.value} min"
        slipped = parse_quantity(dose).to("mg/kg")
        wanted = STOPS if lies(slipped, LIMITS.hard) else ASKS if lies(slipped, LIMITS.soft) else FITS
        outside += wanted != FITS
        assert answered(dose, duration) == wanted, (dose, setting)
        assert answered(dose, duration, "Told why.") == (STOPS if wanted == STOPS else FITS), (dose, setting)
    assert outside > 100


@pytest.mark.parametrize("unit", OTHER_KIND)
def test_a_dose_of_another_kind_is_no_dose_of_an_order(unit: str) -> None:
    assert answered(f"0.5 {unit}", "40 min", "Told why.") == STOPS


def weighings(before: str, today: str) -> History:
    """A weight on record, and one of the visit."""
    seen = (Observed((Reading("weight", before),)), Observed((Reading("weight", today),), VISIT))
    events = [Event(UUID(int=9 + seq), UUID(int=3), UUID(int=4), StreamKind.PATIENT, seq, NOW, NOW, NURSE, NURSE, said) for seq, said in enumerate(seen, 1)]
    return History.of(events)


def test_a_weight_in_pounds_is_asked_about() -> None:
    """The dose per kg does not change with a wrong weight, so no limit on it can see one; the weight before it can."""
    asked = 0
    for _, setting in orders(1000):
        true = round(setting.weight.value, 1)
        for slipped in (true * POUND, true / POUND, true * 10):
            if not 25 <= round(slipped, 1) <= 350:
                continue  # no person weighs that, and no dose is made from it
            question = weight_question(weighings(str(true), str(round(slipped, 1))), VISIT, NOW)
            asked += 1
            assert question is not None and question.second_reader, (true, slipped)
    assert asked > 1000


def first_weighing(weight: str, height: str) -> History:
    """A first weight, at the visit, beside a height on record or none."""
    said = [Observed((Reading("height", height),))] if height else []
    events = [
        Event(UUID(int=9 + seq), UUID(int=3), UUID(int=4), StreamKind.PATIENT, seq, NOW, NOW, NURSE, NURSE, each)
        for seq, each in enumerate([*said, Observed((Reading("weight", weight),), VISIT)], 1)
    ]
    return History.of(events)


@pytest.mark.parametrize(
    ("weight", "height", "asks"),
    [
        ("82", "178", False), ("180.8", "170", True), ("37", "170", True), ("82", "120", True), ("82", "", False), ("180.8", "", False),
        ("144.5", "170", False), ("144.6", "170", True), ("43.4", "170", False), ("43.3", "170", True), ("180.8", "20", False),
    ],
)  # fmt: skip
def test_a_first_weight_is_asked_about_where_it_does_not_go_with_the_height(weight: str, height: str, asks: bool) -> None:
    """Both bounds are inside; a height that cannot be one is no height."""
    question = weight_question(first_weighing(weight, height), VISIT, NOW)
    assert (question is not None) is asks
    if question:
        assert question.second_reader and f"{weight} kg" in question.text and f"{height} cm" in question.text and "15 kg/m2 to 50 kg/m2" in question.text


def test_the_ends_are_inside_and_a_hair_beyond_is_not() -> None:
    def judge(bound: Quantity, more: str) -> str:
        return answered(f"{bound.value + Decimal(more)} mg/kg", "40 min")

    assert [judge(bound, "0") for bound in LIMITS.soft] == [FITS, FITS]
    assert [judge(LIMITS.soft[0], "-0.001"), judge(LIMITS.soft[1], "0.001")] == [ASKS, ASKS]
    assert [judge(LIMITS.hard[0], "-0.001"), judge(LIMITS.hard[1], "0.001")] == [STOPS, STOPS]


def test_a_duration_outside_the_limits_stops() -> None:
    for bound, beyond in zip(LIMITS.duration_hard, ("-1", "1"), strict=True):
        said = within_limits(LIMITS, str(LIMITS.soft[0]), f"{bound.value + Decimal(beyond)} min", "Told why.")
        assert said is not None and said.reasons[0].field == "duration"


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
