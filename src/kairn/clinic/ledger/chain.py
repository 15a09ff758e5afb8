"""The chain's arithmetic, written out a second time: what the database's trigger computes, computed here without it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

GENESIS = bytes(32)


@dataclass(frozen=True)
class Link:
    """One row as it stands in the table; `payload` is PostgreSQL's own text of the jsonb."""

    clinic: UUID
    position: int
    stream: UUID
    stream_kind: str
    seq: int
    event_id: UUID
    kind: str
    schema: int
    occurred_at: datetime
    recorded_at: datetime
    by_id: str
    by_name: str
    by_role: str
    sent_by_id: str
    sent_by_name: str
    sent_by_role: str
    payload: str
    prev_hash: bytes
    hash: bytes


COLUMNS = (
    "clinic, position, stream, stream_kind, seq, event_id, kind, schema, occurred_at, recorded_at,"
    " by_id, by_name, by_role, sent_by_id, sent_by_name, sent_by_role, payload::text, prev_hash, hash"
)


def canonical(link: Link) -> str:
    """The row but for its two hashes, as a JSON array of texts: no two different rows have the same text."""
    texts = [
        str(link.clinic), str(link.position), str(link.stream), link.stream_kind, str(link.seq), str(link.event_id), link.kind, str(link.schema),
        moment(link.occurred_at), moment(link.recorded_at),
        link.by_id, link.by_name, link.by_role, link.sent_by_id, link.sent_by_name, link.sent_by_role, link.payload,
    ]  # fmt: skip
    return json.dumps(texts, ensure_ascii=False)


def moment(at: datetime) -> str:
    """A time in UTC to the microsecond, such as 2026-03-01T09:30:00.000000Z."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def hash_of(link: Link) -> bytes:
    """SHA-256 of the hash before it and the row's canonical text."""
    return hashlib.sha256(link.prev_hash + canonical(link).encode()).digest()
