"""News in a real browser, the stream of events played by the test: who refreshes, who does not, and what a silence looks like."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from tests.browser import context_for, stop_clock, watched

PATIENCE = 20
PART = "<p id={name} data-stream={stream} data-seq=3></p>"
PLAYED = """
  window.source = null;
  window.EventSource = class extends EventTarget {
    static CLOSED = 2;
    constructor(url) { super(); this.url = url; window.source = this; }
    close() {}
  };
  window.say = (kind, data) => window.source.dispatchEvent(new MessageEvent(kind, { data: JSON.stringify(data) }));
  addEventListener("kairn:news", (event) => event.target.classList.add("asked"), true);
"""
ASKED = "[...document.querySelectorAll('.asked')].map(one => { one.classList.remove('asked'); return one.id })"


@pytest.fixture
def page(browser: Browser, site: str, nurse: str) -> Iterator[Page]:
    """The shelf with three live parts on it: one for each of two streams, one for everything."""
    context = context_for(browser, site, session=nurse)
    seen = watched(context, site)
    seen.page.add_init_script(PLAYED)
    seen.page.clock.install()
    opened = seen.open("/shelf")
    opened.wait_for_function("window.source !== null")
    for name, stream in (("ana", "a"), ("ben", "b"), ("board", "*")):
        opened.evaluate("part => document.querySelector('main').insertAdjacentHTML('beforeend', part)", PART.format(name=name, stream=stream))
    stop_clock(opened)
    yield opened
    assert seen.complaints == []
    context.close()


def test_only_the_part_that_is_older_than_the_news_asks_again(page: Page) -> None:
    page.evaluate("say('news', {stream: 'a', seq: 4})")
    assert page.evaluate(ASKED) == ["ana"]
    page.evaluate("say('news', {stream: 'b', seq: 3})")
    assert page.evaluate(ASKED) == []
    page.evaluate("say('news', {stream: '*', seq: 0})")
    assert page.evaluate(ASKED) == ["ana", "ben", "board"]


def test_a_page_says_how_far_the_record_had_grown_when_it_was_made_unless_another_tab_listened(page: Page) -> None:
    made = page.evaluate("document.body.dataset.since")
    assert made.isdigit() and page.evaluate("window.source.url") == f"/events?since={made}"
    page.evaluate("window.source.onopen()")
    page.evaluate("() => { window.source.readyState = 2; window.source.onerror() }")
    page.clock.run_for(3_000)
    assert page.evaluate("window.source.url") == "/events", "after a gap it looks at everything"


def test_a_second_tab_looks_at_everything_when_it_first_hears_from_the_other(page: Page) -> None:
    page.evaluate("new BroadcastChannel('kairn-news').postMessage({})")
    page.wait_for_function("() => document.querySelectorAll('.asked').length === 3")
    assert page.evaluate(ASKED) == ["ana", "ben", "board"]
    page.clock.run_for(2_000)
    page.evaluate("new BroadcastChannel('kairn-news').postMessage({stream: 'a', seq: 9})")
    page.wait_for_function("() => document.querySelectorAll('.asked').length > 0")
    assert page.evaluate(ASKED) == ["ana"]


def test_a_list_asks_again_where_what_it_shows_has_changed_and_a_chart_does_not(page: Page) -> None:
    for stream in ("a", "of-nobody-here"):
        page.evaluate("stream => say('listed', {stream, seq: 4})", stream)
        assert page.evaluate(ASKED) == [], "charts come first"
        page.clock.run_for(1_000)
        assert page.evaluate(ASKED) == ["board"]


def test_when_news_come_by_the_dozen_a_list_asks_once_a_second(page: Page) -> None:
    asked = []
    for seq in range(4, 16):
        page.evaluate("seq => { say('news', {stream: 'a', seq}); say('listed', {stream: 'a', seq}) }", seq)
        asked.append(page.evaluate(ASKED))
    assert asked == [["ana"]] * 12
    page.clock.run_for(1_000)
    assert page.evaluate(ASKED) == ["board"], "what came meanwhile is on it a second later"
    page.clock.run_for(5_000)
    assert page.evaluate(ASKED) == []
    page.evaluate("say('news', {stream: '*', seq: 0})")
    page.evaluate("say('news', {stream: '*', seq: 0})")
    assert page.evaluate(ASKED) == ["ana", "ben", "board"]
    page.clock.run_for(500)
    assert page.evaluate(ASKED) == []
    page.clock.run_for(500)
    assert page.evaluate(ASKED) == ["board"], "it was asked for twice within the second"


LINES = "board => { document.getElementById(board).innerHTML = '<i id=line-a data-of=a></i><i id=line-b data-of=b></i><i id=line-c data-of=c></i>' }"


def test_news_of_a_line_ask_for_that_line_and_of_anything_else_for_the_whole(page: Page) -> None:
    page.evaluate(LINES, "board")
    page.evaluate("say('news', {stream: 'b', seq: 3})")
    assert page.evaluate(ASKED) == ["line-b"], "also where the clock tells the same seq again"
    page.evaluate("say('listed', {stream: 'b', seq: 3})")
    page.evaluate("say('news', {stream: 'new', seq: 1})")
    assert page.evaluate(ASKED) == [], "the line was brought by the news beside it, and the other is on no list"
    page.evaluate("say('listed', {stream: 'new', seq: 1})")
    page.clock.run_for(1_000)
    assert page.evaluate(ASKED) == ["board"]
    page.clock.run_for(1_000)
    page.evaluate("say('news', {stream: '*', seq: 0})")
    assert page.evaluate(ASKED) == ["ana", "ben", "board"]


def test_where_many_lines_change_within_a_second_the_whole_is_brought(page: Page) -> None:
    page.evaluate(LINES, "board")
    asked = []
    for stream in "abcabcabc":
        page.evaluate("stream => say('news', {stream, seq: 3})", stream)
        asked += page.evaluate(ASKED)
    assert asked == ["line-a", "line-b", "line-c", "line-a", "board"]
    page.clock.run_for(1_000)
    assert page.evaluate(ASKED) == ["board"], "what came meanwhile is on it a second later"
    page.clock.run_for(1_000)
    page.evaluate("say('news', {stream: 'c', seq: 3})")
    assert page.evaluate(ASKED) == ["line-c"]


AGAIN = """() => addEventListener('htmx:afterSwap', () => {
  document.getElementById('cat').innerHTML = '<i id=line-b data-of=b></i>';
  document.getElementById('line-b').addEventListener('kairn:news', (event) => event.stopPropagation());
}, { once: true })"""
"""The whole comes with its line, which keeps its own news to itself."""


class Slow:
    """Parts that are answered when the test says so."""

    LIVE = "<p id={id} {of} data-seq={seq} hx-get=/shelf?{id} hx-select=#{id} hx-trigger=kairn:news hx-swap=outerHTML></p>"

    def __init__(self, page: Page, element: str, of: str) -> None:
        self.page, self.element, self.of = page, element, of
        self.waiting: list[Route] = []
        page.route(f"**/shelf?{element}", lambda route: self.waiting.append(route))
        page.evaluate(
            "part => { document.querySelector('main').insertAdjacentHTML('beforeend', part); htmx.process(document.querySelector('main')) }", self.part(3)
        )

    def part(self, seq: int) -> str:
        """The part as it is at that seq."""
        return self.LIVE.format(id=self.element, of=self.of, seq=seq)

    def asked(self, times: int) -> int:
        """How often it has been asked for and is not answered; whoever is slow has time for as many as that, and all for one more."""
        until = time.monotonic() + PATIENCE
        while len(self.waiting) < times and time.monotonic() < until:
            self.page.wait_for_timeout(50)
        self.page.wait_for_timeout(200)
        return len(self.waiting)

    def answer(self, seq: int) -> None:
        """The oldest request is answered with the part as it was then."""
        route = self.waiting.pop(0)
        with self.page.expect_response(f"**/shelf?{self.element}"):
            route.fulfill(body=self.part(seq), content_type="text/html")
        self.page.wait_for_function(f"() => document.getElementById('{self.element}').dataset.seq === '{seq}'")
        self.page.clock.run_for(500)


def test_what_is_told_while_a_part_is_on_its_way_is_asked_for_when_it_is_there(page: Page) -> None:
    slow = Slow(page, "cat", "data-stream=c")
    for seq in (4, 5, 6):
        page.evaluate("seq => say('news', {stream: 'c', seq})", seq)
    assert slow.asked(1) == 1
    slow.answer(4)
    assert slow.asked(1) == 1, "the answer is older than what was told meanwhile"
    slow.answer(6)
    assert slow.asked(0) == 0, "nothing was told that is not on the page"
    page.evaluate("say('news', {stream: 'c', seq: 7})")
    page.evaluate("say('news', {stream: 'c', seq: 8})")
    assert slow.asked(1) == 1
    slow.answer(8)
    assert slow.asked(0) == 0, "the answer was asked for before and is as new as what was told"


def test_lines_that_are_told_while_the_whole_board_is_on_its_way_come_after_it_and_it_does_not(page: Page) -> None:
    """Else, where the whole takes as long as it takes until the next news, it is asked for without end."""
    page.evaluate("document.getElementById('board').remove()")
    slow = Slow(page, "cat", "data-stream=*")
    page.evaluate("say('news', {stream: '*', seq: 0})")
    assert slow.asked(1) == 1
    page.evaluate(LINES, "cat")
    page.evaluate(ASKED)
    for stream in "bb":
        page.evaluate("stream => say('news', {stream, seq: 1})", stream)
    assert page.evaluate(ASKED) == [], "the whole may be older than these"
    page.evaluate(AGAIN)
    slow.answer(4)
    assert slow.asked(0) == 0 and page.evaluate(ASKED) == ["line-b"]
    page.clock.run_for(2_000)
    page.evaluate("say('news', {stream: '*', seq: 0})")
    page.evaluate("say('news', {stream: '*', seq: 0})")
    page.clock.run_for(1_000)
    assert slow.asked(1) == 1
    slow.answer(5)
    page.clock.run_for(1_000)
    assert slow.asked(1) == 1, "everything was to be looked at once more"
    slow.answer(6)


def test_silence_is_shown_within_ten_seconds_and_every_part_asks_again_after_it(page: Page) -> None:
    banner = page.locator("[data-lost]").first
    page.clock.run_for(3_000)
    page.evaluate("say('beat', {})")
    assert banner.is_hidden()
    page.clock.run_for(10_000)
    expect(banner).to_be_visible()
    assert "Connection lost" in banner.inner_text()
    page.evaluate("say('beat', {})")
    expect(banner).to_be_hidden()
    assert page.evaluate(ASKED) == ["ana", "ben", "board"]


def test_a_part_asks_again_once_when_the_clock_changes_it_and_a_kept_one_does_not(page: Page) -> None:
    changes = "() => { document.querySelector('#ana').dataset.changes = new Date(kairn.now() + 5000).toISOString(); }"
    page.evaluate(changes)
    page.clock.run_for(3_000)
    assert page.evaluate(ASKED) == []
    page.clock.run_for(3_000)
    assert page.evaluate(ASKED) == ["ana"]
    page.clock.run_for(3_000)
    assert page.evaluate(ASKED) == []
    page.evaluate("document.body.dataset.kept = '2026-11-01T10:00:00Z'")
    page.evaluate(changes)
    page.clock.run_for(9_000)
    assert page.evaluate(ASKED) == []


def test_the_clock_takes_nothing_from_under_a_hand_that_writes(page: Page) -> None:
    page.evaluate("document.querySelector('#ana').innerHTML = '<textarea></textarea><input type=radio name=r>'")
    page.locator("#ana textarea").fill("Wishes to stop")
    page.evaluate("document.querySelector('#ana').dataset.changes = new Date(kairn.now() - 1000).toISOString()")
    page.clock.run_for(9_000)
    assert page.evaluate(ASKED) == []
    page.locator("#ana input").check()
    page.locator("#ana textarea").fill("")
    page.clock.run_for(9_000)
    assert page.evaluate(ASKED) == []
    page.evaluate("document.querySelector('#ana input').checked = false")
    page.clock.run_for(9_000)
    assert page.evaluate(ASKED) == ["ana"]


def test_what_a_page_asks_for_by_itself_is_told_apart_from_a_tap(page: Page) -> None:
    part = "<p id=own hx-get=/shelf?own hx-trigger='kairn:news, click' hx-swap=none></p><p id=again hx-get=/shelf?again hx-trigger='every 5s' hx-swap=none></p>"
    page.evaluate("part => { document.querySelector('main').insertAdjacentHTML('beforeend', part); htmx.process(document.querySelector('main')) }", part)
    said = {}
    for name, deed in (
        ("own", lambda: page.evaluate("htmx.trigger('#own', 'kairn:news', {})")),
        ("again", lambda: page.clock.run_for(6_000)),
        ("own", lambda: page.locator("#own").dispatch_event("click")),
    ):
        with page.expect_request(f"**/shelf?{name}") as asked:
            deed()
        said[name, "kairn-unasked" in asked.value.headers] = True
    assert list(said) == [("own", True), ("again", True), ("own", False)]


FOLDS = """
<div id=folds data-made={made} hx-get=/shelf?folds hx-select=#folds hx-select-oob=#along hx-trigger=kairn:news hx-swap=outerHTML>
  <details data-fold=why{open}><summary>{made} reasons</summary></details><details><summary>Closed</summary></details></div>
<div id=along><details{open}><summary>Along</summary></details>
  <details data-rule=a{open}><summary>No</summary><details data-fold=settled{open}><summary>2</summary></details></details>
  <details data-rule=b{open}><summary>No</summary><details data-fold=settled><summary>2</summary></details></details></div>
"""
OPEN = "[...document.querySelectorAll('#folds details, #along details')].map(one => one.open)"
MADE = "document.getElementById('part').dataset.made"
STOOD = [True, False, True, True, True, True, False]


def test_what_a_reader_opened_stays_open_when_its_part_is_brought_anew_or_comes_along(page: Page) -> None:
    page.evaluate(
        "part => { document.querySelector('main').insertAdjacentHTML('beforeend', part); htmx.process(document.querySelector('main')) }",
        FOLDS.format(made=2, open=" open"),
    )
    assert page.evaluate(OPEN) == STOOD
    _bring(page, "folds", status=204)
    page.evaluate("document.querySelector('#along details').open = false")
    _bring(page, "folds", body=FOLDS.format(made=3, open=""))
    page.wait_for_function("document.getElementById('folds').dataset.made === '3'")
    page.clock.run_for(500)
    assert page.evaluate(OPEN) == [True, False, False, True, True, True, False], "what was closed after an answer that brought nothing stays closed"


def test_nothing_is_drawn_anew_under_a_finger(page: Page) -> None:
    part = "<p id=part data-made={made} hx-get=/shelf?part hx-select=#part hx-trigger=kairn:news hx-swap=outerHTML><button>Four</button></p>"
    page.evaluate(
        """part => {
          document.querySelector('main').insertAdjacentHTML('afterbegin', part); htmx.process(document.querySelector('main'));
          window.taps = 0; addEventListener('click', event => { taps += event.target.textContent === 'Four' });
        }""",
        part.format(made=2),
    )
    page.locator("#part button").hover()
    page.mouse.down()
    _bring(page, "part", body=part.format(made=3))
    assert page.evaluate(MADE) == "2", "somebody is pressing"
    page.mouse.up()
    assert page.evaluate("taps") == 1
    page.clock.run_for(500)
    page.wait_for_function(f"() => {MADE} === '3'")
    page.mouse.down()
    page.clock.run_for(1_100)
    _bring(page, "part", body=part.format(made=4))
    page.wait_for_function(f"() => {MADE} === '4'")


def _bring(page: Page, of: str, **answer: Any) -> None:
    """The part is asked for, and answered so."""
    page.route(f"**/shelf?{of}", lambda route: route.fulfill(content_type="text/html", **answer))
    with page.expect_response(f"**/shelf?{of}"):
        page.evaluate("of => htmx.trigger('#' + of, 'kairn:news', {})", of)
    page.clock.run_for(500)
