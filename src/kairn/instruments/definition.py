"""Read an instrument's file strictly, and hold every instrument of the library by its name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from reprlib import repr as brief

from kairn.instruments.read_cited import read_cited
from kairn.instruments.read_items import read_items, read_offers, said
from kairn.instruments.read_rules import read_bands, read_changes, read_flags, read_levels, read_missing
from kairn.instruments.read_scales import read_scale
from kairn.instruments.read_where import Keys
from kairn.instruments.shapes import Cited, Convention, Instrument, Item, Licence, Scale, plain_key
from kairn.library.reader import LIBRARY, Node, read_yaml
from kairn.terms.problem import unreadable

FOLDER = LIBRARY / "instruments"
NEEDS = ("instrument", "version", "title", "check_list", "purpose", "rater", "recall", "wording", "licence", "source", "options", "items", "scales", "missing")
MAY = ("also", "screens", "caution", "codes", "bands", "levels", "flags", "change", "conventions", "known_from")
RATERS = ("patient", "clinician", "observer")
TERMS = ("free", "public-domain", "clinical-use", "permission", "unclear", "own")
WORDINGS = ("own", "pack")


def read_instrument(root: Node, conventions: Mapping[str, str] | None = None) -> Instrument:
    """The file as an instrument, with these choices taken in its conventions and the defaults in the others. Raises Unreadable."""
    offered = _conventions(root)
    chosen = _chosen(offered, conventions or {}, root.file)
    node = _taken(root, offered, chosen)
    fields = node.fields(NEEDS, MAY)
    offers = read_offers(fields["options"])
    items = read_items(fields["items"], offers)
    by_key = {item.key: item for item in items}
    keys: Keys = {plain_key(name): item.key for item in items for name in (item.key, f"q{item.number}", *item.also)}
    required = tuple(item.key for item in items if not item.optional)
    scales = _scales(fields["scales"], by_key, keys, required)
    bands, bands_cited = read_bands(fields.get("bands"), scales)
    levels, levels_cited = read_levels(fields.get("levels"), keys, scales)
    found = Instrument(
        name=fields["instrument"].text(),
        version=fields["version"].text(),
        title=fields["title"].text(),
        check_list=fields["check_list"].text(),
        purpose=fields["purpose"].text(),
        rater=_one_of(fields["rater"], RATERS),
        recall=fields["recall"].text(),
        wording=_one_of(fields["wording"], WORDINGS),
        licence=_licence(fields["licence"]),
        cited=read_cited(fields["source"]),
        items=items,
        scales=scales,
        total="total" if "total" in scales else "",
        bands=bands,
        levels=levels,
        flags=read_flags(fields.get("flags"), keys, scales),
        missing=read_missing(fields["missing"], scales),
        changes=read_changes(fields.get("change"), scales),
        conventions=offered,
        chosen=chosen,
        also=fields["also"].texts() if "also" in fields else (),
        screens=_one_of(fields["screens"], ("suicide",)) if "screens" in fields else "",
        caution=said(fields, "caution"),
        codes={name: code.text() for name, code in fields["codes"].mapping().items()} if "codes" in fields else {},
        known_from=_known_from(fields.get("known_from")),
        bands_cited=bands_cited or levels_cited,
        sources=tuple(dict.fromkeys(_sources(root))),
    )
    _check_words(root, found)
    return found


def _one_of(node: Node, choices: tuple[str, ...]) -> str:
    if node.text() not in choices:
        raise node.fault(f"{node.text()!r}", f"one of {', '.join(choices)}", "Choose one.")
    return node.text()


def _scales(node: Node, items: dict[str, Item], keys: Keys, required: tuple[str, ...]) -> dict[str, Scale]:
    found = [read_scale(entry, items, keys, required) for entry in node.items()]
    if len({scale.name for scale in found}) != len(found):
        raise node.fault("a scale twice", "each scale once", "Rename one of them.")
    return {scale.name: scale for scale in found}


def _licence(node: Node) -> Licence:
    fields = node.fields(("terms", "holder", "notice", "source"))
    return Licence(_one_of(fields["terms"], TERMS), fields["holder"].text(), fields["notice"].text(), read_cited(fields["source"]))


def _known_from(node: Node | None) -> tuple[tuple[str, Cited], ...]:
    entries = [entry.fields(("what", "source")) for entry in node.items()] if node else []
    return tuple((fields["what"].text(), read_cited(fields["source"])) for fields in entries)


def _conventions(root: Node) -> dict[str, Convention]:
    listed = root.mapping().get("conventions")
    found = [_convention(entry) for entry in listed.items()] if listed else []
    return {convention.name: convention for convention in found}


def _convention(entry: Node) -> Convention:
    fields = entry.fields(("convention", "label", "choices", "default", "source"))
    choices = fields["choices"].texts()
    return Convention(
        fields["convention"].text(), fields["label"].text(), choices, _one_of(fields["default"], choices), read_cited(fields["source"])
    )  # fmt: skip


def _chosen(offered: dict[str, Convention], told: Mapping[str, str], where: str) -> dict[str, str]:
    for name, choice in told.items():
        if name not in offered:
            raise unreadable(f"the convention {name!r}", f"one of {', '.join(offered) or 'none'}", "Leave it out or correct its name.", where)
        if choice not in offered[name].choices:
            raise unreadable(f"{choice!r} for {name}", f"one of {', '.join(offered[name].choices)}", "Choose one of them.", where)
    return {name: told.get(name, convention.default) for name, convention in offered.items()}


def _taken(node: Node, offered: dict[str, Convention], chosen: dict[str, str]) -> Node:
    """The node without the entries whose `if` names another choice than the one taken."""
    if isinstance(node.value, list):
        kept = [_taken(entry, offered, chosen) for entry in node.value if _fits(entry, offered, chosen)]
        return Node([_without_if(entry) for entry in kept], node.file, node.line)
    if isinstance(node.value, dict):
        return Node({name: _taken(value, offered, chosen) for name, value in node.value.items()}, node.file, node.line)
    return node


def _fits(entry: Node, offered: dict[str, Convention], chosen: dict[str, str]) -> bool:
    asked = entry.value.get("if") if isinstance(entry.value, dict) else None
    if asked is None:
        return True
    name, choice = asked.one()
    if name not in offered or choice.text() not in offered[name].choices:
        raise asked.fault(f"the choice {name}: {choice.text()}", "a convention of this file and one of its choices", "Correct it.")
    return chosen[name] == choice.text()


def _without_if(entry: Node) -> Node:
    if not isinstance(entry.value, dict) or "if" not in entry.value:
        return entry
    return Node({name: value for name, value in entry.value.items() if name != "if"}, entry.file, entry.line)


def _sources(node: Node) -> Iterator[str]:
    """Every source a file cites, whichever choice is taken."""
    if isinstance(node.value, dict):
        for name, value in node.value.items():
            yield from [read_cited(value).source] if name == "source" else _sources(value)
    elif isinstance(node.value, list):
        for entry in node.value:
            yield from _sources(entry)


def _check_words(root: Node, found: Instrument) -> None:
    """Our own words stand with every item and answer, or with none."""
    own = found.wording == "own"
    for item in found.items:
        spoken = [item.label, *(option.label or item.low_end for option in item.options)]
        if any(bool(word) != own for word in spoken):
            mend = "Write a short label of our own for it and for its answers." if own else "Remove the words: only a pack may bring them."
            raise root.fault(f"the item {item.key!r} {'without' if own else 'with'} words", f"wording: {found.wording}", mend)


class Shelf(Mapping[str, Instrument]):
    """Every instrument of a folder by name, each read when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self._files = {path.stem: path for path in sorted(folder.glob("*.yaml"))}
        self.read = cache(self._read)

    def _read(self, name: str, chosen: tuple[tuple[str, str], ...] = ()) -> Instrument:
        found = read_instrument(read_yaml(self._files[name]), dict(chosen))
        if found.name != name:
            raise unreadable(f"the instrument {found.name!r} in {name}.yaml", "a file named as its instrument", "Rename one of the two.", name)
        return found

    def __getitem__(self, name: str) -> Instrument:
        if name not in self._files:
            raise KeyError(name)
        return self.read(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


INSTRUMENTS = Shelf(FOLDER)


def instrument(name: str, conventions: Mapping[str, str] | None = None) -> Instrument:
    """The instrument with that name or other name, however punctuated, under these choices. Raises Unreadable.

    `PHQ-9`, `phq9` and `phq_9` are one. conventions: convention -> choice; the others keep their default.
    """
    found = _by_plain_name().get(plain_key(name)) or _by_other_name().get(plain_key(name))
    if found is None:
        raise unreadable(f"the instrument {brief(name)}", f"one of {', '.join(INSTRUMENTS)}", "Correct its name; `kairn instrument list` shows them all.")
    return INSTRUMENTS.read(found, tuple(sorted(conventions.items()))) if conventions else INSTRUMENTS[found]


@cache
def _by_plain_name() -> dict[str, str]:
    return {plain_key(name): name for name in INSTRUMENTS}


@cache
def _by_other_name() -> dict[str, str]:
    return {plain_key(also): found.name for found in INSTRUMENTS.values() for also in found.also}


def cited_sources() -> frozenset[str]:
    """Every key of library/sources.yaml that an instrument rests on."""
    return frozenset(key for found in INSTRUMENTS.values() for key in found.sources)
