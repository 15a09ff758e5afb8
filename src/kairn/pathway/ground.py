"""What conditions are weighed on: one history, one moment, perhaps one visit; and how facts are looked up there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from itertools import chain
from uuid import UUID

from kairn.instruments.score import Score
from kairn.library.code_sets import CODE_SETS, CodeSet
from kairn.library.facts import FACTS
from kairn.pathway.cannulas import CANNULA_OUT, as_recorded
from kairn.pathway.scored import DERIVED_FACTS, derived, readings_of, score_of
from kairn.pathway.standing import Course, Finding, FindingState, Visit
from kairn.pathway.taken import Taken, latest_of
from kairn.pathway.weighed import Weighed
from kairn.protocol.rule import Protocol
from kairn.record.event import Event
from kairn.record.history import History
from kairn.record.payloads import AllergyNoted, Coding, ConditionNoted, ContactMade, MedicationNoted, Observed, Reading
from kairn.record.payloads_cannula import CannulaPlaced
from kairn.record.payloads_care import InstrumentAnswered
from kairn.terms.times import Duration

_LISTS: dict[str, type[ConditionNoted] | type[MedicationNoted] | type[AllergyNoted]] = {
    "conditions": ConditionNoted, "medicines": MedicationNoted, "allergies": AllergyNoted,
}  # fmt: skip
_ACTIVE = ("active", "recurrence", "relapse", "unknown", "on-hold")


@dataclass(frozen=True)
class Ground:
    """A history at a moment. Readings dated after `now` are not looked at before their time."""

    protocol: Protocol
    history: History
    now: datetime
    course: Course
    visits: tuple[Visit, ...]

    def at(self, now: datetime) -> Ground:
        """The same history at another moment; what does not hang on the moment is not worked out again."""
        other = replace(self, now=now)
        other.__dict__.update({name: self.__dict__[name] for name in ("readings", "scores", "skipped") if name in self.__dict__})
        return other

    @cached_property
    def readings(self) -> dict[str, list[Taken]]:
        """fact -> its readings, oldest first."""
        found: dict[str, list[Taken]] = {}
        for taken in chain(self._told(), self._scored()):
            if self._counts(taken.event, taken.reading):
                found.setdefault(taken.reading.fact, []).append(taken)
        if self.history.all(CannulaPlaced):
            found[CANNULA_OUT] = as_recorded(self.history, found.get(CANNULA_OUT, []))
        for fact in DERIVED_FACTS:
            direct = found.get(fact.name, [])
            found[fact.name] = direct + derived(fact, found, direct)
        for series in found.values():
            series.sort(key=lambda one: one.order)
        return found

    @cached_property
    def watched(self) -> Ground | None:
        """The same with what devices show besides what people took; None where no device shows anything."""
        shown = any(by_device(event) for event, _ in self.history.all(Observed))
        return WatchedGround(self.protocol, self.history, self.now, self.course, self.visits) if shown else None

    def _counts(self, event: Event, reading: Reading) -> bool:
        return counts(event, reading)

    def _told(self) -> Iterator[Taken]:
        """Readings as people took them."""
        for event in self.history.live:
            payload = event.payload
            if isinstance(payload, Observed | ContactMade):
                yield from (Taken(event, reading, payload.visit) for reading in payload.readings)

    def _scored(self) -> Iterator[Taken]:
        """Readings that answered instruments bring."""
        for event, answered, score in self.scores:
            yield from (Taken(event, reading, answered.visit) for reading in readings_of(answered, score))

    @cached_property
    def scores(self) -> list[tuple[Event, InstrumentAnswered, Score]]:
        """The latest event of each answering of an instrument, with its score."""
        latest = {payload.response: (event, payload) for event, payload in self.history.all(InstrumentAnswered)}
        return [(event, payload, score) for event, payload in latest.values() if (score := score_of(payload)) is not None]

    def scored(self, name: str, visit: UUID | None) -> list[tuple[Event, InstrumentAnswered, Score]]:
        """Complete answerings of one instrument up to now (of one visit when given), oldest first."""
        of = [one for one in self.scores if one[1].instrument == name and one[1].complete]
        mine = [one for one in of if one[0].occurred_at <= self.now and (visit is None or one[1].visit == visit)]
        return sorted(mine, key=lambda one: (one[0].occurred_at, one[0].id.int))

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
        if code_set not in self.found_listed:
            wanted = CODE_SETS[code_set]
            self.found_listed[code_set] = [(event, code) for event, code in self.active(wanted.what) if _falls_in(code, wanted)]
        return self.found_listed[code_set]

    @cached_property
    def found_listed(self) -> dict[str, list[tuple[Event, Coding]]]:
        """Entries found so far by code set: many rules ask for the same one."""
        return {}

    @cached_property
    def heard(self) -> dict[tuple[str, UUID | None], Weighed]:
        """Flags weighed so far at this moment, by rule and visit: a flag is asked by its own verdict and by every gate that wants it."""
        return {}

    def active(self, what: str) -> list[tuple[Event, Coding]]:
        """Active entries of a list of the chart."""
        return [(event, entry.code) for event, entry in self.history.all(_LISTS[what]) if entry.state in _ACTIVE]


class WatchedGround(Ground):
    """A ground on which a device's reading counts like a person's. Only a hold is ever weighed on it, and only to be raised."""

    def _counts(self, event: Event, reading: Reading) -> bool:
        return not _only_said(event, reading)


def counts(event: Event, reading: Reading) -> bool:
    """Whether a reading can answer a rule: neither what only a clinician can establish and the person said, nor what a device shows by itself."""
    return not (by_device(event) or _only_said(event, reading))


def by_device(event: Event) -> bool:
    """Whether a machine took it, with no person's eye on it."""
    return isinstance(event.payload, Observed) and event.payload.method == "device"


def _only_said(event: Event, reading: Reading) -> bool:
    """What a person says of themselves and only a clinician can establish: it raises a task, it answers no gate."""
    fact = FACTS.get(reading.fact)
    own = isinstance(event.payload, Observed | InstrumentAnswered) and event.payload.method == "patient"
    return own and fact is not None and bool(fact.self_report) and reading.value not in fact.self_report


def _falls_in(code: Coding, wanted: CodeSet) -> bool:
    return wanted.holds(code.system, code.code, code.display)
