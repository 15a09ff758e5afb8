"""The account of an import: a table for people, one JSON object for scripts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from kairn.clinic.exchange.arrivals import Arrived
from kairn.fhir.report import WORDS, ImportReport, Line, Outcome, report_of


def together(arrived: Sequence[Arrived]) -> ImportReport:
    """All reports as one, which adds up as they do."""
    reports = [each.imported.report for each in arrived if each.imported]
    counted: Counter[tuple[str, Outcome, str]] = Counter()
    for line in (line for report in reports for line in report.lines):
        counted[line.type, line.outcome, line.reason] += line.count
    return report_of("", sum(report.entries for report in reports), counted.elements())


def as_json(arrived: Sequence[Arrived], *, dry_run: bool) -> str:
    """One JSON object; keys: dry_run, files, totals, reasons, adds_up. Stable from version to version."""
    whole = together(arrived)
    states = Counter(each.state for each in arrived)
    totals: dict[str, Any] = {"files": len(arrived), **{state.replace(" ", "_"): states[state] for state in ("taken", "refused", "passed over")}}
    totals |= {
        "new_people": sum(each.imported.created for each in arrived if each.imported),
        "events": sum(len(each.imported.events) for each in arrived if each.imported),
    }
    told = {"dry_run": dry_run, "totals": totals, "files": [each.plain() for each in arrived]}
    return json.dumps(told | {key: whole.plain()[key] for key in ("entries", "adds_up", "types", "reasons")}, indent=2, ensure_ascii=False)


def tell(console: Console, arrived: Sequence[Arrived], *, dry_run: bool) -> None:
    """Print what was taken, left and refused, and why."""
    whole = together(arrived)
    for each in arrived:
        _say_file(console, each)
    if whole.entries:
        console.print(_table(whole))
    for line in [line for line in whole.reasons() if line.outcome is not Outcome.TAKEN]:
        console.print(f"  {_reason(line)}", markup=False, soft_wrap=True)
    console.print(closing(arrived, dry_run=dry_run), markup=False, soft_wrap=True)


def closing(arrived: Sequence[Arrived], *, dry_run: bool) -> str:
    """The closing sentence: `22 files: 22 taken, 0 refused; 1,966 new events for 22 people, 22 of them new here.`"""
    taken = [each.imported for each in arrived if each.imported]
    refused, over = (sum(each.state == state for each in arrived) for state in ("refused", "passed over"))
    files = f"{len(arrived)} {'file' if len(arrived) == 1 else 'files'}: {len(taken)} taken, {refused} refused" + (f", {over} passed over" if over else "")
    if dry_run:
        return f"{files}. This was a dry run: nothing was recorded."
    people, new = len({done.patient for done in taken}), len({done.patient for done in taken if done.created})
    return f"{files}; {sum(len(done.events) for done in taken):,} new events for {people} {'person' if people == 1 else 'people'}, {new} of them new here."


def _say_file(console: Console, each: Arrived) -> None:
    mark = {"taken": "+", "refused": "x", "passed over": "-"}[each.state]
    said = each.imported.report.summary() if each.imported else each.sentence
    console.print(f"{mark} {each.file}: {said}", markup=False, soft_wrap=True, style="red" if each.refused else None)
    for note in each.imported.report.notes if each.imported else ():
        console.print(f"    {note}", markup=False, soft_wrap=True)


def _table(whole: ImportReport) -> Table:
    table = Table("What", *WORDS.values(), title="Entries", title_justify="left", box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for kind, counts in whole.table():
        table.add_row(kind, *(str(counts[outcome] or "") for outcome in WORDS))
    table.add_row("All", *(str(whole.count(outcome)) for outcome in WORDS))
    return table


def _reason(line: Line) -> str:
    return f"{line.count} {line.type} {WORDS[line.outcome]}: {line.reason}"
