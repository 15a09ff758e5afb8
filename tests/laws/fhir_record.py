"""A history as the variables that exported expressions speak of, for an independent engine of FHIRPath to evaluate them on.

That engine compares no quantities with units, so every amount is brought to base units beforehand, in the expressions and in the record alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from fractions import Fraction
from itertools import chain, combinations, groupby
from typing import Any

from kairn.fhir.canonical import BASE
from kairn.library.code_sets import CODE_SETS
from kairn.library.facts import FACTS
from kairn.library.medicines import recognised
from kairn.library.substances import SUBSTANCES
from kairn.pathway.ground import Ground
from kairn.pathway.happenings import count_of, happening, moment
from kairn.pathway.standing import FindingState, Visit
from kairn.pathway.taken import Taken, found_in, value_of
from kairn.pathway.weigh import speaks
from kairn.protocol.conditions import AnyOf, Change, Condition, Count, Given, Happened, Repeated, Since
from kairn.protocol.rule import RuleKind
from kairn.record.payloads import Coding, DrugGiven
from kairn.record.payloads_care import MedicineTaken, UseReported
from kairn.terms.answer import Answer
from kairn.terms.quantity import Quantity, unit_of

_AMOUNT = re.compile(r"(-?[0-9]+(?:\.[0-9]+)?) '([^' ]+)'")
_TRUTH = {Answer.YES: True, Answer.NO: False, Answer.UNKNOWN: None}


def without_units(expression: str) -> str:
    """The expression with every amount as a plain number of base units."""
    return _AMOUNT.sub(lambda found: plain(Fraction(found[1]) * unit_of(found[2])[1]), expression)


def plain(number: Fraction) -> str:
    """A number as both sides write it: equal fractions are equal texts."""
    text = f"{float(number):.12f}".rstrip("0").rstrip(".")
    return text


def base(amount: Fraction) -> float:
    return float(plain(amount))


class Record:
    """The variables for one ground and one visit (or none)."""

    def __init__(self, ground: Ground, visit: Visit | None, leaves: list[Condition]) -> None:
        self.ground, self.visit, self.leaves = ground, visit, leaves

    def variables(self) -> dict[str, Any]:
        """Variable -> its items as plain values."""
        born = self.age()
        return {
            "readings": [self.reading(one, series) for series in self.series() for one in series],
            "baselines": list(self.baselines()),
            "runs": list(self.runs(any_end=False)),
            "stretches": list(self.runs(any_end=True)),
            "answerings": list(self.answerings()),
            "entries": list(self.entries()),
            "age": [] if born is None else [born],
            "moments": list(self.moments()),
            "uses": list(self.uses()),
            "doses": list(self.doses()),
            "visit": [{"id": str(self.visit.id)}] if self.visit else [],
            "happenings": list(self.happenings()),
            "counted": list(self.counted()),
            "flags": list(self.flags()),
        }

    def since(self, at: datetime) -> float:
        delta = self.ground.now - at
        return base(Fraction(delta.days * 86400 + delta.seconds) + Fraction(delta.microseconds, 1_000_000))

    def here(self, visit: object) -> bool:
        return self.visit is not None and visit == self.visit.id

    def series(self) -> list[list[Taken]]:
        return [self.ground.series(fact, None) for fact in self.ground.readings]

    def reading(self, taken: Taken, series: list[Taken]) -> dict[str, Any]:
        """One reading; what two readings of one instant contradict has no value."""
        of_visit = self.here(taken.visit)
        rivals = [one for one in series if one.event.occurred_at == taken.event.occurred_at and (not of_visit or self.here(one.visit))]
        alike = len({(one.reading.value, one.reading.unit) for one in rivals}) == 1
        value = self.value(taken) if alike else None
        found = {"fact": taken.reading.fact, "age": self.since(taken.event.occurred_at), "visit": of_visit}
        return found if value is None else found | {"value": value}

    def value(self, taken: Taken) -> Any:
        fact = FACTS[taken.reading.fact]
        if fact.kind != "measure":
            return taken.reading.value if found_in(taken, None, self.ground.now).state is FindingState.GOOD else None
        amount = value_of(taken)
        return None if amount is None else base(Fraction(amount) * unit_of(fact.unit)[1])

    def baselines(self) -> Iterator[dict[str, Any]]:
        for fact, since in {(leaf.fact, leaf.since) for leaf in self.leaves if isinstance(leaf, Change)}:
            starts = [self.visit.infusion_started] if since == "infusion" and self.visit else [each.infusion_started for each in self.ground.visits]
            start = min((at for at in starts if at), default=None) if since == "series" or self.visit else None
            series = self.ground.series(fact, self.visit.id if since == "infusion" and self.visit else None)
            before = [taken for taken in series if start and taken.event.occurred_at <= start]
            if before and not (since == "series" and series[-1] is before[-1]):
                found = self.reading(before[-1], before)
                yield {"fact": fact, "since": since} | ({"value": found["value"]} if "value" in found else {})

    def runs(self, *, any_end: bool) -> Iterator[dict[str, Any]]:
        for leaf in self.leaves:
            if isinstance(leaf, Repeated) and leaf.ever is any_end:
                yield from self.runs_of(leaf)

    def runs_of(self, leaf: Repeated) -> Iterator[dict[str, Any]]:
        parts = leaf.of.of if isinstance(leaf.of, AnyOf) else (leaf.of,)
        of_visit = all(part.this_visit for part in parts)  # type: ignore[union-attr]
        facts = list(dict.fromkeys(part.fact for part in parts))  # type: ignore[union-attr]
        taken = [one for fact in facts for one in self.ground.series(fact, self.visit.id if of_visit and self.visit else None)]
        taken.sort(key=lambda one: one.event.occurred_at, reverse=True)
        sets = [(at, list(group)) for at, group in groupby(taken, key=lambda one: one.event.occurred_at)]
        halves = [at for at, group in sets if {one.reading.fact for one in group if self.value(one) is not None} != set(facts)]
        for left_out in chain.from_iterable(combinations(halves, many) for many in range(len(halves) + 1)):
            kept = [(at, group) for at, group in sets if at not in left_out]
            for run in (kept[first:end] for first in range(len(kept) if leaf.ever else 1) for end in range(first + 1, len(kept) + 1)):
                yield {
                    "facts": facts, "visit": of_visit, "count": len(run), "span": self.since(run[-1][0]) - self.since(run[0][0]),
                    "sets": [{"readings": [self.told(one) for one in group]} for _, group in run],
                }  # fmt: skip

    def told(self, one: Taken) -> dict[str, Any]:
        return {"fact": one.reading.fact, "value": self.value(one), "age": self.since(one.event.occurred_at)}

    def answerings(self) -> Iterator[dict[str, Any]]:
        for name in {answered.instrument for _, answered, _ in self.ground.scores}:
            for event, answered, score in self.ground.scored(name, None):
                found = {"instrument": name, "age": self.since(event.occurred_at), "visit": self.here(answered.visit)}
                yield found | ({"band": score.band} if score.band else {})

    def entries(self) -> Iterator[dict[str, Any]]:
        for what in ("conditions", "medicines", "allergies"):
            for _, code in self.ground.active(what):
                names = {"system": code.system, "code": code.code, "display": code.display}
                yield {"list": what, "code": names, "recognised": bool(recognised(code.system, code.code, code.display))}

    def age(self) -> float | None:
        found = self.ground.finding("birth_date", None, None)
        if found.state is not FindingState.GOOD:
            return None
        born, now = datetime.fromisoformat(found.value), self.ground.now
        years = now.year - born.year - ((now.month, now.day) < (born.month, born.day))
        return base(Quantity(years, "a").to("s"))  # type: ignore[arg-type]

    def moments(self) -> Iterator[dict[str, Any]]:
        for name in {leaf.moment for leaf in self.leaves if isinstance(leaf, Since)}:
            at, _ = moment(name, self.ground, self.visit)
            if at:
                yield {"name": name, "age": self.since(at)}

    def uses(self) -> Iterator[dict[str, Any]]:
        for substance in SUBSTANCES.values():
            told = [(e, p) for e, p in self.ground.history.all(UseReported) if p.substance == substance.name and e.occurred_at <= self.ground.now]
            reports = sorted(told, key=lambda one: (one[0].occurred_at, str(one[0].id)))
            used = [p.latest_at for _, p in reports if p.latest_at]
            found: dict[str, Any] = {"class": substance.of_class}
            if used:
                found["age"] = self.since(max(used))
            if reports and (reports[-1][1].never or reports[-1][1].latest_at):
                found["asked"] = self.since(reports[-1][0].occurred_at)
            yield found

    def doses(self) -> Iterator[dict[str, Any]]:
        given = [(e, p.drug, p.visit) for e, p in self.ground.history.all(DrugGiven)]
        given += [(e, p.drug, None) for e, p in self.ground.history.all(MedicineTaken)]  # type: ignore[misc]
        for name in {leaf.drug for leaf in self.leaves if isinstance(leaf, Given)}:
            for event, drug, visit in given:
                if name.lower() in drug.lower() and event.occurred_at <= self.ground.now:
                    yield {"drug": name, "age": self.since(event.occurred_at), "visit": self.here(visit)}

    def happenings(self) -> Iterator[dict[str, Any]]:
        for name in {leaf.what for leaf in self.leaves if isinstance(leaf, Happened)}:
            answer, events = happening(name, self.ground, self.visit)
            found: dict[str, Any] = {"what": name, "visit": True}
            if _TRUTH[answer] is not None:
                found["answer"] = _TRUTH[answer]
            if events:
                found["age"] = self.since(max(event.occurred_at for event in events))
            yield found

    def counted(self) -> Iterator[dict[str, Any]]:
        for name in {leaf.what for leaf in self.leaves if isinstance(leaf, Count)}:
            for event in count_of(name, self.ground):
                if event.occurred_at <= self.ground.now:
                    yield {"what": name, "age": self.since(event.occurred_at)}

    def flags(self) -> Iterator[dict[str, Any]]:
        for rule in self.ground.protocol.rules:
            if rule.kind is RuleKind.FLAG and rule.says:
                answer = _TRUTH[speaks(rule, self.ground, self.visit).answer]
                found = {"topic": rule.says.topic, "severity": str(rule.says.severity)}
                yield found if answer is None else found | {"answer": answer}


def member_of(codes: Iterable[Any], address: str) -> list[bool]:
    """The function `memberOf` of FHIR, asked of the library's own sets: by code, or by a word of the text."""
    wanted = CODE_SETS[address.removeprefix(f"{BASE}/ValueSet/")]
    return [_falls_in(Coding(**getattr(code, "data", code)), wanted) for code in codes]


def _falls_in(code: Coding, wanted: Any) -> bool:
    return (code.system, code.code) in wanted.codes or any(word in code.display.lower() for word in wanted.words)
