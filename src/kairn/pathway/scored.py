"""Readings that follow from others: the totals, parts and flags of answered instruments, and derived measures."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from kairn.library.facts import DERIVED, FACTS, Fact
from kairn.pathway.taken import Taken, value_of
from kairn.record.payloads import Reading
from kairn.terms.numbers import plain_text, rounded_to
from kairn.terms.quantity import Quantity


@dataclass(frozen=True)
class Score:
    """What an answering scores."""

    band: str


DERIVED_FACTS = tuple(fact for fact in FACTS.values() if fact.derived)


def derived(fact: Fact, known: dict[str, list[Taken]]) -> list[Taken]:
    """Readings of the body mass index, kg/m2: one for each reading of weight, with the latest height known by then."""
    weight, height = DERIVED[fact.derived]
    made = []
    for taken in known.get(weight, ()):
        tall = max((other for other in known.get(height, ()) if other.event.occurred_at <= taken.event.occurred_at), key=lambda one: one.order, default=None)
        kilograms, centimetres = value_of(taken), value_of(tall) if tall else None
        if kilograms is not None and centimetres is not None:
            made.append(Taken(taken.event, Reading(fact.name, _bmi(fact, kilograms, centimetres), fact.unit), taken.visit))
    return made


def _bmi(fact: Fact, weight: Decimal, height: Decimal) -> str:
    metres = Quantity(height, FACTS["height"].unit).to("m")
    exact = Quantity(weight, FACTS["weight"].unit).to("kg") / (metres * metres)
    return plain_text(rounded_to(Decimal(exact.numerator) / Decimal(exact.denominator), fact.step))
