"""What was added to the record of a visit after it was locked: kept and told as such, beside lines that do not change."""

from __future__ import annotations

from uuid import UUID

from kairn.clinic.acts.striking import came_with
from kairn.clinic.ledger.read import history as read_history
from kairn.record.ending import ending_of
from kairn.record.history import History
from kairn.record.payloads import DrugGiven, NoteWritten, Observed, PumpPaused, PumpRateSet, PumpStarted, PumpStopped
from kairn.record.payloads_calls import PrescriberCalled
from kairn.record.payloads_cannula import CannulaPlaced, CannulaRemoved, CannulaSeen
from kairn.record.payloads_care import InstrumentAnswered
from kairn.record.payloads_harm import AdverseEventNoted
from kairn.record.payloads_monitor import MonitorRejected

CHARTED = (
    Observed, PumpStarted, PumpRateSet, PumpPaused, PumpStopped, DrugGiven, NoteWritten, PrescriberCalled, CannulaPlaced, CannulaSeen, CannulaRemoved,
    AdverseEventNoted, MonitorRejected, InstrumentAnswered,
)  # fmt: skip
"""What belongs to the record of a visit; a task that is closed or a call the next day comes after it in any case."""


def added_after(history: History, visit: UUID) -> frozenset[UUID]:
    """The entries of a visit that were recorded after its ending was, struck out or not; what came with the ending is none of them."""
    ended = ending_of(history, visit)
    if ended is None:
        return frozenset()
    later = (event for event in history.events if event.seq > ended.seq and getattr(event.payload, "visit", None) == visit)
    with_it = {event.id for event in came_with(history, ended)}
    return frozenset(event.id for event in later if isinstance(event.payload, CHARTED) and event.id not in with_it)


def is_locked(patient: UUID, visit: UUID) -> bool:
    """Whether the record of a visit is locked now."""
    return ending_of(read_history(patient), visit) is not None
