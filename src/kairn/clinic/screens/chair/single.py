"""The single questions a condition asks, and the values of one fact that answer one of them yes."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from kairn.library.facts import FACTS
from kairn.protocol.conditions import AnyOf, AtLeast, AtMost, Between, Condition, EveryOf, Is, Not, Repeated, SomeOf
from kairn.terms.numbers import plain_text
from kairn.terms.quantity import Quantity

SIDES = {"from": operator.ge, "to": operator.le, "below": operator.lt, "above": operator.gt}
"""How a measured value stands to each number of a limit that it meets."""


def leaves(condition: Condition) -> Iterator[Condition]:
    """Each single question of a condition, under a `not` where the opposite of it is asked."""
    match condition:
        case EveryOf(of=parts) | AnyOf(of=parts) | SomeOf(of=parts):
            for part in parts:
                yield from leaves(part)
        case Not(of=EveryOf(of=parts) | AnyOf(of=parts) | SomeOf(of=parts)):
            for part in parts:
                yield from leaves(Not(part))
        case Not(of=Repeated(of=inner)):
            yield from leaves(Not(inner))
        case Repeated(of=inner) | Not(of=Not(of=inner)):
            yield from leaves(inner)
        case _:
            yield condition


def limits_alone(condition: Condition) -> Iterator[dict[str, Any]]:
    """The values that meet a condition by themselves: from, to, below, above, or one of these; none of a condition that asks for more than one value."""
    match condition:
        case AnyOf(of=parts):
            for part in parts:
                yield from limits_alone(part)
        case AtLeast(fact=fact, limit=limit):
            yield {"fact": fact, "from": _number(fact, limit)}
        case AtMost(fact=fact, limit=limit):
            yield {"fact": fact, "to": _number(fact, limit)}
        case Between(fact=fact, low=low, high=high):
            yield {"fact": fact, "from": _number(fact, low), "to": _number(fact, high)}
        case Is(fact=fact, values=values):
            yield {"fact": fact, "is": list(values)}
        case Not(of=inner):
            yield from _opposite(inner)


def _opposite(condition: Condition) -> Iterator[dict[str, Any]]:
    """The values by which a condition does not hold, where one value alone can tell."""
    match condition:
        case AtLeast(fact=fact, limit=limit):
            yield {"fact": fact, "below": _number(fact, limit)}
        case AtMost(fact=fact, limit=limit):
            yield {"fact": fact, "above": _number(fact, limit)}
        case Between(fact=fact, low=low, high=high):
            yield {"fact": fact, "below": _number(fact, low)}
            yield {"fact": fact, "above": _number(fact, high)}
        case Is(fact=fact, values=values):
            yield {"fact": fact, "is": [choice for choice in FACTS[fact].choices if choice not in values]}


def _number(fact: str, limit: Quantity) -> str:
    """A limit in the unit of its fact, without the unit."""
    exact = limit.to(FACTS[fact].unit)
    return plain_text(Decimal(exact.numerator) / Decimal(exact.denominator))


def passes(value: Decimal, limit: Mapping[str, Any]) -> bool:
    """Whether a measured value meets a limit."""
    return all(stands(value, Decimal(limit[side])) for side, stands in SIDES.items() if side in limit)
