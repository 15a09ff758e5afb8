"""Limits on one infusion: a soft one asks for a reason, a hard one stops; which they are the protocol says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

from kairn.pharmacology.dosing import Exact
from kairn.terms.quantity import Quantity

Bounds = tuple[Quantity, Quantity]


class Judgement(Enum):
    """Within the usual, to be given a reason, or outside what anybody can sign."""

    FITS = "fits"
    ASKS = "asks"
    STOPS = "stops"


@dataclass(frozen=True)
class Limits:
    """Both ends of the dose per kg, soft and hard, and of the duration; the ends themselves are inside."""

    soft: Bounds
    hard: Bounds
    duration: Bounds


@dataclass(frozen=True)
class Judged:
    """The judgement, with the sentences that say why."""

    judgement: Judgement
    words: tuple[str, ...] = ()


def judged(amounts: Exact, limits: Limits) -> Judged:
    """How the exact amounts lie by the limits; the hardest judgement counts."""
    stops = [
        *_outside("dose per kg", amounts.per_kg, "mg/kg", limits.hard, "Nobody can sign outside that."),
        *_outside("duration", amounts.setting.duration.to("min"), "min", limits.duration, "Nobody can sign outside that."),
    ]
    if stops:
        return Judged(Judgement.STOPS, tuple(stops))
    asks = _outside("dose per kg", amounts.per_kg, "mg/kg", limits.soft, "Write why this person needs it.")
    return Judged(Judgement.ASKS if asks else Judgement.FITS, tuple(asks))


def _outside(what: str, value: Fraction, unit: str, bounds: Bounds, mend: str) -> list[str]:
    if bounds[0].to(unit) <= value <= bounds[1].to(unit):
        return []
    return [f"The {what} is {float(value):.4g} {unit}; the protocol allows {bounds[0]} to {bounds[1]}. {mend}"]
