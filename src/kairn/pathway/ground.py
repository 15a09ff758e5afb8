"""What conditions are weighed on: one history, one moment, perhaps one visit; and how facts are looked up there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from uuid import UUID

from kairn.library.code_sets import CODE_SETS, CodeSet
from kairn.library.facts import FACTS, weighed
from kairn.pathway.standing import Course, Finding, FindingState, Visit
from kairn.protocol.rule import Protocol
from kairn.record.event import Event
from kairn.record.history import History
from kairn.record.payloads import AllergyNoted, Coding, ConditionNoted, ContactMade, MedicationNoted, Observed, Reading
from kairn.terms.problem import Unreadable
from kairn.terms.times import Duration

_LISTS: dict[str, type[ConditionNoted] | type[MedicationNoted] | type[AllergyNoted]] = {
    "conditions": ConditionNoted, "medicines": MedicationNoted, "allergies": AllergyNoted,
}  # fmt: skip
_ACTIVE = ("active", "recurrence", "relapse", "unknown", "on-hold")


@dataclass(frozen=True)
class Taken:
    """One reading of one fact, with the event that brought it."""

    event: Event
    reading: Reading
    visit: UUID | None

    @property
    def order(self) -> tuple[datetime, str]:
        """Readings are ordered by when they were taken; order of arrival does not matter."""
        return self.event.occurred_at, str(self.event.id)


@dataclass(frozen=True)
class Ground:
    """A history at a moment. Readings dated after `now` are not looked at before their time."""

    protocol: Protocol
    history: History
    now: datetime
    course: Course
    visits: tuple[Visit, ...]

    @cached_property
    def readings(self) -> dict[str, list[Taken]]:
        """fact -> its readings, oldest first."""
        found: dict[str, list[Taken]] = {}
        for event in self.history.live:
            payload = event.payload
            if isinstance(payload, Observed | ContactMade):
                for reading in payload.readings:
                    if _only_said(event, reading):
                        continue
                    found.setdefault(reading.fact, []).append(Taken(event, reading, payload.visit))
        for taken in found.values():
            taken.sort(key=lambda one: one.order)
        return found

    @cached_property
    def skipped(self) -> dict[str, list[Taken]]:
        """fact -> events that say it was refused or not taken."""
        found: dict[str, list[Taken]] = {}
        for event, payload in self.history.all(Observed):
            for fact in payload.refused + payload.not_taken:
                found.setdefault(fact, []).append(Taken(event, Reading(fact, "", ""), payload.visit))
        return found

    def series(self, fact: str, visit: UUID | None) -> list[Taken]:
        """Readings of a fact up to now (of one visit when given), oldest first."""
        return [t for t in self.readings.get(fact, ()) if t.event.occurred_at <= self.now and (visit is None or t.visit == visit)]

    def finding(self, fact: str, within: Duration | None, visit: UUID | None) -> Finding:
        """The latest reading as a finding: good, stale or unusable with its event, or missing without one."""
        series = self.series(fact, visit)
        return latest_of(series, within, self.now) if series else Finding(fact, FindingState.MISSING)

    def listed(self, code_set: str) -> list[tuple[Event, Coding]]:
        """Active entries of the chart's list that fall in the code set, by code or by one of its words."""
        wanted = CODE_SETS[code_set]
        return [(event, entry.code) for event, entry in self.history.all(_LISTS[wanted.what]) if entry.state in _ACTIVE and _falls_in(entry.code, wanted)]


def _only_said(event: Event, reading: Reading) -> bool:
    """What a person says of themselves and only a clinician can establish: it raises a task, it answers no gate."""
    fact = FACTS.get(reading.fact)
    own = isinstance(event.payload, Observed) and event.payload.method == "patient"
    return own and fact is not None and bool(fact.self_report) and reading.value not in fact.self_report


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


def value_of(taken: Taken) -> Decimal | None:
    """The measured value as rules see it, or None when it cannot be weighed (NaN, wrong unit, implausible)."""
    try:
        return weighed(FACTS[taken.reading.fact], taken.reading.value, taken.reading.unit)
    except Unreadable:
        return None


def _falls_in(code: Coding, wanted: CodeSet) -> bool:
    shown = code.display.lower()
    return (code.system, code.code) in wanted.codes or any(word in shown for word in wanted.words)
