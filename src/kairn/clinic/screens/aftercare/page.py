"""Aftercare and follow-up as plain values."""

from __future__ import annotations

from dataclasses import dataclass

from kairn.clinic.screens.forms.answers import Again
from kairn.clinic.screens.forms.desk import Who
from kairn.clinic.screens.forms.facts import FactGroup


@dataclass(frozen=True)
class DutyLine:
    """One duty: its window, where it stands, and which form records it."""

    rule: str
    what: str
    owner: str
    window: str
    of: str
    state: str
    visit: str
    until: str
    opens: bool
    why: str


@dataclass(frozen=True)
class StripLine:
    """One fact of a strip: what it says and since when; an empty value is not recorded."""

    label: str
    value: str
    note: str


@dataclass(frozen=True)
class DoneLine:
    """A contact that was made."""

    at: str
    what: str
    how: str
    note: str


@dataclass(frozen=True)
class ContactForm:
    """The form of one contact."""

    again: Again
    duties: tuple[tuple[str, str], ...]
    groups: tuple[FactGroup, ...]
    url: str


@dataclass(frozen=True)
class AftercarePage:
    """What is due after infusions and over the years, what was done, and the form that records a contact."""

    who: Who
    shown: bool
    seq: int
    moud: tuple[StripLine, ...]
    around: tuple[StripLine, ...]
    now: tuple[DutyLine, ...]
    ahead: tuple[DutyLine, ...]
    done: tuple[DoneLine, ...]
    form: ContactForm
    may_record: bool
    asked: tuple[str, str]
