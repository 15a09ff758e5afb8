"""What a rule looks at, by name, so that the compiled form knows which rules a new event may touch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from typing import assert_never
from uuid import UUID

from kairn.library.facts import FACTS
from kairn.pathway.weigh import ORDER
from kairn.pathway.weigh_record import REVIEWS
from kairn.protocol.conditions import (
    Age,
    AnyOf,
    AtLeast,
    AtMost,
    Band,
    Between,
    Change,
    Condition,
    Count,
    EveryOf,
    Flagged,
    Given,
    Happened,
    Is,
    Known,
    Listed,
    Not,
    Repeated,
    Since,
    SinceUse,
    SomeOf,
    Unrecognised,
)  # fmt: skip
from kairn.protocol.rule import Rule, Schedule, Severity
from kairn.protocol.words import READINGS
from kairn.record import payloads, payloads_care, payloads_harm

Topic = tuple[str, str, UUID | None]
"""What something is said of: ("fact" | "event", its name, the visit or None for any), the course, one visit, or all visits."""

COURSE: Topic = ("course", "", None)
VISITS: Topic = ("visits", "", None)
ANYTHING: Topic = ("anything", "", None)


@dataclass(frozen=True)
class Reads:
    """What is looked at: `anywhere` over the whole record, `here` (kind and name) only as far as it belongs to the visit weighed."""

    anywhere: frozenset[Topic] = frozenset()
    here: frozenset[tuple[str, str]] = frozenset()

    def __or__(self, other: Reads) -> Reads:
        return Reads(self.anywhere | other.anywhere, self.here | other.here)

    def of(self, visit: UUID | None) -> frozenset[Topic]:
        """The topics for one visit and the visit itself; for the course (None), `here` is anywhere."""
        own = {("visit", "", visit)} if visit else {COURSE}
        return self.anywhere | {(what, name, visit) for what, name in self.here} | own


NOTHING = Reads()
LISTS: dict[str, type[payloads.Payload]] = {"conditions": payloads.ConditionNoted, "medicines": payloads.MedicationNoted, "allergies": payloads.AllergyNoted}


def reads_of_rule(rule: Rule, rules: tuple[Rule, ...]) -> Reads:
    """What a rule of a protocol with these `rules` looks at: its conditions, its overrides and its schedule."""
    parts = [reads_of(condition, rules) for condition in (rule.applies, rule.condition) if condition]
    if rule.override:
        parts.append(_events(payloads.OverrideSigned))
    if rule.schedule:
        parts.append(_schedule(rule.schedule))
    return _all(parts)


def reads_of(condition: Condition, rules: tuple[Rule, ...]) -> Reads:
    """What a condition looks at, in a protocol with these rules."""
    match condition:
        case AtMost() | AtLeast() | Between() | Is() | Known():
            return _fact(condition.fact, condition.this_visit)
        case Band():
            return _events(payloads_care.InstrumentAnswered)
        case Change():
            return _fact(condition.fact, condition.since == "infusion") | Reads(frozenset({VISITS}))
        case Repeated(of) | Not(of):
            return reads_of(of, rules)
        case Listed(what):
            return _events(LISTS[what]) | _fact(REVIEWS[what])
        case Unrecognised():
            return _events(payloads.MedicationNoted) | _fact(REVIEWS["medicines"])
        case Age():
            return _fact("birth_date")
        case Since():
            return MOMENTS.get(condition.moment, Reads(frozenset({ANYTHING})))
        case SinceUse():
            return _events(payloads_care.UseReported)
        case Given():
            return _events(payloads.DrugGiven, payloads_care.MedicineTaken)
        case Happened():
            return HAPPENINGS.get(condition.what, Reads(frozenset({ANYTHING})))
        case Count():
            since = _fact(condition.since) if condition.since else NOTHING
            return _counted(condition.what) | since
        case Flagged(topic, severity):
            return _all(reads_of_rule(rule, rules) for rule in rules if _asked_for(rule, topic, Severity(severity)))
        case EveryOf(of) | AnyOf(of) | SomeOf(_, of):
            return _all(reads_of(inner, rules) for inner in of)
        case _:
            assert_never(condition)


def _counted(what: str) -> Reads:
    return _fact(what.removesuffix(READINGS)) if what.endswith(READINGS) else COUNTED.get(what, Reads(frozenset({ANYTHING})))


def _asked_for(rule: Rule, topic: str, severity: Severity) -> bool:
    return rule.says is not None and rule.says.topic == topic and ORDER.index(rule.says.severity) >= ORDER.index(severity)


def _schedule(schedule: Schedule) -> Reads:
    facts = _all(_fact(fact, here=True) for fact in schedule.facts)
    after = MOMENTS.get(schedule.after, Reads(frozenset({ANYTHING}))) if schedule.after else NOTHING
    return facts | after | _events(payloads.ContactMade)


def _fact(name: str, here: bool = False) -> Reads:
    """A derived fact or a score may follow from what was said at another visit, so it is never looked at here only."""
    fact = FACTS.get(name)
    if here and fact is not None and not fact.derived and not fact.of:
        return Reads(here=frozenset({("fact", name)}))
    return Reads(frozenset({("fact", name, None)}))


def _events(*kinds: type[payloads.Payload]) -> Reads:
    return Reads(frozenset(("event", kind.KIND, None) for kind in kinds))


def _here(*kinds: type[payloads.Payload]) -> Reads:
    return Reads(here=frozenset(("event", kind.KIND) for kind in kinds))


def _all(parts: Iterable[Reads]) -> Reads:
    return reduce(Reads.__or__, parts, NOTHING)


OVER_VISITS = Reads(frozenset({VISITS}))
MOMENTS = {
    "infusion-started": _here(payloads.PumpStarted),
    "infusion-ended": _here(payloads.PumpStopped),
    "visit-ended": _here(payloads.VisitEnded),
    "earlier-infusion-ended": OVER_VISITS | _events(payloads.PumpStopped),
    "follow-up-entered": _events(payloads.StageEntered),
    "stage-entered": Reads(frozenset({COURSE})),
}
HAPPENINGS = {
    "in-treatment": Reads(frozenset({COURSE})),
    "assessment-eligible": _events(payloads.AssessmentSigned),
    "consent-current": _events(payloads.ConsentSigned, payloads.ConsentWithdrawn),
    "plan-signed": _events(payloads.PlanSigned),
    "visit-booked": OVER_VISITS | _events(payloads.VisitBooked),
    "order-signed": NOTHING,
    "escort-confirmed": _here(payloads.EscortNamed),
    "escort-present": _here(payloads.EscortNamed),
    "infusion-started": _here(payloads.PumpStarted),
    "infusion-ended": _here(payloads.PumpStopped),
    "first-infusion": _events(payloads.PumpStarted),
    "other-infusion-running": OVER_VISITS | _events(payloads.PumpStarted),
    "open-urgent-task": _events(payloads.TaskOpened, payloads.TaskClosed),
    "open-adverse-event": _events(payloads_harm.AdverseEventNoted, payloads_harm.AdverseEventHandedOver),
    "support-given": _here(payloads.DrugGiven),
    "care-plan-signed": _events(payloads_care.CarePlanSigned),
}
COUNTED = {
    "infusions": _events(payloads.PumpStarted),
    "adverse-events": _events(payloads_harm.AdverseEventNoted),
    "severe-adverse-events": _events(payloads_harm.AdverseEventNoted),
    "lapses": _fact("lapse"),
    "missed-visits": OVER_VISITS | _events(payloads.VisitCancelled, payloads.VisitEnded),
}
