"""Read the scales of an instrument, and see that the range they state is the one their items give."""

from __future__ import annotations

from decimal import Decimal

from kairn.instruments.methods import reach
from kairn.instruments.read_items import amount, read_keys
from kairn.instruments.read_items import said as told
from kairn.instruments.read_where import Keys, key_of, read_where
from kairn.instruments.shapes import Item, Method, Scale
from kairn.library.reader import Node
from kairn.terms.numbers import plain_text

HIGHER = ("worse", "better", "neither")
UNKNOWN_AS = ("none", "left-out", "highest")
_MAY = ("items", "reversed", "threshold", "thresholds", "groups", "times", "step", "only_when", "otherwise", "unknown", "loinc")


def read_scale(entry: Node, items: dict[str, Item], keys: Keys, required: tuple[str, ...]) -> Scale:
    """One scale. Raises Unreadable with the line of the fault."""
    fields = entry.fields(("scale", "label", "method", "range", "higher"), _MAY)
    groups = tuple(read_keys(group, keys, ()) for group in fields["groups"].items()) if "groups" in fields else ()
    of = tuple(key for group in groups for key in group) if groups else read_keys(fields["items"], keys, required) if "items" in fields else required
    low, high = (amount(end) for end in fields["range"].items())
    scale = Scale(
        name=fields["scale"].text(),
        label=fields["label"].text(),
        method=Method(_one_of(fields["method"], tuple(Method))),
        items=of,
        low=low,
        high=high,
        step=amount(fields["step"]) if "step" in fields else Decimal(1),
        higher=_one_of(fields["higher"], HIGHER),
        reversed=frozenset(read_keys(fields["reversed"], keys, ())) if "reversed" in fields else frozenset(),
        thresholds=_thresholds(fields, of, keys),
        groups=groups,
        times=amount(fields["times"]) if "times" in fields else Decimal(1),
        only_when=read_where(fields["only_when"], keys, {}) if "only_when" in fields else None,
        otherwise=amount(fields["otherwise"]) if "otherwise" in fields else None,
        unknown=_one_of(fields["unknown"], UNKNOWN_AS) if "unknown" in fields else "none",
        loinc=told(fields, "loinc"),
    )
    _check(entry, scale, items)
    return scale


def _one_of(node: Node, choices: tuple[str, ...]) -> str:
    if node.text() not in choices:
        raise node.fault(f"{node.text()!r}", f"one of {', '.join(choices)}", "Choose one.")
    return node.text()


def _thresholds(fields: dict[str, Node], of: tuple[str, ...], keys: Keys) -> tuple[tuple[str, Decimal], ...]:
    if "threshold" not in fields:
        return ()
    usual = amount(fields["threshold"])
    own = {key_of(node, name, keys): amount(node) for name, node in fields["thresholds"].mapping().items()} if "thresholds" in fields else {}
    return tuple((key, own.get(key, usual)) for key in of)


def _check(entry: Node, scale: Scale, items: dict[str, Item]) -> None:
    if len(set(scale.items)) != len(scale.items) or not scale.items:
        raise entry.fault("an item twice in a scale, or none", "each item once", "Correct the items.")
    if any(items[key].optional for key in scale.items):
        raise entry.fault("an item in a scale that may be left out", "only items an answering needs", "A blank is never a zero: take it out or make it needed.")
    if (scale.method is Method.COUNT) != bool(scale.thresholds) or (scale.method is Method.DOMAIN_MAX) != bool(scale.groups):
        raise entry.fault(f"the method {scale.method}", "a threshold with count and only there, groups with domain-max and only there", "Correct it.")
    if (scale.only_when is None) != (scale.otherwise is None):
        raise entry.fault("one of only_when and otherwise", "both or neither", "Add the other.")
    low, high = possible(scale, items)
    if (low, high) != (scale.low, scale.high):
        said, found = (f"{plain_text(least)} to {plain_text(most)}" for least, most in ((scale.low, scale.high), (low, high)))
        raise entry.fault(f"the range {said}", f"{found}, which its items give", "Correct the range or the options.")


def possible(scale: Scale, items: dict[str, Item]) -> tuple[Decimal, Decimal]:
    """The least and the most the scale can be over every answering."""
    if scale.method is Method.UNKNOWNS:
        return Decimal(0), Decimal(len(scale.items))
    low, high = reach(scale, items, {})
    outside = [scale.otherwise] if scale.otherwise is not None else []
    return min([low, *outside]), max([high, *outside])
