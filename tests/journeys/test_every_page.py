"""Every page, narrow in every state and wide in its first, light and dim.

Nothing serious from axe, nothing wider than the window, nothing on the console.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.urls import URLPattern, get_resolver, reverse
from playwright.sync_api import Browser, Page
from stops import CLOSED, MACHINES, STOPS, Stop, fill
from tests.browser import THEMES, WIDTHS, Watched, context_for, serious, watched
from world import LASTS, World, build

from kairn.clinic.people.table import table

PATIENCE = 30_000
"""A page that never answers is a fault; one that answers late on a busy machine is not what this test is for (the figures page measures that)."""
WIDEST = """() => [...document.querySelectorAll('main *, header *')]
  .map(one => [one.getBoundingClientRect().right, one.outerHTML.slice(0, 120)]).sort((a, b) => b[0] - a[0])[0]"""
NOT_TAKEN = re.compile(r"the server responded with a status of 4(03|04|09|12|22)")


@pytest.fixture(scope="module")
def world(browser: Browser, site: str, demo_clinic: UUID) -> World:
    """Made once a worker."""
    return build(browser, site, demo_clinic)


def addresses(found: Iterable[Any] | None = None, before: tuple[str, ...] = ()) -> dict[str, tuple[str, ...]]:
    """Every address of the site by its name, with the words of its arguments."""
    held: dict[str, tuple[str, ...]] = {}
    for one in get_resolver().url_patterns if found is None else found:
        words = before + (tuple(one.pattern.converters) or tuple(one.pattern.regex.groupindex))
        held |= {str(one.name): words} if isinstance(one, URLPattern) else addresses(one.url_patterns, words)
    return held


def pages() -> set[str]:
    """The names of all addresses of the URLconf that answer GET; one that the access table does not list counts too."""
    return {name for name in addresses() if "GET" in table().views.get(name, {"GET": ""})}


def path_of(stop: Stop, world: World) -> str:
    """The address of a stop."""
    named = {"in force": world.protocols.in_force, "second": world.lots[1]}
    held = world.words(stop.of, stop.who) | {word: named.get(said, said) for word, said in stop.words}
    return reverse(stop.view, kwargs={word: held[word] for word in addresses()[stop.view]}) + stop.query


class Walk:
    """One width: contexts by who, and what was found."""

    def __init__(self, browser: Browser, site: str, world: World, width: int, folder: Path) -> None:
        self.browser, self.site, self.world, self.width, self.folder = browser, site, world, width, folder
        self.contexts: dict[str, Watched] = {}
        self.visited: set[str] = set()
        self.faults: list[str] = []

    def as_(self, who: str) -> Watched:
        """A page of somebody's own browser."""
        if who not in self.contexts:
            session = self.world.sessions.get(who, "")
            context = context_for(self.browser, self.site, width=self.width, session=session, service_workers="block")
            context.set_default_timeout(PATIENCE)
            self.contexts[who] = watched(context, self.site)
        return self.contexts[who]

    def stop(self, stop: Stop) -> None:
        """Open one page in one state and look at it."""
        seen = self.as_(stop.who)
        seen.complaints.clear()
        try:
            self._look(stop, seen)
        except Exception as fault:  # one broken page must not hide the others
            self.faults.append(f"{stop.name}: {type(fault).__name__} {str(fault).splitlines()[0]}")
        self.visited.add(stop.view)
        expected = NOT_TAKEN if stop.refused else re.compile("$^")
        self.faults += [f"{stop.name}: console: {said}" for said in seen.complaints if not expected.search(said)]
        seen.page.goto("about:blank")  # or it would go on asking for news beside every page after it

    def _look(self, stop: Stop, seen: Watched) -> None:
        answer = seen.page.goto(self.site + path_of(stop, self.world))
        assert answer is not None and (answer.ok or stop.refused), f"answered {answer and answer.status}"
        if stop.deed:
            stop.deed(seen.page)
        seen.page.wait_for_load_state("load")
        assert not (stop.refused and stop.deed) or refusing(seen.page), "the deed was taken where the stop is a refused one"
        seen.page.eval_on_selector_all("main details", "all => all.forEach(one => { one.open = true })")
        for theme in THEMES:
            seen.page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
            self.faults += [f"{stop.name}, {self.width}, {theme}: {one}" for one in serious(seen.page, stop.known, structure=theme == THEMES[0])]
        seen.page.screenshot(path=self.folder / f"{stop.name}-{self.width}.png")
        if seen.overflow() > 0:
            self.faults.append(f"{stop.name}, {self.width}: {seen.overflow()} px wider than the window: {widest(seen.page)}")

    def close(self) -> None:
        for seen in self.contexts.values():
            seen.page.context.close()


def refusing(page: Page) -> bool:
    """Whether a page says that it took nothing: by its answer, or by a sentence that can be seen."""
    status = page.evaluate("performance.getEntriesByType('navigation')[0].responseStatus")
    return bool(HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR) or page.locator(".errors:visible, .error:visible").count() > 0


def widest(page: Page) -> str:
    """The element that sticks out most."""
    return str(page.evaluate(WIDEST))


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_in_every_state(
    browser: Browser, site: str, database: Any, world: World, tmp_path: Path, width: int, capsys: pytest.CaptureFixture[str], settings: Any
) -> None:
    settings.KAIRN_IDLE_MINUTES = LASTS // 60  # somebody whose turn comes late in the walk is not locked out by then; the lock has tests of its own
    walk = Walk(browser, site, world, width, tmp_path)
    stops = STOPS if width == WIDTHS[0] else list({stop.view: stop for stop in reversed(STOPS)}.values())[::-1]
    for stop in stops:
        walk.stop(stop)
    walk.visited |= closed_pages(walk) | machines(walk)
    walk.close()
    listed = pages()
    with capsys.disabled():
        print(
            f"\nevery page at {width} px: visited {len(walk.visited & listed)} / {len(listed)} addresses, {len(stops)} states, {THEMES}, pictures in {tmp_path}"
        )
    assert listed - walk.visited == set(), "these pages of the URLconf were never visited"
    assert not walk.faults, f"{len(walk.faults)} faults:\n" + "\n".join(walk.faults)


def test_a_deed_that_was_taken_where_it_is_a_refused_one_is_a_fault(browser: Browser, site: str, database: Any, world: World, tmp_path: Path) -> None:
    walk = Walk(browser, site, world, WIDTHS[-1], tmp_path)
    walk.stop(Stop("preflight", "taken", of="Dan", deed=fill("main form[method=post]", heart_rate="72"), refused=True))
    walk.close()
    assert [fault for fault in walk.faults if "was taken" in fault]


def closed_pages(walk: Walk) -> set[str]:
    """Pages that stay closed to everybody: asked for and refused."""
    seen = walk.as_("plain")
    for view in CLOSED:
        answer = seen.page.request.get(walk.site + path_of(Stop(view), walk.world), max_redirects=0)
        if answer.status not in (302, 403):
            walk.faults.append(f"{view}: answered {answer.status} where it is closed")
    return set(CLOSED)


def machines(walk: Walk) -> set[str]:
    """What is no page: each answers, the stream of news with its own kind of content."""
    for view, who in MACHINES.items():
        seen = walk.as_(who)
        url = walk.site + path_of(Stop(view, who=who, of="Ana"), walk.world)
        seen.page.goto(walk.site + ("/today" if who == "nurse" else "/accounts/login/"))
        status = seen.page.evaluate("url => fetch(url).then(answer => { answer.body?.cancel(); return answer.status })", url)
        if status != 200 and not (view == "tablets-certificate" and status == 404):
            walk.faults.append(f"{view}: answered {status}")
    return set(MACHINES)
