"""Whether a statement about items and scales holds in one answering: yes, no, or unknown where a blank could turn it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import assert_never

from kairn.instruments.answers import State
from kairn.instruments.shapes import AnyWhere, EveryWhere, Item, ItemAtLeast, ScaleAtLeast, ScaleAtMost, Skipped, Where
from kairn.terms.answer import Answer, any_of, every


@dataclass(frozen=True)
class Measured:
    """One scale of one answering: its value where it has one, and the least and most it can be whatever the blanks hold."""

    value: Decimal | None
    low: Decimal
    high: Decimal


@dataclass(frozen=True)
class Ground:
    """What a statement is held against. `finished` False: a blank may only be not reached yet, so nothing counts as skipped."""

    states: Mapping[str, State]
    scales: Mapping[str, Measured]
    finished: bool = True


def holds(where: Where, ground: Ground) -> Answer:
    """Whether the statement holds."""
    match where:
        case ItemAtLeast(key, amount):
            return _item_at_least(ground.states[key], amount)
        case ScaleAtLeast(name, amount):
            return _scale_at_least(ground.scales[name], amount)
        case ScaleAtMost(name, amount):
            return _scale_at_most(ground.scales[name], amount)
        case Skipped(keys):
            return any_of(_skipped(ground.states[key], ground.finished) for key in keys)
        case AnyWhere(of):
            return any_of(holds(part, ground) for part in of)
        case EveryWhere(of):
            return every(holds(part, ground) for part in of)
        case _:
            assert_never(where)


def _item_at_least(state: State, amount: Decimal) -> Answer:
    if state.number is not None:
        return Answer.of(state.number >= amount)
    if not state.value and state.asked is Answer.NO:
        return Answer.NO
    return _certain(state.item, amount)


def _certain(item: Item, amount: Decimal) -> Answer:
    if item.lowest >= amount:
        return Answer.YES
    return Answer.NO if item.highest < amount else Answer.UNKNOWN


def _scale_at_least(scale: Measured, amount: Decimal) -> Answer:
    """A prorated value may raise; only a total that no blank could lift may clear."""
    if scale.low >= amount or (scale.value is not None and scale.value >= amount):
        return Answer.YES
    return Answer.NO if scale.high < amount else Answer.UNKNOWN


def _scale_at_most(scale: Measured, amount: Decimal) -> Answer:
    if scale.high <= amount:
        return Answer.YES
    return Answer.NO if scale.low > amount else Answer.UNKNOWN


def _skipped(state: State, finished: bool) -> Answer:
    if state.value or state.asked is Answer.NO:
        return Answer.NO
    return Answer.YES if finished and state.asked is Answer.YES else Answer.UNKNOWN
