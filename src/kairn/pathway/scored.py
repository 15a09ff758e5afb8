"""Readings that follow from others: the totals, parts and flags of answered instruments, and derived measures."""

from __future__ import annotations

from decimal import Decimal

from kairn.instruments.definition import INSTRUMENTS
from kairn.instruments.score import Score, may_answer, part_of, score
from kairn.library.facts import DERIVED, FACTS, Fact
from kairn.pathway.taken import Taken, value_of
from kairn.record.payloads import Reading
from kairn.record.payloads_care import InstrumentAnswered
from kairn.terms.numbers import plain_text, rounded_to
from kairn.terms.problem import Unreadable
from kairn.terms.quantity import Quantity

DERIVED_FACTS = tuple(fact for fact in FACTS.values() if fact.derived)
BROUGHT = {name: tuple(fact for fact in FACTS.values() if fact.of and fact.of[0] == name) for name in {fact.of[0] for fact in FACTS.values() if fact.of}}
"""Instrument -> the facts its answering brings readings of."""


def score_of(answered: InstrumentAnswered) -> Score | None:
    """What an answering scores; None where this Kairn knows no such instrument, item or option."""
    try:
        return score(answered.instrument, {one.item: one.value for one in answered.answers}, finished=answered.complete)
    except Unreadable:
        return None


def readings_of(answered: InstrumentAnswered, found: Score) -> list[Reading]:
    """The readings an answering brings: of a complete one every part, of an unfinished one only what it has raised already.

    In our own wording only what that wording may answer (`may_answer`).
    """
    brought = BROUGHT.get(answered.instrument, ())
    known = [(fact, fact.of[1], value) for fact in brought if fact.of and (value := part_of(found, fact.of[1])) is not None]
    kept = [(fact, value) for fact, part, value in known if may_answer(INSTRUMENTS[answered.instrument], answered.wording, part, value)]
    return [Reading(fact.name, value, fact.unit) for fact, value in kept if answered.complete or (fact.kind == "choice" and value == "yes")]


def derived(fact: Fact, known: dict[str, list[Taken]], direct: list[Taken]) -> list[Taken]:
    """Readings of the body mass index, kg/m2: one for each reading of weight, with the latest height known by then.

    Where somebody gave the value itself at that instant (`direct`), theirs stands.
    """
    weight, height = DERIVED[fact.derived]
    given = {one.event.occurred_at for one in direct}
    made = []
    for taken in known.get(weight, ()):
        if taken.event.occurred_at in given:
            continue
        tall = max((other for other in known.get(height, ()) if other.event.occurred_at <= taken.event.occurred_at), key=lambda one: one.order, default=None)
        kilograms, centimetres = value_of(taken), value_of(tall) if tall else None
        if kilograms is not None and centimetres is not None:
            made.append(Taken(taken.event, Reading(fact.name, _bmi(fact, kilograms, centimetres), fact.unit), taken.visit))
    return made


def _bmi(fact: Fact, weight: Decimal, height: Decimal) -> str:
    metres = Quantity(height, FACTS["height"].unit).to("m")
    exact = Quantity(weight, FACTS["weight"].unit).to("kg") / (metres * metres)
    return plain_text(rounded_to(Decimal(exact.numerator) / Decimal(exact.denominator), fact.step))
