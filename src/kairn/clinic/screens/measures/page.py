"""The pages of measures as plain values: what is due, the latest, the trend; a form; a score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kairn.clinic.screens.forms.answers import Again
from kairn.clinic.screens.forms.desk import Who
from kairn.clinic.screens.measures.form import Question


@dataclass(frozen=True)
class WantedLine:
    """An instrument that is due, in the way, asked of the person, or begun: why, and where to go."""

    name: str
    why: str
    state: str
    owner: str
    until: str
    url: str
    act: str
    asked: bool = False


@dataclass(frozen=True)
class LatestLine:
    """The latest finished answering of one instrument."""

    name: str
    score: str
    chip: str
    at: str
    change: str
    raised: tuple[str, ...]
    url: str


@dataclass(frozen=True)
class StartLine:
    """An instrument that can be begun, or why it cannot be shown."""

    key: str
    name: str
    purpose: str
    by: str
    url: str
    why_not: str


@dataclass(frozen=True)
class MeasuresPage:
    """Everything on a person's measures page."""

    who: Who
    wanted: tuple[WantedLine, ...]
    latest: tuple[LatestLine, ...]
    trend: dict[str, Any] | None
    starts: tuple[StartLine, ...]
    closed: tuple[StartLine, ...]
    may_record: bool
    ask: Again
    ask_url: str
    askable: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class FormPage:
    """The answering form. `url` empty: it can only be read. `why_not` says why nothing can be shown."""

    who: Who
    title: str
    recall: str
    intro: str
    chip: str
    caution: str
    notice: str
    note: str
    why_not: str
    questions: tuple[Question, ...]
    of: str
    response: str
    pack: str
    visit: str
    url: str
    back: str
    again: Again
    total: str
    missing: int
    alarm: str
    begun: str
    begun_url: str


@dataclass(frozen=True)
class AnswerLine:
    """One question with what was answered."""

    number: str
    question: str
    answer: str


@dataclass(frozen=True)
class ResultPage:
    """One score with everything it rests on and what it does not say."""

    who: Who
    title: str
    chip: str
    said: str
    at: str
    recorded: str
    by: str
    subscales: tuple[tuple[str, str], ...]
    missing: tuple[str, ...]
    raised: tuple[str, ...]
    alarm: str
    change: str
    rules: tuple[tuple[str, str], ...]
    limits: tuple[str, ...]
    answers: tuple[AnswerLine, ...]
    notice: str
    source: str
    back: str
    strike: str
    resume: str
