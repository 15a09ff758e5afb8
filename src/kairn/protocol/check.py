"""Look a loaded protocol over for what the loader cannot see: dead ends, gates that cannot open, overlaps, unused parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import assert_never

from kairn.library.facts import FACTS
from kairn.library.sources import GRADES, SOURCES
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
from kairn.protocol.rule import Level, Protocol, Rule, RuleKind
from kairn.terms.problem import Problem


def check_protocol(protocol: Protocol) -> list[Problem]:
    """Every fault found, each with file, line, rule, what was seen and the mend. Empty means sound."""
    return [problem for check in CHECKS.values() for problem in check(protocol)]


def parts_of(condition: Condition) -> Iterator[Condition]:
    """The condition and every condition inside it."""
    yield condition
    match condition:
        case EveryOf(of) | AnyOf(of):
            for inner in of:
                yield from parts_of(inner)
        case SomeOf(_, of):
            for inner in of:
                yield from parts_of(inner)
        case Not(inner) | Repeated(inner):
            yield from parts_of(inner)
        case AtMost() | AtLeast() | Between() | Is() | Band() | Known() | Change() | Listed() | Unrecognised() | Age() | Since() | SinceUse():
            return
        case Given() | Happened() | Count() | Flagged():
            return
        case _:
            assert_never(condition)


def _conditions(rule: Rule) -> Iterator[Condition]:
    for condition in (rule.applies, rule.condition):
        if condition:
            yield from parts_of(condition)


def _problem(rule: Rule, seen: str, expected: str, mend: str) -> Problem:
    return Problem(seen, expected, mend, f"{rule.file}, line {rule.line}, rule {rule.id}")


def _unknown_guard(protocol: Protocol) -> Iterator[Problem]:
    targets = {f"stage:{target}" for _, target in protocol.moves} | {"phase:pre-flight", "phase:infusion", "phase:recovery", "ready"}
    for rule in protocol.rules:
        if rule.kind is RuleKind.GATE and rule.guards not in targets:
            yield _problem(rule, f"a guard of {rule.guards!r}", f"one of {', '.join(sorted(targets))}", "Name a move that exists; exits are never guarded.")


def _gate_never_weighed(protocol: Protocol) -> Iterator[Problem]:
    before = {"phase:pre-flight": "booked", "phase:infusion": "pre-flight", "phase:recovery": "infusion", "ready": "recovery"}
    for rule in protocol.rules:
        if rule.kind is not RuleKind.GATE:
            continue
        kind, _, target = rule.guards.partition(":")
        origins = {origin for origin, to in protocol.moves if to == target} if kind == "stage" else {before.get(rule.guards, "")}
        held = rule.while_.stages if kind == "stage" else rule.while_.phases
        if held and not origins & set(held):
            yield _problem(rule, f"a gate for {rule.guards} weighed only in {', '.join(held)}", f"weighed in {', '.join(sorted(origins))}", "Correct `while`.")


def _unreachable_stage(protocol: Protocol) -> Iterator[Problem]:
    reached, frontier = {protocol.stages[0]}, [protocol.stages[0]]
    while frontier:
        origin = frontier.pop()
        fresh = {to for start, to in protocol.moves if start == origin} - reached
        reached |= fresh
        frontier += fresh
    for stage in protocol.stages:
        if stage not in reached:
            yield Problem(
                f"the stage {stage!r} that no move reaches",
                "a way into every stage",
                "Add a move or remove the stage.",
                f"{protocol.id} {protocol.version}, moves",
            )


def _unknown_stage(protocol: Protocol) -> Iterator[Problem]:
    for rule in protocol.rules:
        for stage in rule.while_.stages:
            if stage not in protocol.stages:
                yield _problem(rule, f"the stage {stage!r}", f"one of {', '.join(protocol.stages)}", "Correct `while`.")


def _unused_stage(protocol: Protocol) -> Iterator[Problem]:
    spoken = {stage for rule in protocol.rules for stage in rule.while_.stages}
    for stage in protocol.stages:
        if stage not in spoken:
            yield Problem(f"no rule for the stage {stage!r}", "at least one rule in every stage", "Write one.", f"{protocol.id} {protocol.version}")


def _never_both(protocol: Protocol) -> Iterator[Problem]:
    """Within one `every`, a fact asked to be at most less than it is asked to be at least can never hold."""
    for rule in protocol.rules:
        for part in _conditions(rule):
            if isinstance(part, EveryOf):
                yield from _contradictions(rule, part)


def _contradictions(rule: Rule, part: EveryOf) -> Iterator[Problem]:
    highs = {c.fact: c.limit for c in part.of if isinstance(c, AtMost)}
    lows = {c.fact: c.limit for c in part.of if isinstance(c, AtLeast)}
    for fact in highs.keys() & lows.keys():
        if highs[fact].to(FACTS[fact].unit) < lows[fact].to(FACTS[fact].unit):
            yield _problem(rule, f"{fact} at most {highs[fact]} and at least {lows[fact]}", "limits that some value can meet", "Correct one of them.")


def _inverted_limits(protocol: Protocol) -> Iterator[Problem]:
    """A stop must not begin before a pause, nor a pause before an alert, on the same fact and side."""
    order = {Level.ALERT: 0, Level.PAUSE: 1, Level.STOP: 2}
    limits = [(rule, part) for rule in protocol.rules if rule.kind is RuleKind.HOLD for part in _conditions(rule) if isinstance(part, AtMost | AtLeast)]
    for mild, first in limits:
        for strong, second in limits:
            if type(first) is not type(second) or first.fact != second.fact or order[_level(mild)] >= order[_level(strong)]:
                continue
            a, b = first.limit.to(FACTS[first.fact].unit), second.limit.to(FACTS[first.fact].unit)
            if (b < a) if isinstance(first, AtLeast) else (b > a):
                yield _problem(
                    strong,
                    f"{_level(strong)} at {second.limit} before {_level(mild)} at {first.limit}",
                    "a stronger answer only for a worse value",
                    f"Move it, or {mild.id}.",
                )


def _level(rule: Rule) -> Level:
    return rule.level or Level.ALERT


def _implausible_limit(protocol: Protocol) -> Iterator[Problem]:
    for rule in protocol.rules:
        for part in _conditions(rule):
            if isinstance(part, AtMost | AtLeast):
                low, high = FACTS[part.fact].plausible
                if not low <= part.limit.to(FACTS[part.fact].unit) <= high:
                    yield _problem(rule, f"a limit of {part.limit} for {part.fact}", f"between {low} and {high}", "Correct the limit or the fact's range.")


def _stale_before_due(protocol: Protocol) -> Iterator[Problem]:
    """A fact that a rule lets go stale sooner than its duty measures it would be unknown between two measurements."""
    for duty in protocol.rules:
        every = duty.schedule.every if duty.schedule else None
        if every is None or duty.schedule is None or duty.applies is not None:
            continue
        for rule in protocol.rules:
            if rule.kind is not RuleKind.HOLD or not set(rule.while_.phases) & set(duty.while_.phases):
                continue
            for part in _conditions(rule):
                within = None if isinstance(part, Known) else getattr(part, "within", None)
                if getattr(part, "fact", "") in duty.schedule.facts and within is not None and within.delta < every.delta:
                    yield _problem(rule, f"{within} of use for a fact measured every {every}", "at least the measuring interval", "Lengthen `within`.")


def _uncited(protocol: Protocol) -> Iterator[Problem]:
    for rule in protocol.rules:
        if not rule.citations or not all(citation.locator for citation in rule.citations):
            yield _problem(rule, "no source, or a source with no place in it", "at least one [source, place]", "Cite it.")


def _unused_source(protocol: Protocol) -> Iterator[Problem]:
    cited = {c.source for rule in protocol.rules for c in rule.citations} | {c.source for c in protocol.infusion.citations}
    for key in sorted(set(SOURCES) - cited - {"local-measuring", "codes-read"}):
        yield Problem(f"the source {key!r} that nothing cites", "only sources in use", "Cite it or remove it.", "sources.yaml")


def _hold_overridden(protocol: Protocol) -> Iterator[Problem]:
    for rule in protocol.rules:
        if rule.kind is RuleKind.HOLD and rule.override is not None:
            yield _problem(rule, "a hold that may be set aside", "holds without override", "Remove `override`; a hold lifts when its value does.")


def _overgraded(protocol: Protocol) -> Iterator[Problem]:
    """A rule carries no further than the best of its sources; GRADES stand best first."""
    for rule in protocol.rules:
        best = min((SOURCES[citation.source].grade for citation in rule.citations), key=GRADES.index, default=GRADES[-1])
        if GRADES.index(rule.grade) < GRADES.index(best):
            yield _problem(
                rule,
                f"the grade {rule.grade} on sources of {best} at the most",
                "a grade no better than its best source",
                f"Write {best}, or cite what carries it.",
            )


def _dose_order(protocol: Protocol) -> Iterator[Problem]:
    limits = protocol.infusion
    ladder = [q.to("mg/kg") for q in (limits.hard[0], limits.soft[0], limits.dose, limits.soft[1], limits.hard[1])]
    if ladder != sorted(ladder):
        yield Problem(
            "dose limits out of order", "hard low, soft low, dose, soft high, hard high", "Put them in order.", f"{protocol.id} {protocol.version}, infusion"
        )


CHECKS: dict[str, Callable[[Protocol], Iterator[Problem]]] = {
    "unknown-guard": _unknown_guard,
    "gate-never-weighed": _gate_never_weighed,
    "unreachable-stage": _unreachable_stage,
    "unknown-stage": _unknown_stage,
    "stage-without-rule": _unused_stage,
    "contradiction": _never_both,
    "inverted-limits": _inverted_limits,
    "implausible-limit": _implausible_limit,
    "stale-before-due": _stale_before_due,
    "uncited": _uncited,
    "unused-source": _unused_source,
    "hold-overridden": _hold_overridden,
    "overgraded": _overgraded,
    "dose-order": _dose_order,
}
