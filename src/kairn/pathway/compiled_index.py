"""One person's record kept sorted while it grows: readings by fact and visit, events by kind, visits as entered."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import cast
from uuid import UUID

from kairn.library.facts import FACTS
from kairn.pathway.cannulas import CANNULA_OUT
from kairn.pathway.compiled_readings import DERIVING, NAMES_OF_DERIVED, Readings, brought_by, shown_by, skipped_in
from kairn.pathway.compiled_reads import ANYTHING, COURSE, VISITS, Topic
from kairn.pathway.course import course_of, visits_of
from kairn.pathway.ground import Ground
from kairn.pathway.standing import Finding, FindingState, Visit
from kairn.pathway.taken import Taken, value_of
from kairn.protocol.rule import Protocol
from kairn.record.cannula import TOLD as OF_A_CANNULA
from kairn.record.event import Event
from kairn.record.history import History, P
from kairn.record.payloads import ContactMade, DeathRecorded, EnteredInError, Observed, Reading, StageEntered
from kairn.record.payloads_cannula import CannulaPlaced
from kairn.record.payloads_care import InstrumentAnswered
from kairn.terms.times import Duration

Looked = tuple[Finding, Decimal | None]
SAY_NOTHING_OF_A_VISIT = (Observed, ContactMade, InstrumentAnswered)


class Growing(History):
    """A history that takes in a later event without working out again what it knows. Only an assessment holds one."""

    def add(self, event: Event) -> None:
        """Take in an event that neither strikes nor is struck, with a higher seq than any before."""
        live, by_type, by_id = self.live, self._by_type, self._by_id
        object.__setattr__(self, "events", (*self.events, event))
        self.__dict__["live"] = (*live, event)
        by_type.setdefault(type(event.payload), []).append((event, event.payload))
        by_id[event.id] = event

    def all(self, payload: type[P]) -> list[tuple[Event, P]]:
        """Live events of one payload type; of one that has no kinds of its own, without going through the others."""
        if payload.__subclasses__():
            return super().all(payload)
        return cast("list[tuple[Event, P]]", self._by_type.get(payload, [])[:])


class Index:
    """What `Ground` works out of a history each time, worked out once and kept up with each new event."""

    def __init__(self, protocol: Protocol, history: History, now: datetime) -> None:
        self.protocol = protocol
        self.history = Growing(history.events)
        self.course = course_of(history)
        self.visits = visits_of(history)
        self.readings = Readings(Ground(protocol, history, now, self.course, self.visits))
        self.events_of: dict[UUID, list[Event]] = {}
        for event in history.live:
            self._file(event)
        self.responses = {payload.response for _, payload in history.all(InstrumentAnswered)}

    def takes(self, event: Event) -> bool:
        """Whether an event can be added; a strike, an answering gone on with, a death, a word on a cannula, or an event out of order cannot."""
        payload = event.payload
        if isinstance(payload, EnteredInError | DeathRecorded) or event.seq <= self.history.seq or event.id in self.history.struck:
            return False
        if isinstance(payload, OF_A_CANNULA) or (self.history.all(CannulaPlaced) and any(one.reading.fact == CANNULA_OUT for one in brought_by(event))):
            return False
        return not (isinstance(payload, InstrumentAnswered) and payload.response in self.responses)

    def add(self, event: Event) -> set[Topic]:
        """Take in an event; what it says something about."""
        self.history.add(event)
        self._file(event)
        if isinstance(event.payload, InstrumentAnswered):
            self.responses.add(event.payload.response)
        brought, skipped = brought_by(event), skipped_in(event)
        self.readings.add(brought, skipped)
        return topics_of(event, [*brought, *skipped, *shown_by(event)]) | self._course_anew(event) | self._visit_anew(event)

    def _file(self, event: Event) -> None:
        visit = getattr(event.payload, "visit", None)
        if visit is not None and not isinstance(event.payload, SAY_NOTHING_OF_A_VISIT):
            self.events_of.setdefault(visit, []).append(event)

    def _course_anew(self, event: Event) -> set[Topic]:
        if self.course.event is not None and not isinstance(event.payload, StageEntered):
            return set()
        before, self.course = self.course, course_of(self.history)
        return {COURSE} if self.course != before else set()

    def _visit_anew(self, event: Event) -> set[Topic]:
        """The visit this event belongs to, read from its own events alone."""
        visit = getattr(event.payload, "visit", None)
        if visit is None or isinstance(event.payload, SAY_NOTHING_OF_A_VISIT):
            return set()
        others = [each for each in self.visits if each.id != visit]
        read = visits_of(History(tuple(self.events_of[visit])))
        before, self.visits = self.visits, tuple(sorted([*others, *read], key=lambda each: (each.starts_at, each.id)))
        return {VISITS, ("visit", "", visit)} if self.visits != before else set()

    def ground(self, now: datetime) -> IndexedGround:
        """The record at a moment, for rules to be weighed on."""
        return IndexedGround(self.protocol, self.history, now, self.course, self.visits, self)


@dataclass(frozen=True)
class IndexedGround(Ground):
    """A ground whose readings stand in an index already, and which finds each fact once."""

    index: Index
    found: dict[tuple[str, timedelta | None, int], Looked] = field(default_factory=dict, init=False, compare=False)

    @property
    def readings(self) -> dict[str, list[Taken]]:
        """fact -> its readings, oldest first."""
        return self.index.readings.of

    @property
    def skipped(self) -> dict[str, list[Taken]]:
        """fact -> events that say it was refused or not taken."""
        return self.index.readings.skipped

    def series(self, fact: str, visit: UUID | None) -> list[Taken]:
        """Readings of a fact up to now (of one visit when given), oldest first. Not to be changed by who reads it."""
        kept = self.index.readings.of.get(fact, []) if visit is None else self.index.readings.at.get((fact, visit), [])
        return kept if not kept or kept[-1].event.occurred_at <= self.now else kept[: bisect_right(kept, self.now, key=taken_at)]

    def finding(self, fact: str, within: Duration | None, visit: UUID | None) -> Finding:
        """The latest reading as a finding: good, stale or unusable with its event, or missing without one."""
        series = self.series(fact, visit)
        return self.latest(series, within.delta if within else None)[0] if series else Finding(fact, FindingState.MISSING)

    def look(self, fact: str, within: timedelta | None, visit: Visit | None) -> Looked:
        """The same with the value it can be weighed by, found once for all rules that ask of this very visit."""
        key = (fact, within, id(visit))
        looked = self.found.get(key)
        if looked is None:
            series = self.series(fact, visit.id if visit else None)
            looked = self.found[key] = self.latest(series, within) if series else (Finding(fact, FindingState.MISSING), None)
        return looked

    def latest(self, series: Sequence[Taken], within: timedelta | None) -> Looked:
        """The latest of some readings, as `latest_of` tells it, and its value where it is a measure that can be weighed."""
        taken = series[-1]
        event, reading = taken.event, taken.reading
        at, value = event.occurred_at, None
        until = at + within if within is not None else None
        state = FindingState.STALE if until is not None and self.now >= until else FindingState.GOOD
        if FACTS[reading.fact].kind == "measure":
            value = value_of(taken)
            state = FindingState.UNUSABLE if value is None else state
        if _contradicted(series, reading, at):
            state = FindingState.UNUSABLE
        origin = event.payload.origin if isinstance(event.payload, Observed) else None
        source = origin.source if origin else ""
        return Finding(reading.fact, state, event.id, reading.value, reading.unit, at, until, event.by.name, source), value


def _contradicted(series: Sequence[Taken], reading: Reading, at: datetime) -> bool:
    """Whether another reading of the very same instant says something else; they stand together at the end."""
    for other in reversed(series):
        if other.event.occurred_at != at:
            return False
        if (other.reading.value, other.reading.unit) != (reading.value, reading.unit):
            return True
    return False


def topics_of(event: Event, taken: list[Taken]) -> set[Topic]:
    """What an event speaks of by itself: its kind and its facts, anywhere and at its visit."""
    visit: UUID | None = getattr(event.payload, "visit", None)
    facts = {one.reading.fact for one in taken}
    facts |= NAMES_OF_DERIVED if facts & DERIVING else set()
    facts |= {CANNULA_OUT} if isinstance(event.payload, OF_A_CANNULA) else set()
    said: set[Topic] = {ANYTHING}
    for place in {None, visit}:
        said.add(("event", event.kind, place))
        said |= {("fact", fact, place) for fact in facts}
    return said


def taken_at(taken: Taken) -> datetime:
    """When a reading was taken."""
    return taken.event.occurred_at
