"""Appends that wait at the same moment in one process go to the database in one transaction; each is answered after its commit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event, Lock
from uuid import UUID

import psycopg

from kairn.clinic.ledger.session import plain_cursor

SEND = "SELECT event_id, seq, recorded_at FROM ledger_append(%s::uuid[], %s::jsonb, %s::jsonb, %s::jsonb)"

Places = dict[UUID, tuple[int, datetime]]
"""event id -> its seq and when it was recorded."""


@dataclass(eq=False)
class Request:
    """One append as texts: rows are a JSON array, projections (standing, bookings joined by commas). `places` is its answer, None where it was refused."""

    streams: frozenset[UUID]
    rows: str
    projections: tuple[tuple[str, str], ...] = ()
    places: Places | None = None
    settled: bool = False
    called: Event = field(default_factory=Event)


class Together:
    """Whoever comes first sends; who comes meanwhile waits, and the first of those sends for all of them."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._waiting: list[Request] = []
        self._busy = False

    def send(self, request: Request) -> Places | None:
        """The places of this request's events once they are committed. None: nothing of it was stored by this call, or nobody can say; try it alone."""
        with self._guard:
            self._waiting.append(request)
            first, self._busy = not self._busy, True
        if not first:
            request.called.wait()
        if not request.settled:
            try:
                _settle(self._next())
            finally:
                self._call_next()
        return request.places

    def _call_next(self) -> None:
        with self._guard:
            self._busy = bool(self._waiting)
            if self._busy:
                self._waiting[0].called.set()

    def _next(self) -> list[Request]:
        """The requests that go now. Two on one stream never go together, for the later one may rest on what was before the other."""
        with self._guard:
            going, left, touched = list[Request](), list[Request](), set[UUID]()
            for request in self._waiting:
                fits = not touched & request.streams
                (going if fits else left).append(request)
                touched |= request.streams
            self._waiting = left
            return going


def _settle(going: list[Request]) -> None:
    """Send them, and mark each as settled whatever happens: a refusal of one is a refusal of all, and each is then tried alone."""
    try:
        found = _sent(going)
        for request in going:
            request.places = found
    except psycopg.Error:
        return
    finally:
        for request in going:
            request.settled = True
            request.called.set()


def _sent(going: list[Request]) -> Places:
    streams = ",".join(str(stream) for request in going for stream in request.streams)
    projections = [one for request in going for one in request.projections]
    standings = _array(standing for standing, _ in projections) if projections else None
    told = (f"{{{streams}}}", _array(request.rows[1:-1] for request in going), standings, _array(bookings for _, bookings in projections))
    with plain_cursor() as opened:
        return {event_id: (seq, recorded_at) for event_id, seq, recorded_at in opened.execute(SEND, told, prepare=True)}


def _array(parts: Iterable[str]) -> str:
    return "[" + ",".join(filter(None, parts)) + "]"


TOGETHER = Together()
