"""Read what an instrument makes of its scales: bands, levels, flags, blanks, and changes."""

from __future__ import annotations

from itertools import pairwise

from kairn.instruments.read_cited import read_cited
from kairn.instruments.read_items import amount, truth
from kairn.instruments.read_where import Keys, read_where
from kairn.instruments.shapes import Band, ChangeKind, ChangeRule, Cited, FlagRule, Level, Missing, Scale
from kairn.library.reader import Node
from kairn.terms.numbers import plain_text

MISSING = ("all", "prorate")


def read_bands(node: Node | None, scales: dict[str, Scale]) -> tuple[tuple[Band, ...], Cited | None]:
    """The bands of the total, which touch each other and fill its range, and their source. Raises Unreadable."""
    if node is None:
        return (), None
    fields = node.fields(("source", "of"))
    bands = tuple(_band(entry) for entry in fields["of"].items())
    if "total" not in scales:
        raise node.fault("bands without a total", "a scale named total", "Name it or remove the bands.")
    total = scales["total"]
    ends = [bands[0].low == total.low, bands[-1].high == total.high, *(after.low == before.high + total.step for before, after in pairwise(bands))]
    if not all(ends) or any(band.low > band.high for band in bands):
        whole = f"{plain_text(total.low)} to {plain_text(total.high)}"
        raise node.fault("bands with a gap or an overlap", f"bands that fill {whole} in steps of {plain_text(total.step)}", "Correct their ends.")
    return bands, read_cited(fields["source"])


def _band(entry: Node) -> Band:
    fields = entry.fields(("band", "from", "to"))
    return Band(fields["band"].text(), amount(fields["from"]), amount(fields["to"]))


def read_levels(node: Node | None, keys: Keys, scales: dict[str, Scale]) -> tuple[tuple[Level, ...], Cited | None]:
    """The rows of a triage table, the last one without `where`, and their source. Raises Unreadable."""
    if node is None:
        return (), None
    fields = node.fields(("source", "of"))
    levels = tuple(_level(entry, keys, scales) for entry in fields["of"].items())
    if [level.where is None for level in levels] != [False] * (len(levels) - 1) + [True]:
        raise node.fault("levels of which another than the last holds always", "`where` in each level but the last", "Correct the order.")
    return levels, read_cited(fields["source"])


def _level(entry: Node, keys: Keys, scales: dict[str, Scale]) -> Level:
    fields = entry.fields(("level",), ("where", "own_wording"))
    return Level(fields["level"].text(), read_where(fields["where"], keys, scales) if "where" in fields else None, truth(fields, "own_wording"))


def read_flags(node: Node | None, keys: Keys, scales: dict[str, Scale]) -> dict[str, FlagRule]:
    """The flags by name. Raises Unreadable."""
    found = [_flag(entry, keys, scales) for entry in node.items()] if node else []
    taken = {"total", "band", *scales}
    for flag in found:
        if node and (flag.name in taken or taken.add(flag.name)):  # type: ignore[func-returns-value]
            raise node.fault(f"the name {flag.name!r} twice", "one name for one thing", "Rename the flag.")
    return {flag.name: flag for flag in found}


def _flag(entry: Node, keys: Keys, scales: dict[str, Scale]) -> FlagRule:
    fields = entry.fields(("flag", "label", "where", "source"), ("safety",))
    where = read_where(fields["where"], keys, scales)
    return FlagRule(fields["flag"].text(), fields["label"].text(), where, truth(fields, "safety"), read_cited(fields["source"]))


def read_missing(node: Node, scales: dict[str, Scale]) -> Missing:
    """What blanks do, under the choice taken. Raises Unreadable."""
    entries = node.items()
    if len(entries) != 1:
        raise node.fault(f"{len(entries)} rules for blanks at once", "exactly one under each choice", "Give each its `if`.")
    fields = entries[0].fields(("rule", "label", "source"), ("at_most", "scales"))
    rule = fields["rule"].text()
    if rule not in MISSING or (rule == "prorate") != ("at_most" in fields and "scales" in fields):
        raise node.fault(f"the rule {rule!r}", "all, or prorate with at_most and scales", "Correct it.")
    named = fields["scales"].texts() if "scales" in fields else ()
    if not set(named) <= set(scales):
        raise node.fault(f"the scales {', '.join(named)}", f"of {', '.join(scales)}", "Correct their names.")
    return Missing(rule, fields["label"].text(), read_cited(fields["source"]), int(amount(fields["at_most"])) if "at_most" in fields else 0, named)


def read_changes(node: Node | None, scales: dict[str, Scale]) -> tuple[ChangeRule, ...]:
    """The rules of change, in order. Raises Unreadable."""
    return tuple(_change(entry, scales) for entry in node.items()) if node else ()


def _change(entry: Node, scales: dict[str, Scale]) -> ChangeRule:
    fields = entry.fields(("rule", "label", "source"), (*ChangeKind, "scale"))
    kinds = [kind for kind in ChangeKind if kind in fields]
    scale = fields["scale"].text() if "scale" in fields else "total"
    if len(kinds) != 1 or scale not in scales:
        raise entry.fault(f"{len(kinds)} amounts of {scale!r}", f"one of {', '.join(ChangeKind)}, of a scale of this file", "Correct it.")
    return ChangeRule(fields["rule"].text(), fields["label"].text(), kinds[0], amount(fields[kinds[0]]), scale, read_cited(fields["source"]))
