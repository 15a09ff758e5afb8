"""A condition taken apart into itself and every condition inside it."""

from __future__ import annotations

from collections.abc import Iterator

from kairn.protocol.conditions import AnyOf, Condition, EveryOf, Not, Repeated, SomeOf
from kairn.protocol.rule import Rule


def parts_of(condition: Condition) -> Iterator[Condition]:
    """The condition and every condition inside it."""
    yield condition
    match condition:
        case EveryOf(of) | AnyOf(of) | SomeOf(_, of):
            for inner in of:
                yield from parts_of(inner)
        case Not(inner) | Repeated(inner):
            yield from parts_of(inner)
        case _:
            return


def conditions_of(rule: Rule) -> Iterator[Condition]:
    """Every condition a rule holds, of what it applies to and of what it asks."""
    for condition in (rule.applies, rule.condition):
        if condition:
            yield from parts_of(condition)
