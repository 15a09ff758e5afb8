"""News for screens: a stream and its seq, no content, and only of streams the reader may see."""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict
from collections.abc import AsyncIterator, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db import close_old_connections

from kairn.clinic.acts.context import Context
from kairn.clinic.ledger.news import MISSED, News, listen
from kairn.clinic.people.may import may
from kairn.clinic.people.models import User
from kairn.clinic.people.relations import relations_of_each
from kairn.clinic.people.visibility import visible

__all__ = ["MISSED", "News", "hearers", "news"]
REMEMBERED = 64
"""Answers for so many pieces of news are at hand for those who hear them a little later."""


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
        self._asked: OrderedDict[tuple[asyncio.AbstractEventLoop, News], asyncio.Future[frozenset[UUID]]] = OrderedDict()

    def join(self, ear: _Ear) -> None:
        """From now on."""
        self._ears[ear] += 1

    def leave(self, ear: _Ear) -> None:
        """No longer, with this screen; others of the same person may stay open."""
        self._ears[ear] -= 1
        self._ears += Counter()  # lets go of whoever is at zero

    async def hear(self, each: News) -> frozenset[UUID]:
        """Who of them may hear this. The first one asks, the others wait for the same answer."""
        key = (asyncio.get_running_loop(), each)
        if key not in self._asked:
            ids = {ear.user for ear in self._ears if ear.is_for(each)}
            # A thread of its own: the one of a request would end with the screen that happened to ask first.
            self._asked[key] = asyncio.ensure_future(sync_to_async(hearers, thread_sensitive=False)(each, ids))
            while len(self._asked) > REMEMBERED:
                self._asked.popitem(last=False)
        return await asyncio.shield(self._asked[key])


LISTENERS = _Listeners()


async def news(context: Context) -> AsyncIterator[News]:
    """All news from now on that this person may hear, first MISSED (stream None: look once at everything). Close it when the screen goes away."""
    ear = await sync_to_async(_ear)(context)
    LISTENERS.join(ear)
    try:
        async with aclosing(listen()) as heard:  # type: ignore[type-var]
            async for each in heard:
                if each.stream is None or (ear.is_for(each) and ear.user in await LISTENERS.hear(each)):
                    yield each
    finally:
        LISTENERS.leave(ear)


def _ear(context: Context) -> _Ear:
    try:
        own = context.user.own_patient
        return _Ear(context.user.id, context.clinic, own.id if own and not context.user.membership else None)
    finally:
        close_old_connections()


def hearers(each: News, asked: Iterable[UUID]) -> frozenset[UUID]:
    """Who of these accounts may hear this. Asked anew for each, as the accounts stand now: a care team changes, and one is closed, while a screen is open."""
    try:
        users = [user for user in User.objects.open_now(asked) if user.clinic_id == each.clinic]
        if each.stream is None or each.stream == each.clinic:
            return frozenset(user.id for user in users)
        held = relations_of_each(users, each.stream)
        return frozenset(user.id for user in users if may(user, "news.hear", held[user.id]).granted and "identity" in visible(user, held[user.id]))
    finally:
        # Given back: a process that hears news for hours would hold a connection for each thread that asked.
        close_old_connections()
