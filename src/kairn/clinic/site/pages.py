"""How pages are made behind an asynchronous server: each in one thread from its beginning to its end, and a few at a time."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler

from kairn.clinic.people.idle import UNASKED


class Pages(ASGIHandler):
    """Django's own handler, but for its threads.

    Django runs what is not asynchronous, here nearly all of it, piece by piece in threads, with a wait for the event loop between any two pieces, and as
    many pages at once as are asked for; dozens of threads that want to compute then hinder each other, and the news, the most. Here a page goes to a
    thread once and comes back once. So many are made at a time (KAIRN_PAGES_AT_ONCE), the others wait for their turn; and of what no person asked for,
    such as the parts that news bring anew, half as many, so that whoever taps does not stand behind forty boards. A stream of news takes a turn to be
    opened and none while it is open; a form that comes slowly and a page that is fetched slowly take none meanwhile.
    """

    def __init__(self) -> None:
        super().__init__()
        self._turns = asyncio.Semaphore(settings.KAIRN_PAGES_AT_ONCE)
        self._unasked = asyncio.Semaphore(max(1, settings.KAIRN_PAGES_AT_ONCE // 2))

    def load_middleware(self, is_async: bool = False) -> None:
        """All of it as it runs in a thread."""
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: Any) -> Any:
        """One page, in its turn."""
        async with AsyncExitStack() as held:
            if UNASKED in request.headers:
                await held.enter_async_context(self._unasked)
            await held.enter_async_context(self._turns)
            return await sync_to_async(self.get_response)(request)
