"""The stops reached in running infusions, remembered for each reading instead of weighed again at every one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from kairn.pathway.assess import _readings_since
from kairn.pathway.compiled_index import IndexedGround
from kairn.pathway.compiled_reads import Reads, Topic
from kairn.pathway.compiled_weigh import Judge
from kairn.pathway.standing import Verdict, Visit
from kairn.terms.answer import Answer


class Stops:
    """For each visit and each moment of its readings, the stops that were met then."""

    def __init__(self, rules: Iterable[tuple[Judge, Reads]]) -> None:
        self._rules = tuple(rules)
        self._read: dict[UUID, frozenset[Topic]] = {}
        self._met: dict[UUID, dict[datetime, tuple[Verdict, ...]]] = {}

    def forget(self, said: set[Topic], at: datetime) -> None:
        """Something was said, of the moment `at`: a reading speaks for no moment before its own, anything else for all."""
        for visit, moments in self._met.items():
            kinds = {what for what, _, _ in said & self._topics(visit)}
            if kinds - {"fact"}:
                moments.clear()
            elif kinds:
                self._met[visit] = {then: met for then, met in moments.items() if then < at}

    def _topics(self, visit: UUID) -> frozenset[Topic]:
        if visit not in self._read:
            self._read[visit] = frozenset[Topic]().union(*(reads.of(visit) for _, reads in self._rules))
        return self._read[visit]

    def reached(self, ground: IndexedGround) -> list[Verdict]:
        """The first time each stop was met in each running infusion, as it was met then."""
        found: dict[tuple[str, UUID], Verdict] = {}
        for visit in ground.visits:
            if visit.phase != "infusion" or visit.infusion_started is None or visit.cancelled:
                continue
            for at in _readings_since(ground, visit, visit.infusion_started):
                for verdict in self._met_at(ground, visit, at):
                    found.setdefault((verdict.rule.id, visit.id), verdict)
        return list(found.values())

    def _met_at(self, ground: IndexedGround, visit: Visit, at: datetime) -> tuple[Verdict, ...]:
        moments = self._met.setdefault(visit.id, {})
        if at not in moments:
            then = replace(ground, now=at)
            weighed = [judge(then, visit)[0] for judge, _ in self._rules]
            moments[at] = tuple(verdict for verdict in weighed if verdict.answer is Answer.YES)
        return moments[at]
