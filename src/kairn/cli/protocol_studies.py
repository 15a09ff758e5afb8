"""`kairn protocol studies`: published studies as records, with what is not established in each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import click

from kairn.library.sources import SOURCES
from kairn.library.studies import STATEMENTS, STUDIES, Number, Outcome, Statement, Study

NOT_ESTABLISHED = "not established here"


@click.command()
@click.argument("name", default="")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts; null means not established here, never none and never zero.")
def studies(name: str, as_json: bool) -> None:
    """Print published studies as records, or the one of that NAME. Exit code 2: there is no such record."""
    found = [study for study in STUDIES.values() if name in ("", study.name)]
    if not found:
        click.echo(f"Saw no study {name!r}; expected one of {', '.join(STUDIES)}. Correct the name, or leave it out for all.", err=True)
        raise SystemExit(2)
    click.echo(json.dumps(_told(found, whole=not name), indent=2, ensure_ascii=False) if as_json else "\n\n".join(map(_words, found)))


def _told(found: list[Study], *, whole: bool) -> dict[str, Any]:
    statements = {"statements": [_statement(said) for said in STATEMENTS.values()]} if whole else {}
    return {"studies": [_study(study) for study in found], **statements}


def _study(study: Study) -> dict[str, Any]:
    """One record, its amounts as text with their unit."""
    told = {field.name: getattr(study, field.name) for field in fields(study)}
    return told | {
        "citation": SOURCES[study.source].citation,
        "people": [{"arm": arm, "people": number} for arm, number in study.people],
        "doses": None if study.doses is None else [{"arm": arm, "dose": str(dose)} for arm, dose in study.doses],
        "sessions": None if study.sessions is None else [{"arm": arm, "count": count} for arm, count in study.sessions],
        "outcomes": [_outcome(outcome) for outcome in study.outcomes],
        "not_established": missing(study),
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {"measure": outcome.measure, "found": outcome.found, "numbers": [_number(each) for each in outcome.numbers], "confidence": outcome.confidence}


def _number(number: Number) -> dict[str, Any]:
    ends = {name: str(value) for name, value in (("low", number.low), ("high", number.high)) if value is not None}
    return {"name": number.name, "value": str(number.value), **ends, "bound": number.bound, "confidence": number.confidence}


def _statement(said: Statement) -> dict[str, Any]:
    return {"statement": said.name, "says": said.says, "sources": [list(pair) for pair in said.sources], "confidence": said.confidence}


def missing(study: Study) -> list[str]:
    """The fields of a record that are not established here."""
    return [field.name for field in fields(study) if getattr(study, field.name) is None]


def _words(study: Study) -> str:
    return "\n".join(_lines(study))


def _lines(study: Study) -> Iterator[str]:
    doses = "; ".join(f"{dose} ({arm})" for arm, dose in study.doses or ()) or NOT_ESTABLISHED
    sessions = "; ".join(f"{count} ({arm})" for arm, count in study.sessions or ()) or NOT_ESTABLISHED
    yield f"{study.name}: {study.design}"
    yield f"  source    {SOURCES[study.source].citation} ({study.locator}; {study.confidence})"
    yield f"  people    {study.population}; {', '.join(f'{arm} {number}' for arm, number in study.people)}"
    yield f"  given     {study.drug}, {study.route}, {doses}; sessions {sessions}"
    yield f"  beside    {study.adjunct or NOT_ESTABLISHED}"
    yield from (f"  outcome   {outcome.measure}: {outcome.found} ({outcome.confidence})" for outcome in study.outcomes)
    yield f"  bearing   {study.bearing}"
    if missing(study):
        yield f"  {NOT_ESTABLISHED}: {', '.join(missing(study)).replace('_', ' ')}"
