"""`kairn assess` and `kairn scenarios`: tell a story, see where its person stands, and whether it comes true."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

import click

from kairn.cli.coverage import coverage_json, coverage_of, coverage_words, excusing, read_excuses, stories_with
from kairn.cli.named import DEFAULT, load_named
from kairn.pathway.assess import assess
from kairn.pathway.casebook import load_scenarios
from kairn.pathway.scenario import Scenario, scenario_files
from kairn.pathway.spec import differences
from kairn.pathway.tell import tell
from kairn.protocol.load import PROTOCOLS
from kairn.protocol.rule import Protocol
from kairn.terms.problem import Unreadable
from kairn.terms.times import instant


@click.command("assess")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--protocol", "protocol_id", default=DEFAULT, help="Protocol id.")
@click.option("--version", default="", help="Version folder; the newest when left out.")
@click.option("--at", "at", default="", help="Assess at this instant, such as 2026-11-22T09:10:00Z.")
@click.option("--root", default=PROTOCOLS, type=click.Path(exists=True, file_okay=False, path_type=Path), help="Folder of protocols.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts: one standing, or a list of them for a case book.")
def assess_command(path: Path, protocol_id: str, version: str, at: str, root: Path, as_json: bool) -> None:
    """Assess a scenario file or a case book: print where its person stands and why.

    \b
    Exit code 0: everything under `then` stands (or --at was given, and nothing is compared).
    Exit code 1: something under `then` does not stand; each difference is a line on standard error.
    Exit code 2: the file or the protocol cannot be read; the sentence names file, line and mend.
    How to write one: the handbook's page "Write a scenario".
    """
    protocol = load_named(protocol_id, version, root)
    try:
        stories, moment = load_scenarios(path, protocol), instant(at) if at else None
    except Unreadable as fault:
        click.echo(str(fault), err=True)
        raise SystemExit(2) from None
    told = [(story, _told(protocol, story, moment)) for story in stories]
    plain = [standing for _, standing in told]
    said = "\n".join(_words(story.title, standing) for story, standing in told)
    click.echo(json.dumps(plain[0] if len(plain) == 1 else plain, indent=2) if as_json else said)
    wrong = [] if moment else [f"{story.title}: {line}" for story in stories for line in _differences(protocol, story)]
    for line in wrong:
        click.echo(line, err=True)
    raise SystemExit(1 if wrong else 0)


@click.command("scenarios")
@click.option("--coverage", is_flag=True, help="Say instead what the scenarios ask of each rule, and which numbers could move unseen.")
@click.option("--cases", default=None, type=click.Path(exists=True, file_okay=False, path_type=Path), help="With --coverage: a folder of more scenarios.")
@click.option(
    "--excused", default=None, type=click.Path(exists=True, dir_okay=False, path_type=Path), help="With --coverage: moves that change no answer (TOML)."
)
@click.option("--protocol", "protocol_id", default=DEFAULT, help="Protocol id.")
@click.option("--version", default="", help="Version folder; the newest when left out.")
@click.option("--root", default=PROTOCOLS, type=click.Path(exists=True, file_okay=False, path_type=Path), help="Folder of protocols.")
@click.option("--json", "as_json", is_flag=True, help="With --coverage: print JSON for scripts.")
def scenarios(coverage: bool, cases: Path | None, excused: Path | None, protocol_id: str, version: str, root: Path, as_json: bool) -> None:
    """Tell every scenario that ships and say which come true. Exit code 1 where one does not, or where a rule is not covered."""
    protocol = load_named(protocol_id, version, root)
    if coverage:
        _cover(protocol, cases, excused, as_json)
    stories = [story for path in scenario_files() for story in load_scenarios(path, protocol)]
    found = [(story, _differences(protocol, story)) for story in stories]
    for story, wrong in found:
        click.echo("\n".join([f"{'WRONG' if wrong else 'true '}  {story.title}", *(f"         {line}" for line in wrong)]))
    raise SystemExit(1 if any(wrong for _, wrong in found) else 0)


def _cover(protocol: Protocol, cases: Path | None, excused: Path | None, as_json: bool) -> NoReturn:
    try:
        excuses = read_excuses(excused) if excused else {}
        found = excusing(coverage_of(protocol, stories_with(protocol, cases)), excuses)
    except Unreadable as fault:
        click.echo(str(fault), err=True)
        raise SystemExit(2) from None
    click.echo(coverage_json(found) if as_json else coverage_words(found, protocol.infusion))
    raise SystemExit(0 if all(one.whole for one in found) else 1)


def _told(protocol: Protocol, story: Scenario, at: datetime | None) -> dict[str, Any]:
    return tell(assess(protocol, story.history, at or story.now))


def _differences(protocol: Protocol, story: Scenario) -> list[str]:
    return differences(story, assess(protocol, story.history, story.now))


def _words(title: str, told: dict[str, Any]) -> str:
    return "\n".join([title, *(f"  {line}" for line in told["words"])])
