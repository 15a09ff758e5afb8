"""Read the small closed grammar in which flags, levels and follow-up questions say when they hold."""

from __future__ import annotations

from collections.abc import Mapping

from kairn.instruments.shapes import AnyWhere, EveryWhere, ItemAtLeast, ScaleAtLeast, ScaleAtMost, Skipped, Where, plain_key
from kairn.library.reader import Node
from kairn.terms.numbers import parameter

Keys = dict[str, str]
"""Every plain spelling of an item's names -> its key."""


def key_of(node: Node, name: str, keys: Keys) -> str:
    """The key of a named item. Raises Unreadable."""
    if plain_key(name) not in keys:
        raise node.fault(
            f"the item {name!r}", f"one of {', '.join(dict.fromkeys(keys.values()))}", "Correct the name; an item may only speak of those before it."
        )
    return keys[plain_key(name)]


def read_where(node: Node, keys: Keys, scales: Mapping[str, object]) -> Where:
    """A statement about items and scales. Raises Unreadable for a name or a shape it does not know."""
    found = node.mapping()
    if "any" in found:
        return AnyWhere(tuple(read_where(part, keys, scales) for part in node.fields(("any",))["any"].items()))
    if "every" in found:
        return EveryWhere(tuple(read_where(part, keys, scales) for part in node.fields(("every",))["every"].items()))
    if "skipped" in found:
        return Skipped(tuple(key_of(node, name, keys) for name in node.fields(("skipped",))["skipped"].texts()))
    return _comparison(node, keys, scales)


def _comparison(node: Node, keys: Keys, scales: Mapping[str, object]) -> Where:
    if "item" in node.mapping():
        fields = node.fields(("item", "at_least"))
        return ItemAtLeast(key_of(node, fields["item"].text(), keys), parameter(fields["at_least"].text(), node.where))
    fields = node.fields(("scale",), ("at_least", "at_most"))
    scale = fields["scale"].text()
    if scale not in scales or ("at_least" in fields) == ("at_most" in fields):
        raise node.fault(f"the scale {scale!r}", f"one of {', '.join(scales)} with either at_least or at_most", "Correct it.")
    kind, bound = (ScaleAtLeast, fields["at_least"]) if "at_least" in fields else (ScaleAtMost, fields["at_most"])
    return kind(scale, parameter(bound.text(), bound.where))
