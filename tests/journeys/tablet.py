"""A nurse's tablet at the chair: its size, its hands, what waits on it, and a clock that goes on without the clinic."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from cable import Cable
from django.contrib.sessions.backends.db import SessionStore
from hands import WATCHED, Hand
from playwright.sync_api import Browser, Locator, Page, expect
from tests.clinic.acts_walk import CALM, Walk

from kairn.clinic.people import idle

TABLET = {"width": 1024, "height": 768}
SOON_MS = 20_000
WAITS = "[data-waiting-says]"
CONTROLLED = """navigator.serviceWorker.ready.then(() => navigator.serviceWorker.controller
  || new Promise(done => navigator.serviceWorker.addEventListener('controllerchange', done))).then(() => true)"""
AHEAD = "self.kairnReal ??= Date.now.bind(Date); Date.now = () => self.kairnReal() + {ms}"


class Tablet:
    """A nurse's tablet on a cable."""

    def __init__(self, browser: Browser, walk: Walk, line: Cable, role: str = "nurse", **more: Any) -> None:
        self.walk, self.line, self.ahead = walk, line, timedelta()
        self.hand = Hand(browser, line.address, walk.users[role], has_touch=True, **more)
        self.page.set_viewport_size(TABLET)

    @property
    def page(self) -> Page:
        return self.hand.page

    @property
    def chair(self) -> str:
        return f"/patients/{self.walk.patient}/visits/{self.walk.visit}/chair"

    def sit(self) -> None:
        """Open the chair, and once more when the worker is there to keep it."""
        self.hand.go(self.chair)
        self.page.evaluate(CONTROLLED)
        self.hand.go(self.chair)
        eventually(lambda: self.page.evaluate("kairnKept.page(location.pathname).then(Boolean)"))

    def later(self, **length: float) -> None:
        """The tablet's own clock goes on, for its pages and for its worker."""
        self.ahead += timedelta(**length)
        script = AHEAD.format(ms=self.ahead // timedelta(milliseconds=1))
        self.hand.context.add_init_script(script)
        for place in (self.page, *self.hand.context.service_workers):
            place.evaluate(script)

    def lock(self) -> None:
        """The server locks the session on this tablet."""
        self._session(idle.lock)

    def unlock(self) -> None:
        """The session is open again."""
        self._session(idle.unlock)

    def _session(self, do: Callable[[SessionStore], None]) -> None:
        session = SessionStore(next(one["value"] for one in self.hand.context.cookies() if one["name"] == "sessionid"))
        do(session)
        session.save()

    def vitals(self, **values: str) -> None:
        self.hand.pad(CALM | values, WATCHED)

    def press(self, act: str) -> None:
        self.hand.press(self.page.locator(f"nav.acts > form[action$='/{act}'] button"))

    def note(self, text: str) -> None:
        self.page.locator("#note textarea").fill(text)
        self.hand.press(self.page.locator("#note button"))

    def given(self, drug: str, dose: str) -> None:
        self.page.locator("#drug [name=drug]").fill(drug)
        self.page.locator("#drug [name=dose]").fill(dose)
        self.hand.press(self.page.locator("#drug form > p button"))

    def unwanted(self, kind: str) -> None:
        self.page.locator(f"#adverse label:has(input[value={kind}])").first.click()
        self.page.locator("#adverse label:has(input[value=mild])").first.click()
        self.hand.press(self.page.locator("#adverse form > p button"))

    def waiting(self, count: int) -> None:
        words, banner = "One entry is saved" if count == 1 else f"{count} entries are saved", self.page.locator(WAITS)
        if count:
            expect(banner).to_contain_text(words, timeout=SOON_MS)
        eventually(lambda: self.page.evaluate("self.kairnKept?.count()") == count)  # a page that has just come has no store yet
        if not count:
            expect(banner).to_be_hidden(timeout=SOON_MS)

    def kept(self) -> Locator:
        return self.page.locator("#kept-entries li")


def eventually(what: Callable[[], Any], tries: int = 100) -> None:
    """Until it is so; the page's own patience is not asked."""
    for _ in range(tries):
        if what():
            return
        time.sleep(0.2)
    raise AssertionError("it did not come to be")
