"""Two versions of one condition, told apart in clinical words: which limit moved which way, what is asked anew and what no longer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from kairn.library.facts import FACTS
from kairn.protocol.conditions import AnyOf, AtLeast, AtMost, Between, Change, Condition, EveryOf, Not, Repeated, SomeOf
from kairn.protocol.phrases import amount
from kairn.protocol.say_clauses import Clause, subject_of
from kairn.protocol.say_rules import one_line, say_condition
from kairn.terms.quantity import Quantity
from kairn.terms.times import Duration


class ChangeKind(StrEnum):
    """What sort of change a line of a diff tells of."""

    LIMIT_RAISED = "limit-raised"
    LIMIT_LOWERED = "limit-lowered"
    CONDITION = "condition"
    WINDOW = "window"
    RULE_ADDED = "rule-added"
    RULE_REMOVED = "rule-removed"
    OVERRIDE = "override"
    SCHEDULE = "schedule"
    DOSE = "dose"
    CONSENT = "consent"
    COURSE = "course"
    MEANING = "meaning"
    EVIDENCE = "evidence"
    WORDING = "wording-only"
    PLACE = "place"
    CONTENT = "content"


class Effect(StrEnum):
    """Whether the protocol became stricter by it, where that can be said."""

    TIGHTENED = "tightened"
    LOOSENED = "loosened"
    NONE = ""


@dataclass(frozen=True)
class Step:
    """One difference inside a condition, without the rule it belongs to."""

    kind: ChangeKind
    said: str
    effect: Effect = Effect.NONE


@dataclass(frozen=True)
class Role:
    """What a condition is for, in words, and whether the rule is stricter the more often it holds."""

    limit: str
    strict: bool

    def flipped(self) -> Role:
        """The same under a `not`."""
        return Role(self.limit, not self.strict)

    def effect(self, wider: bool) -> Effect:
        """What it does to the rule when the condition holds for more values than before."""
        return Effect.TIGHTENED if wider is self.strict else Effect.LOOSENED


def diff_condition(old: Condition | None, new: Condition | None, role: Role) -> Iterator[Step]:
    """Every difference between two conditions; nothing when they are equal."""
    if old == new:
        return
    if old is None or new is None:
        yield from (_asked(one, role, added=old is None) for one in (old, new) if one is not None)
    elif key_of(old) != key_of(new):
        yield Step(ChangeKind.CONDITION, f"{role.limit}: instead of *{_said(old)}* now *{_said(new)}*")
    else:
        yield from _versions(old, new, role)


def _versions(old: Condition, new: Condition, role: Role) -> Iterator[Step]:
    """Two versions of a condition of one shape that is about one thing."""
    if isinstance(old, EveryOf | AnyOf) and isinstance(new, EveryOf | AnyOf):
        yield from _children(old.of, new.of, role)
    elif isinstance(old, SomeOf) and isinstance(new, SomeOf):
        yield from _some(old, new, role)
    elif isinstance(old, Not) and isinstance(new, Not):
        yield from diff_condition(old.of, new.of, role.flipped())
    elif isinstance(old, Repeated) and isinstance(new, Repeated):
        yield from _repeated(old, new, role)
    elif isinstance(old, Clause) and isinstance(new, Clause):
        yield from _leaf(old, new, role)


def key_of(condition: Condition) -> tuple[str, ...]:
    """What a condition is about: two of the same key are versions of each other."""
    if isinstance(condition, Not | Repeated):
        return (type(condition).__name__, *key_of(condition.of))
    if isinstance(condition, EveryOf | AnyOf | SomeOf):
        return (type(condition).__name__,)
    return (type(condition).__name__, subject_of(condition))


def _children(old: tuple[Condition, ...], new: tuple[Condition, ...], role: Role) -> Iterator[Step]:
    gone, come = list(old), list(new)
    for same in old:
        if same in come:
            gone.remove(same)
            come.remove(same)
    if not gone and not come:
        yield Step(ChangeKind.WORDING, f"{role.limit}: the same conditions in another order")
    for before in tuple(gone):
        versions = [one for one in come if key_of(one) == key_of(before)]
        if versions:
            after = max(versions, key=lambda one, before=before: _alike(before, one))  # type: ignore[misc]
            gone.remove(before)
            come.remove(after)
            yield from diff_condition(before, after, role)
    yield from (_asked(one, role, added=False) for one in gone)
    yield from (_asked(one, role, added=True) for one in come)


def _alike(old: Condition, new: Condition) -> int:
    return sum(getattr(old, field.name) == getattr(new, field.name) for field in fields(old))


def _asked(condition: Condition, role: Role, *, added: bool) -> Step:
    return Step(ChangeKind.CONDITION, f"{role.limit}: {'now also' if added else 'no longer'} *{_said(condition)}*")


def _some(old: SomeOf, new: SomeOf, role: Role) -> Iterator[Step]:
    if old.at_least != new.at_least:
        said = f"{role.limit}: at least {new.at_least} of its conditions instead of {old.at_least}"
        yield Step(ChangeKind.CONDITION, said, role.effect(new.at_least < old.at_least))
    yield from _children(old.of, new.of, role)


def _repeated(old: Repeated, new: Repeated, role: Role) -> Iterator[Step]:
    if old.times != new.times:
        yield Step(ChangeKind.CONDITION, f"{role.limit}: on {new.times} readings in a row instead of {old.times}", role.effect(new.times < old.times))
    if old.apart != new.apart:
        yield _length(f"{role.limit}: time between the readings", old.apart, new.apart, Effect.NONE)
    if old.ever != new.ever:
        said = "any readings in a row count, not only the latest" if new.ever else "only the latest readings in a row count, not any"
        yield Step(ChangeKind.CONDITION, f"{role.limit}: {said}", role.effect(new.ever))
    yield from diff_condition(old.of, new.of, role)


def _leaf(old: Clause, new: Clause, role: Role) -> Iterator[Step]:
    for field in fields(old):
        before, after = getattr(old, field.name), getattr(new, field.name)
        if before != after:
            yield _field(old, field.name, before, after, role)


def _field(condition: Clause, name: str, old: Any, new: Any, role: Role) -> Step:
    if isinstance(old, Quantity) and isinstance(new, Quantity):
        return _limit(condition, name, old, new, role)
    if name in ("within", "window"):
        return _window(condition, old, new, role)
    if name == "this_visit":
        taken = "only what was taken at this visit counts" if new else "what was taken at an earlier visit counts too"
        return Step(ChangeKind.WINDOW, f"{role.limit} for {subject_of(condition)}: {taken}")
    return Step(ChangeKind.CONDITION, f"{role.limit} for {subject_of(condition)}: {_value(new)} instead of {_value(old)}")


def _limit(condition: Clause, name: str, old: Quantity, new: Quantity, role: Role) -> Step:
    side = {"low": "lower ", "high": "upper "}.get(name, "")
    unit = FACTS[condition.fact].unit if isinstance(condition, AtMost | AtLeast | Between) else new.unit
    same = new.unit == old.unit or _sizes(old, new, unit) is not None
    before, after = _sizes(old, new, unit) or (old.value, new.value)
    about = f"{side}{role.limit} for {subject_of(condition)}"
    if not same:
        return Step(ChangeKind.CONDITION, f"{about}: {amount(new)} instead of {amount(old)}")
    if before == after:
        return Step(ChangeKind.WORDING, f"{about}: written as {amount(new)} instead of {amount(old)}")
    raised = after > before
    kind = ChangeKind.LIMIT_RAISED if raised else ChangeKind.LIMIT_LOWERED
    return Step(kind, f"{about} {'raised' if raised else 'lowered'} {from_to(old, new)}", role.effect(raised is _wider_up(condition, name)))


def _wider_up(condition: Clause, name: str) -> bool:
    if isinstance(condition, Change):
        return not condition.at_least
    return isinstance(condition, AtMost) or name == "high"


def _sizes(old: Quantity, new: Quantity, unit: str) -> tuple[Any, Any] | None:
    try:
        return old.to(unit), new.to(unit)
    except ValueError:
        return None


def from_to(old: Quantity, new: Quantity) -> str:
    """`from 200 to 180 mmHg`; both with their units where these differ."""
    first = amount(old)
    if old.unit == new.unit:
        first = first.partition(" ")[0]
    return f"from {first} to {amount(new)}"


def _window(condition: Clause, old: Duration | None, new: Duration | None, role: Role) -> Step:
    about = f"{role.limit}: time for which {subject_of(condition)} counts"
    if old is None or new is None:
        return Step(ChangeKind.WINDOW, f"{about}: {new or 'without limit'} instead of {old or 'without limit'}")
    return _length(about, old, new, Effect.NONE)


def _length(about: str, old: Duration, new: Duration, effect: Effect) -> Step:
    if old.delta == new.delta:
        return Step(ChangeKind.WORDING, f"{about}: written as {new} instead of {old}")
    return Step(ChangeKind.WINDOW, f"{about} {'lengthened' if new.delta > old.delta else 'shortened'} from {old} to {new}", effect)


def _value(value: Any) -> str:
    if isinstance(value, tuple):
        return " or ".join(str(one).replace("-", " ") for one in value)
    return "nothing" if value is None or value == "" else str(value)


def _said(condition: Condition) -> str:
    return one_line(say_condition(condition))
