"""The assessment as plain values."""

from __future__ import annotations

from dataclasses import dataclass

from kairn.clinic.screens.forms.answers import Again
from kairn.clinic.screens.forms.desk import Who
from kairn.clinic.screens.forms.facts import FactGroup
from kairn.clinic.screens.parts import Gates


@dataclass(frozen=True)
class ListLine:
    """One condition, medicine or allergy, with where it came from and how old that is."""

    text: str
    state: str
    note: str
    imported: bool


@dataclass(frozen=True)
class ListCard:
    """One of the three lists, with what can be added and when it was gone through with the person."""

    key: str
    title: str
    lines: tuple[ListLine, ...]
    reviewed: str
    states: tuple[tuple[str, str], ...]
    known: tuple[str, ...]
    detail: str
    again: Again


@dataclass(frozen=True)
class SignedLine:
    """The latest signed judgement."""

    said: str
    by: str
    summary: str


@dataclass(frozen=True)
class AssessmentPage:
    """Everything the assessment shows."""

    who: Who
    seq: int
    again: Again
    groups: tuple[FactGroup, ...]
    laboratory: FactGroup
    lists: tuple[ListCard, ...]
    gates: Gates
    opened: int
    signed: SignedLine | None
    sign: Again
    may_record: bool
    may_sign: bool
    urls: dict[str, str]
    newer: tuple[str, ...]
