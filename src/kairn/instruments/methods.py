"""The closed set of scoring methods: the numbers of a scale's items in, one number out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby

from kairn.instruments.shapes import Item, Method, Scale

Interval = tuple[Decimal, Decimal]


def scale_value(scale: Scale, numbers: Mapping[str, Decimal]) -> Decimal:
    """The scale of these numbers (item key -> number, turned where the scale reverses it), rounded half up to the scale's step."""
    taken = {key: numbers[key] for key in scale.items if key in numbers}
    return _to_step(_method(scale, taken) * scale.times, scale.step)


def _method(scale: Scale, numbers: Mapping[str, Decimal]) -> Decimal:
    values = list(numbers.values())
    match scale.method:
        case Method.SUM | Method.UNKNOWNS:
            return sum(values, Decimal(0))
        case Method.MEAN:
            return sum(values, Decimal(0)) / len(values)
        case Method.COUNT:
            return Decimal(sum(numbers[key] >= amount for key, amount in scale.thresholds if key in numbers))
        case Method.DOMAIN_MAX:
            return sum((max(numbers[key] for key in group) for group in scale.groups), Decimal(0))
        case Method.SHARE_ZERO:
            return Decimal(sum(value == 0 for value in values)) / len(values)
        case Method.LONGEST_ZERO:
            return Decimal(_longest_zero(values))


def _longest_zero(values: Sequence[Decimal]) -> int:
    return max((len(list(run)) for at_zero, run in groupby(values, lambda value: value == 0) if at_zero), default=0)


def _to_step(value: Decimal, step: Decimal) -> Decimal:
    return (value / step).quantize(Decimal(1), rounding=ROUND_HALF_UP) * step


def turned(scale: Scale, item: Item, number: Decimal) -> Decimal:
    """The item's number as the scale takes it: a reversed item is counted from its other end."""
    return item.lowest + item.highest - number if item.key in scale.reversed else number


def reach(scale: Scale, items: Mapping[str, Item], known: Mapping[str, Decimal]) -> Interval:
    """The least and the most the scale can be when the numbers that are not known may be anything their items offer.

    `known`: numbers as the scale takes them (already turned). Every method is monotone, so the two ends are enough.
    """
    ends = [scale_value(scale, {key: known.get(key, end(items[key])) for key in scale.items}) for end in (_lowest, _highest)]
    return min(ends), max(ends)


def _lowest(item: Item) -> Decimal:
    return item.lowest


def _highest(item: Item) -> Decimal:
    return item.highest
