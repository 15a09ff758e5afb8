"""The dose block of the template against a table of plans, orders and weighings: no number of it can move unseen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from kairn.clinic.acts.limits import within_limits, within_series
from kairn.clinic.acts.outcome import Refused
from kairn.clinic.acts.weights import weight_of_visit
from kairn.library.reader import read_yaml
from kairn.pathway.mutants import mutants_of_dose
from kairn.protocol.load import load_protocol
from kairn.protocol.rule import DoseLimits
from kairn.record.event import Author, Event, StreamKind
from kairn.record.history import History
from kairn.record.payloads import Observed, Reading
from kairn.terms.quantity import parse_quantity
from kairn.terms.times import instant, parse_duration

LIMITS = load_protocol("iv-ketamine-oud", "1.0").infusion
TABLE = read_yaml(Path(__file__).parent / "dose_block.yaml").fields(("usual", "orders", "series", "weighings"))
NOW = instant("2026-11-22T09:00:00Z")
VISIT = UUID(int=1)
NURSE = Author("n", "Nia Okafor", "nurse")
NUMBERS = {
    "dose": 2, "soft[0]": 2, "soft[1]": 2, "hard[0]": 2, "hard[1]": 2, "duration": 2, "duration_hard[0]": 2, "duration_hard[1]": 2, "infusions": 2,
    "spacing_days[0]": 2, "spacing_days[1]": 2, "weight_within": 2,
}  # fmt: skip


def lines(part: str, *asked: str) -> list[dict[str, str]]:
    """The lines of one part of the table as texts."""
    return [{name: node.text() for name, node in entry.fields((*asked, "says"), ("reason",)).items()} for entry in TABLE[part].items()]


def weighed(ago: str) -> History:
    """A record of one weighing at the visit, so long ago."""
    at = NOW - parse_duration(ago).delta
    seen = Observed((Reading("weight", "82"),), VISIT)
    return History((Event(UUID(int=2), UUID(int=3), UUID(int=4), StreamKind.PATIENT, 1, at, at, NURSE, NURSE, seen),))


def answered(limits: DoseLimits) -> Iterator[tuple[str, str, Refused | None]]:
    """Every line with what it should say and what the acts' own judges say of it."""
    for line in lines("orders", "dose", "duration"):
        yield str(line), line["says"], within_limits(limits, line["dose"], line["duration"], line.get("reason", ""))
    for line in lines("series", "infusions", "spacing_days"):
        yield str(line), line["says"], within_series(limits, int(line["infusions"]), int(line["spacing_days"]), line.get("reason", ""))
    for line in lines("weighings", "ago"):
        found = weight_of_visit(weighed(line["ago"]), VISIT, limits, NOW)
        yield str(line), line["says"], found if isinstance(found, Refused) else None


def broken(limits: DoseLimits) -> list[str]:
    """The lines of the table that do not come true under these limits."""
    usual = {name: node.text() for name, node in TABLE["usual"].fields(("dose", "duration")).items()}
    unusual = [name for name, text in usual.items() if getattr(limits, name) != parse_quantity(text)]
    return unusual + [line for line, says, found in answered(limits) if says != (found.reasons[0].field if found else "allowed")]


def test_every_line_comes_true() -> None:
    assert broken(LIMITS) == []


@pytest.mark.parametrize(("moved", "limits"), tuple(mutants_of_dose(LIMITS)), ids=lambda part: part if isinstance(part, str) else "")
def test_no_number_of_the_dose_block_can_move_unseen(moved: str, limits: DoseLimits) -> None:
    """A line that fails without the move as well has not seen it."""
    assert set(broken(limits)) - set(broken(LIMITS)), moved


def test_every_number_of_the_dose_block_is_moved_both_ways() -> None:
    """By a step as small as can be typed: a thousandth of an amount, a day, an infusion, a second."""
    moved = [moved.partition(":")[0].removeprefix("infusion.") for moved, _ in mutants_of_dose(LIMITS)]
    assert {name: moved.count(name) for name in moved} == NUMBERS
    said = {moved for moved, _ in mutants_of_dose(LIMITS)}
    assert {"infusion.soft[0]: 0.3 mg/kg to 0.299 mg/kg", "infusion.duration_hard[1]: 60 min to 60.001 min"} <= said
    assert {"infusion.infusions: 6 to 7", "infusion.spacing_days[0]: 2 to 1", "infusion.weight_within: 24 hours to 86401 seconds"} <= said


def test_a_block_that_would_harm_breaks_the_table() -> None:
    """Ten times the dose, sixty infusions, a day apart."""
    five, eight = parse_quantity("5 mg/kg"), parse_quantity("8 mg/kg")
    wrong = replace(LIMITS, dose=five, soft=(LIMITS.soft[0], five), hard=(LIMITS.hard[0], eight), infusions=60, spacing_days=(0, 1))
    assert len(broken(wrong)) > len(("dose", "soft", "hard", "infusions", "spacing"))
