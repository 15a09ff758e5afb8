"""Weigh one condition on one ground: an answer, what it rests on, and when it may change by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import assert_never

from kairn.pathway.ground import Ground
from kairn.pathway.standing import Visit
from kairn.pathway.weigh_facts import weigh_age, weigh_band, weigh_change, weigh_choice, weigh_comparison, weigh_known, weigh_repeated
from kairn.pathway.weigh_record import weigh_count, weigh_given, weigh_happened, weigh_listed, weigh_since, weigh_since_use, weigh_unrecognised
from kairn.pathway.weighed import Weighed
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
from kairn.protocol.rule import Rule, Severity
from kairn.terms.answer import Answer, any_of, every

ORDER = tuple(Severity)


def weigh(condition: Condition, ground: Ground, visit: Visit | None) -> Weighed:
    """Weigh a condition for a visit, or for the course when visit is None."""
    match condition:
        case AtMost() | AtLeast() | Between():
            return weigh_comparison(condition, ground, visit)
        case Is():
            return weigh_choice(condition, ground, visit)
        case Band():
            return weigh_band(condition, ground, visit)
        case Known():
            return weigh_known(condition, ground, visit)
        case Change():
            return weigh_change(condition, ground, visit)
        case Repeated():
            return weigh_repeated(condition, ground, visit)
        case Listed():
            return weigh_listed(condition, ground)
        case Unrecognised():
            return weigh_unrecognised(condition, ground)
        case Age():
            return weigh_age(condition, ground)
        case Since():
            return weigh_since(condition, ground, visit)
        case SinceUse():
            return weigh_since_use(condition, ground)
        case Given():
            return weigh_given(condition, ground, visit)
        case Happened():
            return weigh_happened(condition, ground, visit)
        case Count():
            return weigh_count(condition, ground)
        case Flagged(topic, severity):
            return _join(any_of, (speaks(rule, ground, visit) for rule in flags_of(ground, topic, Severity(severity))))
        case EveryOf(of):
            return _join(every, (weigh(inner, ground, visit) for inner in of))
        case AnyOf(of):
            return _join(any_of, (weigh(inner, ground, visit) for inner in of))
        case SomeOf(wanted, of):
            return _join(_at_least(wanted), (weigh(inner, ground, visit) for inner in of))
        case Not(of):
            inner = weigh(of, ground, visit)
            return Weighed(~inner.answer, inner.findings, inner.changes)
        case _:
            assert_never(condition)


def flags_of(ground: Ground, topic: str, severity: Severity) -> list[Rule]:
    """The protocol's flags of a topic with at least this severity, wherever the person stands: a gate asks for all of them."""
    return [rule for rule in ground.protocol.rules if rule.says and rule.says.topic == topic and ORDER.index(rule.says.severity) >= ORDER.index(severity)]


def speaks(flag: Rule, ground: Ground, visit: Visit | None) -> Weighed:
    """Whether a flag applies and its condition holds."""
    asked = flag.id, visit.id if visit else None
    if asked not in ground.heard:
        ground.heard[asked] = _join(every, (weigh(part, ground, visit) for part in (flag.applies, flag.condition) if part))
    return ground.heard[asked]


def raised(people: Weighed, watched: Weighed) -> Weighed:
    """A hold as people's readings answer it, or raised by what a device shows: a device can say yes, and never no."""
    changes = people.changes + watched.changes
    return Weighed(Answer.YES, watched.findings, changes) if watched.answer is Answer.YES else Weighed(people.answer, people.findings, changes)


def _join(combine: Callable[[Iterable[Answer]], Answer], parts: Iterable[Weighed]) -> Weighed:
    held = list(parts)
    return Weighed(combine([p.answer for p in held]), tuple(f for p in held for f in p.findings), tuple(c for p in held for c in p.changes))


def _at_least(wanted: int) -> Callable[[Iterable[Answer]], Answer]:
    """Yes when so many are yes; no when too few could still be; otherwise unknown."""

    def combine(answers: Iterable[Answer]) -> Answer:
        seen = list(answers)
        sure, possible = seen.count(Answer.YES), len(seen) - seen.count(Answer.NO)
        return Answer.of(True if sure >= wanted else False if possible < wanted else None)

    return combine
