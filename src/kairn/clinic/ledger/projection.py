"""What lists are ordered by: the standing and bookings of a person's stream, the balance of a lot's, written beside its entries."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg

from kairn.record.history import History


@dataclass(frozen=True, order=True)
class Booking:
    """One visit's place in the book. Only `live` rows with a chair keep others out of that chair."""

    visit: UUID
    chair: str
    starts_at: datetime
    ends_at: datetime
    live: bool = True


@dataclass(frozen=True)
class Balance:
    """What is left of one lot, never below nothing nor above what came in. `lowest` is the least there ever was in the order things happened."""

    unit: str
    amount: Decimal
    received: Decimal
    lowest: Decimal


@dataclass(frozen=True)
class Projection:
    """One stream as lists see it. It orders lists; it never opens a gate. `board` holds plain JSON values."""

    stage: str
    as_of: datetime
    changes_at: datetime | None
    board: dict[str, Any] = field(default_factory=dict)
    bookings: tuple[Booking, ...] = ()


Projected = Projection | Balance | None
"""A person's stream gives a Projection, a lot's a Balance, one that no list shows nothing."""

Project = Callable[[UUID, History], Projected]
"""(stream, history) -> its projection now."""

ProjectAt = Callable[[UUID, History, datetime], Projected]
"""(stream, history, as_of) -> its projection as of that moment."""

STANDING = """
INSERT INTO ledger_standing (stream, clinic, seq, as_of, stage, changes_at, board) VALUES (%s, %s, %s, %s, %s, %s, %s::jsonb)
ON CONFLICT (stream) DO UPDATE SET seq = EXCLUDED.seq, as_of = EXCLUDED.as_of, stage = EXCLUDED.stage,
  changes_at = EXCLUDED.changes_at, board = EXCLUDED.board
"""
BOOKED = "SELECT visit, chair, starts_at, ends_at, live FROM ledger_booking WHERE stream = %s ORDER BY visit"
BOOK = "INSERT INTO ledger_booking (visit, stream, clinic, chair, starts_at, ends_at, live) VALUES (%s, %s, %s, %s, %s, %s, %s)"
BALANCE = """
INSERT INTO ledger_balance (stream, clinic, unit, amount, received, lowest) VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT (stream) DO UPDATE SET unit = EXCLUDED.unit, amount = EXCLUDED.amount, received = EXCLUDED.received, lowest = EXCLUDED.lowest
"""


def store(cursor: psycopg.Cursor[Any], clinic: UUID, stream: UUID, seq: int, projection: Projected) -> None:
    """Write one stream's projection inside the caller's transaction, whose lock on the stream is held; None removes it."""
    if projection is None:
        _forget(cursor, stream)
        return
    if isinstance(projection, Balance):
        left = projection
        cursor.execute(BALANCE, (stream, clinic, left.unit, left.amount, left.received, left.lowest))
        return
    board = json.dumps(projection.board, ensure_ascii=False, allow_nan=False)
    cursor.execute(STANDING, (stream, clinic, seq, projection.as_of, projection.stage, projection.changes_at, board))
    _book(cursor, clinic, stream, projection.bookings)


def projection_text(clinic: UUID, stream: UUID, seq: int, projection: Projected) -> tuple[str, str] | None:
    """Standing and bookings as JSON objects joined by commas; None where the projection is not those two."""
    if not isinstance(projection, Projection):
        return None
    whose = {"stream": str(stream), "clinic": str(clinic)}
    changes_at = projection.changes_at.isoformat() if projection.changes_at else None
    standing = whose | {"seq": seq, "as_of": projection.as_of.isoformat(), "stage": projection.stage, "changes_at": changes_at, "board": projection.board}
    return _text(standing), ",".join(_text(whose | _plain(one)) for one in sorted(projection.bookings))


def _plain(one: Booking) -> dict[str, Any]:
    return {"visit": str(one.visit), "chair": one.chair, "starts_at": one.starts_at.isoformat(), "ends_at": one.ends_at.isoformat(), "live": one.live}


def _text(plain: dict[str, Any]) -> str:
    return json.dumps(plain, ensure_ascii=False, allow_nan=False)


def _book(cursor: psycopg.Cursor[Any], clinic: UUID, stream: UUID, bookings: tuple[Booking, ...]) -> None:
    wanted = sorted(bookings)
    if wanted == bookings_of(cursor, stream):
        return
    cursor.execute("DELETE FROM ledger_booking WHERE stream = %s", (stream,))
    for one in wanted:
        cursor.execute(BOOK, (one.visit, stream, clinic, one.chair, one.starts_at, one.ends_at, one.live))


def bookings_of(cursor: psycopg.Cursor[Any], stream: UUID) -> list[Booking]:
    """The stored bookings of one stream, by visit."""
    return sorted(Booking(*row) for row in cursor.execute(BOOKED, (stream,)))


def balance_of(cursor: psycopg.Cursor[Any], stream: UUID) -> Balance | None:
    """The stored balance of a lot, None for any other stream."""
    row = cursor.execute("SELECT unit, amount, received, lowest FROM ledger_balance WHERE stream = %s", (stream,)).fetchone()
    return Balance(*row) if row else None


def _forget(cursor: psycopg.Cursor[Any], stream: UUID) -> None:
    for table in ("ledger_standing", "ledger_booking", "ledger_balance"):
        cursor.execute(f"DELETE FROM {table} WHERE stream = %s", (stream,))
