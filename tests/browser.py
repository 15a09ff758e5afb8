"""A real browser on a real server: the site on uvicorn in a thread, sign-in by session cookie, axe, and what the page complained of.

For tests/screens and tests/journeys. pytest-django's own live server is WSGI and waits for ever on the stream of news.
"""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import axe_playwright_python
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page

WIDTHS = (320, 1440)
THEMES = ("light", "dim")
AXE = Path(axe_playwright_python.__path__[0]) / "axe.min.js"
SERIOUS = ("serious", "critical")


MEND = "sudo apt-get install chromium (or: playwright install --with-deps chromium)"
QUIET = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run"]


def chromium(own: str) -> str:
    """The Chromium of this machine, else Playwright's `own`, else nothing: an empty name."""
    named = (os.environ.get("KAIRN_CHROMIUM"), "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", own)
    return next((found for name in named if name and (found := shutil.which(name))), "")


@contextmanager
def serving() -> Iterator[str]:
    """The site at http://localhost:<port> for as long as the block lasts."""
    from kairn.clinic.site.pages import Pages

    door = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(Pages(), lifespan="off", log_level="warning", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://localhost:{door.getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=5)


@dataclass
class Watched:
    """A page and what went wrong on it: errors of its console, and requests to anybody but the clinic."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Goes to a path of the clinic and waits until its scripts have run."""
        self.page.goto(self.address + path)
        self.page.wait_for_load_state("load")
        return self.page

    def overflow(self) -> int:
        """How many pixels the page is wider than its window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - innerWidth"))

    def serious(self) -> list[str]:
        """Serious and critical findings of axe, one line a finding."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
        return [f"{one['id']}: {node['html'][:160]}" for one in found if one["impact"] in SERIOUS for node in one["nodes"]]


def watched(context: BrowserContext, address: str) -> Watched:
    """A fresh page of a context, watched."""
    seen = Watched(context.new_page(), address)
    seen.page.on("console", lambda message: seen.complaints.append(message.text) if message.type == "error" else None)
    seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    seen.page.on("request", lambda request: None if request.url.startswith((address, "data:", "blob:")) else seen.complaints.append(f"asked {request.url}"))
    return seen


def context_for(browser: Browser, address: str, *, width: int = 1440, theme: str = "light", session: str = "", **more: Any) -> BrowserContext:
    """A browser context: a width, a stored theme, and the session cookie of whoever is signed in."""
    context = browser.new_context(viewport={"width": width, "height": 900}, **more)
    cookies = [{"name": "kairn_theme", "value": theme, "url": address}]
    if session:
        cookies.append({"name": "sessionid", "value": session, "url": address})
    context.add_cookies(cookies)  # type: ignore[arg-type]
    return context


def session_of(user: Any) -> str:
    """A signed-in session of an account, as the sign-in page would make it."""
    from django.test import Client

    client = Client()
    client.force_login(user)
    return client.cookies["sessionid"].value
