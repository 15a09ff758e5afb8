"""`kairn instrument`: list and show the instruments, and import the official words of one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from kairn.cli.home import data_folder
from kairn.fhir.questionnaire import Pack, read_pack
from kairn.fhir.questionnaire_out import to_questionnaire
from kairn.fhir.write_json import write_json
from kairn.instruments.answers import option_words
from kairn.instruments.definition import INSTRUMENTS
from kairn.instruments.definition import instrument as named
from kairn.instruments.packs import keep_pack, kept_packs, shown_pack
from kairn.instruments.shapes import Cited, Instrument
from kairn.instruments.wording import own_wording
from kairn.terms.numbers import plain_text
from kairn.terms.problem import Unreadable, unreadable

_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
WORDS = {"own": "our own short labels", "pack": "none: import a pack to show it"}


@click.group("instrument")
def instrument() -> None:
    """Scales and questionnaires: what they ask, how they are scored, on what terms.

    Kairn ships keys, values, rules and short labels of its own, never an owner's sentences. Those come as a pack:
    a FHIR Questionnaire that you are allowed to use, checked item by item against ours.
    """


@instrument.command("list")
@_json
def list_command(as_json: bool) -> None:
    """Every instrument: its items, its range, and whose words would be shown."""
    told = [_row(found) for found in INSTRUMENTS.values()]
    click.echo(json.dumps(told, indent=2) if as_json else "\n".join(map(_row_line, told)))


@instrument.command("show")
@click.argument("name")
@click.option("--fhir", "as_fhir", is_flag=True, help="Print it as a FHIR R4 Questionnaire, in the words that would be shown.")
@_json
def show_command(name: str, as_fhir: bool, as_json: bool) -> None:
    """One instrument whole: items with their values, scales, bands, flags, blanks, changes, terms, and where each is from."""
    try:
        found = named(name)
        if as_fhir:
            click.echo(_as_fhir(found), nl=False)
            return
        told = _whole(found)
    except Unreadable as fault:
        _refuse(fault)
    click.echo(json.dumps(told, indent=2) if as_json else "\n".join(_show_lines(found)))


@instrument.command("import")
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--for", "name", default="", help="The instrument it is for, where the pack does not say so itself.")
@_json
def import_command(path: Path, name: str, as_json: bool) -> None:
    """Import the official words of an instrument from a FHIR Questionnaire (R4; older and newer spellings are read too).

    Refused, with nothing kept, where an item is missing or its answers are not the instrument's own.
    """
    try:
        pack = read_pack(_bytes(path), name, path.name)
        keep_pack(data_folder(), pack.instrument.name, pack.raw)
    except Unreadable as fault:
        _refuse(fault)
    told = {"instrument": pack.instrument.name, "pack": pack.digest, "title": pack.wording.title, "items": len(pack.wording.items), "notes": list(pack.notes)}
    click.echo(json.dumps(told, indent=2) if as_json else "\n".join(_import_lines(pack)))


def _refuse(fault: Unreadable) -> None:
    click.echo(str(fault), err=True)
    raise SystemExit(2) from None


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as fault:
        raise unreadable(f"a file that cannot be read ({fault.strerror})", "a FHIR Questionnaire as JSON", "Check the path.", str(path)) from None


def _import_lines(pack: Pack) -> Iterator[str]:
    yield f"{pack.instrument.title}: the words of {pack.wording.title!r} are shown from now on ({len(pack.wording.items)} items)."
    yield f"  pack    {pack.digest}"
    yield f"  notice  {pack.wording.notice}"
    yield from (f"  note    {note}" for note in pack.notes)


def _row(found: Instrument) -> dict[str, Any]:
    packs = [digest for name, digest in kept_packs(data_folder()) if name == found.name]
    return {
        "name": found.name,
        "title": found.title,
        "version": found.version,
        "purpose": found.purpose,
        "rater": found.rater,
        "items": len(found.required),
        "range": _range(found),
        "wording": "official" if shown_pack(data_folder(), found.name) else found.wording,
        "packs": packs,
        "licence": found.licence.terms,
    }


def _row_line(row: dict[str, Any]) -> str:
    words = "official words" if row["wording"] == "official" else WORDS[row["wording"]]
    return f"{row['name']:<17} {row['items']:>3} items  {row['range'] or 'no total':<11} {words:<31} {row['purpose']}"


def _range(found: Instrument) -> str:
    scale = found.scales.get(found.total)
    return f"{plain_text(scale.low)} to {plain_text(scale.high)}" if scale else ""


def _as_fhir(found: Instrument) -> str:
    raw = shown_pack(data_folder(), found.name)
    wording = read_pack(raw, found.name).wording if raw else own_wording(found)
    if wording is None:
        raise unreadable(f"no words for {found.title}", "a pack with its owner's words", "Import one: kairn instrument import PACK.json", found.name)
    return write_json(to_questionnaire(found, wording))


def _whole(found: Instrument) -> dict[str, Any]:
    return {
        **_row(found),
        "recall": found.recall,
        "caution": found.caution,
        "items": [_item(found, item.key) for item in found.items],
        "scales": [{"name": s.name, "label": s.label, "method": s.method.value, "items": list(s.items), "range": [plain_text(s.low), plain_text(s.high)],
                    "higher": s.higher, "loinc": s.loinc} for s in found.scales.values()],
        "bands": [{"band": b.name, "from": plain_text(b.low), "to": plain_text(b.high)} for b in found.bands],
        "levels": [level.name for level in found.levels],
        "flags": [{"flag": f.name, "label": f.label, "safety": f.safety, "source": _cited(f.cited)} for f in found.flags.values()],
        "missing": {"rule": found.missing.rule, "label": found.missing.label, "source": _cited(found.missing.cited)},
        "change": [{"rule": c.name, "label": c.label, "source": _cited(c.cited)} for c in found.changes],
        "conventions": [{"convention": c.name, "label": c.label, "choices": list(c.choices), "default": c.default, "source": _cited(c.cited)}
                        for c in found.conventions.values()],
        "codes": found.codes,
        "licence": {"terms": found.licence.terms, "holder": found.licence.holder, "notice": found.licence.notice, "source": _cited(found.licence.cited)},
        "source": _cited(found.cited),
    }  # fmt: skip


def _item(found: Instrument, key: str) -> dict[str, Any]:
    item = found.item(key)
    return {"key": key, "position": f"q{item.number}", "label": item.label, "values": [option.value for option in item.options], "optional": item.optional,
            "loinc": item.loinc}  # fmt: skip


def _cited(cited: Cited) -> str:
    return f"{cited.source}, {cited.locator} ({cited.basis})"


def _show_lines(found: Instrument) -> Iterator[str]:
    yield f"{found.title}, version {found.version}: {found.purpose}"
    yield f"  answered by {found.rater}; about: {found.recall}"
    yield f"  terms: {found.licence.terms}. {found.licence.notice}"
    yield from [f"  caution: {found.caution}"] if found.caution else []
    yield "Items"
    for item in found.items:
        yield f"  q{item.number:<3} {item.key:<18} {item.label}{' (may be left out)' if item.optional else ''}"
        yield f"       {option_words(item)}"
    yield "Scales"
    for scale in found.scales.values():
        yield f"  {scale.name}: {scale.label}, {scale.method}, {plain_text(scale.low)} to {plain_text(scale.high)}; higher is {scale.higher}"
    yield from _rule_lines(found)


def _rule_lines(found: Instrument) -> Iterator[str]:
    named = [f"  {b.name}: {plain_text(b.low)} to {plain_text(b.high)}" for b in found.bands] + [f"  {level.name}" for level in found.levels]
    if found.bands_cited:
        yield from ("Bands", *named, f"  {_cited(found.bands_cited)}")
    if found.flags:
        yield from ("Flags", *(f"  {f.name}: {f.label}. {_cited(f.cited)}" for f in found.flags.values()))
    yield from ("Blanks", f"  {found.missing.label} {_cited(found.missing.cited)}")
    if found.changes:
        yield from ("Changes", *(f"  {c.name}: {c.label}. {_cited(c.cited)}" for c in found.changes))
    if found.conventions:
        yield from (
            "Conventions",
            *(f"  {c.name}={'|'.join(c.choices)} (default {c.default}): {c.label} {_cited(c.cited)}" for c in found.conventions.values()),
        )
    yield from ("Source", f"  {_cited(found.cited)}", *(f"  {what} {_cited(cited)}" for what, cited in found.known_from))
