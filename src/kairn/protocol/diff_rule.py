"""Two versions of one rule, told apart field by field; no field of a rule is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from kairn.library.sources import SOURCES
from kairn.protocol.diff_conditions import ChangeKind, Effect, Role, Step, diff_condition
from kairn.protocol.diff_line import Line
from kairn.protocol.phrases import length
from kairn.protocol.rule import OPTIONS, Citation, FlagSays, Level, OverrideBy, Rule, RuleKind, While
from kairn.protocol.say_rules import say_guard, say_override
from kairn.protocol.words import MOMENTS
from kairn.terms.times import Duration

_STRONGER = (Level.ALERT, Level.PAUSE, Level.STOP)


def diff_rule(old: Rule, new: Rule) -> Iterator[Line]:
    """Every difference between two versions of a rule; its place in a file is told for all rules at once."""
    for name, tell in TELL.items():
        if getattr(old, name) != getattr(new, name):
            for step in tell(old, new):
                yield Line(step.kind, (new.id,), f"{step.said} (rule {new.id})", step.effect)


def _condition(old: Rule, new: Rule) -> Iterator[Step]:
    return diff_condition(old.condition, new.condition, _role(new))


def _role(rule: Rule) -> Role:
    if rule.kind is RuleKind.HOLD:
        return Role(f"{rule.level} limit", strict=True)
    if rule.kind is RuleKind.GATE:
        return Role(f"limit {_at(rule.guards)}", strict=False)
    return Role("limit of the flag" if rule.kind is RuleKind.FLAG else "limit of the duty", strict=True)


def _at(guards: str) -> str:
    kind, _, target = guards.partition(":")
    where = {"stage": f"for the step to {target}", "phase": f"for the start of {target}", "prn": f"for giving {target}"}
    return where.get(kind, "for *discharged as ready*").replace("-", " ")


def _applies(old: Rule, new: Rule) -> Iterator[Step]:
    if old.applies is None or new.applies is None:
        yield Step(ChangeKind.CONDITION, "applies to everybody now" if new.applies is None else "no longer applies to everybody",
                   Effect.TIGHTENED if new.applies is None else Effect.LOOSENED)  # fmt: skip
    yield from diff_condition(old.applies, new.applies, Role("who it applies to", strict=True))


def _level(old: Rule, new: Rule) -> Iterator[Step]:
    effect = Effect.NONE
    if old.level and new.level:
        effect = Effect.TIGHTENED if _STRONGER.index(new.level) > _STRONGER.index(old.level) else Effect.LOOSENED
    yield Step(ChangeKind.MEANING, f"answers with {new.level or 'no level'} instead of {old.level or 'no level'}", effect)


def _while(old: Rule, new: Rule) -> Iterator[Step]:
    yield Step(ChangeKind.MEANING, f"weighed {_times(new.while_)} instead of {_times(old.while_)}")


def _times(when: While) -> str:
    parts = [f"in the {word}{'s' if len(names) > 1 else ''} {', '.join(names)}" for word, names in (("stage", when.stages), ("phase", when.phases)) if names]
    return " and ".join(parts) or "always"


def _override(old: Rule, new: Rule) -> Iterator[Step]:
    before, after = old.override, new.override
    if before is None or after is None:
        effect = Effect.TIGHTENED if after is None else Effect.LOOSENED
        yield Step(ChangeKind.OVERRIDE, f"{_lower(say_override(new))} Before: {_lower(say_override(old))}", effect)
        return
    yield from _override_roles(before, after)
    if before.lasts != after.lasts:
        longer = after.lasts.delta > before.lasts.delta
        said = f"an override lasts {length(after.lasts)} instead of {length(before.lasts)}"
        yield Step(ChangeKind.OVERRIDE, said, Effect.LOOSENED if longer else Effect.TIGHTENED)


def _override_roles(before: OverrideBy, after: OverrideBy) -> Iterator[Step]:
    for role in after.roles:
        if role not in before.roles:
            yield Step(ChangeKind.OVERRIDE, f"may now also be set aside by the {role.replace('-', ' ')}", Effect.LOOSENED)
    for role in before.roles:
        if role not in after.roles:
            yield Step(ChangeKind.OVERRIDE, f"may no longer be set aside by the {role.replace('-', ' ')}", Effect.TIGHTENED)
    if before.roles != after.roles and set(before.roles) == set(after.roles):
        yield Step(ChangeKind.WORDING, "the roles that may set it aside stand in another order")


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _schedule(old: Rule, new: Rule) -> Iterator[Step]:
    before, after = old.schedule, new.schedule
    if before is None or after is None:
        yield Step(ChangeKind.SCHEDULE, "falls due no longer" if after is None else "falls due from now on")
        return
    for name, words in SCHEDULE.items():
        first, second = getattr(before, name), getattr(after, name)
        if first != second:
            yield _scheduled(name, words, first, second)


SCHEDULE = {
    "do": "what is to be done", "owner": "who does it", "every": "interval", "after": "counted from", "opens": "earliest time", "within": "latest time",
    "facts": "what is measured or asked", "grace": "time until it is late",
}  # fmt: skip


def _scheduled(name: str, words: str, old: Any, new: Any) -> Step:
    if isinstance(old, Duration) and isinstance(new, Duration):
        if old.delta == new.delta:
            return Step(ChangeKind.WORDING, f"{words}: written as {length(new)} instead of {length(old)}")
        longer = new.delta > old.delta
        effect = Effect.NONE if name == "opens" else Effect.LOOSENED if longer else Effect.TIGHTENED
        return Step(ChangeKind.SCHEDULE, f"{words} {'lengthened' if longer else 'shortened'} from {length(old)} to {length(new)}", effect)
    kind = ChangeKind.WORDING if name == "do" else ChangeKind.SCHEDULE
    return Step(kind, f"{words}: {_plain(new)} instead of {_plain(old)}")


def _plain(value: Any) -> str:
    if isinstance(value, Duration):
        return length(value)
    if isinstance(value, tuple):
        return ", ".join(value) or "nothing"
    return MOMENTS.get(value, value) if value else "none"


def _says(old: Rule, new: Rule) -> Iterator[Step]:
    before, after = old.says, new.says
    if before is None or after is None:
        yield Step(ChangeKind.MEANING, "speaks no longer" if after is None else "speaks from now on")
        return
    yield from _says_more(before, after)


def _says_more(before: FlagSays, after: FlagSays) -> Iterator[Step]:
    if before.topic != after.topic:
        yield Step(ChangeKind.MEANING, f"speaks of {after.topic} instead of {before.topic}")
    if before.severity != after.severity:
        yield Step(ChangeKind.MEANING, f"speaks with the weight *{after.severity}* instead of *{before.severity}*")
    if before.option != after.option:
        words = {"": "no option", **OPTIONS}
        yield Step(ChangeKind.MEANING, f"stands for {words[after.option]} instead of {words[before.option]}")
    if before.effect != after.effect:
        yield Step(ChangeKind.WORDING, f"what happens: *{after.effect}* instead of *{before.effect}*")
    if before.consider != after.consider:
        yield Step(ChangeKind.MEANING, f"what to consider: *{after.consider}* instead of *{before.consider}*")


def _citations(old: Rule, new: Rule) -> Iterator[Step]:
    return diff_citations(old.citations, new.citations)


def diff_citations(old: tuple[Citation, ...], new: tuple[Citation, ...]) -> Iterator[Step]:
    """Which sources are cited anew, which no longer, which at another place."""
    for one in new:
        if one not in old:
            yield Step(ChangeKind.EVIDENCE, f"now rests on {_cited(one)}")
    for one in old:
        if one not in new:
            yield Step(ChangeKind.EVIDENCE, f"no longer rests on {_cited(one)}")
    if old != new and set(old) == set(new):
        yield Step(ChangeKind.EVIDENCE, "its sources stand in another order or number")


def _cited(citation: Citation) -> str:
    source = SOURCES.get(citation.source)
    return f"{source.citation if source else citation.source} ({citation.locator})"


def _grade(old: Rule, new: Rule) -> Iterator[Step]:
    yield Step(ChangeKind.EVIDENCE, f"evidence graded {new.grade} instead of {old.grade}")


def _kind(old: Rule, new: Rule) -> Iterator[Step]:
    yield Step(ChangeKind.MEANING, f"is a {new.kind} instead of a {old.kind}")


def _guards(old: Rule, new: Rule) -> Iterator[Step]:
    before, after = (_lower(say_guard(one.guards)) if one.guards else "it guards nothing." for one in (old, new))
    yield Step(ChangeKind.MEANING, f"{after} Before: {before}")


def _wording(words: str, name: str) -> Callable[[Rule, Rule], Iterator[Step]]:
    def tell(old: Rule, new: Rule) -> Iterator[Step]:
        yield Step(ChangeKind.WORDING, f"{words}: *{getattr(new, name)}* instead of *{getattr(old, name)}*")

    return tell


TELL: dict[str, Callable[[Rule, Rule], Iterator[Step]]] = {
    "kind": _kind, "level": _level, "guards": _guards, "while_": _while, "applies": _applies, "condition": _condition, "schedule": _schedule, "says": _says,
    "override": _override, "citations": _citations, "grade": _grade, "title": _wording("title", "title"), "rationale": _wording("rationale", "rationale"),
    "not_considered": _wording("what is not considered", "not_considered"),
}  # fmt: skip
"""Each field of a rule with how its change is told; `id` pairs the rules, `file` and `line` are told for all rules at once."""
