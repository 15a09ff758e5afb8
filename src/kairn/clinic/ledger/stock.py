"""Finding streams of stock: the lots of a clinic, and which streams speak of a visit or of a stretch of time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from kairn.clinic.ledger.session import cursor

LOTS = "SELECT stream, unit, amount, received FROM ledger_balance WHERE clinic = %s ORDER BY stream"
OF_VISIT = "SELECT DISTINCT stream FROM ledger_entry WHERE clinic = %s AND stream_kind = 'stock' AND payload->>'visit' = %s ORDER BY stream"
TOUCHED = "SELECT DISTINCT stream FROM ledger_entry WHERE clinic = %s AND stream_kind = 'stock' AND occurred_at >= %s AND occurred_at < %s ORDER BY stream"
DRAWN_FOR = """SELECT DISTINCT payload->>'visit' FROM ledger_entry
  WHERE clinic = %s AND stream_kind = 'stock' AND payload ? 'visit' AND occurred_at >= %s AND occurred_at < %s ORDER BY 1"""

WAITING = """SELECT DISTINCT stream FROM ledger_entry e WHERE clinic = %s AND stream_kind = 'stock' AND kind NOT IN ('stock.witnessed', 'stock.day-closed')
  AND NOT EXISTS (SELECT 1 FROM ledger_entry w WHERE w.stream = e.stream AND w.kind = 'stock.witnessed' AND w.payload->>'entry' = e.event_id::text)
  ORDER BY stream"""


@dataclass(frozen=True)
class LotRow:
    """The stored balance of one lot: what there is, of what came in."""

    lot: UUID
    unit: str
    amount: Decimal
    received: Decimal


def lots(clinic: UUID) -> list[LotRow]:
    """Every lot of a clinic with its balance."""
    with cursor() as opened:
        return [LotRow(*row) for row in opened.execute(LOTS, (clinic,))]


def streams_of_visit(clinic: UUID, visit: UUID) -> list[UUID]:
    """The streams that hold an entry for a visit."""
    with cursor() as opened:
        return [row[0] for row in opened.execute(OF_VISIT, (clinic, str(visit)))]


def streams_between(clinic: UUID, start: datetime, end: datetime) -> list[UUID]:
    """The streams of stock in which something happened from `start` and before `end`."""
    with cursor() as opened:
        return [row[0] for row in opened.execute(TOUCHED, (clinic, start, end))]


def visits_between(clinic: UUID, start: datetime, end: datetime) -> list[UUID]:
    """The visits of which stock says something from `start` and before `end`."""
    with cursor() as opened:
        return [UUID(row[0]) for row in opened.execute(DRAWN_FOR, (clinic, start, end))]


def streams_waiting(clinic: UUID) -> list[UUID]:
    """The streams with an entry that nobody stood by; where it was struck out since, it waits no more, which is for the reader to see."""
    with cursor() as opened:
        return [row[0] for row in opened.execute(WAITING, (clinic,))]
