"""The weight measured at the visit, fresh, and asked about where it lies far from the one before it; no dose is made without it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
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

Weighing = tuple[datetime, int, Event, Reading]


@dataclass(frozen=True)
class WeightQuestion:
    """What is asked about a weight before a dose is made from it; `second_reader` where one reader is not enough."""

    text: str
    second_reader: bool


def weight_of_visit(history: History, visit: UUID, limits: DoseLimits, now: datetime) -> Quantity | Refused:
    """The latest weight measured at this visit and still fresh by the protocol, in kg as measured; refused when there is none to dose by."""
    taken = [each for each in _weighings(history, now) if _visit_of(each) == visit]
    if not taken or now >= taken[-1][0] + limits.weight_within.delta:
        return refused_field("weight", "No weight was measured at this visit. Weigh the person; a dose is never made from an older weight.")
    reading = taken[-1][-1]
    fact = fact_of("weight")
    weighed(fact, reading.value, reading.unit)
    return Quantity(measured_value(reading.value, "weight"), reading.unit or fact.unit)


def weight_question(history: History, visit: UUID, now: datetime) -> WeightQuestion | None:
    """What the latest weight of this visit makes one ask, beside the latest from before it (another visit, none, or an import)."""
    taken = _weighings(history, now)
    mine = [each for each in taken if _visit_of(each) == visit]
    others = [each for each in taken if mine and _visit_of(each) != visit and each[:2] < mine[0][:2] and _kilograms(each)]
    weight = _kilograms(mine[-1]) if mine else None
    earlier = _kilograms(others[-1]) if others else None
    if weight is None or earlier is None or not WEIGHT_CHECK.asks_reason(weight, earlier):
        return None
    at, _, _, before = others[-1]
    shown = [f"{reading.value} {reading.unit or fact_of('weight').unit}" for reading in (mine[-1][-1], before)]
    pounds = " Pounds may have been typed as kilograms." if WEIGHT_CHECK.looks_like_pounds(weight, earlier) else ""
    text = f"Today's weight is {shown[0]}; it was {shown[1]} on {at:%Y-%m-%d}.{pounds}"
    return WeightQuestion(text, WEIGHT_CHECK.asks_second_reader(weight, earlier))


def _weighings(history: History, now: datetime) -> list[Weighing]:
    return sorted(_all_weighings(history, now), key=lambda each: each[:2])


def _all_weighings(history: History, now: datetime) -> Iterable[Weighing]:
    for event, payload in history.all(Observed):
        if event.occurred_at <= now:
            yield from ((event.occurred_at, event.seq, event, reading) for reading in payload.readings if reading.fact == "weight")


def _visit_of(weighing: Weighing) -> UUID | None:
    payload = weighing[2].payload
    return payload.visit if isinstance(payload, Observed) else None


def _kilograms(weighing: Weighing) -> Fraction | None:
    """The weight as rules see it; None where none can be made of it."""
    try:
        return Fraction(weighed(fact_of("weight"), weighing[-1].value, weighing[-1].unit)) or None
    except Unreadable:
        return None
