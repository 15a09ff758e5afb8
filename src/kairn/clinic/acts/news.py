"""News for screens: a stream and its seq, no content, and only of streams the reader may see."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db import close_old_connections

from kairn.clinic.acts.context import Context
from kairn.clinic.ledger.news import MISSED, News, listen
from kairn.clinic.people.may import may, relations
from kairn.clinic.people.models import User
from kairn.clinic.people.visibility import visible

__all__ = ["MISSED", "News", "news"]


async def news(context: Context) -> AsyncIterator[News]:
    """All news from now on that this person may hear, first MISSED (stream None: look once at everything). Close it when the screen goes away."""
    hears = sync_to_async(_hears)
    async with aclosing(listen()) as heard:  # type: ignore[type-var]
        only = await sync_to_async(_only)(context)
        async for each in heard:
            concerns = each.clinic == context.clinic and (only is None or each.stream in (only, context.clinic))
            if each.stream is None or (concerns and await hears(context, each)):
                yield each


def _only(context: Context) -> UUID | None:
    """The one person of whom a patient hears; None for staff. With it hundreds of phones ask nothing of the database when somebody else is charted."""
    try:
        own = context.user.own_patient
        return own.id if own and not context.user.membership else None
    finally:
        close_old_connections()


def _hears(context: Context, each: News) -> bool:
    """Asked anew for each, of the account as it stands now: a care team changes, and an account is closed, while a screen stays open."""
    try:
        return _may_hear(context, each)
    finally:
        # A stream stays open for hours: the connection it asked by is given back, or a few dozen screens would hold them all.
        close_old_connections()


def _may_hear(context: Context, each: News) -> bool:
    user = User.objects.filter(id=context.user.id, is_active=True).first()
    if user is None or user.clinic_id != context.clinic:
        return False
    if each.stream == context.clinic:
        return True
    held = relations(user, each.stream)
    return may(user, "news.hear", held).granted and "identity" in visible(user, held)
