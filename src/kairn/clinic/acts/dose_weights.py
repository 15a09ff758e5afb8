"""Which weight a dose is made from, by the prescriber's decision or the protocol, and what that weight is at one visit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import cast
from uuid import UUID

from kairn.clinic.acts.outcome import Refused, refused
from kairn.clinic.acts.weights import weight_of_visit
from kairn.library.facts import FACTS
from kairn.library.weight_basis import WEIGHT_FORMULAS
from kairn.pathway.course import course_of
from kairn.pathway.ground import Ground
from kairn.pathway.standing import Finding, FindingState
from kairn.protocol.conditions import Is, Known
from kairn.protocol.parts import conditions_of
from kairn.protocol.rule import DoseLimits, Protocol
from kairn.record.history import History
from kairn.record.payloads import PlanSigned, WeightBasis
from kairn.terms.numbers import measured_value
from kairn.terms.quantity import Quantity
from kairn.terms.times import Duration

DECIDED = "weight_basis_decided"
OTHERWISE = "A prescriber decides which weight the dose is made from."


@dataclass(frozen=True)
class Basis:
    """Which weight doses are made from now, and on whose word."""

    name: WeightBasis
    because: str


@dataclass(frozen=True)
class DoseWeight:
    """The weight measured at a visit, and the one the dose is made from, which never lies above it."""

    basis: WeightBasis
    measured: Quantity
    used: Quantity


def basis_of(history: History, limits: DoseLimits, now: datetime) -> Basis | Refused:
    """The latest decision of a prescriber, of whatever age, else what the protocol says; refused where two decisions of one time differ."""
    decided = _known(history, DECIDED, None, now)
    if decided.state is FindingState.MISSING:
        return Basis(cast(WeightBasis, limits.weight_basis), "as the protocol says")
    if decided.state is not FindingState.GOOD or decided.at is None:
        return refused("policy", "Two different decisions say at one time which weight the dose is made from. A prescriber must decide again.")
    return Basis(cast(WeightBasis, decided.value), f"as decided on {decided.at:%Y-%m-%d} ({decided.by})")


def basis_to_plan(history: History, protocol: Protocol, now: datetime) -> Basis | Refused:
    """The basis a plan is signed for. A decision older than the protocol's rules let it count is asked for again where it is not the protocol's own basis."""
    basis, window = basis_of(history, protocol.infusion, now), _counts_for(protocol)
    if isinstance(basis, Refused) or basis.name == protocol.infusion.weight_basis:
        return basis
    if _known(history, DECIDED, window, now).state is FindingState.GOOD:
        return basis
    return refused("policy", f"The dose is to be made from {basis.name} weight, {basis.because}: longer ago than {window}. A prescriber must decide again.")


def plan_outdated(plan: PlanSigned, basis: Basis) -> Refused | None:
    """The refusal where the plan was signed for another basis than the one that holds now."""
    if plan.weight_basis == basis.name:
        return None
    now = f"now it is made from {basis.name} weight, {basis.because}"
    return refused("policy", f"The plan was signed for a dose from {plan.weight_basis} weight; {now}. Sign the plan anew.")


def dose_weight(history: History, visit: UUID, basis: WeightBasis, limits: DoseLimits, now: datetime) -> DoseWeight | Refused:
    """The weight a dose of this visit is made from; refused where none was measured at it, or where the basis gives no weight for this person."""
    measured = weight_of_visit(history, visit, limits, now)
    if isinstance(measured, Refused) or basis == "actual":
        return measured if isinstance(measured, Refused) else DoseWeight(basis, measured, measured)
    ideal = _ideal(history, now)
    return ideal if isinstance(ideal, Refused) else DoseWeight(basis, measured, WEIGHT_FORMULAS.dose_weight(basis, measured, ideal))


def _ideal(history: History, now: datetime) -> Fraction | Refused:
    """The ideal weight in kg from sex and a fresh height; refused, never guessed, where the formula does not speak of this person."""
    height, sex = _known(history, "height", WEIGHT_FORMULAS.height_within, now), _known(history, "sex", None, now)
    if height.state is not FindingState.GOOD:
        return _no_ideal(f"{_height_wanting(height)} Measure the height, or let a prescriber decide on the actual weight.")
    if sex.state is not FindingState.GOOD or sex.value not in WEIGHT_FORMULAS.at_start:
        return _no_ideal(f"the formula speaks of women and men, and the sex on record is {sex.value or 'not known'}. {OTHERWISE}")
    tall = Quantity(measured_value(height.value, "height"), height.unit or FACTS["height"].unit)
    return WEIGHT_FORMULAS.ideal(sex.value, tall) or _no_ideal(f"the formula begins at {WEIGHT_FORMULAS.from_height}, and the height is {tall}. {OTHERWISE}")


def _height_wanting(height: Finding) -> str:
    if height.state is FindingState.MISSING:
        return "no height is on record."
    if height.state is FindingState.STALE:
        return f"the latest height, from {height.at:%Y-%m-%d}, is older than {WEIGHT_FORMULAS.height_within}."
    return f"the latest height, {height.value} {height.unit or FACTS['height'].unit}, cannot be used."


def _no_ideal(why: str) -> Refused:
    return refused("policy", f"There is no ideal weight to make the dose from: {why}")


def _known(history: History, fact: str, within: Duration | None, now: datetime) -> Finding:
    """The latest reading of a fact, as rules see it. Nothing but the readings is asked of the ground, so it needs no protocol and no visits."""
    return Ground(cast(Protocol, None), history, now, course_of(history), ()).finding(fact, within, None)


def _counts_for(protocol: Protocol) -> Duration | None:
    """The shortest time that a rule of the protocol lets a decision count; None where no rule limits it."""
    windows = [part.within for rule in protocol.rules for part in conditions_of(rule) if isinstance(part, Known | Is) and part.fact == DECIDED and part.within]
    return min(windows, key=lambda window: window.delta, default=None)
