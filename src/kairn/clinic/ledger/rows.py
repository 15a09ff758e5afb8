"""Rows of the ledger to events, and drafts to rows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from kairn.record.codec import decode, whole
from kairn.record.event import Author, Draft, Event, StreamKind
from kairn.record.payloads import Payload
from kairn.terms.problem import unreadable

COLUMNS = (
    "event_id, clinic, stream, stream_kind, seq, kind, schema, occurred_at, recorded_at,"
    " by_id, by_name, by_role, sent_by_id, sent_by_name, sent_by_role, payload"
)


def event_of(row: tuple[Any, ...]) -> Event:
    """The event in a row selected as COLUMNS; raises Unreadable for a kind this version does not know."""
    event_id, clinic, stream, stream_kind, seq, kind, schema, occurred_at, recorded_at, *people, payload = row
    return Event(
        id=event_id, clinic=clinic, stream=stream, stream_kind=StreamKind(stream_kind), seq=seq, occurred_at=occurred_at, recorded_at=recorded_at,
        by=Author(*people[:3]), sent_by=Author(*people[3:]), payload=decode(kind, schema, payload),
    )  # fmt: skip


def placed(draft: Draft, clinic: UUID, seq: int, recorded_at: datetime) -> Event:
    """The event a draft becomes at that place."""
    return Event(
        id=draft.id, clinic=clinic, stream=draft.stream, stream_kind=draft.stream_kind, seq=seq, occurred_at=draft.occurred_at,
        recorded_at=recorded_at, by=draft.by, sent_by=draft.sent_by or draft.by, payload=draft.payload,
    )  # fmt: skip


def body_text(events: Sequence[Event], recorded_at: Mapping[UUID, datetime] | None = None) -> str:
    """The rows as one JSON array for the insert, a seq of 0 left to the database; raises Unreadable where PostgreSQL could not keep a character."""
    text = json.dumps([_row(event, recorded_at) for event in events], ensure_ascii=False, allow_nan=False)
    # In JSON text a NUL is an escape, with an even number of backslashes before it unless it was itself written out.
    if "\\u0000" in text.replace("\\\\", ""):
        raise unreadable("a NUL character", "text", "Remove the character and send it again.")
    try:
        text.encode()
    except UnicodeEncodeError as fault:
        raise unreadable("half of a surrogate pair", "whole Unicode characters", "Remove the character and send it again.") from fault
    return text


def _row(event: Event, recorded_at: Mapping[UUID, datetime] | None) -> dict[str, Any]:
    row = {
        "clinic": str(event.clinic), "stream": str(event.stream), "stream_kind": event.stream_kind.value, "seq": event.seq or None,
        "event_id": str(event.id), "kind": event.kind, "schema": type(event.payload).SCHEMA, "occurred_at": _moment(event.occurred_at),
        "by_id": event.by.id, "by_name": event.by.name, "by_role": event.by.role,
        "sent_by_id": event.sent_by.id, "sent_by_name": event.sent_by.name, "sent_by_role": event.sent_by.role, "payload": whole(event.payload),
    }  # fmt: skip
    if recorded_at is not None:
        row["recorded_at"] = _moment(recorded_at[event.id])
    return row


def _moment(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise unreadable(f"the time {moment.isoformat()} without a zone", "a time with its zone", "Say which zone the clock was in.")
    return moment.isoformat()


def same_body(stored: Event, draft: Draft, clinic: UUID) -> bool:
    """Whether a draft repeats a stored event. Who sent it and how a name is spelt today are not part of the body."""
    return (
        (stored.clinic, stored.stream, stored.stream_kind, stored.by.id) == (clinic, draft.stream, draft.stream_kind, draft.by.id)
        and stored.occurred_at == draft.occurred_at.astimezone(UTC)
        and stored.payload == _as_read(draft)
    )


def _as_read(draft: Draft) -> Payload:
    """The payload as it would be read back: in a repeated hour a time with a named zone equals no other time in Python."""
    return decode(draft.kind, type(draft.payload).SCHEMA, whole(draft.payload))
