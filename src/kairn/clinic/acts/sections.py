"""What of a chart is handed out: each kind of entry belongs to one section; findings, and which rule is in the way, go only to whom reasons are shown."""

from __future__ import annotations

from dataclasses import replace

from kairn.pathway.standing import Hold, Move, Standing, Verdict
from kairn.record.event import Event
from kairn.record.history import History
from kairn.record.payloads import (
    DeathRecorded,
    EnteredInError,
    EscortNamed,
    NoteWritten,
    PhaseEntered,
    Referred,
    StageEntered,
    TaskClosed,
    TaskOpened,
    VisitBooked,
    VisitCancelled,
)  # fmt: skip
from kairn.record.payloads_hands import CareHandedOver, CareTakenOver

WITHHELD = "withheld"
SECTIONS: dict[type, str] = {
    Referred: "course", StageEntered: "course", DeathRecorded: "course", EnteredInError: "course",
    VisitBooked: "schedule", VisitCancelled: "schedule", PhaseEntered: "schedule", EscortNamed: "ride",
    TaskOpened: "due", TaskClosed: "due", NoteWritten: "notes", CareHandedOver: "notes", CareTakenOver: "notes",
}  # fmt: skip


def section_of(event: Event) -> str:
    """The section an entry belongs to; what is not said otherwise is clinical."""
    return SECTIONS.get(type(event.payload), "clinical")


def seen_history(history: History, visible: frozenset[str]) -> History:
    """The entries of the sections shown."""
    shown = tuple(event for event in history.events if section_of(event) in visible)
    return history if len(shown) == len(history.events) else History(shown)  # whole, it keeps what was worked out of it before


def seen_standing(standing: Standing, visible: frozenset[str]) -> Standing:
    """The standing without what is not shown: rules and findings where reasons are not, orders, holds and flags where the clinical part is not."""
    if "reasons" in visible and "clinical" in visible:
        return standing
    waiting = _waiting if "reasons" in visible else _withheld
    return replace(
        standing,
        visits=tuple(replace(visit, order=None) for visit in standing.visits),
        verdicts=tuple(_titled(verdict) for verdict in standing.verdicts) if "reasons" in visible else (),
        moves=tuple(waiting(move) for move in standing.moves),
        holds=tuple(Hold(hold.level, _titled(hold.verdict)) for hold in standing.holds) if "clinical" in visible else (),
        due=standing.due if "due" in visible else (),
        flags=tuple(replace(flag, verdict=_titled(flag.verdict)) for flag in standing.flags) if "clinical" in visible else (),
        as_needed=tuple(waiting(move) for move in standing.as_needed) if "clinical" in visible else (),
    )


def _titled(verdict: Verdict) -> Verdict:
    return replace(verdict, findings=(), override=None)


def _withheld(move: Move) -> Move:
    """How many answers a move waits for, and not which."""
    return replace(move, blocking=tuple(replace(_titled(one), rule=replace(one.rule, id=WITHHELD, title=WITHHELD)) for one in move.blocking))


def _waiting(move: Move) -> Move:
    return replace(move, blocking=tuple(_titled(verdict) for verdict in move.blocking))
