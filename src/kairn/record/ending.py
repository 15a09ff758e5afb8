"""The ending of a visit, by which its record is locked."""

from __future__ import annotations

from uuid import UUID

from kairn.record.event import Event
from kairn.record.history import History
from kairn.record.payloads import VisitEnded


def ending_of(history: History, visit: UUID) -> Event | None:
    """The ending of a visit that counts; None while it goes on, or after its ending was struck out."""
    return next((event for event, said in reversed(history.all(VisitEnded)) if said.visit == visit), None)
