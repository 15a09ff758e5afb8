"""Reading the record: one stream's history, one event, and the lists that projections order."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any
from uuid import UUID

from kairn.clinic.ledger.rows import COLUMNS, event_of
from kairn.clinic.ledger.session import cursor, in_transaction
from kairn.record.event import Event
from kairn.record.history import History

KEPT = 4096
TAIL = f"SELECT {COLUMNS} FROM ledger_entry WHERE stream = %s AND seq > %s ORDER BY seq"
EVENTS = f"SELECT {COLUMNS} FROM ledger_entry WHERE event_id = ANY(%s::uuid[])"
OVER = """SELECT stream, seq, array_agg(visit ORDER BY visit) FROM ledger_standing JOIN (
    SELECT visit, stream FROM ledger_booking WHERE clinic = %s AND NOT live AND starts_at <= %s ORDER BY starts_at DESC, visit LIMIT %s
  ) AS over USING (stream) GROUP BY stream, seq"""
OF_VISITS = f"""SELECT {COLUMNS} FROM ledger_entry WHERE stream = ANY(%s::uuid[]) AND kind = ANY(%s::text[])
  AND (payload->>'visit' IS NULL OR (payload->>'visit')::uuid = ANY(%s::uuid[])) ORDER BY stream, seq"""


class Shelf:
    """Histories already read, the least used falling off. An entry is never changed, so a shelved history is only ever short."""

    def __init__(self, size: int = KEPT) -> None:
        self._size = size
        self._kept: OrderedDict[UUID, History] = OrderedDict()
        self._lock = Lock()

    def get(self, stream: UUID) -> History:
        """The longest history known here, empty for a stream not read yet."""
        with self._lock:
            kept = self._kept.get(stream)
            if kept is None:
                return History()
            self._kept.move_to_end(stream)
            return kept

    def put(self, stream: UUID, history: History) -> None:
        """Keep a committed history unless a longer one is kept."""
        with self._lock:
            kept = self._kept.get(stream)
            if kept is None or kept.seq < history.seq:
                self._kept[stream] = history
            self._kept.move_to_end(stream)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)

    def clear(self) -> None:
        """Forget everything, as after a restore."""
        with self._lock:
            self._kept.clear()


SHELF = Shelf()


def history(stream: UUID) -> History:
    """All of one stream, in the order it was learned; only what is not shelved is read from the database."""
    kept = SHELF.get(stream)
    with cursor() as opened:
        tail = tuple(event_of(row) for row in opened.execute(TAIL, (stream, kept.seq), prepare=True))
    if not tail:
        return kept
    longer = History(kept.events + tail)
    if not in_transaction():
        SHELF.put(stream, longer)
    return longer


def histories(streams: Sequence[UUID]) -> dict[UUID, History]:
    """The histories of several streams, by stream, in one round trip."""
    kept = {stream: SHELF.get(stream) for stream in streams}
    wanted = f"SELECT {COLUMNS} FROM unnest(%s::uuid[], %s::bigint[]) AS w(s, after) JOIN ledger_entry ON stream = w.s AND seq > w.after ORDER BY stream, seq"
    with cursor() as opened:
        rows = opened.execute(wanted, (list(kept), [one.seq for one in kept.values()]))
        tails: dict[UUID, list[Event]] = {}
        for event in map(event_of, rows):
            tails.setdefault(event.stream, []).append(event)
    return {stream: _longer(stream, one, tails.get(stream, [])) for stream, one in kept.items()}


def _longer(stream: UUID, kept: History, tail: list[Event]) -> History:
    longer = History(kept.events + tuple(tail)) if tail else kept
    if tail and not in_transaction():
        SHELF.put(stream, longer)
    return longer


def head(stream: UUID) -> int:
    """The latest seq of a stream, 0 where nothing is recorded."""
    with cursor() as opened:
        row = opened.execute("SELECT coalesce(max(seq), 0) FROM ledger_entry WHERE stream = %s", (stream,)).fetchone()
    return int(row[0]) if row else 0


def event(event_id: UUID) -> Event | None:
    """The event with that id, whichever stream holds it: what an act asks first when a form comes twice."""
    return events([event_id]).get(event_id)


def events(ids: Iterable[UUID]) -> dict[UUID, Event]:
    """Those of the ids that are in the record, with their events."""
    with cursor() as opened:
        found = [event_of(row) for row in opened.execute(EVENTS, (list(ids),))]
    return {one.id: one for one in found}


def known(ids: Iterable[UUID]) -> frozenset[UUID]:
    """Which of the ids are in the record."""
    with cursor() as opened:
        return frozenset(row[0] for row in opened.execute("SELECT event_id FROM ledger_entry WHERE event_id = ANY(%s::uuid[])", (list(ids),)))


def clinics() -> list[UUID]:
    """Every clinic that has entries, in uuid order."""
    hop = """WITH RECURSIVE hop AS (
        (SELECT clinic FROM ledger_entry ORDER BY clinic LIMIT 1)
        UNION ALL SELECT (SELECT e.clinic FROM ledger_entry e WHERE e.clinic > hop.clinic ORDER BY e.clinic LIMIT 1) FROM hop WHERE hop.clinic IS NOT NULL
    ) SELECT clinic FROM hop WHERE clinic IS NOT NULL"""
    with cursor() as opened:
        return [row[0] for row in opened.execute(hop)]


@dataclass(frozen=True)
class StandingRow:
    """One stored standing, as lists show it."""

    stream: UUID
    clinic: UUID
    seq: int
    as_of: datetime
    stage: str
    changes_at: datetime | None
    board: dict[str, Any]


STANDING_COLUMNS = "stream, clinic, seq, as_of, stage, changes_at, board"


def standings(
    clinic: UUID, *, stages: Collection[str] | None = None, streams: Collection[UUID] | None = None, limit: int | None = None, offset: int = 0
) -> list[StandingRow]:
    """A clinic's standings, soonest change first; None means all of that kind."""
    asked = f"""SELECT {STANDING_COLUMNS} FROM ledger_standing
        WHERE clinic = %s AND (%s::text[] IS NULL OR stage = ANY(%s::text[])) AND (%s::uuid[] IS NULL OR stream = ANY(%s::uuid[]))
        ORDER BY changes_at NULLS LAST, stream LIMIT %s OFFSET %s"""
    by_stage = None if stages is None else list(stages)
    by_stream = None if streams is None else list(streams)
    with cursor() as opened:
        return [StandingRow(*row) for row in opened.execute(asked, (clinic, by_stage, by_stage, by_stream, by_stream, limit, offset))]


def standing(stream: UUID) -> StandingRow | None:
    """One stream's stored standing, or None."""
    with cursor() as opened:
        row = opened.execute(f"SELECT {STANDING_COLUMNS} FROM ledger_standing WHERE stream = %s", (stream,)).fetchone()
    return StandingRow(*row) if row else None


def changed_by(now: datetime, limit: int = KEPT) -> list[StandingRow]:
    """Standings whose answer changes at or before `now` with no new event: what the clock's job takes."""
    asked = f"SELECT {STANDING_COLUMNS} FROM ledger_standing WHERE changes_at <= %s ORDER BY changes_at LIMIT %s"
    with cursor() as opened:
        return [StandingRow(*row) for row in opened.execute(asked, (now, limit))]


@dataclass(frozen=True)
class Over:
    """Visits of one person that are over, and how far the person's stream has grown: while both are the same, so is all that was entered of them."""

    stream: UUID
    seq: int
    visits: tuple[UUID, ...]


def visits_over(clinic: UUID, now: datetime, limit: int) -> list[Over]:
    """Of the visits of a clinic that are over, the latest so many, by person."""
    with cursor() as opened:
        return [Over(stream, seq, tuple(visits)) for stream, seq, visits in opened.execute(OVER, (clinic, now, limit))]


def of_visits(over: Collection[Over], kinds: Collection[str]) -> dict[UUID, History]:
    """The entries of these kinds of these visits, a history for each person, and nothing else of anybody."""
    found: dict[UUID, list[Event]] = {each.stream: [] for each in over}
    with cursor() as opened:
        for row in opened.execute(OF_VISITS, (list(found), list(kinds), [visit for each in over for visit in each.visits])):
            event = event_of(row)
            found[event.stream].append(event)
    return {stream: History(tuple(events)) for stream, events in found.items()}


@dataclass(frozen=True)
class BookingRow:
    """One stored booking, as the book shows it."""

    visit: UUID
    stream: UUID
    chair: str
    starts_at: datetime
    ends_at: datetime
    live: bool


def bookings(clinic: UUID, start: datetime, end: datetime) -> list[BookingRow]:
    """The bookings of a clinic that touch [start, end), earliest first."""
    asked = """SELECT visit, stream, chair, starts_at, ends_at, live FROM ledger_booking
        WHERE clinic = %s AND starts_at < %s AND ends_at > %s ORDER BY starts_at, chair"""
    with cursor() as opened:
        return [BookingRow(*row) for row in opened.execute(asked, (clinic, end, start))]
