"""`kairn protocol check|say` and `kairn scenario check`: read the protocol aloud and look it over, without a clinic."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from kairn.pathway.assess import assess
from kairn.pathway.scenario import load_scenario, scenario_files
from kairn.pathway.spec import differences
from kairn.pathway.tell import tell
from kairn.protocol.check import CHECKS, check_protocol
from kairn.protocol.load import PROTOCOLS, load_protocol
from kairn.protocol.rule import Protocol
from kairn.protocol.say import say_protocol
from kairn.terms.problem import Unreadable
from kairn.terms.times import instant

DEFAULT = "iv-ketamine-oud"


@click.group()
def protocol() -> None:
    """Check protocols and say them aloud."""


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
    loaded = _load(protocol_id, version, root)
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
    click.echo(say_protocol(_load(protocol_id, version, root)), nl=False)


@click.command("assess")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--protocol", "protocol_id", default=DEFAULT, help="Protocol id.")
@_version
@click.option("--at", "at", default="", help="Assess at this instant, such as 2026-11-22T09:10:00Z.")
@_json
def assess_command(path: Path, protocol_id: str, version: str, at: str, as_json: bool) -> None:
    """Assess a scenario file: print where its person stands and why. Exit code 1 where `then` does not come true."""
    loaded = _load(protocol_id, version, PROTOCOLS)
    try:
        story = load_scenario(path, loaded)
        moment: datetime = instant(at) if at else story.now
    except Unreadable as fault:
        raise click.ClickException(str(fault)) from None
    standing = assess(loaded, story.history, moment)
    told = tell(standing)
    click.echo(json.dumps(told, indent=2) if as_json else _words(story.title, told))
    wrong = differences(story, standing) if not at else []
    for line in wrong:
        click.echo(line, err=True)
    raise SystemExit(1 if wrong else 0)


@click.command("scenarios")
def scenarios() -> None:
    """Tell every scenario that ships and say which come true."""
    loaded = _load(DEFAULT, "", PROTOCOLS)
    faults = 0
    for path in scenario_files():
        story = load_scenario(path, loaded)
        wrong = differences(story, assess(loaded, story.history, story.now))
        faults += bool(wrong)
        click.echo(f"{'true ' if not wrong else 'WRONG'}  {story.title}")
        for line in wrong:
            click.echo(f"         {line}")
    raise SystemExit(1 if faults else 0)


def _load(protocol_id: str, version: str, root: Path) -> Protocol:
    versions = sorted(path.name for path in (root / protocol_id).glob("*") if path.is_dir())
    try:
        return load_protocol(protocol_id, version or (versions[-1] if versions else ""), root)
    except Unreadable as fault:
        click.echo(str(fault), err=True)
        raise SystemExit(2) from None


def _words(title: str, told: dict[str, Any]) -> str:
    return "\n".join([title, *(f"  {line}" for line in told["words"])])
