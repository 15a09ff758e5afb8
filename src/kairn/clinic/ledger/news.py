"""What happened just now: one LISTEN in each process, handed on to every open screen."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection
from psycopg.conninfo import make_conninfo

from kairn.clinic.ledger.session import cursor

CHANNEL = "kairn_news"
WAITING = 256
AGAIN_SECONDS = 1.0
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class News:
    """A stream has grown to seq; with `listed`, what lists show of it has changed, which is told beside the other.

    Stream None: something may have been missed, look again at everything.
    """

    stream: UUID | None
    seq: int
    clinic: UUID | None = None
    listed: bool = False

    @property
    def is_for_lists(self) -> bool:
        """Whether lists ask for themselves again, and no chart: also where the clinic's own stream has grown, as when a protocol is put in force."""
        return self.listed or (self.stream is not None and self.stream == self.clinic)


MISSED = News(None, 0)


class _Desk:
    """One listener of one event loop and the queues it feeds."""

    def __init__(self) -> None:
        self._queues: set[asyncio.Queue[News]] = set()
        self._task: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._heard = asyncio.Event()

    async def join(self) -> asyncio.Queue[News]:
        """A queue that gets all news from now on; returns once the database is being heard."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop, self._queues, self._task, self._heard = loop, set(), None, asyncio.Event()
        queue: asyncio.Queue[News] = asyncio.Queue(WAITING)
        self._queues.add(queue)
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._listen())
        if self._heard.is_set():
            queue.put_nowait(MISSED)
        await self._heard.wait()
        return queue

    def leave(self, queue: asyncio.Queue[News]) -> None:
        """No more news to that queue; the last one out ends the listening."""
        self._queues.discard(queue)
        if not self._queues and self._task is not None:
            self._task.cancel()
            self._task = None
            self._heard.clear()

    async def _listen(self) -> None:
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(address(), autocommit=True) as heard:
                    await heard.execute(f"LISTEN {CHANNEL}")
                    self._heard.set()
                    self._tell(MISSED)
                    async for notice in heard.notifies():
                        self._tell(parsed(notice.payload))
            except (psycopg.Error, OSError) as fault:
                log.warning("News are not heard (%s); trying again in %s s.", type(fault).__name__, AGAIN_SECONDS)
            await asyncio.sleep(AGAIN_SECONDS)

    def _tell(self, news: News) -> None:
        for queue in self._queues:
            told = news
            if queue.full():
                _all_of(queue)
                told = MISSED
            queue.put_nowait(told)


def _all_of(queue: asyncio.Queue[News]) -> list[News]:
    """What waits in it, taken out."""
    return [queue.get_nowait() for _ in range(queue.qsize())]


def parsed(payload: str) -> News:
    """The news in a notification; anything unreadable means: look again."""
    try:
        plain: dict[str, Any] = json.loads(payload)
        return News(UUID(plain["stream"]), int(plain["seq"]), UUID(plain["clinic"]), bool(plain.get("listed")))
    except (ValueError, KeyError, TypeError):
        return MISSED


POSITION = "SELECT coalesce(max(position), 0) FROM ledger_entry WHERE clinic = %s"
AFTER = "SELECT stream, seq FROM ledger_entry WHERE clinic = %s AND position > %s ORDER BY position LIMIT %s"


def position(clinic: UUID) -> int:
    """How far the record of a clinic has grown. Positions are in the order of the commits, so whoever reads afterwards misses nothing up to this one."""
    with cursor() as opened:
        (found,) = opened.execute(POSITION, (clinic,)).fetchone() or (0,)
    return int(found)


def after(clinic: UUID, since: int) -> tuple[News, ...]:
    """What was told to charts and to lists after that position; MISSED alone where that is much."""
    with cursor() as opened:
        rows = opened.execute(AFTER, (clinic, since, WAITING)).fetchall()
    if len(rows) == WAITING:
        return (MISSED,)
    return tuple(News(stream, seq, clinic, listed) for stream, seq in dict(rows).items() for listed in (False, True))


def address() -> str:
    """The address Django's default connection uses, for a connection of our own."""
    kept = connection.settings_dict
    parts = {"dbname": kept["NAME"], "user": kept["USER"], "password": kept["PASSWORD"], "host": kept["HOST"], "port": kept["PORT"]}
    plain = {key: value for key, value in (kept.get("OPTIONS") or {}).items() if isinstance(value, (str, int)) and key != "pool"}
    return make_conninfo("", **{key: value for key, value in parts.items() if value}, **plain)


DESK = _Desk()


async def listen() -> AsyncIterator[tuple[News, ...]]:
    """All news from now on, as many at a time as are there, first MISSED alone (look once). Close it (aclose) when the screen goes away."""
    queue = await DESK.join()
    try:
        while True:
            yield latest([await queue.get(), *_all_of(queue)])
    finally:
        DESK.leave(queue)


def latest(heard: Iterable[News]) -> tuple[News, ...]:
    """Of each stream the last that was said to charts and to lists; MISSED alone where it is among them, as it says all."""
    last = {(each.stream, each.listed): each for each in heard}
    return (MISSED,) if MISSED in last.values() else tuple(last.values())
