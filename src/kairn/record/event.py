"""An event: one fact with a name on it, the envelope every payload travels in."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import msgspec

from kairn.record.payloads import Payload

A_MINUTE = timedelta(minutes=1)


class StreamKind(StrEnum):
    """The three kinds of stream: one per patient; per lot, per visit's drug account and per book of days; one per clinic."""

    PATIENT = "patient"
    STOCK = "stock"
    CLINIC = "clinic"


class Author(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who is meant, as text that outlives any account: an opaque id, the name shown, the role acted in."""

    id: str
    name: str
    role: str


class Draft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An event on its way to the ledger: it has no place (seq) and no recorded time yet.

    `id` is made by the sender and is the idempotency key. `by` is the author, `sent_by` whoever sent it.
    """

    id: UUID
    stream: UUID
    occurred_at: datetime
    by: Author
    payload: Payload
    sent_by: Author | None = None
    stream_kind: StreamKind = StreamKind.PATIENT

    @property
    def kind(self) -> str:
        """The plain name this event is stored under."""
        return type(self.payload).KIND


class Event(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A recorded event. occurred_at is medicine, recorded_at is knowledge; seq orders one stream from 1."""

    id: UUID
    clinic: UUID
    stream: UUID
    stream_kind: StreamKind
    seq: int
    occurred_at: datetime
    recorded_at: datetime
    by: Author
    sent_by: Author
    payload: Payload

    @property
    def kind(self) -> str:
        """The plain name this event is stored under."""
        return type(self.payload).KIND

    @property
    def late(self) -> bool:
        """Whether it was recorded a minute or more from when it happened, so that both times are shown."""
        return abs(self.recorded_at - self.occurred_at) >= A_MINUTE
