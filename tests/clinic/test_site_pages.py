"""Pages behind the asynchronous server: a few at a time, whoever tapped before what brings itself, and the news whatever is being made."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.http import HttpResponse
from django.test import AsyncRequestFactory
from loops import run_apart

from kairn.clinic.people.idle import UNASKED
from kairn.clinic.site import pages as pages_module
from kairn.clinic.site.pages import Pages


class Crowd:
    """Views that end when they are told to, and how many run."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.end, self.running, self.most, self.made = threading.Event(), 0, 0, list[str]()
        self.guard = threading.Lock()
        monkeypatch.setattr(Pages, "get_response", self.view)

    def view(self, request: Any) -> HttpResponse:
        with self.guard:
            self.running += 1
            self.most = max(self.most, self.running)
            self.made.append(request.path)
        self.end.wait(60)
        with self.guard:
            self.running -= 1
        return HttpResponse()


@pytest.fixture
def crowd(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Crowd:
    settings.KAIRN_PAGES_AT_ONCE = 4
    return Crowd(monkeypatch)


async def asked(pages: Pages, path: str, **headers: str) -> Any:
    """One request in a context of its own, as the server gives it."""
    from asgiref.sync import ThreadSensitiveContext

    async with ThreadSensitiveContext():
        return await pages.get_response_async(AsyncRequestFactory().get(path, headers=headers))


async def until(so: Callable[[], bool]) -> None:
    """Until it is so; and a little longer, for what must not happen."""
    async with asyncio.timeout(20):
        while not so():
            await asyncio.sleep(0.05)
    await asyncio.sleep(0.3)


def test_a_few_pages_are_made_at_a_time_and_every_one_in_the_end(crowd: Crowd) -> None:
    async def story() -> None:
        pages = Pages()
        all_asked = [asyncio.create_task(asked(pages, f"/{place}")) for place in range(12)]
        await until(lambda: crowd.running == 4)
        assert crowd.running == 4
        crowd.end.set()
        assert len(await asyncio.gather(*all_asked)) == 12

    run_apart(story())
    assert crowd.most == 4 and len(crowd.made) == 12


def test_whoever_taps_does_not_stand_behind_forty_boards(crowd: Crowd) -> None:
    async def story() -> None:
        pages = Pages()
        boards = [asyncio.create_task(asked(pages, "/board", **{UNASKED: "1"})) for _ in range(40)]
        await until(lambda: len(crowd.made) == 2)
        tapped = asyncio.create_task(asked(pages, "/tapped"))
        await until(lambda: "/tapped" in crowd.made)
        assert crowd.made == ["/board", "/board", "/tapped"]
        crowd.end.set()
        await asyncio.gather(tapped, *boards)

    run_apart(story())


def test_a_page_that_fails_gives_its_turn_back(crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_self: Pages, _request: Any) -> HttpResponse:
        raise RuntimeError("a fault of the page")

    async def story() -> None:
        pages = Pages()
        monkeypatch.setattr(Pages, "get_response", fails)
        said = await asyncio.gather(*(asked(pages, "/", **{UNASKED: "1"}) for _ in range(9)), return_exceptions=True)
        assert all(isinstance(one, RuntimeError) for one in said)
        monkeypatch.setattr(Pages, "get_response", crowd.view)
        crowd.end.set()
        assert (await asyncio.wait_for(asked(pages, "/after", **{UNASKED: "1"}), 5)).status_code == 200

    run_apart(story())


def test_forty_requests_share_a_few_threads_and_each_gives_its_connection_back(crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread of its own for each would be started by the event loop, which waits for it, and would stay while a stream of news is open."""
    crowd.end.set()
    threads, given = set[int](), list[int]()

    def view(_self: Pages, request: Any) -> HttpResponse:
        threads.add(threading.get_ident())
        crowd.made.append(request.path)
        return HttpResponse()

    monkeypatch.setattr(Pages, "get_response", view)
    monkeypatch.setattr(pages_module, "close_old_connections", lambda: given.append(threading.get_ident()))

    async def served(pages: Pages, path: str) -> list[Any]:
        came: asyncio.Queue[Any] = asyncio.Queue()
        told = iter(({"type": "http.request", "body": b"", "more_body": False},))

        async def receive() -> Any:
            return next(told, None) or await asyncio.sleep(60)

        async def send(message: Any) -> None:
            threads.add(await sync_to_async(threading.get_ident)())
            await came.put(message)

        scope = {"type": "http", "method": "GET", "path": path, "headers": [], "query_string": b""}
        await pages(scope, receive, send)
        return [came.get_nowait() for _ in range(came.qsize())]

    async def story() -> None:
        pages = Pages()
        answers = await asyncio.gather(*(served(pages, f"/{place}") for place in range(40)))
        assert all(told[0]["status"] == 200 for told in answers)
        with pytest.raises(ValueError, match="'websocket' was seen"):
            await pages({"type": "websocket"}, None, None)

    run_apart(story())
    assert len(crowd.made) == 40 and len(given) == 40
    assert set(given) <= threads and len(threads) <= 8
