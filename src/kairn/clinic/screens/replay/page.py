"""The chair as it stood at one minute, as plain values: made of the chair's own parts, with what was known then kept apart from what is known today."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from kairn.clinic.acts.replay import Known, Replay, cut
from kairn.clinic.screens.chair.page import ChairPage, chair_page, recorded
from kairn.clinic.screens.forms import words
from kairn.clinic.screens.forms.answers import fresh
from kairn.clinic.screens.forms.clock import Clock
from kairn.clinic.screens.forms.gates import ORDER
from kairn.clinic.screens.forms.stretch import sent_by_device
from kairn.clinic.screens.forms.telling import Moment
from kairn.clinic.screens.parts import Gates
from kairn.clinic.screens.visit.marks import line_of
from kairn.clinic.screens.visit.seat import Seat, gate
from kairn.pathway.standing import DueState
from kairn.record.event import Event

VIEWS: tuple[tuple[Known, str], ...] = (("then", "As it was known"), ("today", "As it was"))
DUE = {DueState.AHEAD: ("due", "ahead"), DueState.DUE: ("due", "due"), DueState.LATE: ("late", "late")}
GATES = {"booked": "phase:infusion", "pre-flight": "phase:infusion", "recovery": "ready"}
GATED = {"phase:infusion": "Before the start", "ready": "Ready to go home"}


@dataclass(frozen=True)
class DueThen:
    """One thing that was due: its mark and word, what, and by when."""

    state: str
    word: str
    what: str
    at: str


@dataclass(frozen=True)
class EntryThen:
    """One entry, the minute it stands at (None where it is older than the visit), and in words what was written down only later."""

    moment: Moment
    minute: int | None
    later: str


@dataclass(frozen=True)
class Then:
    """What stood on the chair at the moment shown."""

    chair: ChairPage
    due: tuple[DueThen, ...]
    gates: Gates
    gated: str
    entries: tuple[EntryThen, ...]


@dataclass(frozen=True)
class Way:
    """A step to another minute; None where there is none that way."""

    name: str
    words: str
    minute: int | None


@dataclass(frozen=True)
class ReplayPage:
    """What the page shows. `then` is None where nobody knew of the visit yet; `ticks` are the minutes of all its entries.

    `later` and `struck` count what was written down, or taken back, after the moment shown.
    """

    patient: str
    visit: str
    known: Known
    minute: int
    latest: int
    at: str
    full: str
    iso: str
    from_: str
    until: str
    ticks: tuple[int, ...]
    ways: tuple[Way, ...]
    later: int
    struck: int
    then: Then | None


def replay_page(told: Replay, clock: Clock, seat: Seat | None) -> ReplayPage:
    """The page of one minute; `clock` stands at the moment shown, and so does the seat."""
    ticks = ticks_of(told)
    return ReplayPage(
        patient=str(told.chart.patient.id), visit=str(told.visit), known=told.known, minute=told.minute, latest=told.span.latest,
        at=clock.hour(told.moment), full=clock.full(told.moment), iso=told.moment.replace(microsecond=0).isoformat(), from_=clock.when(told.span.begun),
        until=clock.when(told.span.until), ticks=ticks, ways=_ways(told, ticks), later=len(_later(told)), struck=len(_struck(told)),
        then=_then(seat, told) if seat else None,
    )  # fmt: skip


def _ways(told: Replay, ticks: tuple[int, ...]) -> tuple[Way, ...]:
    here, latest = told.minute, told.span.latest
    return (
        Way("entry-before", "Entry before", max((one for one in ticks if one < here), default=None)),
        Way("minute-before", "Minute before", here - 1 if here else None), Way("minute-after", "Minute after", here + 1 if here < latest else None),
        Way("entry-after", "Entry after", min((one for one in ticks if one > here), default=None)),
    )  # fmt: skip


def _then(seat: Seat, told: Replay) -> Then:
    guards = GATES.get(seat.visit.phase, "")
    gates = Gates(sorted((gate(seat, verdict) for verdict in seat.gates(guards)), key=lambda part: ORDER[part.said])) if guards else Gates()
    chair = chair_page(seat, fresh(), cut=lambda kept: cut(kept, told.moment, told.known))
    return Then(chair, tuple(_due(seat)), gates, GATED.get(guards, ""), tuple(_entries(seat, told)))


def _due(seat: Seat) -> Iterator[DueThen]:
    for due in seat.due():
        state, word = DUE[due.state]
        yield DueThen(state, word, words.capital(due.what), seat.clock.when(due.due_at))


def _entries(seat: Seat, replayed: Replay) -> Iterator[EntryThen]:
    """Newest first: by when it was written down where the view is of what was known, by when it happened where it is of what was."""
    rows = recorded(seat)
    if replayed.known == "today":
        rows = sorted(rows, key=lambda row: (row[0].occurred_at, row[0].seq), reverse=True)
    for event, struck in rows:
        minute = replayed.span.minute(_stands(event, replayed.known)) if _within(replayed, event) else None
        yield EntryThen(line_of(seat, event, struck), minute, _said_later(seat, event, struck, replayed.moment))


def _said_later(seat: Seat, event: Event, struck: Event | None, moment: datetime) -> str:
    parts = [f"written down later, {seat.clock.when(event.recorded_at)}"] if event.recorded_at > moment else []
    parts += [f"struck out later, {seat.clock.when(struck.recorded_at)}"] if struck and struck.recorded_at > moment else []
    return "; ".join(parts)


def ticks_of(told: Replay) -> tuple[int, ...]:
    """The minutes at which something was written down, or happened, as the view goes. What a monitor sends each minute is no mark."""
    return tuple(sorted({told.span.minute(_stands(event, told.known)) for event in told.entries if not sent_by_device(event) and _within(told, event)}))


def _within(told: Replay, event: Event) -> bool:
    return told.span.begun <= _stands(event, told.known) <= told.span.until


def _stands(event: Event, known: Known) -> datetime:
    """When an entry comes in: when it was recorded, or when it happened."""
    return event.recorded_at if known == "then" else event.occurred_at


def _later(told: Replay) -> list[Event]:
    """What had happened by then and was written down afterwards."""
    return [event for event in told.entries if event.occurred_at <= told.moment < event.recorded_at and not sent_by_device(event)]


def _struck(told: Replay) -> list[Event]:
    """What stood in the record then and has been struck out since."""
    since = {event for event, strike in told.today.struck.items() if strike.recorded_at > told.moment}
    return [event for event in told.entries if event.recorded_at <= told.moment and event.id in since]
