"""The hands of people in a story: each role has a browser of its own, fills forms by what it sees, and complains about nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from playwright.sync_api import Browser, Locator, Page
from tests.browser import Watched, context_for, session_of, watched

PATIENCE = 30_000
LIVE_MS = 2_000
WATCHED = {"apnoea": "no", "pressure_symptoms": "no", "distress": "calm", "nausea": "none"}
"""What is asked with each set of vital signs, of somebody who is well."""
REFUSED = "the server responded with a status of 422"


class Hand:
    """One person at one screen."""

    def __init__(self, browser: Browser, site: str, user: Any, **more: Any) -> None:
        self.site, self.user = site, user
        self.context = context_for(browser, site, session=session_of(user), **more)
        self.context.set_default_timeout(PATIENCE)
        self.seen: Watched = watched(self.context, site)

    @property
    def page(self) -> Page:
        """The screen."""
        return self.seen.page

    @property
    def complaints(self) -> list[str]:
        """What the console said, but for answers that refuse a form: the browser counts those as errors of loading."""
        return [said for said in self.seen.complaints if REFUSED not in said]

    def sign_in_again(self) -> None:
        """A session ends within the day."""
        self.context.add_cookies([{"name": "sessionid", "value": session_of(self.user), "url": self.site}])

    def go(self, path: str) -> Page:
        """Open a page."""
        answer = self.page.goto(self.site + path)
        assert answer is not None and answer.ok, f"{path} answered {answer and answer.status}"
        return self.page

    def press(self, button: Locator) -> None:
        """Tap, twice where that is asked for, and wait for the next page."""
        held = button.element_handle() if button.get_attribute("data-two-taps") else None
        with self.page.expect_navigation():
            if held:  # its words change with the first tap
                held.click()
                held.click()
            else:
                button.click()

    def button(self, words: str, within: str = "main") -> None:
        """Press the button with these words."""
        self.press(self.page.locator(within).get_by_role("button", name=words).first)

    def choose(self, name: str, value: str) -> None:
        """A radio by its visible label."""
        self.page.locator(f"main label:has(input[name='{name}'][value='{value}'])").first.click()

    def enter(self, name: str, value: str) -> None:
        """A field of any kind."""
        field = self.page.locator(f"main [name='{name}']").first
        kind = field.get_attribute("type")
        if kind == "radio":
            self.choose(name, value)
        elif field.evaluate("one => one.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)

    def answer(self, facts: Mapping[str, str], prefix: str = "fact-") -> None:
        """Fill every form of the page that asks one of these facts, and send each."""
        left = {f"{prefix}{fact}": value for fact, value in facts.items()}
        while left:
            first = self.page.locator(f"main [name='{next(iter(left))}']").first
            asked = first.evaluate("one => [...one.form.elements].map(field => field.name)")
            mine = [name for name in left if name in asked]
            for name in mine:
                self.enter(name, left.pop(name))
            self.press(self.page.locator(f"main form:has([name='{mine[0]}'])").first.locator("button:not([type=button])").last)

    def pad(self, readings: Mapping[str, str], choices: Mapping[str, str]) -> None:
        """Vital signs by the numeric pad: big keys, one field after the other, two taps to save."""
        page = self.page
        for name, value in readings.items():
            page.locator(f"#p-{name}").click()
            for digit in value:
                page.locator(f"[data-padset] [data-key='{digit}']").first.click()
        for name, value in choices.items():
            self.choose(name, value)
        self.press(page.locator("[data-padset] [data-two-taps]").first)
