"""What was measured already and could answer an item: shown with its time, never filled in; a person confirms by choosing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from kairn.clinic.screens.forms.clock import Clock
from kairn.clinic.screens.forms.words import unit
from kairn.instruments.answers import chosen_by
from kairn.instruments.shapes import Instrument
from kairn.instruments.wording import Wording
from kairn.library.facts import FACTS, weighed
from kairn.pathway.course import visits_of
from kairn.record.event import Event
from kairn.record.history import History
from kairn.record.payloads import Observed
from kairn.terms.numbers import plain_text
from kairn.terms.problem import Unreadable
from kairn.terms.quantity import unit_of

PULSE, PRESSURE = "heart_rate", "systolic"
RULED = {("cows", "pulse"): (PULSE,), ("aldrete", "circulation"): (PRESSURE,), ("padss", "vital-signs"): (PRESSURE, PULSE)}
"""(instrument, item) -> the facts whose latest reading, or whose distance from the baseline, chooses the answer."""
ABSOLUTE = {("cows", "pulse")}


@dataclass(frozen=True)
class Read:
    """One reading: its value in the fact's unit, and the event."""

    fact: str
    value: Decimal
    event: Event


def hints(found: Instrument, wording: Wording, history: History, visit: UUID | None, clock: Clock) -> dict[str, str]:
    """Item -> what was measured latest (at this visit, where it is one) and which answer that would be."""
    told = {key: _hint(found, wording, key, facts, history, visit, clock) for (name, key), facts in RULED.items() if name == found.name}
    return {key: said for key, said in told.items() if said}


def _hint(found: Instrument, wording: Wording, key: str, facts: tuple[str, ...], history: History, visit: UUID | None, clock: Clock) -> str:
    """The answer of the fact that lies farthest off, with all that it rests on."""
    latest = [one for fact in facts if (one := _latest(history, fact, visit))]
    if len(latest) < len(facts):
        return ""
    if (found.name, key) in ABSOLUTE:
        return _said(found, wording, key, latest[0].value, _words(latest[0], clock))
    firsts = [one for fact in facts if (one := _baseline(history, fact, visit))]
    if len(firsts) < len(facts):
        return ""
    pairs = list(zip(latest, firsts, strict=True))
    if not all(first.value for _, first in pairs):
        return ""
    rests = "; ".join(f"{_words(now, clock)}, before the start {_words(first, clock)}" for now, first in pairs)
    return _said(found, wording, key, max(_share(now.value, first.value) for now, first in pairs), rests)


def _share(now: Decimal, first: Decimal) -> Decimal:
    """How far off, in % of the first."""
    exact = abs(Fraction(now) - Fraction(first)) / Fraction(first) / unit_of("%")[1]
    return Decimal(exact.numerator) / Decimal(exact.denominator)


def _said(found: Instrument, wording: Wording, key: str, measured: Decimal, rests: str) -> str:
    value = chosen_by(found, key, measured)
    return f"Measured: {rests}. That would be: {wording.options[key].get(value, value)}. Look again, and choose."


def _words(one: Read, clock: Clock) -> str:
    fact, at = FACTS[one.fact], one.event.occurred_at
    return f"{fact.label} {plain_text(one.value)} {unit(fact.unit)} at {clock.when(at)} ({clock.ago(at)} ago)"


def _latest(history: History, fact: str, visit: UUID | None) -> Read | None:
    found = list(_reads(history, fact, visit))
    return found[-1] if found else None


def _baseline(history: History, fact: str, visit: UUID | None) -> Read | None:
    """The latest reading before the infusion of this visit."""
    begun = next((one.infusion_started for one in visits_of(history) if one.id == visit), None)
    before = [one for one in _reads(history, fact, visit) if begun is not None and one.event.occurred_at <= begun]
    return before[-1] if before else None


def _reads(history: History, fact: str, visit: UUID | None) -> Iterable[Read]:
    taken = [(event, reading) for event, payload in history.all(Observed) if visit is None or payload.visit == visit for reading in payload.readings]
    for event, reading in sorted(taken, key=lambda one: (one[0].occurred_at, one[0].seq)):
        if reading.fact == fact and (value := _value(fact, reading.value, reading.unit)) is not None:
            yield Read(fact, value, event)


def _value(fact: str, value: str, in_unit: str) -> Decimal | None:
    try:
        return weighed(FACTS[fact], value, in_unit)
    except Unreadable:
        return None
