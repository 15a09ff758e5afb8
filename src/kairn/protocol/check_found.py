"""What the checks share: a fault with its place and its rule, and the values a rule shuts out."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kairn.library.facts import FACTS
from kairn.protocol.conditions import Condition
from kairn.protocol.ladder import Value, holds, limits_of
from kairn.protocol.rule import Protocol, Rule, RuleKind
from kairn.terms.problem import Problem

Check = Callable[[Protocol], Iterator[Problem]]
"""One check. Its docstring is what it looks for, in words for the author of a protocol."""


def fault(rule: Rule, seen: str, expected: str, mend: str) -> Problem:
    """A fault of one rule."""
    return Problem(seen, expected, mend, f"{rule.file}, line {rule.line}, rule {rule.id}")


def head_fault(protocol: Protocol, part: str, seen: str, expected: str, mend: str) -> Problem:
    """A fault of the head of a protocol."""
    return Problem(seen, expected, mend, f"{protocol.id} {protocol.version}, protocol.yaml, {part}")


def gates(protocol: Protocol, guards: str = "") -> Iterator[Rule]:
    """All gates, or those of one move."""
    return (rule for rule in protocol.rules if rule.kind is RuleKind.GATE and guards in ("", rule.guards))


def probes(fact: str, *rules: Rule) -> tuple[Value, ...]:
    """Values of a fact between which rules can tell: every choice, or each limit with its neighbours and the ends of what is plausible."""
    known = FACTS[fact]
    if known.kind != "measure":
        return known.choices
    low, high = known.plausible
    near = {low, high, *(limit + shift * known.step for limit in limits_of(rules, fact) for shift in (-1, 0, 1))}
    return tuple(sorted(value for value in near if low <= value <= high))


def met(condition: Condition | None, fact: str, values: tuple[Value, ...], *, answer: bool = True) -> frozenset[Value]:
    """The values with which a condition holds (or does not), whatever else is known."""
    return frozenset(value for value in values if condition is not None and holds(condition, fact, value) is answer)
