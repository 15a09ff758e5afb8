"""The stream of news: one per browser; it carries a stream and a number, never content."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponseNotAllowed, StreamingHttpResponse
from django.http.response import HttpResponseBase

from kairn.clinic.acts.context import Context, context_of
from kairn.clinic.acts.news import News, news

BEAT_SECONDS = 3
EVERYTHING = "*"
FIRST = "id: 1\n"
"""What makes a browser say that it comes again."""


async def events(request: HttpRequest) -> HttpResponseBase:
    """Server-sent events for this person: `news` with {stream, seq}, `listed` with the same where lists show it otherwise, `beat` while nothing happens.

    `since` is the position at which the page that listens was made. A browser that comes again by itself says so (Last-Event-ID), and looks at everything.
    """
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    # The account as it was read for this request already; auser would read it again.
    context = await sync_to_async(lambda: context_of(request.user))()  # type: ignore[arg-type]
    since = request.GET.get("since", "")
    known = int(since) if since.isascii() and since.isdigit() and "Last-Event-ID" not in request.headers else None
    response = StreamingHttpResponse(_told(context, known), content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


async def _told(context: Context, since: int | None) -> AsyncIterator[str]:
    heard = news(context, since)
    waiting: asyncio.Task[tuple[News, ...]] | None = None
    yield FIRST + _beat()
    try:
        while True:
            waiting = waiting or asyncio.ensure_future(anext(heard))
            done, _ = await asyncio.wait({waiting}, timeout=BEAT_SECONDS)
            if done:
                told, waiting = waiting.result(), None
                yield "".join(map(_news, told))
            else:
                yield _beat()
    finally:
        if waiting:
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        await heard.aclose()  # type: ignore[attr-defined]


def _news(each: News) -> str:
    said = {"stream": str(each.stream) if each.stream else EVERYTHING, "seq": each.seq}
    return f"event: {'listed' if each.is_for_lists else 'news'}\ndata: {json.dumps(said)}\n\n"


def _beat() -> str:
    return "event: beat\ndata: {}\n\n"
