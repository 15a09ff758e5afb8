"""The amounts of an order as it says them, by the arithmetic of the pharmacology."""

from __future__ import annotations

from dataclasses import dataclass

from kairn.library.products import STOCK, Product
from kairn.pharmacology.dosing import Setting, exact_amounts, rounded
from kairn.terms.quantity import Quantity


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
    dose_per_kg.to("mg/kg")  # an order is written per kilogram, whatever else the arithmetic can start from
    made = rounded(exact_amounts(dose_per_kg, Setting(weight, duration, product.concentration)), STOCK.rounding)
    return Amounts(
        dose_per_kg=dose_per_kg.text, weight=weight.text, dose=made.dose.text, concentration=product.concentration.text, volume=made.volume.text,
        duration=duration.text, rate_mg=made.rate_mg.text, rate_ml=made.rate_ml.text,
    )  # fmt: skip
