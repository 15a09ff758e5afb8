"""The protocol's own limits of an infusion: soft ones ask for a reason, hard ones hold for everybody on every path."""

from __future__ import annotations

from fractions import Fraction

from kairn.clinic.acts.outcome import Refused, refused_field
from kairn.protocol.rule import DoseLimits
from kairn.terms.numbers import typed_dose
from kairn.terms.quantity import Quantity, parse_quantity


def within_limits(limits: DoseLimits, dose: str, duration: str, reason: str = "") -> Refused | None:
    """The refusal where dose or duration lie outside what the protocol allows, None where they may be signed. Raises Unreadable."""
    return _dose(limits, amount(dose, "dose"), reason) or _duration(limits, amount(duration, "duration"))


def within_series(limits: DoseLimits, infusions: int, spacing_days: int, reason: str) -> Refused | None:
    """The refusal where a series is longer than the protocol allows, or its infusions too close or, without a reason, too far apart; None otherwise."""
    low, high = limits.spacing_days
    if not 1 <= infusions <= limits.infusions:
        return refused_field("infusions", f"Saw {infusions} infusions; expected 1 to {limits.infusions}, as the protocol allows in one series.")
    if spacing_days < low or (spacing_days > high and not reason.strip()):
        return refused_field("spacing_days", f"Saw {spacing_days} days between infusions; expected {low} to {high}. A longer time needs a reason.")
    return None


def amount(text: str, field: str) -> Quantity:
    """An amount as a person types it, with its unit, such as 0.5 mg/kg. Raises Unreadable."""
    found = parse_quantity(text.strip(), field)
    typed_dose(text.strip().split(" ")[0], field)
    return found


def _dose(limits: DoseLimits, dose: Quantity, reason: str) -> Refused | None:
    per_kg = dose.to(limits.dose.unit)
    if not _between(per_kg, limits.hard, limits.dose.unit):
        return refused_field(
            "dose", f"Saw {dose}; the protocol allows {limits.hard[0]} to {limits.hard[1]}, and nobody can sign outside that. Correct the dose."
        )
    if not _between(per_kg, limits.soft, limits.dose.unit) and not reason.strip():
        return refused_field("reason", f"{dose} lies outside {limits.soft[0]} to {limits.soft[1]}. Write why this person needs it.")
    return None


def _duration(limits: DoseLimits, duration: Quantity) -> Refused | None:
    unit = limits.duration.unit
    if _between(duration.to(unit), limits.duration_hard, unit):
        return None
    low, high = limits.duration_hard
    return refused_field("duration", f"Saw {duration}; the protocol allows {low} to {high}, and nobody can sign outside that. Correct the duration.")


def _between(value: Fraction, bounds: tuple[Quantity, Quantity], unit: str) -> bool:
    return bounds[0].to(unit) <= value <= bounds[1].to(unit)
