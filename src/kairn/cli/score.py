"""`kairn score`: the total, band, subscales, flags and blanks of an answering, and the change from one to another, without a clinic."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import click

from kairn.instruments.change import Change, change
from kairn.instruments.definition import instrument
from kairn.instruments.score import Score, score
from kairn.instruments.shapes import Instrument
from kairn.terms.numbers import plain_text
from kairn.terms.problem import Unreadable, unreadable
from kairn.terms.strict_json import NumberText, read_json

POSITIONAL = re.compile(r"q[0-9]+[a-z]?", re.IGNORECASE)

EPILOG = """\b
Answers are JSON: an item's own key or its number, and its value. Leave out what was not answered, or write null.
  kairn score phq-9 --responses '{"q1":1,"q2":0,"q3":2,"q4":1,"q5":0,"q6":0,"q7":1,"q8":0,"q9":0}'
  kairn score cows --responses answers.json --json
  kairn score phq-9 --change '{"q1":3,...}' week4.json --json
  kairn score phq-9 --convention blank-items=none --responses ...
\b
`kairn instrument show NAME` lists the items with the values they take, and the conventions.
Exit code 2: the answers cannot be read; the sentence says what, and how to mend it.
"""


@click.command("score", epilog=EPILOG)
@click.argument("name")
@click.option("--responses", default="", metavar="JSON|FILE", help="The answers: JSON, or a file that holds it.")
@click.option("--change", "changed", nargs=2, metavar="BASELINE FOLLOWUP", help="Two sets of answers (JSON or files): the change between them.")
@click.option("--convention", "conventions", multiple=True, metavar="NAME=CHOICE", help="Choose otherwise where the developer gives no rule. May be repeated.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
def score_command(name: str, responses: str, changed: tuple[str, str] | None, conventions: tuple[str, ...], as_json: bool) -> None:
    """Score the answers to an instrument. A blank is never a zero, and a wrong key or value is refused."""
    try:
        found = instrument(name, dict(_pair(text) for text in conventions))
        said = _changed(found, changed, as_json) if changed else _scored(found, responses, as_json)
    except Unreadable as fault:
        click.echo(str(fault), err=True)
        raise SystemExit(2) from None
    click.echo(said)


def _scored(found: Instrument, responses: str, as_json: bool) -> str:
    if not responses:
        raise unreadable("no answers", "--responses with JSON, or --change with two", "See `kairn score --help`.")
    answers = read_responses(responses)
    told = plain_score(found, score(found, answers), naming(found, answers))
    return json.dumps(told, indent=2) if as_json else "\n".join(_lines(found, told))


def _changed(found: Instrument, two: tuple[str, str], as_json: bool) -> str:
    before, after = (read_responses(text) for text in two)
    told = plain_change(found, change(found, before, after), naming(found, before))
    return json.dumps(told, indent=2) if as_json else "\n".join(_change_lines(found, told))


def _pair(text: str) -> tuple[str, str]:
    name, sign, choice = text.partition("=")
    if not sign:
        raise unreadable(f"{text!r}", "NAME=CHOICE", "Write it such as blank-items=none.", "--convention")
    return name, choice


def read_responses(text: str) -> dict[str, str]:
    """Answers from JSON or from a file that holds it; null is a blank. Raises Unreadable."""
    where = "the answers" if text.lstrip().startswith(("{", "[")) else text
    read = read_json(text if where != text else _file(text), where)
    if not isinstance(read, dict):
        raise unreadable("JSON that is not an object", 'an object such as {"q1": 1}', "Name each answer by its item.", where)
    return {key: _answer(key, value, where) for key, value in read.items() if value is not None}


def _file(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError) as fault:
        raise unreadable(f"a file that cannot be read ({fault})", "JSON, or the path of a file that holds it", "Check the path, or quote the JSON.") from None


def _answer(key: str, value: Any, where: str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, NumberText | str):
        raise unreadable(f"a nested value for {key!r}", "a number; for yes and no: 1 and 0", "Write the value as the item lists it.", where)
    return str(value)


def naming(found: Instrument, answers: Mapping[str, str]) -> Callable[[str], str]:
    """How to name items to this caller: by number where the answers were named by number, else by key."""
    by_number = bool(answers) and all(POSITIONAL.fullmatch(key) for key in answers)
    return (lambda key: f"q{found.item(key).number}") if by_number else (lambda key: key)


def plain_score(found: Instrument, scored: Score, name: Callable[[str], str] = str) -> dict[str, Any]:
    """A score as JSON values; a total or subscale that cannot be made is null."""
    return {
        "instrument": scored.instrument,
        "version": scored.version,
        "total": _number(scored.total),
        "band": scored.band,
        "subscales": {part: _number(value) for part, value in scored.subscales.items()},
        "complete": scored.complete,
        "missing": [name(key) for key in scored.missing],
        "flags": list(scored.flags),
        "flag_answers": {flag: answer.value for flag, answer in scored.raised.items()},
        "conventions": scored.conventions,
        "notes": list(scored.notes),
    }


def plain_change(found: Instrument, moved: Change, name: Callable[[str], str] = str) -> dict[str, Any]:
    """A change as JSON values; per cent of the baseline, null where that is not defined. Rules: yes, no or unknown."""
    return {
        "instrument": moved.instrument,
        "baseline": _number(moved.baseline.total),
        "followup": _number(moved.followup.total),
        "change": _number(moved.absolute),
        "percent_change": None if moved.percent is None else float(moved.percent * _HUNDRED),
        "direction": moved.direction,
        "rules": {rule: answer.value for rule, answer in moved.rules.items()},
        "scores": {"baseline": plain_score(found, moved.baseline, name), "followup": plain_score(found, moved.followup, name)},
        "notes": list(moved.notes),
    }


_HUNDRED = Fraction(100)


def _number(value: Decimal | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def _shown(value: int | float | None) -> str:
    return "none" if value is None else plain_text(Decimal(str(value)))


def _lines(found: Instrument, told: dict[str, Any]) -> list[str]:
    lines = [f"{found.title}, version {found.version}"]
    if found.total:
        scale = found.scales[found.total]
        lines.append(f"  total      {_shown(told['total'])} of {plain_text(scale.low)} to {plain_text(scale.high)}; higher is {scale.higher}")
    if told["band"]:
        lines.append(f"  band       {told['band']}")
    lines += [f"  {found.scales[part].label}: {_shown(value)}" for part, value in told["subscales"].items()]
    lines.append(f"  complete   {'yes' if told['complete'] else 'no, missing: ' + ', '.join(told['missing'])}")
    lines += [f"  flag       {flag}: {found.flags[flag].label}" for flag in told["flags"]]
    lines += [f"  convention {name}={choice}: {found.conventions[name].label}" for name, choice in told["conventions"].items()]
    return lines + [f"  note       {note}" for note in told["notes"]]


def _change_lines(found: Instrument, told: dict[str, Any]) -> list[str]:
    percent = f", {told['percent_change']:+.1f} % of the baseline" if told["percent_change"] is not None else ""
    lines = [f"{found.title}: {_shown(told['baseline'])} to {_shown(told['followup'])}{percent} {told['direction']}".rstrip()]
    lines += [f"  {told['rules'][rule.name]:<8} {rule.label}" for rule in found.changes]
    return lines + [f"  note     {note}" for note in told["notes"]]
