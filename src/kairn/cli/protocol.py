"""`kairn protocol`: look a protocol over and say it aloud, without a clinic; its other readings join here."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from kairn.cli.named import DEFAULT, load_named
from kairn.cli.protocol_draft import draft
from kairn.cli.protocol_export import export, import_fhir
from kairn.cli.protocol_paper import write_paper
from kairn.cli.protocol_readings import diff_command, schema_command
from kairn.cli.protocol_studies import studies
from kairn.protocol.check import CHECKS, LIBRARY_CHECKS, LOADER, check_library, found_in, looks_for
from kairn.protocol.load import PROTOCOLS
from kairn.protocol.rule import Protocol
from kairn.protocol.say import document_of, say_protocol
from kairn.terms.problem import Problem


@click.group()
def protocol() -> None:
    """Check protocols, say them aloud, tell versions apart."""


protocol.add_command(draft)
protocol.add_command(export)
protocol.add_command(import_fhir)
protocol.add_command(diff_command)
protocol.add_command(schema_command)
protocol.add_command(studies)

_protocol_id = click.argument("protocol_id", default=DEFAULT)
_version = click.option("--version", default="", help="Version folder; the newest when left out.")
_root = click.option("--root", type=click.Path(exists=True, file_okay=False, path_type=Path), default=PROTOCOLS, help="Folder that holds protocols.")
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")


@protocol.command()
@_protocol_id
@_version
@_root
@click.option("--all", "every", is_flag=True, help="Every protocol under the root, and the library beside them.")
@click.option("--list", "names", is_flag=True, help="Print every check and what it looks for.")
@_json
def check(protocol_id: str, version: str, root: Path, every: bool, names: bool, as_json: bool) -> None:
    """Look a protocol over. Exit code 0: sound. 1: faults found. 2: it cannot be read."""
    if names:
        click.echo(json.dumps({name: looks_for(name) for name in EVERY}, indent=2) if as_json else "\n".join(f"{name}: {looks_for(name)}" for name in EVERY))
        return
    loaded = [load_named(each.parent.name, each.name, root) for each in _folders(root)] if every else [load_named(protocol_id, version, root)]
    found = [(one, found_in(one)) for one in loaded]
    library = check_library(loaded) if every and root == PROTOCOLS else []
    click.echo(json.dumps(_told(found, library, every)) if as_json else _words(found, library))
    raise SystemExit(1 if library or any(problems for _, problems in found) else 0)


EVERY = (*LOADER, *CHECKS, *LIBRARY_CHECKS)
Found = list[tuple[Protocol, list[tuple[str, Problem]]]]


def _folders(root: Path) -> list[Path]:
    return sorted(path.parent for path in root.glob("*/*/protocol.yaml"))


def _words(found: Found, library: list[Problem]) -> str:
    lines = []
    for one, problems in found:
        lines += [f"{name}: {problem}" for name, problem in problems]
        lines.append(f"{one.id} {one.version}: {len(one.rules)} rules, {len(CHECKS)} checks, {_faults(len(problems))}.")
    return "\n".join([*lines, *map(str, library)])


def _faults(number: int) -> str:
    return f"{number or 'no'} fault{'' if number == 1 else 's'}"


def _told(found: Found, library: list[Problem], every: bool) -> object:
    told = [
        {"protocol": one.id, "version": one.version, "content_hash": one.content_hash, "checks": list(CHECKS),
         "problems": [{"check": name, **_problem(problem)} for name, problem in problems]}
        for one, problems in found
    ]  # fmt: skip
    return {"protocols": told, "library": [_problem(problem) for problem in library]} if every else told[0]


def _problem(problem: Problem) -> dict[str, str]:
    return {"where": problem.where, "seen": problem.seen, "expected": problem.expected, "mend": problem.mend}


@protocol.command()
@_protocol_id
@_version
@_root
@_json
@click.option("--pdf", type=click.Path(dir_okay=False, path_type=Path), default=None, help="Write a paper to sign instead.")
def say(protocol_id: str, version: str, root: Path, as_json: bool, pdf: Path | None) -> None:
    """Read a protocol aloud as Markdown, every sentence with its sources. Exit code 2: it cannot be read."""
    loaded = load_named(protocol_id, version, root)
    if pdf is not None:
        write_paper(loaded, root, pdf)
        return
    click.echo(json.dumps(asdict(document_of(loaded)), indent=2, ensure_ascii=False) + "\n" if as_json else say_protocol(loaded), nl=False)
