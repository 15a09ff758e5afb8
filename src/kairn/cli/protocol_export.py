"""`kairn protocol export` and `kairn protocol import-fhir`: a protocol as FHIR R4, and a file of it held against what ships."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path
from typing import Any

import click

from kairn.cli.named import DEFAULT, load_named
from kairn.fhir.plan_definition import differences, from_fhir, to_fhir
from kairn.fhir.write_json import write_json
from kairn.protocol.diff import diff
from kairn.protocol.load import PROTOCOLS
from kairn.protocol.rule import Protocol
from kairn.terms.problem import Unreadable
from kairn.terms.strict_json import read_json

SHOWN = 20
_root = click.option("--root", type=click.Path(exists=True, file_okay=False, path_type=Path), default=PROTOCOLS, help="Folder that holds protocols.")


@click.command("export")
@click.argument("protocol_id", default=DEFAULT)
@click.option("--version", default="", help="Version folder; the newest when left out.")
@click.option("--to", type=click.Path(dir_okay=False, path_type=Path), default=None, help="File to write; printed when left out.")
@_root
def export(protocol_id: str, version: str, to: Path | None, root: Path) -> None:
    """Write a protocol as a FHIR R4 Bundle: PlanDefinition, Library, and the ValueSets they name."""
    loaded = load_named(protocol_id, version, root)
    bundle = to_fhir(loaded)
    text = write_json(bundle)
    if to is None:
        click.echo(text, nl=False)
        return
    try:
        to.write_text(text, "utf-8")
    except OSError as fault:
        seen = f"saw a file that cannot be written ({fault.strerror}); expected a place to write {to.name}."
        raise click.ClickException(f"{seen} Name another with --to.") from None
    click.echo(f"{loaded.id} {loaded.version}: {len(loaded.rules)} rules in {len(bundle['entry'])} resources, written to {to}.")


@click.command("import-fhir")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--check", is_flag=True, help="Hold it against the protocol of that name and version that ships.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, and nothing else.")
@_root
def import_fhir(path: Path, check: bool, root: Path, *, as_json: bool) -> None:
    """Read a protocol from FHIR R4 and say what it is. Exit code 0: read, and with --check equal. 1: it differs. 2: it cannot be read."""
    bundle, found = _read(path, as_json)
    shipped = load_named(found.id, found.version, root) if check else None
    lines = _unlike(bundle, found, shipped) if shipped else []
    _tell_json(found, shipped, lines) if as_json else _tell(found, shipped, lines)
    raise SystemExit(1 if lines else 0)


def _tell_json(found: Protocol, shipped: Protocol | None, lines: list[str]) -> None:
    """`differences` is null where nothing was compared."""
    told = {"protocol": found.id, "version": found.version, "rules": len(found.rules), "content": found.content_hash}
    click.echo(json.dumps({**told, "differences": lines if shipped else None}))


def _tell(found: Protocol, shipped: Protocol | None, lines: list[str]) -> None:
    click.echo(f"{found.id} {found.version}: {len(found.rules)} rules, content {found.content_hash[:12]}.")
    if shipped is None:
        return
    for line in lines:
        click.echo(line, err=True)
    click.echo(f"{len(lines) or 'No'} difference{'' if len(lines) == 1 else 's'} from {shipped.id} {shipped.version}, content {shipped.content_hash[:12]}.")


def _read(path: Path, as_json: bool) -> tuple[Any, Protocol]:
    try:
        bundle = read_json(path.read_bytes(), path.name)
        return bundle, from_fhir(bundle)
    except Unreadable as fault:
        click.echo(json.dumps({"sentence": str(fault)}) if as_json else str(fault), err=not as_json)
        raise SystemExit(2) from None


def _unlike(bundle: Any, found: Protocol, shipped: Protocol) -> list[str]:
    """What differs in clinical words; where the protocols are equal, what differs beside them (codes, sets, data), the first of it."""
    said = list(diff(shipped, found).said)
    if said or found != shipped or bundle.get("resourceType") != "Bundle":
        return said
    beside = differences(bundle, to_fhir(shipped), "Bundle")
    return [f"{place}: saw {seen}; this Kairn writes {expected}." for place, seen, expected in islice(beside, SHOWN)]
