"""Compare two answerings of one instrument: how far it moved, and which of the instrument's own rules of change that meets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import assert_never

from kairn.instruments.definition import instrument as named
from kairn.instruments.score import Score, score
from kairn.instruments.shapes import ChangeKind, ChangeRule, Instrument
from kairn.terms.answer import Answer
from kairn.terms.quantity import unit_of


@dataclass(frozen=True)
class Change:
    """From one score to the next. `absolute` is follow-up less baseline; `percent` is that as a share of the baseline, None of a baseline of 0.

    `rules` answers each rule of change by name; unknown where a total is missing or there is no share. `direction` is better, worse, same or empty.
    """

    instrument: str
    baseline: Score
    followup: Score
    absolute: Decimal | None
    percent: Fraction | None
    direction: str
    rules: dict[str, Answer]
    notes: tuple[str, ...]


def change(
    instrument: str | Instrument, baseline: Mapping[str, str], followup: Mapping[str, str], conventions: Mapping[str, str] | None = None
) -> Change:  # fmt: skip
    """The change between two sets of answers under the same conventions. Raises Unreadable for wrong answers."""
    found = instrument if isinstance(instrument, Instrument) else named(instrument, conventions)
    before, after = score(found, baseline), score(found, followup)
    absolute, percent = _moved(before.total, after.total)
    return Change(
        instrument=found.name,
        baseline=before,
        followup=after,
        absolute=absolute,
        percent=percent,
        direction=_direction(found, absolute),
        rules={rule.name: _met(rule, before, after) for rule in found.changes},
        notes=tuple(_notes(before, after)),
    )


def _value(of: Score, scale: str) -> Decimal | None:
    return of.total if scale == "total" else of.subscales[scale]


def _moved(before: Decimal | None, after: Decimal | None) -> tuple[Decimal | None, Fraction | None]:
    if before is None or after is None:
        return None, None
    return after - before, Fraction(after - before) / Fraction(before) if before else None


def _direction(found: Instrument, absolute: Decimal | None) -> str:
    higher = found.scales[found.total].higher if found.total else "neither"
    if absolute is None or higher == "neither":
        return ""
    if absolute == 0:
        return "same"
    return "worse" if (absolute > 0) == (higher == "worse") else "better"


def _met(rule: ChangeRule, before: Score, after: Score) -> Answer:
    absolute, share = _moved(_value(before, rule.scale), _value(after, rule.scale))
    end = _value(after, rule.scale)
    limit = rule.amount
    match rule.kind:
        case ChangeKind.FALL:
            return Answer.of(None if absolute is None else -absolute >= limit)
        case ChangeKind.RISE:
            return Answer.of(None if absolute is None else absolute >= limit)
        case ChangeKind.FALL_PERCENT:
            return Answer.of(None if share is None else -share >= _share(limit))
        case ChangeKind.RISE_PERCENT:
            return Answer.of(None if share is None else share >= _share(limit))
        case ChangeKind.AT_MOST:
            return Answer.of(None if end is None else end <= limit)
        case ChangeKind.AT_LEAST:
            return Answer.of(None if end is None else end >= limit)
        case _:
            assert_never(rule.kind)


def _share(percent: Decimal) -> Fraction:
    return Fraction(percent) * unit_of("%")[1]


def _notes(before: Score, after: Score) -> list[str]:
    notes = [f"The {name} has no total." for name, found in (("baseline", before), ("follow-up", after)) if found.total is None]
    if before.total == 0:
        notes.append("The baseline is 0: a change in per cent is not defined.")
    notes += [f"The {name} is not complete." for name, found in (("baseline", before), ("follow-up", after)) if not found.complete and found.total is not None]
    return notes
