"""The person's page as plain values."""

from __future__ import annotations

from dataclasses import dataclass

from kairn.clinic.screens.forms.desk import Who
from kairn.clinic.screens.forms.telling import Moment
from kairn.clinic.screens.parts import Gates


@dataclass(frozen=True)
class Step:
    """A move the person's course or visit can make: its answer, what stands in the way, and where it is entered."""

    label: str
    word: str
    said: str
    note: str
    gates: Gates
    waits: tuple[str, ...]
    stage: str
    action: str
    open_link: str = ""
    open_label: str = ""


@dataclass(frozen=True)
class Link:
    """A page one can go to from here."""

    label: str
    url: str
    note: str = ""


@dataclass(frozen=True)
class DueLine:
    """One thing to be done; `state` is due, late or ahead as the due mark says it."""

    what: str
    owner: str
    until: str
    by: str
    level: str
    state: str
    link: Link | None


@dataclass(frozen=True)
class VisitLine:
    """One visit in a line."""

    title: str
    note: str
    url: str
    act: str
    book: str = ""
    replay: str = ""


@dataclass(frozen=True)
class HoldLine:
    """A hold in force on a running visit."""

    level: str
    title: str


@dataclass(frozen=True)
class PatientPage:
    """What stands, what is next, why; and the latest of the timeline."""

    who: Who
    seq: int
    url: str
    event_id: str
    stages: tuple[tuple[str, str, str], ...]
    stage: str
    since: str
    ended: str
    why: str
    holds: tuple[HoldLine, ...]
    unjudged: tuple[str, ...]
    first: Step | None
    steps: tuple[Step, ...]
    exits: tuple[tuple[str, str], ...]
    exit_url: str
    death_url: str
    due: tuple[DueLine, ...]
    later: tuple[DueLine, ...]
    visits: tuple[VisitLine, ...]
    past: tuple[VisitLine, ...]
    links: tuple[Link, ...]
    moments: tuple[Moment, ...]
    hidden: int
    timeline: str
    known: str = ""
    errors: tuple[str, ...] = ()
    error_title: str = ""
    reason: str = ""
