"""Course and visits as people entered them: the latest by seq that is not struck out counts."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from kairn.pathway.standing import Course, Visit
from kairn.record.event import Event
from kairn.record.history import History
from kairn.record.payloads import (
    DeathRecorded,
    EscortNamed,
    OrderSigned,
    PhaseEntered,
    PumpPaused,
    PumpStarted,
    PumpStopped,
    Referred,
    StageEntered,
    VisitBooked,
    VisitCancelled,
    VisitEnded,
)  # fmt: skip
from kairn.terms.problem import unreadable

EXITS = ("not-eligible", "declined", "withdrawn", "transferred", "lost", "completed", "died")
PHASES = ("booked", "pre-flight", "infusion", "recovery", "closed")
RIDE_WITHIN = timedelta(days=1)
"""How long after a visit's beginning its ride may be."""


def course_of(history: History) -> Course:
    """The stage a person is in. A recorded death is the stage *died*, whatever was entered."""
    death = history.latest(DeathRecorded)
    if death:
        return Course("died", death[0].occurred_at, death[0].id, True)
    entered = history.latest(StageEntered)
    if entered:
        event, payload = entered
        return Course(payload.stage, event.occurred_at, event.id, payload.stage in EXITS)
    first = _arrival(history)
    return Course("referral", first.occurred_at if first else None, first.id if first else None, False)


def _arrival(history: History) -> Event | None:
    """The first referral; without one, whatever was recorded first. Facts of an imported record are older than the referral they came with."""
    referrals = history.all(Referred)
    return referrals[0][0] if referrals else next(iter(history.live), None)


def visits_of(history: History) -> tuple[Visit, ...]:
    """All visits in order of their start, each in the phase somebody entered."""
    by_visit: dict[UUID, list[Event]] = {}
    for event in history.live:
        visit = getattr(event.payload, "visit", None)
        if visit is not None:
            by_visit.setdefault(visit, []).append(event)
    booked = [(event, payload) for event, payload in history.all(VisitBooked)]
    latest = {payload.visit: (event, payload) for event, payload in booked}
    return tuple(sorted((_visit(event, payload, by_visit[visit]) for visit, (event, payload) in latest.items()), key=lambda v: (v.starts_at, v.id)))


def _visit(booking: Event, booked: VisitBooked, events: list[Event]) -> Visit:
    phase, since = _phase(booking, events)
    started = _first(events, PumpStarted)
    ended = _latest(events, PumpStopped)
    ending = _latest(events, VisitEnded)
    escort = _latest(events, EscortNamed)
    escort_said = escort.payload if escort and isinstance(escort.payload, EscortNamed) else None
    return Visit(
        id=booked.visit,
        purpose=booked.purpose,
        phase=phase,
        starts_at=booked.starts_at,
        minutes=booked.minutes,
        chair=booked.chair,
        number=booked.number,
        phase_since=since,
        infusion_started=started.occurred_at if started else None,
        infusion_ended=ended.occurred_at if ended else None,
        pump=_pump(events),
        ending=ending.payload.ending if ending and isinstance(ending.payload, VisitEnded) else "",
        order=_latest(events, OrderSigned),
        escort=escort_said.name if escort_said else "",
        escort_state=escort_said.state if escort_said else "",
        cancelled=_cancelled(events),
        fetches_at=_fetches_at(escort_said, booked.starts_at),
    )


def _fetches_at(said: EscortNamed | None, starts_at: datetime) -> datetime | None:
    """From when on the escort can be there; an hour said for a day from which the visit has moved since no longer counts."""
    at = said.fetches_at if said else None
    return at if at and rides_at(starts_at, at) else None


def rides_at(starts_at: datetime, at: datetime) -> bool:
    """Whether the ride of a visit that begins at `starts_at` can be then."""
    return starts_at <= at <= starts_at + RIDE_WITHIN


def _cancelled(events: list[Event]) -> bool:
    """Cancelled, unless somebody has entered a phase or started a pump since: what people do at a visit is watched over."""
    marks = [event for event in events if isinstance(event.payload, VisitCancelled | PhaseEntered | PumpStarted)]
    return bool(marks) and isinstance(marks[-1].payload, VisitCancelled)


def _phase(booking: Event, events: list[Event]) -> tuple[str, datetime]:
    phase, since = "booked", booking.occurred_at
    for event in events:
        if isinstance(event.payload, PhaseEntered):
            phase, since = event.payload.phase, event.occurred_at
        elif isinstance(event.payload, VisitEnded | VisitCancelled):
            phase, since = "closed", event.occurred_at
    return phase, since


def _pump(events: list[Event]) -> str:
    states = {PumpStarted: "running", PumpPaused: "paused", PumpStopped: "stopped"}
    moves = sorted((e for e in events if type(e.payload) in states), key=lambda e: (e.occurred_at, e.seq))
    started = max((e.seq for e in moves if isinstance(e.payload, PumpStarted)), default=0)
    if any(isinstance(e.payload, PumpStopped) and e.seq > started for e in moves):
        return "stopped"
    return states[type(moves[-1].payload)] if moves else ""


def _first(events: list[Event], kind: type) -> Event | None:
    found = [event for event in events if isinstance(event.payload, kind)]
    return min(found, key=lambda e: (e.occurred_at, e.seq)) if found else None


def _latest(events: list[Event], kind: type) -> Event | None:
    return next((event for event in reversed(events) if isinstance(event.payload, kind)), None)


def visit_of(visits: tuple[Visit, ...], visit_id: UUID) -> Visit:
    """The visit with that id. Raises Unreadable where there is none."""
    for visit in visits:
        if visit.id == visit_id:
            return visit
    raise unreadable(f"visit {visit_id}", "a visit of this person", "Go back to the person's page and choose the visit there.")
