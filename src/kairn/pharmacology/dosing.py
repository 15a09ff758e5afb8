"""The arithmetic of one infusion: one amount is typed, the others are exact fractions, and each is rounded once, at the edge."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from kairn.library.products import Rounding
from kairn.pharmacology.delivery import Delivery, infusion
from kairn.terms.problem import unreadable
from kairn.terms.quantity import Quantity, parse_quantity, rounded_text

PER_KG, DOSE, VOLUME, RATE_MG, RATE_PER_KG, RATE_ML = "mg/kg", "mg", "mL", "mg/min", "mg/kg/min", "mL/h"
TYPED = {
    "mg/kg": PER_KG, "ug/kg": PER_KG, "mcg/kg": PER_KG, "mg": DOSE, "ug": DOSE, "mcg": DOSE, "mL": VOLUME, "mL/h": RATE_ML, "mL/min": RATE_ML,
    "mg/min": RATE_MG, "mg/h": RATE_MG, "ug/min": RATE_MG, "mcg/min": RATE_MG, "mg/kg/h": RATE_PER_KG, "mg/kg/min": RATE_PER_KG,
    "ug/kg/min": RATE_PER_KG, "mcg/kg/min": RATE_PER_KG,
}  # fmt: skip
"""Units an amount may be typed in, and the unit it is computed in. Spelt out, because mg/kg has no dimension: a bare number must not pass for it."""


@dataclass(frozen=True)
class Setting:
    """What an infusion is made from: the weight its dose is made from, the time it runs, the stocked concentration."""

    weight: Quantity
    duration: Quantity
    concentration: Quantity


@dataclass(frozen=True)
class Exact:
    """Every amount of one infusion, exact: mg/kg, mg, mL, mg/min, mL/h."""

    setting: Setting
    per_kg: Fraction
    dose: Fraction
    volume: Fraction
    rate_mg: Fraction
    rate_ml: Fraction


@dataclass(frozen=True)
class Rounded:
    """The amounts as they are shown, recorded and run; the pump runs `rate_ml`."""

    setting: Setting
    dose: Quantity
    volume: Quantity
    rate_mg: Quantity
    rate_ml: Quantity

    def delivery(self, since: Fraction = Fraction(0)) -> Delivery:
        """What the pump delivers at the rounded rate for the ordered time."""
        minutes = self.setting.duration.to("min")
        return infusion(self.rate_ml.to("mL/min") * minutes * self.setting.concentration.to("mg/mL"), minutes, since)


def exact_amounts(typed: Quantity, setting: Setting) -> Exact:
    """All amounts from the one that was typed. Raises Unreadable for a unit outside TYPED, and for what is not more than nothing."""
    kilograms, minutes, mg_per_ml = setting.weight.to("kg"), setting.duration.to("min"), setting.concentration.to("mg/mL")
    for quantity in (typed, setting.weight, setting.duration, setting.concentration):
        if quantity.value <= 0:
            raise unreadable(str(quantity), "more than nothing", "Correct the number.")
    dose = _dose(typed, kilograms, minutes, mg_per_ml)
    volume = dose / mg_per_ml
    return Exact(setting, dose / kilograms, dose, volume, dose / minutes, volume / setting.duration.to("h"))


def _dose(typed: Quantity, kilograms: Fraction, minutes: Fraction, mg_per_ml: Fraction) -> Fraction:
    if typed.unit not in TYPED:
        raise unreadable(f"an amount in {typed.unit}", f"one of {', '.join(TYPED)}", "Type the amount with one of these units.")
    unit = TYPED[typed.unit]
    amount = typed.to("mL/min" if unit == RATE_ML else unit)
    by_unit = {
        PER_KG: kilograms, DOSE: Fraction(1), VOLUME: mg_per_ml, RATE_MG: minutes, RATE_PER_KG: minutes * kilograms, RATE_ML: minutes * mg_per_ml,
    }  # fmt: skip
    return amount * by_unit[unit]


def rounded(amounts: Exact, steps: Rounding) -> Rounded:
    """Each amount rounded once, half to even, from its exact value. Raises Unreadable where one rounds to nothing."""
    return Rounded(
        amounts.setting, _rounded(amounts.dose, steps.dose), _rounded(amounts.volume, steps.volume), _rounded(amounts.rate_mg, steps.rate_mg),
        _rounded(amounts.rate_ml, steps.rate_ml),
    )  # fmt: skip


def _rounded(exact: Fraction, step: Quantity) -> Quantity:
    amount = parse_quantity(rounded_text(exact, step))
    if amount.value <= 0:
        raise unreadable("an amount that rounds to nothing", f"at least {step}", "Check weight, dose and product.")
    return amount
