"""`kairn protocol diff|schema`: two versions told apart, and what an editor needs to complete and check a file."""

from __future__ import annotations

import json
from pathlib import Path

import click

from kairn.cli.named import load_named
from kairn.cli.schemas import SCHEMAS
from kairn.library.reader import Node, read_yaml
from kairn.pathway.scenario import scenario_files
from kairn.protocol.diff import Diff, Line, diff
from kairn.protocol.load import PROTOCOLS
from kairn.protocol.rule import Protocol

ROOT = click.option("--root", type=click.Path(exists=True, file_okay=False, path_type=Path), default=PROTOCOLS, help="Folder that holds protocols.")


@click.command("diff")
@click.argument("old")
@click.argument("new")
@ROOT
@click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
def diff_command(old: str, new: str, root: Path, as_json: bool) -> None:
    """Tell two versions apart in clinical words. OLD and NEW are id@version, an id for its newest, or a folder.

    Exit code 0: equal. 1: they differ. 2: one of them cannot be read.
    """
    found = diff(_named(old, root), _named(new, root), _spoken())
    click.echo(json.dumps(_told(found), indent=2) if as_json else _words(found))
    raise SystemExit(1 if found else 0)


@click.command("schema")
@click.argument("name", type=click.Choice(sorted(SCHEMAS)))
def schema_command(name: str) -> None:
    """Print the JSON Schema of a kind of file, for editors: protocol, rules, scenario or instrument."""
    click.echo(schema_text(name), nl=False)


def schema_text(name: str) -> str:
    """A schema as it is kept under docs/schemas."""
    return json.dumps(SCHEMAS[name](), indent=1, ensure_ascii=False) + "\n"


def _named(text: str, root: Path) -> Protocol:
    folder = Path(text).resolve()
    if (folder / "protocol.yaml").is_file():
        return load_named(folder.parent.name, folder.name, folder.parents[1])
    protocol_id, _, version = text.partition("@")
    return load_named(protocol_id, version, root)


def _spoken() -> dict[str, tuple[str, ...]]:
    """The rules each shipped scenario speaks of, by the scenario's name."""
    return {path.stem: tuple(_rules_of(read_yaml(path).mapping()["then"])) for path in scenario_files()}


def _rules_of(then: Node) -> list[str]:
    fields = then.mapping()
    named = [name for part in ("rules", "due") if part in fields for name in fields[part].mapping()]
    return [*named, *(fields["holds"].texts() if "holds" in fields else ())]


def _words(found: Diff) -> str:
    if not found:
        return "No difference."
    lines = [f"- {line.said}{f' [{line.effect}]' if line.effect else ''}" for line in found.lines]
    touched = [f"Rules touched: {', '.join(found.rules) or 'none'}.", f"Scenarios touched: {', '.join(found.scenarios) or 'none'}."]
    return "\n".join([*lines, *touched, f"Digest {found.digest}"])


def _told(found: Diff) -> dict[str, object]:
    return {"said": found.said, "lines": [_line(line) for line in found.lines], "rules": found.rules, "scenarios": found.scenarios, "digest": found.digest}


def _line(line: Line) -> dict[str, object]:
    return {"kind": line.kind.value, "effect": line.effect.value, "rules": line.rules, "said": line.said}
