"""One person's record kept sorted while it grows: readings by fact and visit, events by kind, visits as entered."""

from __future__ import annotations

from bisect import bisect_right, insort
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from kairn.library.facts import DERIVED, FACTS, weighed
from kairn.pathway.compiled_reads import ANYTHING, COURSE, VISITS, Topic
from kairn.pathway.course import course_of, visits_of
from kairn.pathway.ground import Ground
from kairn.pathway.scored import DERIVED_FACTS
from kairn.pathway.standing import Finding, FindingState
from kairn.pathway.taken import Taken, latest_of
from kairn.protocol.rule import Protocol
from kairn.record.event import Event
from kairn.record.history import History
from kairn.record.payloads import ContactMade, DeathRecorded, EnteredInError, Observed, StageEntered
from kairn.record.payloads_care import InstrumentAnswered
from kairn.terms.times import Duration

DERIVING = {fact.name for fact in DERIVED_FACTS} | {base for fact in DERIVED_FACTS for base in DERIVED[fact.derived]}
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


class Index:
    """What `Ground` works out of a history each time, worked out once and kept up with each new event."""

    def __init__(self, protocol: Protocol, history: History, now: datetime) -> None:
        self.protocol = protocol
        self.history = Growing(history.events)
        self.course = course_of(history)
        self.visits = visits_of(history)
        ground = Ground(protocol, history, now, self.course, self.visits)
        self.readings = ground.readings
        self.skipped = ground.skipped
        self.by_visit: dict[tuple[str, UUID], list[Taken]] = {}
        for fact, series in self.readings.items():
            self._part_by_visit(fact, series)
        self.events_of: dict[UUID, list[Event]] = {}
        for event in history.live:
            self._file(event)
        self._values: dict[tuple[str, str, str], Decimal] = {}
        self.responses = {payload.response for _, payload in history.all(InstrumentAnswered)}

    def takes(self, event: Event) -> bool:
        """Whether an event can be added; a strike, an answering gone on with, a death, or an event out of order cannot."""
        payload = event.payload
        if isinstance(payload, EnteredInError | DeathRecorded) or event.seq <= self.history.seq or event.id in self.history.struck:
            return False
        return not (isinstance(payload, InstrumentAnswered) and payload.response in self.responses)

    def add(self, event: Event) -> set[Topic]:
        """Take in an event; what it says something about."""
        self.history.add(event)
        self._file(event)
        if isinstance(event.payload, InstrumentAnswered):
            self.responses.add(event.payload.response)
        alone = self.alone(event)
        said = self.topics(event, alone)
        self._add_readings(event, alone)
        return said | self._course_anew(event) | self._visit_anew(event)

    def alone(self, event: Event) -> Ground:
        """A ground of this one event, which tells what readings it brings."""
        return Ground(self.protocol, History((event,)), event.occurred_at, self.course, self.visits)

    def topics(self, event: Event, alone: Ground) -> set[Topic]:
        """What an event speaks of by itself: its kind, its facts, the readings refused."""
        visit: UUID | None = getattr(event.payload, "visit", None)
        facts = brought_by(alone) | alone.skipped.keys()
        facts |= {fact.name for fact in DERIVED_FACTS} if facts & DERIVING else set()
        said: set[Topic] = {ANYTHING}
        for place in {None, visit}:
            said.add(("event", event.kind, place))
            said |= {("fact", fact, place) for fact in facts}
        return said

    def _add_readings(self, event: Event, alone: Ground) -> None:
        for fact, skipped in alone.skipped.items():
            self.skipped.setdefault(fact, []).extend(skipped)
        if brought_by(alone) & DERIVING:
            self._derive_anew(event)
        for fact, brought in alone.readings.items():
            for taken in brought if fact not in DERIVING else ():
                _put(self.readings.setdefault(fact, []), taken)
                if taken.visit:
                    _put(self.by_visit.setdefault((fact, taken.visit), []), taken)

    def _derive_anew(self, event: Event) -> None:
        """A reading that others follow from: those facts are read from the whole record once more."""
        whole = Ground(self.protocol, self.history, event.occurred_at, self.course, self.visits).readings
        for fact in DERIVING & whole.keys():
            self.readings[fact] = whole[fact]
            for key in [key for key in self.by_visit if key[0] == fact]:
                del self.by_visit[key]
            self._part_by_visit(fact, whole[fact])

    def _part_by_visit(self, fact: str, series: list[Taken]) -> None:
        parts: dict[UUID, list[Taken]] = {}
        for taken in series:
            if taken.visit:
                parts.setdefault(taken.visit, []).append(taken)
        self.by_visit.update({(fact, visit): part for visit, part in parts.items()})

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

    def value(self, fact: str, text: str, unit: str) -> Decimal:
        """A usable measured value as rules see it, read once however often it is asked for."""
        key = (fact, text, unit)
        if key not in self._values:
            self._values[key] = weighed(FACTS[fact], text, unit)
        return self._values[key]

    def ground(self, now: datetime) -> IndexedGround:
        """The record at a moment, for rules to be weighed on."""
        return IndexedGround(self.protocol, self.history, now, self.course, self.visits, self)


@dataclass(frozen=True)
class IndexedGround(Ground):
    """A ground whose readings stand in an index already, and which finds each fact once."""

    index: Index
    found: dict[tuple[str, Duration | None, UUID | None], Finding] = field(default_factory=dict, init=False, compare=False)

    @property
    def readings(self) -> dict[str, list[Taken]]:
        """fact -> its readings, oldest first."""
        return self.index.readings

    @property
    def skipped(self) -> dict[str, list[Taken]]:
        """fact -> events that say it was refused or not taken."""
        return self.index.skipped

    def series(self, fact: str, visit: UUID | None) -> list[Taken]:
        """Readings of a fact up to now (of one visit when given), oldest first. Not to be changed by who reads it."""
        kept = self.index.readings.get(fact, []) if visit is None else self.index.by_visit.get((fact, visit), [])
        return kept if not kept or kept[-1].event.occurred_at <= self.now else kept[: bisect_right(kept, self.now, key=_taken_at)]

    def finding(self, fact: str, within: Duration | None, visit: UUID | None) -> Finding:
        """The latest reading as a finding: only those of its very instant can speak against it."""
        key = (fact, within, visit)
        if key not in self.found:
            series = self.series(fact, visit)
            self.found[key] = latest_of(_latest_instant(series), within, self.now) if series else Finding(fact, FindingState.MISSING)
        return self.found[key]


def brought_by(alone: Ground) -> set[str]:
    """The facts of which there is a reading."""
    return {fact for fact, brought in alone.readings.items() if brought}


def _latest_instant(series: list[Taken]) -> list[Taken]:
    at, first = series[-1].event.occurred_at, len(series) - 1
    while first and series[first - 1].event.occurred_at == at:
        first -= 1
    return series[first:]


def _taken_at(taken: Taken) -> datetime:
    return taken.event.occurred_at


def _order(taken: Taken) -> tuple[datetime, str]:
    return taken.order


def _put(series: list[Taken], taken: Taken) -> None:
    """Into its place by when it was taken; most come last."""
    if series and taken.event.occurred_at <= series[-1].event.occurred_at:
        insort(series, taken, key=_order)
    else:
        series.append(taken)
