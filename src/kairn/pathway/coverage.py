"""Which answers of which rules the scenarios ask for, and which a rule could give: what is left over is not covered."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from kairn.pathway.scenario import Expected, Scenario
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
from kairn.protocol.rule import Protocol, Rule, RuleKind, Schedule

ALL = frozenset({"yes", "no", "unknown"})
NOT_APPLYING = "does not apply"
NEVER_NO = ("plan-signed", "order-signed", "care-plan-signed")
NEVER_UNKNOWN = (
    "visit-booked", "infusion-started", "infusion-ended", "first-infusion", "other-infusion-running", "open-urgent-task", "in-treatment",
    "support-given",
)  # fmt: skip
"""Happenings that are on record or not, and those of which silence says nothing (unless they may grow old)."""


def uncovered(protocol: Protocol, scenarios: Iterable[Scenario]) -> dict[str, frozenset[str]]:
    """Rule id -> the answers it could give that no scenario asks for; empty where every rule is covered."""
    asked = asked_of(scenarios)
    left = {rule.id: possible_answers(rule) - asked.get(rule.id, frozenset()) for rule in protocol.rules}
    return {rule: answers for rule, answers in left.items() if answers}


def asked_of(scenarios: Iterable[Scenario]) -> dict[str, frozenset[str]]:
    """Rule id -> the answers that scenarios ask for under `then`."""
    found: dict[str, set[str]] = {}
    for scenario in scenarios:
        for rule, answer in _asked(scenario.expected):
            found.setdefault(rule, set()).add(answer)
    return {rule: frozenset(answers) for rule, answers in found.items()}


def _asked(expected: Expected) -> Iterable[tuple[str, str]]:
    for name, answer in [*expected.rules.items(), *expected.due.items(), *expected.flags.items()]:
        yield name.partition("@")[0], answer
    for hold in expected.holds:
        yield hold, "yes"


def possible_answers(rule: Rule) -> frozenset[str]:
    """What a scenario can ask of a rule: answers of its condition, or the states of its duty, and that it does not apply."""
    answers = _states(rule.schedule) if rule.schedule else possible(rule.condition) if rule.condition else frozenset({"yes"})
    if rule.applies and "no" in possible(rule.applies):
        answers |= {"none" if rule.kind is RuleKind.DUTY else NOT_APPLYING}
    return answers


def _states(schedule: Schedule) -> frozenset[str]:
    if schedule.every:
        return frozenset({"ahead", "late", *(["due"] if schedule.grace else [])})
    waits = bool(schedule.opens)
    open_for = schedule.within and (not schedule.opens or schedule.within.delta > schedule.opens.delta)
    return frozenset({"late", "none", *(["ahead"] if waits else []), *(["due"] if open_for else [])})


def possible(condition: Condition) -> frozenset[str]:
    """The answers a condition can give."""
    match condition:
        case Known():
            return frozenset({"yes", "unknown"})
        case Count() | Given():
            return frozenset({"yes", "no"})
        case Happened(what, within):
            never = {"no"} if what in NEVER_NO else {"unknown"} if what in NEVER_UNKNOWN and not within else set()
            return ALL - never
        case AtMost() | AtLeast() | Between() | Is() | Band() | Change() | Repeated() | Listed() | Unrecognised() | Age() | Since() | SinceUse() | Flagged():
            return ALL
        case Not(of):
            return frozenset({"yes": "no", "no": "yes", "unknown": "unknown"}[answer] for answer in possible(of))
        case EveryOf(of) | AnyOf(of) | SomeOf(_, of):
            return _joined(condition, [possible(inner) for inner in of])
        case _:
            assert_never(condition)


def _joined(condition: EveryOf | AnyOf | SomeOf, parts: list[frozenset[str]]) -> frozenset[str]:
    """A joined condition can say what decides it when one part can; the other answer only when enough parts can."""
    wanted = {EveryOf: len(parts), AnyOf: 1}.get(type(condition), getattr(condition, "at_least", 1))
    yes = sum("yes" in part for part in parts) >= wanted
    no = sum("no" in part for part in parts) > len(parts) - wanted
    unknown = any("unknown" in part for part in parts)
    return frozenset(name for name, can in (("yes", yes), ("no", no), ("unknown", unknown)) if can)
