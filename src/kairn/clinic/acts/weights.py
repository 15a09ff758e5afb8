"""A weight of the visit itself: no dose is made without it, and one far from the weight before, or a first one far from the height, is asked about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from kairn.clinic.acts.outcome import Refused, refused_field
from kairn.library.facts import fact_of, weighed
from kairn.library.weight_check import WEIGHT_CHECK
from kairn.protocol.rule import DoseLimits
from kairn.record.event import Event
from kairn.record.history import History
from kairn.record.payloads import Observed, Reading
from kairn.terms.numbers import measured_value
from kairn.terms.problem import Unreadable
from kairn.terms.quantity import Quantity

Taken = tuple[datetime, int, Event, Reading]


@dataclass(frozen=True)
class WeightQuestion:
    """What is asked about a weight before a dose is made from it; `second_reader` where one reader is not enough."""

    text: str
    second_reader: bool


def weight_of_visit(history: History, visit: UUID, limits: DoseLimits, now: datetime) -> Quantity | Refused:
    """The latest weight measured at this visit and still fresh by the protocol, in kg as measured; refused when there is none to dose by."""
    taken = [each for each in _taken(history, "weight", now) if _visit_of(each) == visit]
    if not taken or now >= taken[-1][0] + limits.weight_within.delta:
        return refused_field("weight", "No weight was measured at this visit. Weigh the person; a dose is never made from an older weight.")
    reading = taken[-1][-1]
    fact = fact_of("weight")
    weighed(fact, reading.value, reading.unit)
    return Quantity(measured_value(reading.value, "weight"), reading.unit or fact.unit)


def weight_question(history: History, visit: UUID, now: datetime) -> WeightQuestion | None:
    """What the latest weight of this visit makes one ask, beside the latest from before it (another visit, none, or an import), or beside the height."""
    taken = _taken(history, "weight", now)
    mine = [each for each in taken if _visit_of(each) == visit]
    others = [each for each in taken if mine and _visit_of(each) != visit and each[:2] < mine[0][:2] and _kilograms(each)]
    weight = _kilograms(mine[-1]) if mine else None
    if weight is None:
        return None
    return _beside_earlier(mine[-1], weight, others[-1]) if others else _beside_height(history, mine[-1], weight, now)


def _beside_earlier(today: Taken, weight: Fraction, before: Taken) -> WeightQuestion | None:
    earlier = _kilograms(before)
    if earlier is None or not WEIGHT_CHECK.asks_reason(weight, earlier):
        return None
    pounds = " Pounds may have been typed as kilograms." if WEIGHT_CHECK.looks_like_pounds(weight, earlier) else ""
    text = f"Today's weight is {_shown(today)}; it was {_shown(before)} on {before[0]:%Y-%m-%d}.{pounds}"
    return WeightQuestion(text, WEIGHT_CHECK.asks_second_reader(weight, earlier))


def _beside_height(history: History, today: Taken, weight: Fraction, now: datetime) -> WeightQuestion | None:
    """A first weight has none to be compared with; where a height is on record, the two together must be a person's."""
    heights = [(each, tall) for each in _taken(history, "height", now) if (tall := _seen(each))]
    if not heights:
        return None
    latest, tall = heights[-1]
    if not WEIGHT_CHECK.asks_build(weight, Quantity(tall, fact_of("height").unit)):
        return None
    low, high = WEIGHT_CHECK.build
    text = f"Today's weight is {_shown(today)}, the first on record, at a height of {_shown(latest)}: a body mass index outside {low} to {high}."
    return WeightQuestion(f"{text} Pounds may have been typed as kilograms, or the height mistaken.", second_reader=True)


def _taken(history: History, fact: str, now: datetime) -> list[Taken]:
    return sorted(_all_taken(history, fact, now), key=lambda each: each[:2])


def _all_taken(history: History, fact: str, now: datetime) -> Iterable[Taken]:
    for event, payload in history.all(Observed):
        if event.occurred_at <= now:
            yield from ((event.occurred_at, event.seq, event, reading) for reading in payload.readings if reading.fact == fact)


def _visit_of(taken: Taken) -> UUID | None:
    payload = taken[2].payload
    return payload.visit if isinstance(payload, Observed) else None


def _kilograms(weighing: Taken) -> Fraction | None:
    """The weight as rules see it; None where none can be made of it."""
    seen = _seen(weighing)
    return Fraction(seen) if seen else None


def _seen(taken: Taken) -> Decimal | None:
    """The value as rules see it, in the unit of its fact; None where none can be made of it."""
    reading = taken[-1]
    try:
        return weighed(fact_of(reading.fact), reading.value, reading.unit)
    except Unreadable:
        return None


def _shown(taken: Taken) -> str:
    reading = taken[-1]
    return f"{reading.value} {reading.unit or fact_of(reading.fact).unit}"
