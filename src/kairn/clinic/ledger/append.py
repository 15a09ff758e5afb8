"""Adding to the record: one transaction, streams locked in order, the clinic's head locked at the very end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar
from uuid import UUID

import msgspec
import psycopg
from django.db import transaction

from kairn.clinic.ledger.answers import Answer, Appended, Clash, Conflict, Stale
from kairn.clinic.ledger.projection import Project, Projected, projection_text, store
from kairn.clinic.ledger.read import SHELF, events, history
from kairn.clinic.ledger.rows import body_text, placed, same_body
from kairn.clinic.ledger.session import cursor, in_transaction
from kairn.clinic.ledger.together import TOGETHER, Places, Request
from kairn.record.event import Draft, Event
from kairn.record.history import History

T = TypeVar("T")

TRIES = 8
ANY_SEQ = 0
RECENT = 8
OPEN = "SELECT stream, seq, known, now FROM ledger_open(%s::uuid[], %s::uuid[])"
FIELDS = """clinic, stream, stream_kind, seq, event_id, kind, schema, occurred_at,
  by_id, by_name, by_role, sent_by_id, sent_by_name, sent_by_role, payload"""
TYPES = """clinic uuid, stream uuid, stream_kind text, seq bigint, event_id uuid, kind text, schema int, occurred_at timestamptz,
  by_id text, by_name text, by_role text, sent_by_id text, sent_by_name text, sent_by_role text, payload jsonb"""
INSERT = f"""INSERT INTO ledger_entry ({FIELDS})
  SELECT {FIELDS} FROM ROWS FROM (jsonb_to_recordset(%s::jsonb) AS ({TYPES})) WITH ORDINALITY AS given({FIELDS}, place) ORDER BY place
  RETURNING event_id, recorded_at"""
INSERT_BACKDATED = f"""INSERT INTO ledger_entry ({FIELDS}, recorded_at)
  SELECT {FIELDS}, recorded_at
  FROM ROWS FROM (jsonb_to_recordset(%s::jsonb) AS ({TYPES}, recorded_at timestamptz)) WITH ORDINALITY AS given({FIELDS}, recorded_at, place) ORDER BY place
  RETURNING event_id, recorded_at"""
CLASHES: dict[str, Clash] = {
    "ledger_booking_chair": Clash("chair", "That chair is taken at that time. Choose another chair or another time."),
    "ledger_balance_amount": Clash("balance", "That is more than there is, or more than ever came in. Count what is left and correct the amount."),
    "ledger_balance_received": Clash("balance", "That is no amount that can be received. Correct the amount."),
    "ledger_balance_lowest": Clash("balance", "That is more than there was at that time. Correct the amount or the time, or record first what came in before."),
    "ledger_second": Clash("second", "Nobody is the second person of their own entry. Ask a colleague who is signed in as themselves."),
}
RETRY = (psycopg.errors.UniqueViolation, psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)


@dataclass(frozen=True)
class Backdated:
    """Recorded times written by the owner (demo seeder, restore); the clinic is marked so for ever."""

    mode: Literal["demo", "restored"]
    recorded_at: Mapping[UUID, datetime]


def append(
    clinic: UUID,
    drafts: Sequence[Draft],
    *,
    expected_seq: Mapping[UUID, int] | None = None,
    project: Project | None = None,
    backdated: Backdated | None = None,
) -> Answer:
    """Put all drafts into the record, or none; returns only after the commit unless the caller's own transaction is open.

    `expected_seq` (stream -> seq shown) is demanded for every stream that gets a decision, and checked wherever given, also of a
    stream that these drafts only rest on.
    `project` makes the stored projection of each touched stream, in the same transaction.
    A draft whose id stands in the record with the same body is not stored again. `occurred_at` is part of the body: a form sends
    the moment it was given along with its event id. Raises ValueError (a bug), Unreadable (a character that cannot be kept).
    """
    _demand_expected(drafts, expected_seq or {})
    work = _Work(clinic, tuple(drafts), dict(expected_seq or {}), project, backdated)
    return _until_settled(work.at_once)


def project_again(clinic: UUID, stream: UUID, make: Callable[[History], Projected]) -> bool:
    """Write one stream's projection anew from its whole history, under the stream's lock; False where the stream is empty."""

    def once() -> bool:
        with transaction.atomic(), cursor() as opened:
            opened.execute(OPEN, ([stream], []))
            past = history(stream)
            if past.events:
                store(opened, clinic, stream, past.seq, make(past))
            return bool(past.events)

    return _retried(once)


def _demand_expected(drafts: Sequence[Draft], expected: Mapping[UUID, int]) -> None:
    if not drafts:
        raise ValueError("append was called with no drafts.")
    if len({draft.id for draft in drafts}) != len(drafts):
        raise ValueError("Two drafts of one batch carry the same event id.")
    for draft in drafts:
        if type(draft.payload).DECISION and draft.stream not in expected:
            raise ValueError(f"{draft.kind} is a decision: pass expected_seq for stream {draft.stream}.")


def _until_settled(once: Callable[[], Answer]) -> Answer:
    try:
        return _retried(once)
    except (psycopg.errors.ExclusionViolation, psycopg.errors.CheckViolation) as refused:
        clash = CLASHES.get(refused.diag.constraint_name or "")
        if clash is None:
            raise
        return clash


def _retried(once: Callable[[], T]) -> T:
    for attempt in range(TRIES):
        try:
            return once()
        except RETRY:
            # Somebody else took this place or this id first; what they wrote is visible now.
            if attempt == TRIES - 1:
                raise
    raise AssertionError("unreachable")


@dataclass(frozen=True)
class _Work:
    """One append, run as often as it takes."""

    clinic: UUID
    drafts: tuple[Draft, ...]
    expected: dict[UUID, int]
    project: Project | None
    backdated: Backdated | None

    def at_once(self) -> Answer:
        """In one statement, resting on what this process knows of the streams; where that was not enough, step by step."""
        if self.backdated is not None or in_transaction() or not self.expected.keys() <= set(self._streams()):
            return self.once()
        known = self._known()
        if any(known[stream].seq != seq for stream, seq in self.expected.items()) or self._sent_just_now(known):
            return self.once()
        new = self._placed_next(known)
        request = self._request(known, new)
        places = request and TOGETHER.send(request)
        return self._done(known, new, places) if places else self.once()

    def _exact(self) -> bool:
        """Whether this append rests on what came before it."""
        return self.project is not None or bool(self.expected)

    def _known(self) -> dict[UUID, History]:
        """What was known of each stream a moment ago. The database refuses what rests on less than there is."""
        kept = {stream: SHELF.get(stream) for stream in self._streams()}
        return {stream: history(stream) if self._exact() and not past.seq else past for stream, past in kept.items()}

    def _sent_just_now(self, known: Mapping[UUID, History]) -> bool:
        """Whether this is a form sent twice. The database would refuse it just as well, but that is a line in its log."""
        ids = {draft.id for draft in self.drafts}
        return any(event.id in ids for past in known.values() for event in past.events[-RECENT:])

    def _placed_next(self, known: Mapping[UUID, History]) -> list[Event]:
        now = datetime.now(UTC)
        if self._exact():
            return self._placed(self.drafts, {stream: past.seq for stream, past in known.items()}, now)
        return [placed(draft, self.clinic, ANY_SEQ, now) for draft in self.drafts]

    def _request(self, known: Mapping[UUID, History], new: Sequence[Event]) -> Request | None:
        """What goes to the database; None where a projection takes more than one statement."""
        texts = [self._projected(stream, _grown(past, stream, new)) for stream, past in known.items()] if self.project else []
        return None if None in texts else Request(frozenset(known), body_text(new), tuple(filter(None, texts)))

    def _projected(self, stream: UUID, grown: History) -> tuple[str, str] | None:
        return projection_text(self.clinic, stream, grown.seq, self.project(stream, grown) if self.project else None)

    def _done(self, known: Mapping[UUID, History], new: Sequence[Event], places: Places) -> Appended:
        made = tuple(msgspec.structs.replace(event, seq=places[event.id][0], recorded_at=places[event.id][1]) for event in new)
        _shelve(known, made)
        return Appended(made)

    def _streams(self) -> list[UUID]:
        return list({draft.stream for draft in self.drafts})

    def once(self) -> Answer:
        with transaction.atomic(), cursor() as opened:
            rows = opened.execute(OPEN, (list({*self._streams(), *self.expected}), [draft.id for draft in self.drafts]), prepare=True).fetchall()
            heads: dict[UUID, int] = {row[0]: row[1] for row in rows}
            stored = events(draft.id for draft in self.drafts) if rows[0][2] else {}
            fresh = [draft for draft in self.drafts if draft.id not in stored]
            refused = self._refused(fresh, stored, heads)
            if refused is not None:
                return refused
            new = self._placed(fresh, heads, rows[0][3])
            pasts = self._pasts(new, heads)
            self._store_projections(opened, pasts, new)
            new = self._insert(opened, new)
        _shelve(pasts, new)
        found = stored | {event.id: event for event in new}
        return Appended(tuple(found[draft.id] for draft in self.drafts), repeated=not new)

    def _refused(self, fresh: Sequence[Draft], stored: Mapping[UUID, Event], heads: Mapping[UUID, int]) -> Conflict | Stale | None:
        for draft in self.drafts:
            if draft.id in stored and not same_body(stored[draft.id], draft, self.clinic):
                return Conflict(draft.id)
        already = set(self._streams()) - {draft.stream for draft in fresh}
        for stream in sorted(self.expected.keys() - already if fresh else ()):
            if heads[stream] != self.expected[stream]:
                return Stale(stream, self.expected[stream], heads[stream])
        return None

    def _placed(self, fresh: Sequence[Draft], heads: Mapping[UUID, int], now: datetime) -> list[Event]:
        latest = dict(heads)
        made = []
        for draft in fresh:
            latest[draft.stream] += 1
            made.append(placed(draft, self.clinic, latest[draft.stream], self._recorded_at(draft) or now))
        return made

    def _recorded_at(self, draft: Draft) -> datetime | None:
        return self.backdated.recorded_at[draft.id] if self.backdated else None

    def _pasts(self, new: Sequence[Event], heads: Mapping[UUID, int]) -> dict[UUID, History]:
        """What was known of each touched stream before this batch; without a projection only what is at hand."""
        pasts = {}
        for stream in {event.stream for event in new}:
            kept = SHELF.get(stream)
            if kept.seq == heads[stream]:
                pasts[stream] = kept
            elif self.project is not None:
                pasts[stream] = history(stream)
        return pasts

    def _store_projections(self, opened: psycopg.Cursor[Any], pasts: Mapping[UUID, History], new: Sequence[Event]) -> None:
        if self.project is None:
            return
        for stream in sorted(pasts):
            grown = _grown(pasts[stream], stream, new)
            store(opened, self.clinic, stream, grown.seq, self.project(stream, grown))

    def _insert(self, opened: psycopg.Cursor[Any], new: list[Event]) -> list[Event]:
        if not new:
            return new
        if self.backdated is not None:
            opened.execute("INSERT INTO ledger_clinic (clinic, mode) VALUES (%s, %s) ON CONFLICT (clinic) DO NOTHING", (self.clinic, self.backdated.mode))
            opened.execute(INSERT_BACKDATED, (body_text(new, self.backdated.recorded_at),))
        else:
            opened.execute(INSERT, (body_text(new),), prepare=True)
        recorded: dict[UUID, datetime] = dict(opened.fetchall())
        return [msgspec.structs.replace(event, recorded_at=recorded[event.id]) for event in new]


def _grown(past: History, stream: UUID, new: Sequence[Event]) -> History:
    return History(past.events + tuple(event for event in new if event.stream == stream))


def _shelve(pasts: Mapping[UUID, History], new: Sequence[Event]) -> None:
    if not in_transaction():
        for stream, past in pasts.items():
            if past.seq + 1 == next(event.seq for event in new if event.stream == stream):
                SHELF.put(stream, _grown(past, stream, new))
