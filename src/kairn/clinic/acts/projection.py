"""History to projection: what lists order by, the plain values that Today shows of one person, and the balance of a lot."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from kairn.clinic.acts.given import flow, ran
from kairn.clinic.acts.standings import Stand, stand_anew
from kairn.clinic.ledger.projection import Balance, Booking, Project, ProjectAt, Projected, Projection
from kairn.pathway.standing import Due, DueState, Move, MoveKind, Standing, Verdict, Visit
from kairn.record.event import StreamKind
from kairn.record.history import History
from kairn.record.payloads import OrderSigned
from kairn.record.stock import Lot, lot_of
from kairn.terms.answer import Answer

RUNNING = ("pre-flight", "infusion", "recovery")
FORWARD = (MoveKind.RESUME, MoveKind.READY, MoveKind.PHASE, MoveKind.STAGE)


def projector(clinic: UUID, now: datetime) -> Project:
    """The function the ledger calls inside its transaction."""
    at = projector_at(clinic)
    return lambda stream, history: at(stream, history, now)


def projector_at(clinic: UUID) -> ProjectAt:
    """The same for any moment; rebuilding and its proof use it."""
    return lambda stream, history, as_of: project(clinic, history, as_of)


def project(clinic: UUID, history: History, as_of: datetime) -> Projected:
    """A patient's projection as of a moment, or a lot's balance; None for any other stream."""
    if not history.events or history.events[0].stream_kind is StreamKind.CLINIC:
        return None
    if history.events[0].stream_kind is StreamKind.STOCK:
        return balance(lot_of(history))
    found = stand_anew(clinic, history, as_of)
    standing = found.standing
    return Projection(standing.course.stage, as_of, _changes_at(standing), board_of(found, history), tuple(_bookings(standing)))


def balance(lot: Lot) -> Balance | None:
    """What the database keeps within its bounds; None for a stream of stock in which no lot ever moved."""
    if not lot.steps:
        return None
    return Balance("mL", *(_decimal(amount) for amount in (lot.amount, lot.came_in, lot.lowest)))


def _decimal(volume: Fraction) -> Decimal:
    """A sum of recorded volumes: they are finite decimals, so this is exact."""
    return Decimal(volume.numerator) / Decimal(volume.denominator)


def _bookings(standing: Standing) -> Iterable[Booking]:
    """The dead keep nobody out of a chair."""
    for visit in standing.visits:
        live = not visit.cancelled and visit.phase != "closed" and standing.course.stage != "died"
        yield Booking(visit.id, visit.chair, visit.starts_at, _until(visit), live)


def _changes_at(standing: Standing) -> datetime | None:
    """When the rules next say something else, or the time of a booking is over."""
    over = [_until(visit) for visit in standing.visits if visit.phase == "booked" and not visit.cancelled]
    return min((at for at in (standing.changes_at, *over) if at and at > standing.now), default=None)


def _until(visit: Visit) -> datetime:
    return visit.starts_at + timedelta(minutes=visit.minutes)


def board_of(found: Stand, history: History) -> dict[str, Any]:
    """The row of Today as plain JSON values; `sort` orders rows, most urgent first."""
    standing = found.standing
    visit = _visit_now(standing)
    move = _next_move(standing, visit)
    return {
        "sort": _sort(standing, visit),
        "ended": standing.course.ended,
        "visit": {**_visit(visit), **_pumped(visit, history, standing.now)} if visit else None,
        "next": _next(move),
        "blocking": [_reason(verdict) for verdict in sorted(move.blocking, key=_untold)] if move else [],
        "holds": [{"level": hold.level.value, **_reason(hold.verdict)} for hold in standing.holds if hold.verdict.answer is Answer.YES],
        "due": [_due(due) for due in _shown(standing, visit)],
        "urgent": sum(due.urgent for due in standing.due),
        "late": sum(due.state is DueState.LATE for due in standing.due),
        "why": found.why,
    }


def _visit_now(standing: Standing) -> Visit | None:
    """The visit that runs, otherwise the next one booked; one whose time is over without anybody having come stands behind all others."""
    open_ = [visit for visit in standing.visits if visit.phase != "closed" and not visit.cancelled]
    return min(open_, key=lambda visit: (visit.phase not in RUNNING, _until(visit) <= standing.now, visit.starts_at), default=None)


def _next_move(standing: Standing, visit: Visit | None) -> Move | None:
    """What comes next: the visit's own next step, otherwise the course's; of several the one the protocol lists latest, which leads on."""
    steps = [move for move in reversed(standing.moves) if not move.always_open]
    of_visit = [move for move in steps if visit and move.visit == visit.id]
    return min(of_visit or [move for move in steps if move.visit is None], key=lambda move: FORWARD.index(move.kind), default=None)


def _sort(standing: Standing, visit: Visit | None) -> str:
    """Urgent tasks, then running visits, then what is late, then what is due, then the rest; each by its earliest time."""
    late = any(due.state is DueState.LATE for due in standing.due)
    due = any(due.state is DueState.DUE for due in standing.due)
    urgent = any(due.urgent for due in standing.due)
    running = visit is not None and visit.phase in RUNNING
    behind = (not urgent, not running, not late, not due)
    first = text_of(standing.due[0].due_at) if standing.due else "none"
    return "".join(str(int(each)) for each in behind) + " " + first


def _visit(visit: Visit) -> dict[str, Any]:
    return {
        "id": str(visit.id), "phase": visit.phase, "chair": visit.chair, "starts_at": text_of(visit.starts_at), "minutes": visit.minutes,
        "number": visit.number, "purpose": visit.purpose, "since": text_of(visit.phase_since), "pump": visit.pump,
        "infusion_started": text_of(visit.infusion_started) if visit.infusion_started else "", "escort": visit.escort, "escort_state": visit.escort_state,
    }  # fmt: skip


def _pumped(visit: Visit, history: History, now: datetime) -> dict[str, Any]:
    """How long the pump had run when it was latest paused or stopped, since when it runs, and how long it shall; nothing without an order."""
    if visit.order is None or not isinstance(visit.order.payload, OrderSigned):
        return {}
    events = [event for event in history.live if getattr(event.payload, "visit", None) == visit.id]
    found = ran(events, visit.order.payload, now)
    over = sum((one.until - one.since for one in found if one.until), timedelta())
    since = next((text_of(one.since) for one in found if one.until is None), "")
    return {"ran": over // timedelta.resolution, "runs_since": since, "lasts": flow(events, visit.order.payload, now).total // timedelta.resolution}


def text_of(at: datetime) -> str:
    """A time as boards keep it: always in UTC, so that texts sort as times."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _next(move: Move | None) -> dict[str, str] | None:
    return {"kind": move.kind.value, "to": move.to, "answer": move.answer.value} if move else None


def _reason(verdict: Verdict) -> dict[str, str]:
    return {"rule": verdict.rule.id, "title": verdict.rule.title, "answer": verdict.answer.value}


def _untold(verdict: Verdict) -> bool:
    """What says no is told before what nobody can tell."""
    return verdict.answer is Answer.UNKNOWN


def _shown(standing: Standing, visit: Visit | None) -> list[Due]:
    """What is due by now or urgent, otherwise the one thing that comes first; and what a running visit waits for next, which its chair counts down."""
    now = [due for due in standing.due if due.urgent or due.task or due.state is not DueState.AHEAD]
    first = sorted(now, key=lambda due: not due.urgent) or list(standing.due[:1])
    running = [due for due in standing.due if visit and visit.phase in RUNNING and due.visit == visit.id]
    return [*first, *(due for due in running[:1] if due not in first)]


def _due(due: Due) -> dict[str, Any]:
    return {
        "what": due.what, "owner": due.owner, "due_at": text_of(due.due_at), "opens_at": text_of(due.opens_at or due.due_at),
        "late_at": text_of(due.late_at or due.due_at), "rule": due.rule.id if due.rule else "", "visit": str(due.visit or ""),
        "task": str(due.task or ""), "urgent": due.urgent, "ahead": due.state is DueState.AHEAD,
    }  # fmt: skip
