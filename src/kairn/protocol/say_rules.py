"""Say a condition or a rule aloud in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kairn.library.sources import SOURCES
from kairn.protocol.conditions import AnyOf, Condition, EveryOf, Not, Repeated, SomeOf
from kairn.protocol.phrases import ENGLISH, Phrases, joined, length, name_of
from kairn.protocol.rule import OPTIONS, TOPICS, FlagSays, Rule, RuleKind, Schedule
from kairn.protocol.say_clauses import deny_clause, label_of, say_clause
from kairn.protocol.words import MOMENTS


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


def say_condition(condition: Condition, phrases: Phrases = ENGLISH) -> Said:
    """The condition as nested clauses."""
    match condition:
        case EveryOf(of):
            return Said(phrases.every, tuple(say_condition(inner, phrases) for inner in of))
        case AnyOf(of):
            return Said(phrases.any_of, tuple(say_condition(inner, phrases) for inner in of))
        case SomeOf(at_least, of):
            return Said(phrases.some.format(number=at_least), tuple(say_condition(inner, phrases) for inner in of))
        case Not(of):
            return say_not(of, phrases)
        case Repeated(of, times, apart, ever):
            inner = say_condition(of, phrases)
            words = phrases.once_ever if ever and times == 1 else phrases.repeated_ever if ever else phrases.repeated
            return Said(words.format(inner=inner.text, times=times, apart=length(apart, phrases)), inner.of)
        case _:
            return Said(say_clause(condition, phrases))


def say_not(inner: Condition, phrases: Phrases = ENGLISH) -> Said:
    """The opposite of a condition, said straight where there are words for it."""
    match inner:
        case EveryOf(of) | AnyOf(of):
            every = isinstance(inner, EveryOf)
            return Said(phrases.not_every if every else phrases.not_any, tuple(say_condition(one, phrases) for one in of))
        case Not(of):
            return say_condition(of, phrases)
        case SomeOf() | Repeated():
            said = say_condition(inner, phrases)
            return Said(phrases.not_these, (said,)) if said.of else Said(phrases.not_.format(inner=said.text))
        case _:
            return Said(deny_clause(inner, phrases))


def one_line(said: Said) -> str:
    """A clause and those under it on one line."""
    return f"{said.text} ({'; '.join(one_line(part) for part in said.of)})" if said.of else said.text


def say_rule(rule: Rule, phrases: Phrases = ENGLISH) -> str:
    """The rule as a short text: what it asks, when, for whom, and who may set it aside."""
    parts = [rule.title + ".", say_purpose(rule, phrases)]
    if rule.applies:
        parts.append(f"{phrases.applies}:\n{say_condition(rule.applies, phrases)}")
    if rule.condition:
        parts.append(f"{condition_lead(rule, phrases)}:\n{say_condition(rule.condition, phrases)}")
    if rule.kind is RuleKind.GATE:
        parts.append(say_override(rule, phrases))
    return "\n".join(parts)


def condition_lead(rule: Rule, phrases: Phrases = ENGLISH) -> str:
    """The words before a rule's condition."""
    return {
        RuleKind.GATE: phrases.gate_opens, RuleKind.HOLD: phrases.hold_stands, RuleKind.DUTY: phrases.duty_until, RuleKind.FLAG: phrases.flag_speaks,
    }[rule.kind]  # fmt: skip


def say_purpose(rule: Rule, phrases: Phrases = ENGLISH) -> str:
    """What a rule is there for, as a sentence."""
    if rule.schedule is not None:
        return say_schedule(rule.schedule, phrases) + "."
    if rule.says is not None:
        return say_flag(rule.says, phrases)
    if rule.kind is RuleKind.HOLD:
        return phrases.hold_answer.format(level=rule.level)
    return say_guard(rule.guards, phrases)


def say_guard(guards: str, phrases: Phrases = ENGLISH) -> str:
    """What a gate guards, as a sentence."""
    kind, _, target = guards.partition(":")
    patterns = {"stage": phrases.guards_stage, "phase": phrases.guards_phase, "prn": phrases.guards_prn}
    return patterns.get(kind, phrases.guards_ready).format(target=name_of(target, phrases))


def say_flag(says: FlagSays, phrases: Phrases = ENGLISH) -> str:
    """What a flag says when it speaks."""
    option = phrases.flag_option.format(option=OPTIONS[says.option]) if says.option else ""
    said = phrases.flag_says.format(topic=TOPICS[says.topic], severity=phrases.severities[says.severity], effect=says.effect, consider=says.consider)
    return said + option


def say_override(rule: Rule, phrases: Phrases = ENGLISH) -> str:
    """Who may set the rule aside and for how long."""
    if rule.override is None:
        return phrases.never
    roles = joined([phrases.role.format(role=name_of(role, phrases)) for role in rule.override.roles], phrases.either)
    return phrases.override.format(roles=roles, lasts=length(rule.override.lasts, phrases))


def say_schedule(schedule: Schedule, phrases: Phrases = ENGLISH) -> str:
    """When a duty falls due, in words."""
    grace = phrases.grace.format(grace=length(schedule.grace, phrases)) if schedule.grace else ""
    if schedule.every:
        return phrases.every_so_often.format(do=schedule.do, every=length(schedule.every, phrases), owner=schedule.owner, grace=grace)
    opens, within = (length(each, phrases) if each else "" for each in (schedule.opens, schedule.within))
    pattern = {(False, False): phrases.at_once, (False, True): phrases.before_end, (True, True): phrases.between_two, (True, False): phrases.not_before}[
        bool(opens), bool(within)
    ]
    return pattern.format(do=schedule.do, opens=opens, within=within, moment=MOMENTS[schedule.after], owner=schedule.owner) + grace


def say_asked(schedule: Schedule, phrases: Phrases = ENGLISH) -> str:
    """Which facts a duty asks for; empty when it asks for none."""
    return phrases.asks_for.format(facts=joined([label_of(fact) for fact in schedule.facts], phrases.plus)) if schedule.facts else ""


def cite(rule: Rule) -> tuple[str, ...]:
    """Each citation in full, with where in the source."""
    return tuple(f"{SOURCES[c.source].citation}. {c.locator}. Grade: {SOURCES[c.source].grade}." for c in rule.citations)
