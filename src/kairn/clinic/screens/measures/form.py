"""The questions of an instrument as fields of a form: radios, a scale, or a number; none of them chosen before somebody chooses."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.http import QueryDict

from kairn.clinic.acts.answering import Sheet
from kairn.instruments.answers import option_words
from kairn.instruments.score import asked
from kairn.instruments.shapes import Instrument, Item
from kairn.instruments.skips import may_skip
from kairn.instruments.wording import Wording

NAME = "a-"
LEFT_OUT = "left-out"
IN_A_ROW = 11


@dataclass(frozen=True)
class Question:
    """One question. `kind`: choice, scale (squares in a row) or number. `options` are value and words; `low` and `high` the words under the ends."""

    key: str
    name: str
    number: str
    legend: str
    kind: str
    options: tuple[tuple[str, str], ...]
    value: str
    low: str = ""
    high: str = ""
    hint: str = ""
    error: str = ""
    skippable: bool = False
    skipped: bool = False


@dataclass(frozen=True)
class Filled:
    """What is filled in so far: answers, what is left out, errors by item."""

    answers: Mapping[str, str]
    skipped: Collection[str] = ()
    errors: Mapping[str, str] | None = None


def questions(found: Instrument, wording: Wording, filled: Filled, hints: Mapping[str, str]) -> tuple[Question, ...]:
    """The questions to put, given what is filled in, in their order."""
    allowed = may_skip(found)
    return tuple(_question(found, wording, item, filled, hints.get(item.key, ""), item.key in allowed) for item in asked(found, filled.answers))


def _question(found: Instrument, wording: Wording, item: Item, filled: Filled, hint: str, skippable: bool) -> Question:
    words = wording.options.get(item.key, {})
    kind, low, high = _kind(item, words), *wording.ends.get(item.key, ("", ""))
    fixed = f"Taken as {words.get(item.fixed, item.fixed)} unless you say otherwise." if item.fixed else ""
    optional = "May be left blank: it does not count towards the score." if item.optional else ""
    stretch = f"{option_words(item)}: {low} to {high}" if kind == "number" else ""
    return Question(
        key=item.key, name=NAME + item.key, number=item.number, legend=wording.items[item.key], kind=kind,
        options=tuple((option.value, words.get(option.value, option.value)) for option in item.options), value=filled.answers.get(item.key, ""),
        low=low, high=high, hint=" ".join(part for part in (stretch, hint, fixed, optional) if part), error=(filled.errors or {}).get(item.key, ""),
        skippable=skippable and not item.optional, skipped=item.key in filled.skipped,
    )  # fmt: skip


def _kind(item: Item, words: Mapping[str, str]) -> str:
    if len(item.options) > IN_A_ROW:
        return "number"
    return "scale" if all(words.get(option.value, option.value) == option.value for option in item.options) else "choice"


def sheet_of(form: QueryDict, shown: Iterable[str], pack: str) -> Sheet:
    """What a form brings for the items it showed; blank fields bring nothing, and nothing is a zero."""
    keys = tuple(shown)
    typed = {key: form.get(NAME + key, "").strip() for key in keys}
    answers = {key: value for key, value in typed.items() if value not in ("", LEFT_OUT)}
    return Sheet(answers, tuple(key for key, value in typed.items() if value == LEFT_OUT), keys, pack)
