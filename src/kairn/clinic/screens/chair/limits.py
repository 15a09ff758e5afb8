"""The protocol's limits at one visit: as lines on a lane and words on paper, and as the mark of a value that meets one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Literal

from kairn.clinic.screens.chair.single import leaves, limits_alone, passes
from kairn.clinic.screens.lanes import Limit
from kairn.clinic.screens.visit.holds import LEVELS, asked_by
from kairn.clinic.screens.visit.seat import Seat
from kairn.library.facts import FACTS
from kairn.pathway.weigh import weigh
from kairn.protocol.conditions import Condition, Not
from kairn.protocol.rule import RuleKind
from kairn.terms.answer import Answer

EDGES: dict[str, tuple[Literal["above", "below"], str, str]] = {
    "from": ("above", "{}", "{} or more"), "to": ("below", "{}", "{} or less"), "above": ("above", "over {}", "over {}"),
    "below": ("below", "under {}", "under {}"),
}  # fmt: skip
"""What a limit says of a value -> the side it lies on, and words for that on a lane and on paper."""


def limits(seat: Seat, fact: str) -> list[Limit]:
    """The protocol's limits for a fact in recovery, and in the infusion for every other phase, as lines on its lane.

    One at the end of what is plausible is none, since nothing lies beyond it.
    """
    phase = seat.visit.phase if seat.visit.phase == "recovery" else "infusion"
    found: dict[tuple[Decimal, str], Limit] = {}
    for rule in seat.protocol.rules if seat.protocol else ():
        if rule.kind is RuleKind.HOLD and rule.condition and rule.level and phase in (rule.while_.phases or (phase,)):
            asks = asked_by(rule.level.value, phase).lower()
            for edge in edges_of(rule.condition, fact):
                if edge.at not in FACTS[fact].plausible:
                    found.setdefault((edge.at, edge.told), replace(edge, words=f"{asks} {edge.words}", told=f"{asks} {edge.told}"))
    return list(found.values())


def edges_of(condition: Condition, fact: str) -> Iterator[Limit]:
    """Where the values of a fact that meet a part of a condition begin: with that number itself, or only beyond it."""
    for limit in (found for leaf in leaves(condition) for found in limits_alone(leaf) if found["fact"] == fact):
        stretch = "{from} to {to}".format(**limit) if "from" in limit and "to" in limit else ""
        for key, (side, *said) in EDGES.items():
            if key in limit:
                short, full = (stretch or one.format(limit[key]) for one in said)
                yield Limit(Decimal(limit[key]), side, short, full)


def level(seat: Seat, fact: str, value: Decimal) -> str:
    """The mark of the strongest hold of which this value meets a part by itself, or may."""
    for hold in seat.standing.holds:
        verdict = hold.verdict
        asked = leaves(verdict.rule.condition) if verdict.rule.condition else ()
        if verdict.visit == seat.visit.id and verdict.answer is Answer.YES and any(_meets(seat, leaf, fact, value) for leaf in asked):
            return LEVELS[hold.level.value]
    return ""


def _meets(seat: Seat, leaf: Condition, fact: str, value: Decimal) -> bool:
    """Whether a value passes the limit in a single question, or the rules do not say no to one that asks more of its fact, such as a change."""
    if getattr(leaf.of if isinstance(leaf, Not) else leaf, "fact", "") != fact:
        return False
    alone = list(limits_alone(leaf))
    return any(passes(value, limit) for limit in alone) if alone else weigh(leaf, seat.watched, seat.visit).answer is not Answer.NO
