"""How pages are made behind an asynchronous server: each in one thread from its beginning to its end, and a few at a time."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from typing import Any

from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.db import close_old_connections

from kairn.clinic.people.idle import UNASKED


class Pages(ASGIHandler):
    """Django's own handler, but for its threads.

    Django runs what is not asynchronous, here nearly all of it, piece by piece in threads, with a wait for the event loop between any two pieces, and as
    many pages at once as are asked for; dozens of threads that want to compute then hinder each other, and the news, the most. Here a page goes to a
    thread once and comes back once. So many are made at a time (KAIRN_PAGES_AT_ONCE), the others wait for their turn; and of what no person asked for,
    such as the parts that news bring anew, half as many, so that whoever taps does not stand behind forty boards. A stream of news takes a turn to be
    opened and none while it is open; a form that comes slowly and a page that is fetched slowly take none meanwhile.

    The threads stay, twice as many as pages are made at a time, as Django also asks for one before and after each page. Django would start a thread for
    every request and keep it for as long as a stream of news is open, and the event loop stands still until a new thread has begun. A thread that serves one
    request after another holds nothing of any: whatever asks the database gives its connection back.
    """

    def __init__(self) -> None:
        super().__init__()
        self._threads = ThreadPoolExecutor(settings.KAIRN_PAGES_AT_ONCE * 2, "page")
        self._turns = asyncio.Semaphore(settings.KAIRN_PAGES_AT_ONCE)
        self._unasked = asyncio.Semaphore(max(1, settings.KAIRN_PAGES_AT_ONCE // 2))

    def load_middleware(self, is_async: bool = False) -> None:
        """All of it as it runs in a thread."""
        super().load_middleware(is_async=False)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request."""
        if scope["type"] != "http":
            raise ValueError(f"A web server's request of type {scope['type']!r} was seen, and http is all that is served. Send it elsewhere.")
        async with ThreadSensitiveContext(executor=self._threads):
            await self.handle(scope, receive, send)

    async def get_response_async(self, request: Any) -> Any:
        """One page, in its turn."""
        async with AsyncExitStack() as held:
            if UNASKED in request.headers:
                await held.enter_async_context(self._unasked)
            await held.enter_async_context(self._turns)
            return await sync_to_async(self._page)(request)

    def _page(self, request: Any) -> Any:
        try:
            return self.get_response(request)
        finally:
            close_old_connections()
