"""The board of the day as plain values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ChairLine:
    """One chair: who sits there, in which phase, and what is next."""

    chair: str
    person: str
    href: str
    phase: str
    done: int
    total: int
    until: str
    what: str
    at: str
    said: str
    word: str
    note: str


@dataclass(frozen=True)
class RiskLine:
    """One person who needs somebody now."""

    level: str
    reason: str
    person: str
    href: str
    what: str
    source: str
    owner: str
    until: str
    by: str
    lead: str


@dataclass(frozen=True)
class VisitLine:
    """One visit to come: who, when, and whether it could go ahead."""

    when: str
    person: str
    href: str
    what: str
    ride: str
    said: str
    why: str


@dataclass(frozen=True)
class PersonLine:
    """One person in care: stage, what is next, what stands in the way, what is due."""

    person: str
    born: str
    href: str
    stage: str
    next: str
    said: str
    why: str
    more: int
    due: str
    by: str
    state: str


@dataclass(frozen=True)
class Filter:
    """One stage with its count, and the address that shows only it."""

    label: str
    count: int
    url: str
    current: bool


@dataclass(frozen=True)
class TodayPage:
    """The whole board."""

    title: str
    summary: str
    known: str
    url: str
    chairs: tuple[ChairLine, ...]
    risks: tuple[RiskLine, ...]
    visits: tuple[VisitLine, ...]
    people: tuple[PersonLine, ...]
    filters: tuple[Filter, ...]
    total: int
    shown: str
    before: str
    after: str
    register: str
    upload: str
