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
from playwright.sync_api import Browser, BrowserContext, Error, Page

WIDTHS = (320, 1440)
THEMES = ("light", "dim")
AXE = Path(axe_playwright_python.__path__[0]) / "axe.min.js"
SERIOUS = ("serious", "critical")
COLOURS = ["color-contrast", "link-in-text-block"]
ASKED = """async ([known, colours, structure, preload]) => {
  const grounds = new Map([[null, '']]), first = new Map()
  const ground = one => {
    const own = has => [has.backgroundColor, has.backgroundImage, has.opacity].join()
    if (!grounds.has(one)) grounds.set(one, ground(one.parentElement) + own(getComputedStyle(one)))
    return grounds.get(one)
  }
  const says = one => one.matches('input, select, textarea') || [...one.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim())
  for (const one of document.querySelectorAll('body *')) {
    if (!says(one) || (known && one.closest(known)) || !one.checkVisibility()) continue
    const has = getComputedStyle(one)
    const look = [one.localName, has.color, has.fontSize, has.fontWeight, has.textDecorationLine, has.textShadow, ground(one)].join('|')
    if (!first.has(look)) first.set(look, one)
  }
  const how = {resultTypes: ['violations'], preload, iframes: false}
  const off = Object.fromEntries(colours.map(name => [name, {enabled: false}]))
  const all = structure ? [await axe.run(known ? {exclude: [[known]]} : document, {...how, rules: off})] : []
  if (first.size) all.push(await axe.run({include: [...first.values()]}, {...how, runOnly: colours}))
  return all.flatMap(done => done.violations)
}"""
"""The rules of colours, of one text for each look: what is written how, on which grounds; and all other rules of the whole page, where asked for."""
SETTLES_MS, TRIES = 400, 5
PICTURED = os.environ.get("KAIRN_PICTURES") == "1"
TALL = 6000
"""Pixels beyond which a page is pictured as far as its window shows it."""


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
        return serious(self.page, preload=True)


def serious(page: Page, known: str = "", *, structure: bool = True, preload: bool = False) -> list[str]:
    """Serious and critical findings of axe, one line a finding, but for the parts that another look knows.

    Colours take nearly all of axe's time: of texts that look alike on alike grounds the first is read. `structure` is the words and what holds them, which
    another theme leaves alone. `preload` fetches the style sheets once more, for the one rule that reads them: it is enough to ask it on some pages.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(ASKED, [known, COLOURS, structure, preload])
    return [f"{one['id']}: {node['html'][:160]}" for one in found if one["impact"] in SERIOUS for node in one["nodes"]]


def dress(page: Page, theme: str) -> None:
    """The page in that theme, with what is drawn on it drawn anew."""
    page.evaluate("theme => { document.documentElement.dataset.theme = theme; document.dispatchEvent(new Event('kairn:theme')) }", theme)
    page.wait_for_timeout(SETTLES_MS)


def unfold(page: Page, selector: str) -> None:
    """Open what the first of these stands in or is, if it is folded: found and opened in one breath, as news may draw it anew at any moment."""
    page.wait_for_selector(selector, state="attached")
    page.evaluate("selector => { const part = document.querySelector(selector).closest('details'); if (part) part.open = true }", selector)


def stop_clock(page: Page) -> None:
    """The installed clock of the page stands, a second from now: again where the machine needed longer than that to say so."""
    for left in reversed(range(TRIES)):
        try:
            page.clock.pause_at(page.evaluate("Date.now()") / 1000 + 1)
            return
        except Error:
            if not left:
                raise


def looked_at(page: Page, folder: Path, name: str) -> list[str]:
    """What is serious and what sticks out, light and dim, with a picture of each where pictures are asked for."""
    faults = []
    width = page.evaluate("innerWidth")
    for theme in THEMES:
        dress(page, theme)
        if PICTURED:
            page.screenshot(path=folder / f"{name}-{width}-{theme}.png", full_page=page.evaluate("document.body.scrollHeight") < TALL)
        wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        said = serious(page, structure=theme == THEMES[0]) + ([f"{wider} px wider"] if wider > 0 else [])
        faults += [f"{name} {width} {theme}: {one}" for one in said]
    return faults


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
