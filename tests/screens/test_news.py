"""News in a real browser, the stream of events played by the test: who refreshes, who does not, and what a silence looks like."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser import context_for, watched

PART = "<p id={name} data-stream={stream} data-seq=3></p>"
PLAYED = """
  window.source = null;
  window.EventSource = class extends EventTarget {
    static CLOSED = 2;
    constructor() { super(); window.source = this; }
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
    opened.clock.pause_at(opened.evaluate("Date.now()") / 1000 + 1)
    yield opened
    assert seen.complaints == []
    context.close()


def test_only_the_part_that_is_older_than_the_news_asks_again(page: Page) -> None:
    page.evaluate("say('news', {stream: 'a', seq: 4})")
    assert page.evaluate(ASKED) == ["ana", "board"]
    page.clock.run_for(1_000)
    page.evaluate("say('news', {stream: 'b', seq: 3})")
    assert page.evaluate(ASKED) == ["board"]
    page.clock.run_for(1_000)
    page.evaluate("say('news', {stream: '*', seq: 0})")
    assert page.evaluate(ASKED) == ["ana", "ben", "board"]


def test_when_news_come_by_the_dozen_a_board_asks_at_once_and_then_once_a_second(page: Page) -> None:
    asked = []
    for seq in range(4, 16):
        page.evaluate("seq => say('news', {stream: 'a', seq})", seq)
        asked.append(page.evaluate(ASKED))
    assert asked == [["ana", "board"]] + [["ana"]] * 11
    page.clock.run_for(1_000)
    assert page.evaluate(ASKED) == ["board"], "what came meanwhile is on it a second later"
    page.clock.run_for(5_000)
    assert page.evaluate(ASKED) == []


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


def test_what_a_reader_opened_stays_open_when_its_part_is_brought_anew(page: Page) -> None:
    part = "<div id=part><details{}><summary>Why</summary>Because.</details><details><summary>Closed</summary></details></div>"
    page.evaluate("part => document.querySelector('main').insertAdjacentHTML('beforeend', part)", part.format(" open"))
    page.evaluate("htmx.trigger(document.body, 'htmx:beforeSwap', {target: document.getElementById('part')})")
    page.evaluate("part => { document.getElementById('part').outerHTML = part }", part.format(""))
    page.evaluate("htmx.trigger(document.body, 'htmx:afterSettle', {})")
    assert page.evaluate("[...document.querySelectorAll('#part details')].map(one => one.open)") == [True, False]
