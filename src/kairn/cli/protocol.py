"""`kairn protocol check|say`: read the protocol aloud and look it over, without a clinic."""

from __future__ import annotations

import json
from pathlib import Path

import click

from kairn.cli.named import DEFAULT, load_named
from kairn.cli.protocol_draft import draft
from kairn.cli.protocol_export import export, import_fhir
from kairn.protocol.check import CHECKS, check_protocol
from kairn.protocol.load import PROTOCOLS
from kairn.protocol.say import say_protocol


@click.group()
def protocol() -> None:
    """Check protocols and say them aloud."""


protocol.add_command(draft)
protocol.add_command(export)
protocol.add_command(import_fhir)

_protocol_id = click.argument("protocol_id", default=DEFAULT)
_version = click.option("--version", default="", help="Version folder; the newest when left out.")
_root = click.option("--root", type=click.Path(exists=True, file_okay=False, path_type=Path), default=PROTOCOLS, help="Folder that holds protocols.")
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")


@protocol.command()
@_protocol_id
@_version
@_root
@_json
def check(protocol_id: str, version: str, root: Path, as_json: bool) -> None:
    """Look a protocol over. Exit code 0: sound. 1: faults found. 2: it cannot be read."""
    loaded = load_named(protocol_id, version, root)
    problems = check_protocol(loaded)
    if as_json:
        click.echo(json.dumps({"protocol": loaded.id, "version": loaded.version, "content_hash": loaded.content_hash, "checks": list(CHECKS),
                               "problems": [{"where": p.where, "seen": p.seen, "expected": p.expected, "mend": p.mend} for p in problems]}))  # fmt: skip
    else:
        for problem in problems:
            click.echo(str(problem), err=True)
        click.echo(
            f"{loaded.id} {loaded.version}: {len(loaded.rules)} rules, {len(CHECKS)} checks, {len(problems) or 'no'} fault{'' if len(problems) == 1 else 's'}."
        )
    raise SystemExit(1 if problems else 0)


@protocol.command()
@_protocol_id
@_version
@_root
def say(protocol_id: str, version: str, root: Path) -> None:
    """Read a protocol aloud as Markdown, every rule with its citations."""
    click.echo(say_protocol(load_named(protocol_id, version, root)), nl=False)
