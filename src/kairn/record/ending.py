"""The ending of a visit, by which its record is locked, and what is on record of how the person leaves."""

from __future__ import annotations

from uuid import UUID

from kairn.record.event import Event
from kairn.record.history import History
from kairn.record.payloads import Observed, VisitEnded


def ending_of(history: History, visit: UUID) -> Event | None:
    """The ending of a visit that counts; None while it goes on, or after its ending was struck out."""
    return next((event for event, said in reversed(history.all(VisitEnded)) if said.visit == visit), None)


def naloxone_of(history: History, visit: UUID) -> str:
    """What is on record of naloxone: what the ending says, else whether it was seen at this visit, else *unknown*."""
    ended = ending_of(history, visit)
    if ended and isinstance(ended.payload, VisitEnded) and ended.payload.naloxone != "unknown":
        return ended.payload.naloxone
    return "has" if is_yes(history, visit, "naloxone_in_hand") else "unknown"


def is_yes(history: History, visit: UUID, fact: str) -> bool:
    """Whether the latest word on a fact at this visit is yes."""
    mine = ((event, said) for event, said in history.all(Observed) if said.visit == visit)
    taken = [(event.occurred_at, event.seq, one.value) for event, said in mine for one in said.readings if one.fact == fact]
    return bool(taken) and max(taken)[-1] == "yes"
