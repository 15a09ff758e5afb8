"""One reading of one fact as taken: its event, its value as rules see it, and the finding it makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import cache
from itertools import groupby
from uuid import UUID

from kairn.library.facts import FACTS, weighed
from kairn.pathway.standing import Finding, FindingState
from kairn.record.event import Event
from kairn.record.payloads import Observed, Reading
from kairn.terms.problem import Unreadable
from kairn.terms.times import Duration


@dataclass(frozen=True)
class Taken:
    """One reading of one fact, with the event that brought it."""

    event: Event
    reading: Reading
    visit: UUID | None

    @property
    def order(self) -> tuple[datetime, int]:
        """Readings are ordered by when they were taken; order of arrival does not matter."""
        return self.event.occurred_at, self.event.id.int


def latest_of(series: list[Taken], within: Duration | None, now: datetime) -> Finding:
    """The latest of some readings. Two of the same instant that differ are unusable: nobody can say which is the latest."""
    found = found_in(series[-1], within, now)
    at_once = {(taken.reading.value, taken.reading.unit) for taken in series if taken.event.occurred_at == found.at}
    return found if len(at_once) == 1 else replace(found, state=FindingState.UNUSABLE)


def found_in(taken: Taken, within: Duration | None, now: datetime) -> Finding:
    """A finding from one reading; `within` says how long it is good for."""
    at = taken.event.occurred_at
    good_until = at + within.delta if within else None
    state = FindingState.STALE if good_until is not None and now >= good_until else FindingState.GOOD
    if FACTS[taken.reading.fact].kind == "measure" and value_of(taken) is None:
        state = FindingState.UNUSABLE
    observed = taken.event.payload
    source = observed.origin.source if isinstance(observed, Observed) and observed.origin else ""
    return Finding(taken.reading.fact, state, taken.event.id, taken.reading.value, taken.reading.unit, at, good_until, taken.event.by.name, source)


def latest_usable(series: Sequence[Taken]) -> datetime | None:
    """When the latest reading was taken that rules can rest on; one that nobody can weigh, or two of one instant that differ, is none."""
    groups = groupby(reversed(series), key=lambda taken: taken.event.occurred_at)
    return next((at for at, group in groups if latest_of(list(group), None, at).state is FindingState.GOOD), None)


def value_of(taken: Taken) -> Decimal | None:
    """The measured value as rules see it, or None when it cannot be weighed (NaN, wrong unit, implausible)."""
    return _as_weighed(taken.reading.fact, taken.reading.value, taken.reading.unit)


@cache  # the same few texts come again and again
def _as_weighed(fact: str, value: str, unit: str) -> Decimal | None:
    try:
        return weighed(FACTS[fact], value, unit)
    except Unreadable:
        return None
