"""Readings of one person kept sorted by fact and by visit while new ones come."""

from __future__ import annotations

from bisect import insort
from collections import Counter
from datetime import datetime
from uuid import UUID

from kairn.library.facts import DERIVED, Fact
from kairn.pathway.ground import Ground, by_device, counts
from kairn.pathway.scored import DERIVED_FACTS, derived, readings_of, score_of
from kairn.pathway.taken import Taken
from kairn.record.event import Event
from kairn.record.payloads import ContactMade, Observed, Reading
from kairn.record.payloads_care import InstrumentAnswered

DERIVING = {fact.name for fact in DERIVED_FACTS} | {base for fact in DERIVED_FACTS for base in DERIVED[fact.derived]}
NAMES_OF_DERIVED = frozenset(fact.name for fact in DERIVED_FACTS)


def brought_by(event: Event) -> list[Taken]:
    """The readings that one event brings by itself."""
    payload = event.payload
    readings: tuple[Reading, ...] | list[Reading] = ()
    if isinstance(payload, Observed | ContactMade):
        readings = payload.readings
    elif isinstance(payload, InstrumentAnswered) and (score := score_of(payload)):
        readings = readings_of(payload, score)
    visit = getattr(payload, "visit", None)
    return [Taken(event, reading, visit) for reading in readings if counts(event, reading)]


def shown_by(event: Event) -> list[Taken]:
    """The readings that a device shows with one event; they are none that people took, and can raise a hold."""
    payload = event.payload
    return [Taken(event, reading, payload.visit) for reading in payload.readings] if isinstance(payload, Observed) and by_device(event) else []


def skipped_in(event: Event) -> list[Taken]:
    """The facts that one event says were refused or not taken."""
    payload = event.payload
    facts = payload.refused + payload.not_taken if isinstance(payload, Observed) else ()
    return [Taken(event, Reading(fact, "", ""), payload.visit) for fact in facts] if isinstance(payload, Observed) else []


class Readings:
    """What `Ground.readings` and `Ground.skipped` hold, and the same by visit."""

    def __init__(self, ground: Ground) -> None:
        self.of, self.skipped = ground.readings, ground.skipped
        self.at: dict[tuple[str, UUID], list[Taken]] = {}
        self._direct = {fact.name: _without(self.of[fact.name], derived(fact, self.of, [])) for fact in DERIVED_FACTS}
        for series in self.of.values():
            self._part_by_visit(series)

    def add(self, brought: list[Taken], skipped: list[Taken]) -> None:
        """Take in what an event brings."""
        for taken in skipped:
            self.skipped.setdefault(taken.reading.fact, []).append(taken)
        for taken in brought:
            fact = taken.reading.fact
            if fact in NAMES_OF_DERIVED:
                self._direct[fact].append(taken)
            else:
                _put(self.of.setdefault(fact, []), taken)
                self._put_at(taken)
        if any(taken.reading.fact in DERIVING for taken in brought):
            for following in DERIVED_FACTS:
                self._derive_anew(following)

    def _derive_anew(self, fact: Fact) -> None:
        for taken in self.of[fact.name]:
            if taken.visit:
                self.at.pop((fact.name, taken.visit), None)
        self.of[fact.name] = sorted(self._direct[fact.name] + derived(fact, self.of, self._direct[fact.name]), key=_order)
        self._part_by_visit(self.of[fact.name])

    def _part_by_visit(self, series: list[Taken]) -> None:
        """Part a whole series, which is in order already."""
        for taken in series:
            if taken.visit:
                self.at.setdefault((taken.reading.fact, taken.visit), []).append(taken)

    def _put_at(self, taken: Taken) -> None:
        if taken.visit:
            _put(self.at.setdefault((taken.reading.fact, taken.visit), []), taken)


def _without(series: list[Taken], made: list[Taken]) -> list[Taken]:
    """The readings of a series that were not made from others."""
    left = Counter((taken.event.id, taken.reading) for taken in made)
    kept = []
    for taken in reversed(series):
        left[taken.event.id, taken.reading] -= 1
        if left[taken.event.id, taken.reading] < 0:
            kept.append(taken)
    return kept[::-1]


def _order(taken: Taken) -> tuple[datetime, int]:
    return taken.order


def _put(series: list[Taken], taken: Taken) -> None:
    """Into its place by when it was taken; most come last."""
    if series and taken.event.occurred_at <= series[-1].event.occurred_at:
        insort(series, taken, key=_order)
    else:
        series.append(taken)
