"""Scores and changes in words: total with band, from where to where, which rules of change are met, and what it does not say."""

from __future__ import annotations

from fractions import Fraction

from kairn.clinic.screens.forms.clock import Clock
from kairn.clinic.screens.measures.book import Entry
from kairn.instruments.change import Change
from kairn.instruments.score import INDETERMINATE
from kairn.instruments.shapes import Instrument
from kairn.terms.answer import Answer
from kairn.terms.numbers import plain_text
from kairn.terms.quantity import unit_of

OWN = "own wording, not comparable"
SAYS = {"better": "better", "worse": "worse"}


def name_of(found: Instrument, wording: str) -> str:
    """What an answering is called: by the instrument where its words were shown, else by our check-list."""
    return found.title if wording == "official" else found.check_list


def chip(found: Instrument, wording: str) -> str:
    """The words that keep an answering in our own wording apart; nothing where the instrument is our own or its official words were shown."""
    return OWN if wording == "own" and found.licence.terms != "own" else ""


def total_words(found: Instrument, total: object, band: str) -> str:
    """14 of 27, moderate; nothing where there is no total."""
    if total is None:
        return ""
    high = plain_text(found.scales[found.total].high)
    return ", ".join(part for part in (f"{plain_text(total)} of {high}", band if band != INDETERMINATE else "") if part)  # type: ignore[arg-type]


def score_words(entry: Entry) -> str:
    """The score of an answering on one line; without a total its band, its subscales, or that there is none."""
    found, score = entry.found, entry.score
    if total := total_words(found, score.total, score.band):
        return total
    if score.band:
        return score.band
    parts = [f"{found.scales[name].label} {plain_text(value)}" for name, value in score.subscales.items() if value is not None]
    return "; ".join(parts) or "no total"


def change_words(before: Entry, made: Change, clock: Clock) -> str:
    """6 points lower than at the start, 3 Mar (33 % of it; better)."""
    if made.absolute is None:
        return f"cannot be compared with {clock.day(before.at)}: one of the two has no total"
    if made.absolute == 0:
        return f"the same as at the start, {clock.day(before.at)}"
    way = "lower" if made.absolute < 0 else "higher"
    share = f"{_percent(made.percent)} of it" if made.percent is not None else ""
    beside = ", ".join(part for part in (share, SAYS.get(made.direction, "")) if part)
    return f"{plain_text(abs(made.absolute))} {way} than at the start, {clock.day(before.at)}{f' ({beside})' if beside else ''}"


def _percent(share: Fraction) -> str:
    return f"{round(abs(share) / unit_of('%')[1])} %"


def rules_words(found: Instrument, made: Change) -> tuple[tuple[str, str], ...]:
    """Each rule of change with whether it is met: yes, no or unknown."""
    return tuple((made.rules[rule.name].value, rule.label) for rule in found.changes)


def raised_words(entry: Entry) -> tuple[str, ...]:
    """The flags that an answering raises."""
    flags = entry.found.flags
    return tuple(flags[name].label for name, answer in entry.score.raised.items() if answer is Answer.YES)


def limits_words(entry: Entry) -> tuple[str, ...]:
    """What a score does not say."""
    found, said = entry.found, entry.said
    own = (
        f"It was asked in our own short labels: it is not the score of the published {found.title}, and is kept apart from it."
        if chip(found, said.wording)
        else ""
    )
    unfinished = "" if said.complete else "It is not finished: no rule reads a score from it."
    always = "A score is no diagnosis. A person reads it beside what they see and hear."
    return tuple(part for part in (unfinished, own, found.caution, *entry.score.notes, always) if part)
