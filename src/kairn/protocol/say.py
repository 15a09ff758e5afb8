"""Say a condition, a rule or a whole protocol aloud in plain English."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from kairn.library.code_sets import CODE_SETS
from kairn.library.facts import FACTS
from kairn.library.sources import SOURCES
from kairn.library.substances import CLASSES
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
from kairn.protocol.rule import TOPICS, Protocol, Rule, RuleKind, Schedule
from kairn.protocol.words import BASELINES, COUNTED, HAPPENINGS, MOMENTS
from kairn.terms.times import Duration


@dataclass(frozen=True)
class Said:
    """A clause and, where it joins others, the clauses under it."""

    text: str
    of: tuple[Said, ...] = ()

    def lines(self, depth: int = 0) -> Iterator[tuple[int, str]]:
        """Each clause with how deep it stands."""
        yield depth, self.text
        for part in self.of:
            yield from part.lines(depth + 1)

    def __str__(self) -> str:
        return "\n".join(f"{'  ' * depth}- {text}" for depth, text in self.lines())


def say_condition(condition: Condition) -> Said:
    """The condition as nested clauses."""
    match condition:
        case AtMost(fact, limit):
            return Said(f"{_label(fact)} is {limit} or less{_when(condition)}")
        case AtLeast(fact, limit):
            return Said(f"{_label(fact)} is {limit} or more{_when(condition)}")
        case Between(fact, low, high):
            return Said(f"{_label(fact)} is {low} to {high}{_when(condition)}")
        case Is(fact, values):
            return Said(f"{_label(fact)}: {_or(values)}{_when(condition)}")
        case Known(fact):
            return Said(f"{_label(fact)} is known{_when(condition)}")
        case Band(instrument, bands):
            return Said(f"the answers to {instrument} fall in the band {_or(bands)}{_when(condition)}")
        case Change():
            return _changed(condition)
        case Repeated(of, times, apart):
            inner = say_condition(of)
            return Said(f"{inner.text}, on {times} readings in a row at least {apart} apart", inner.of)
        case Listed(what, code_set, within):
            return Said(f"the list of {what} names {CODE_SETS[code_set].label} (a list without it counts only when reviewed{_during(within)})")
        case Unrecognised(within):
            return Said(f"the list of medicines names one that the library does not know (a list without one counts only when reviewed{_during(within)})")
        case SinceUse(name, at_least, at_most, within):
            return Said(f"{'at least' if at_least else 'less than'} {at_least or at_most} since the latest use of {CLASSES[name]}{_within(within)}")
        case Given(drug, at_most, window):
            return Said(f"{drug} was given at most {at_most} times{f' in {window}' if window else ' at this visit'}")
        case Flagged(topic, severity):
            return Said(f"a flag about {TOPICS[topic]} says {severity} or more")
        case Age(low, high):
            return Said(f"age is {low} to {high}")
        case Since(what, at_least, at_most):
            return Said(f"{'at least' if at_least else 'less than'} {at_least or at_most} since {MOMENTS[what]}")
        case Happened(what, within):
            return Said(f"on record: {HAPPENINGS[what]}{_within(within)}")
        case Count(what, at_most, window, since):
            during = f" in {window}" if window else f" since the latest reading of {_label(since)}" if since else " ever"
            return Said(f"{COUNTED[what]}: at most {at_most}{during}")
        case SomeOf(at_least, of):
            return Said(f"at least {at_least} of these hold", tuple(map(say_condition, of)))
        case EveryOf(of):
            return Said("all of these hold", tuple(map(say_condition, of)))
        case AnyOf(of):
            return Said("at least one of these holds", tuple(map(say_condition, of)))
        case Not(of):
            return _negated(of)
        case _:
            assert_never(condition)


def _changed(change: Change) -> Said:
    share = " of it" if change.relative else ""
    bound = "or more" if change.at_least else "or less"
    return Said(f"the {change.direction} of {_label(change.fact)} {BASELINES[change.since]} is {change.amount}{share} {bound}{_within(change.within)}")


def _negated(inner: Condition) -> Said:
    said = say_condition(inner)
    if isinstance(inner, Listed):
        return Said(f"the list of {inner.what} does not name {CODE_SETS[inner.code_set].label}, and was reviewed{_during(inner.within)}")
    if isinstance(inner, Known):
        return Said(f"{_label(inner.fact)} is not known{_when(inner)}")
    if isinstance(inner, Happened):
        return Said(f"not on record: {HAPPENINGS[inner.what]}{_within(inner.within)}")
    return Said("it is not so that", (said,)) if said.of else Said(f"it is not so that {said.text}")


def say_rule(rule: Rule) -> str:
    """The rule as a short text: what it asks, when, for whom, and who may set it aside."""
    parts = [rule.title + ".", _purpose(rule)]
    if rule.applies:
        parts.append("It applies when:\n" + str(say_condition(rule.applies)))
    if rule.condition:
        parts.append(("It opens when:\n" if rule.kind is RuleKind.GATE else "It holds when:\n") + str(say_condition(rule.condition)))
    if rule.kind is RuleKind.GATE:
        parts.append(say_override(rule))
    return "\n".join(parts)


def say_override(rule: Rule) -> str:
    """Who may set the rule aside and for how long."""
    if rule.override is None:
        return "Nobody may set it aside."
    return f"It may be set aside by {_or(tuple(role.replace('-', ' ') for role in rule.override.roles))} with a reason, for at most {rule.override.lasts}."


def say_schedule(schedule: Schedule) -> str:
    """When a duty falls due, in words."""
    if schedule.every:
        grace = f"; late after {schedule.grace} more" if schedule.grace else ""
        return f"{schedule.do}: every {schedule.every}, by the {schedule.owner}{grace}"
    window = f"between {schedule.opens} and {schedule.within}" if schedule.opens else f"within {schedule.within}"
    return f"{schedule.do}: {window} after {MOMENTS[schedule.after]}, by the {schedule.owner}"


def cite(rule: Rule) -> tuple[str, ...]:
    """Each citation in full, with where in the source."""
    return tuple(f"{SOURCES[c.source].citation}. {c.locator}. Grade: {SOURCES[c.source].grade}." for c in rule.citations)


def say_protocol(protocol: Protocol) -> str:
    """The whole protocol as Markdown, every rule with its citations."""
    limits = protocol.infusion
    head = [
        f"# {protocol.title}", f"`{protocol.id}` version {protocol.version}, content {protocol.content_hash[:12]}", protocol.summary, "## The infusion",
        f"{limits.drug.capitalize()} {limits.dose} of {limits.weight_basis} weight over {limits.duration}. "
        f"Below {limits.soft[0]} or above {limits.soft[1]} a reason is "
        f"asked for; below {limits.hard[0]} or above {limits.hard[1]} nobody can order it. Up to {limits.infusions} infusions, {limits.spacing_days[0]} to "
        f"{limits.spacing_days[1]} days apart.",
        *(f"*{SOURCES[c.source].citation}. {c.locator}.*" for c in limits.citations),
    ]  # fmt: skip
    return "\n\n".join([*head, *(_section(rule) for rule in protocol.rules)]) + "\n"


def _section(rule: Rule) -> str:
    cited = "\n".join(f"*{citation}*  " for citation in cite(rule))
    return (
        f"## {rule.title}\n\n`{rule.id}`\n\n{say_rule(rule)}\n\nWhy: {rule.rationale} Not considered: {rule.not_considered} Evidence: {rule.grade}.\n\n{cited}"
    )


def _purpose(rule: Rule) -> str:
    if rule.kind is RuleKind.DUTY:
        assert rule.schedule is not None
        return say_schedule(rule.schedule) + "."
    if rule.kind is RuleKind.HOLD:
        return f"While it holds, the protocol's answer is: {rule.level}."
    if rule.guards == "ready":
        return "It guards the signature *discharged as ready*."
    kind, _, target = rule.guards.partition(":")
    return f"It guards the step to {target.replace('-', ' ')}." if kind == "stage" else f"It guards the start of {target.replace('-', ' ')}."


def _label(fact: str) -> str:
    return FACTS[fact].label


def _when(condition: AtMost | AtLeast | Between | Is | Band | Known) -> str:
    place = ", taken at this visit" if condition.this_visit else ""
    return place + _within(condition.within)


def _within(within: Duration | None) -> str:
    return f",{_during(within)}" if within else ""


def _during(within: Duration | None) -> str:
    return f" within the latest {within}" if within else ""


def _or(values: tuple[str, ...]) -> str:
    return values[0] if len(values) == 1 else f"{', '.join(values[:-1])} or {values[-1]}"
