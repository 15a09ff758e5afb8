"""Where cases begin: one shared history for each stage and phase, with everything as it should be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from kairn.library.facts import Fact
from kairn.library.reader import Node
from kairn.pathway.casebook import beginning
from kairn.pathway.course import course_of, visits_of
from kairn.pathway.ground import Ground
from kairn.pathway.happenings import moment
from kairn.pathway.scenario_events import Reader
from kairn.pathway.standing import Visit
from kairn.pathway.taken import value_of
from kairn.protocol.check import parts_of
from kairn.protocol.conditions import AtLeast, AtMost, Change, Condition
from kairn.protocol.rule import Protocol
from kairn.record.event import Event, StreamKind
from kairn.record.history import History
from kairn.terms.numbers import plain_text


@dataclass(frozen=True)
class Here:
    """One beginning: its name, its book, its shared events, and the visit cases speak of."""

    name: str
    protocol: Protocol
    book: dict[str, Node]

    @cached_property
    def shared(self) -> Reader:
        """The shared events."""
        return beginning(self.name, self.book, self.protocol)

    @property
    def now(self) -> datetime:
        """The moment cases are told at."""
        return self.shared.now

    @property
    def visit(self) -> str:
        """The name of the visit, or nothing."""
        return self.book["visit"].text() if "visit" in self.book else ""

    @cached_property
    def ground(self) -> Ground:
        """The shared history at the moment."""
        reader = self.shared
        order = sorted(range(len(reader.drafts)), key=lambda i: (reader.recorded[i], i))
        events = [
            Event(draft.id, reader.patient, reader.patient, StreamKind.PATIENT, seq, draft.occurred_at, reader.recorded[i], draft.by, draft.by, draft.payload)
            for seq, i in enumerate(order, 1)
            for draft in [reader.drafts[i]]
        ]
        history = History.of(events)
        return Ground(self.protocol, history, self.now, course_of(history), visits_of(history))

    @property
    def its_visit(self) -> Visit | None:
        """The visit as it stands."""
        wanted = self.shared.visits.get(self.visit)
        return next((visit for visit in self.ground.visits if visit.id == wanted), None)

    def moment(self, name: str) -> datetime | None:
        """When a named moment was."""
        return moment(name, self.ground, self.its_visit)[0]

    def values(self, part: Condition, fact: Fact) -> list[str]:
        """What a reading at the edge of a window should say: what the condition asks for, or what the beginning has."""
        if fact.kind == "choice":
            wanted = getattr(part, "values", ())
            return [*wanted[:1], *[choice for choice in fact.choices if choice not in wanted][:1]]
        limits = [getattr(part, name).to(fact.unit) for name in ("limit", "low", "high") if hasattr(part, name)]
        exact = [Decimal(limit.numerator) / Decimal(limit.denominator) for limit in limits]
        low, high = fact.plausible
        near = [value for limit in exact for value in (limit, limit - fact.step, limit + fact.step) if low <= value <= high]
        return [plain_text(value) for value in near] or [self.any_value(fact).split(" ")[0]]

    def any_value(self, fact: Fact) -> str:
        """A value of the fact as the beginning has it, or any."""
        series = self.ground.series(fact.name, None)
        if series:
            reading = series[-1].reading
            return f"{reading.value} {reading.unit}".strip()
        return fact.choices[0] if fact.kind == "choice" else f"{plain_text(fact.plausible[0])} {fact.unit}"

    def baseline(self, part: Change) -> Decimal | None:
        """The value a change is measured from."""
        visit = self.its_visit
        ends = (
            min((v.infusion_started for v in self.ground.visits if v.infusion_started), default=None)
            if part.since == "series"
            else visit and visit.infusion_started
        )
        series = self.ground.series(part.fact, visit.id if part.since == "infusion" and visit else None)
        before = [taken for taken in series if ends and taken.event.occurred_at <= ends]
        return value_of(before[-1]) if before else None

    def latest(self, fact: Fact) -> datetime:
        """When the fact was read latest, or the moment itself."""
        series = self.ground.series(fact.name, None)
        return series[-1].event.occurred_at if series else self.now

    def limits(self, fact: Fact) -> list[Decimal]:
        """Every limit the protocol names for a fact."""
        conditions = [part for rule in self.protocol.rules for whole in (rule.applies, rule.condition) if whole for part in parts_of(whole)]
        exact = [part.limit.to(fact.unit) for part in conditions if isinstance(part, AtMost | AtLeast) and part.fact == fact.name]
        return sorted({Decimal(one.numerator) / Decimal(one.denominator) for one in exact})
