"""News for screens: a stream and its seq, no content, and only of streams the reader may see."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from uuid import UUID

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import close_old_connections

from kairn.clinic.acts.context import Context
from kairn.clinic.ledger.lately import Lately
from kairn.clinic.ledger.news import MISSED, News, after, listen, position
from kairn.clinic.people.may import may
from kairn.clinic.people.models import User
from kairn.clinic.people.open_accounts import open_now
from kairn.clinic.people.relations import relations_of_each
from kairn.clinic.people.visibility import visible

__all__ = ["MISSED", "News", "hearers", "news", "position"]


@dataclass(frozen=True)
class _Ear:
    """Somebody at an open screen. A patient hears of one person, `only`; staff of anybody they may see."""

    user: UUID
    clinic: UUID
    only: UUID | None

    def is_for(self, each: News) -> bool:
        """Whether the news can be for this person at all: hundreds of phones ask nothing of the database when somebody else is charted."""
        return each.clinic == self.clinic and (self.only is None or each.stream in (self.only, self.clinic))


class _Listeners:
    """Everybody in this process who listens, so that each piece of news is asked about once for all of them."""

    def __init__(self) -> None:
        self._ears: Counter[_Ear] = Counter()
        self._asked: Lately[int, tuple[News, asyncio.Future[dict[News, frozenset[UUID]]]]] = Lately(settings.KAIRN_NEWS_REMEMBERED)

    def join(self, ear: _Ear) -> None:
        """From now on."""
        self._ears[ear] += 1

    def leave(self, ear: _Ear) -> None:
        """No longer, with this screen; others of the same person may stay open."""
        self._ears[ear] -= 1
        self._ears += Counter()  # lets go of whoever is at zero

    async def hear(self, heard: Iterable[News]) -> dict[News, frozenset[UUID]]:
        """Who of them may hear each of these. The first one asks, the others wait for the same answer.

        By identity: the clock tells the same seq again, later, and then others listen and others may.
        """
        asked = {each: self._asked.get(id(each)) for each in heard}
        if fresh := [each for each, answer in asked.items() if answer is None]:
            ids = {ear.user for ear in self._ears if any(ear.is_for(each) for each in fresh)}
            # A thread of its own: the one of a request would end with the screen that happened to ask first.
            answer = asyncio.ensure_future(sync_to_async(hearers, thread_sensitive=False)(fresh, ids))
            asked |= {each: self._asked.put(id(each), (each, answer)) for each in fresh}
        return {each: (await asyncio.shield(held[1]))[each] for each, held in asked.items() if held}


LISTENERS = _Listeners()


async def news(context: Context, since: int | None = None) -> AsyncIterator[tuple[News, ...]]:
    """All news from now on that this person may hear, as many at a time as are there; first MISSED (stream None: look once at everything).

    With `since`, the position (`position`) that was asked before what the screen shows was read: first what was told after it, in place of MISSED.
    Close it when the screen goes away.
    """
    ear = await sync_to_async(_ear)(context)
    LISTENERS.join(ear)
    try:
        async with aclosing(listen()) as heard:  # type: ignore[type-var]
            async for some in heard:
                if since is not None and MISSED in some:
                    some, since = await sync_to_async(_after)(context.clinic, since), None
                if mine := await _for_ear(ear, some):
                    yield mine
    finally:
        LISTENERS.leave(ear)


async def _for_ear(ear: _Ear, some: tuple[News, ...]) -> tuple[News, ...]:
    if MISSED in some:
        return some
    concerns = [each for each in some if ear.is_for(each)]
    allowed = await LISTENERS.hear(concerns) if concerns else {}
    return tuple(each for each in concerns if ear.user in allowed[each])


def _after(clinic: UUID, since: int) -> tuple[News, ...]:
    try:
        return after(clinic, since)
    finally:
        close_old_connections()


def _ear(context: Context) -> _Ear:
    try:
        own = context.user.own_patient
        return _Ear(context.user.id, context.clinic, own.id if own and not context.user.membership else None)
    finally:
        close_old_connections()


def hearers(heard: Iterable[News], asked: Iterable[UUID]) -> dict[News, frozenset[UUID]]:
    """Who of these accounts may hear each of these.

    Asked anew whenever something is told, as the accounts stand now: a care team changes, and an account is closed, while a screen is open.
    """
    try:
        said = tuple(heard)
        users = open_now(asked)
        held = relations_of_each(users, {each.stream for each in said if each.stream and each.stream != each.clinic})
        return {each: frozenset(user.id for user in users if user.clinic_id == each.clinic and _may_hear(user, each, held)) for each in said}
    finally:
        # Given back: a process that hears news for hours would hold a connection for each thread that asked.
        close_old_connections()


def _may_hear(user: User, each: News, held: dict[tuple[UUID, UUID], frozenset[str]]) -> bool:
    if each.stream is None or each.stream == each.clinic:
        return True
    related = held[user.id, each.stream]
    return may(user, "news.hear", related).granted and "identity" in visible(user, related)
