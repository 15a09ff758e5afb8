"""The arithmetic of an order: exact fractions, each amount rounded once, half to even."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from kairn.library.products import STOCK, Product
from kairn.terms.problem import unreadable
from kairn.terms.quantity import Quantity, parse_quantity, rounded_text


@dataclass(frozen=True)
class Amounts:
    """What an order says, as text with units: dose in mg, volume in mL, rates in mg/min and mL/h."""

    dose_per_kg: str
    weight: str
    dose: str
    concentration: str
    volume: str
    duration: str
    rate_mg: str
    rate_ml: str


def amounts_of(dose_per_kg: Quantity, weight: Quantity, duration: Quantity, product: Product) -> Amounts:
    """The amounts for one infusion. Raises Unreadable for a unit of another kind, or an amount too small to be set on a pump."""
    dose = dose_per_kg.to("mg/kg") * weight.to("kg")
    volume = dose / product.concentration.to("mg/mL")
    steps = STOCK.rounding
    return Amounts(
        dose_per_kg=dose_per_kg.text,
        weight=weight.text,
        dose=_rounded(dose, steps.dose, "dose"),
        concentration=product.concentration.text,
        volume=_rounded(volume, steps.volume, "volume"),
        duration=duration.text,
        rate_mg=_rounded(dose / duration.to("min"), steps.rate_mg, "rate"),
        rate_ml=_rounded(volume / duration.to("h"), steps.rate_ml, "rate"),
    )


def _rounded(exact: Fraction, step: Quantity, what: str) -> str:
    text = rounded_text(exact, step)
    if parse_quantity(text).value <= 0:
        raise unreadable(f"a {what} that rounds to nothing", f"at least {step}", "Check weight, dose and product.", what)
    return text
