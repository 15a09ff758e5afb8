"""Read the items of an instrument with the answers they offer; nothing unknown, doubled or unlabelled passes."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from kairn.instruments.read_where import Keys, key_of, read_where
from kairn.instruments.shapes import Item, Option, plain_key
from kairn.library.reader import Node
from kairn.terms.numbers import parameter, plain_text

UNKNOWN = "unknown"
_ITEM_MAY = ("label", "number", "also", "loinc", "optional", "asked_when", "fixed", "shown", "measure", "ends_suffice")
Offer = tuple[tuple[Option, ...], str, str]
"""The options, and the words at the low and at the high end of a range."""


def amount(node: Node) -> Decimal:
    """A number of the file. Raises Unreadable."""
    return parameter(node.text(), node.where)


def said(fields: dict[str, Node], name: str) -> str:
    """A text of the file, empty where it is not given."""
    return fields[name].text() if name in fields else ""


def truth(fields: dict[str, Node], name: str, unless: bool = False) -> bool:
    """A yes or no of the file. Raises Unreadable."""
    if name not in fields:
        return unless
    if fields[name].text() not in ("yes", "no"):
        raise fields[name].fault(f"{fields[name].text()!r}", "yes or no", "Write one of them.")
    return fields[name].text() == "yes"


def read_offers(node: Node) -> dict[str, Offer]:
    """The named lists of options. Raises Unreadable."""
    return {name: _offer(entry) for name, entry in node.mapping().items()}


def _offer(node: Node) -> Offer:
    if isinstance(node.value, dict):
        fields = node.fields(("range",), ("step", "low", "high"))
        low, high = (amount(end) for end in fields["range"].items())
        step = amount(fields["step"]) if "step" in fields else Decimal(1)
        return tuple(_stepped(low, high, step)), said(fields, "low"), said(fields, "high")
    options = tuple(_option(entry) for entry in node.items())
    if len({option.value for option in options}) != len(options) or len(options) < 2:
        raise node.fault("a value twice, or fewer than two", "at least two different values", "Correct the options.")
    return options, "", ""


def _stepped(low: Decimal, high: Decimal, step: Decimal) -> Iterator[Option]:
    while low <= high:
        yield Option(plain_text(low), "", low)
        low += step


def _option(entry: Node) -> Option:
    fields = entry.fields(("value",), ("label", "loinc", "below", "up_to"))
    text = fields["value"].text()
    bound = fields.get("below") or fields.get("up_to")
    return Option(
        value=text,
        label=said(fields, "label"),
        number=None if text == UNKNOWN else amount(fields["value"]),
        loinc=said(fields, "loinc"),
        bound=amount(bound) if bound else None,
        included="up_to" in fields,
    )


def read_items(node: Node, offers: dict[str, Offer]) -> tuple[Item, ...]:
    """The items in their order. Raises Unreadable with the line of the fault."""
    listed = _numbered(node, offers) if isinstance(node.value, dict) else _listed(node, offers)
    names = [name for item in listed for name in {plain_key(name) for name in (item.key, f"q{item.number}", *item.also)}]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise node.fault(f"the item name {twice[0]!r} twice", "each name once", "Rename one of the items.")
    return listed


def _numbered(node: Node, offers: dict[str, Offer]) -> tuple[Item, ...]:
    fields = node.fields(("numbered", "options"), ("label",))
    options, low, high = _offered(fields["options"], offers)
    label = said(fields, "label")
    return tuple(
        Item(f"q{n}", str(n), label.replace("{n}", str(n)), options, low_end=low, high_end=high) for n in range(1, int(amount(fields["numbered"])) + 1)
    )


def _listed(node: Node, offers: dict[str, Offer]) -> tuple[Item, ...]:
    keys: Keys = {}
    found: list[Item] = []
    for place, entry in enumerate(node.items(), start=1):
        item = _item(entry, str(place), offers, keys)
        keys |= {plain_key(name): item.key for name in (item.key, f"q{item.number}", *item.also)}
        found.append(item)
    return tuple(found)


def _item(entry: Node, place: str, offers: dict[str, Offer], keys: Keys) -> Item:
    fields = entry.fields(("item", "options"), _ITEM_MAY)
    options, low, high = _offered(fields["options"], offers)
    fixed = said(fields, "fixed")
    if fixed and fixed not in {option.value for option in options}:
        raise fields["fixed"].fault(f"{fixed!r}", "one of the item's own values", "Correct it.")
    return Item(
        key=fields["item"].text(),
        number=said(fields, "number") or place,
        label=said(fields, "label"),
        options=options,
        also=fields["also"].texts() if "also" in fields else (),
        loinc=said(fields, "loinc"),
        optional=truth(fields, "optional"),
        asked_when=read_where(fields["asked_when"], keys, {}) if "asked_when" in fields else None,
        fixed=fixed,
        shown=truth(fields, "shown", unless=True),
        measure=said(fields, "measure"),
        ends_suffice=truth(fields, "ends_suffice"),
        low_end=low,
        high_end=high,
    )


def _offered(node: Node, offers: dict[str, Offer]) -> Offer:
    if node.text() not in offers:
        raise node.fault(f"the options {node.text()!r}", f"one of {', '.join(offers)}", "Correct the name or add the list.")
    return offers[node.text()]


def read_keys(node: Node, keys: Keys, default: tuple[str, ...]) -> tuple[str, ...]:
    """Items by name: `all`, a list of names, or stretches such as `q1..q5`. Raises Unreadable."""
    if node.value == "all":
        return default
    order = list(dict.fromkeys(keys.values()))
    return tuple(key for part in (node.items() if isinstance(node.value, list) else [node]) for key in _stretch(part, keys, order))


def _stretch(node: Node, keys: Keys, order: list[str]) -> list[str]:
    first, _, latest = node.text().partition("..")
    start = order.index(key_of(node, first, keys))
    return order[start : order.index(key_of(node, latest or first, keys)) + 1]
