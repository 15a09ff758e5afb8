"""The look, in a real browser: every component in every state, at the narrowest and the widest, light and dim."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from tests.browser import THEMES, WIDTHS, context_for, watched

ROOT = Path(__file__).resolve().parents[2]
SCREENS = ROOT / "src" / "kairn" / "clinic" / "screens"
STATIC = SCREENS / "static"
BUDGET, PAPER = 30_000, 2_000
TARGET, AT_THE_CHAIR = 48, 60
HEIGHTS = "all => all.filter(one => one.offsetParent).map(one => [one.offsetHeight, one.textContent.trim()])"
KEPT = "caches.keys().then(names => Promise.all(names.map(name => caches.open(name).then(kept => kept.keys())))).then(all => all.flat().map(one => one.url))"


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_the_shelf_is_accessible_quiet_and_never_wider_than_its_window(browser: Browser, site: str, nurse: str, width: int, theme: str) -> None:
    context = context_for(browser, site, width=width, theme=theme, session=nurse, bypass_csp=True)
    seen = watched(context, site)
    page = seen.open("/shelf")
    page.eval_on_selector_all("details", "all => all.forEach(one => { one.open = !one.closest('.bar') })")
    assert page.title() == "Component shelf"
    assert seen.serious() == []
    assert seen.overflow() == 0
    assert seen.complaints == []
    context.close()


@pytest.fixture
def shelf(browser: Browser, site: str, nurse: str) -> Iterator[Page]:
    """The shelf under the clinic's own content policy; a complaint of the page fails the test that opened it."""
    context = context_for(browser, site, session=nurse)
    seen = watched(context, site)
    seen.open("/shelf")
    assert seen.complaints == []
    yield seen.page
    context.close()


def test_every_component_stands_on_the_shelf(shelf: Page) -> None:
    elsewhere = {"foot", "why", "icon"}  # in the frame of every page, or inside another component
    source = (SCREENS / "templates" / "kairn" / "shelf.html").read_text(encoding="utf-8")
    shown = set(re.findall(r"<c-([a-z]+)", source))
    written = {path.stem for path in (SCREENS / "templates" / "cotton").glob("*.html")}
    assert written - shown <= elsewhere, f"not on the shelf: {sorted(written - shown - elsewhere)}"


def test_a_gate_tells_its_facts_its_source_and_its_grade_in_one_click(shelf: Page) -> None:
    gate = shelf.locator("details.gate[data-rule=bp-rise-review]")
    assert not gate.locator(".why").is_visible()
    gate.locator("summary").click()
    told = gate.locator(".why").inner_text()
    assert "24 Nov 2026 09:30" in told and "prescribing information" in told and "Grade: low" in told
    assert "Cuff position" in told and "not recorded" in told and "written reason" in told


def test_the_clock_ticks_in_server_time(shelf: Page) -> None:
    before = shelf.locator(".phase [data-count]").inner_text()
    assert re.fullmatch(r"\d\d:\d\d", before)
    shelf.wait_for_function("before => document.querySelector('.phase [data-count]').textContent !== before", arg=before)
    assert "ago" in shelf.locator("[data-ago]").first.inner_text()


def test_a_tablet_with_a_wrong_clock_shows_the_right_time(browser: Browser, site: str, nurse: str) -> None:
    seen = watched(context_for(browser, site, session=nurse), site)
    seen.page.add_init_script("const real = Date.now; Date.now = () => real() + 86400000;")
    page = seen.open("/shelf")
    assert page.locator(".phase [data-count]").inner_text().startswith("01:")
    assert page.locator(".value [data-ago]").inner_text() == "3 min ago"
    seen.page.context.close()


def test_the_pad_types_and_saves_only_on_the_second_tap(shelf: Page) -> None:
    shelf.locator("#p-systolic").focus()
    for key in ("1", "4", "8", "back", "9"):
        shelf.locator(f"[data-key='{key}']").click()
    assert shelf.locator("#p-systolic").input_value() == "149"
    shelf.locator("[data-key=next]").click()
    assert shelf.evaluate("document.activeElement.id") == "p-diastolic"
    posts: list[str] = []
    shelf.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    save = shelf.locator("[data-padset] [data-two-taps]")
    save.click()
    assert save.inner_text() == "Tap again to save" and posts == []
    assert "Systolic 149 mmHg" in shelf.locator("[data-pad-say]").inner_text()
    save.click()
    shelf.wait_for_load_state()
    assert len(posts) == 1


def test_targets_are_as_big_as_a_thumb(shelf: Page) -> None:
    for selector, least in ((".btn:not(.btn--small, .toast .btn), .opt, .tickbox, .gate > summary", TARGET), (".acts .btn, .key, .rung", AT_THE_CHAIR)):
        heights = shelf.eval_on_selector_all(selector, HEIGHTS)
        assert heights
        assert [one for one in heights if one[0] < least] == []


def test_the_theme_is_kept_on_this_device_with_and_without_script(browser: Browser, site: str, nurse: str) -> None:
    for script in (True, False):
        context = context_for(browser, site, session=nurse, theme="auto", java_script_enabled=script)
        page = watched(context, site).open("/shelf")
        page.locator(".bar-menu summary").click()
        with page.expect_response(re.compile("/theme$")):
            page.locator("[data-theme-form] button[value=dim]").click()
        page.goto(site + "/shelf")
        assert page.locator("html").get_attribute("data-theme") == "dim"
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(17, 16, 15)"
        context.close()


def test_lanes_are_drawn_and_told_as_a_table_too(shelf: Page) -> None:
    assert shelf.locator(".lane-plot canvas").count() == shelf.locator(".lane").count()
    inked = "canvas => new Uint32Array(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.buffer).some(pixel => pixel !== 0)"
    assert all(shelf.locator(".lane-plot canvas").nth(i).evaluate(inked) for i in range(shelf.locator(".lane").count()))
    shelf.locator(".lane-table summary").click()
    assert "148/88" in shelf.locator(".lane-table").inner_text()


def test_the_service_worker_is_active_and_keeps_no_page(shelf: Page, site: str) -> None:
    shelf.evaluate("navigator.serviceWorker.ready.then(() => true)")
    assert shelf.evaluate("navigator.serviceWorker.ready.then(ready => ready.scope)") == site + "/"
    kept = shelf.evaluate(KEPT)
    assert kept and all(url.startswith(f"{site}/static/") for url in kept)


def test_the_manifest_is_neutral(shelf: Page, site: str) -> None:
    told = json.loads(shelf.request.get(site + "/manifest.webmanifest").text())
    assert told["name"] == "Kairn" and told["start_url"] == "/"
    assert all(shelf.request.get(site + icon["src"]).ok for icon in told["icons"])


def test_the_stylesheet_fits_its_budget_and_nothing_is_green() -> None:
    css, paper = ((STATIC / "kairn" / name).read_bytes() for name in ("kairn.css", "print.css"))
    assert len(css) <= BUDGET and len(paper) <= PAPER
    colours = re.findall(r"#([0-9A-F]{6})\b", (css + paper).decode())
    assert colours
    assert [one for one in colours if int(one[2:4], 16) > 24 + max(int(one[:2], 16), int(one[4:], 16))] == []


def test_vendored_files_are_the_ones_that_were_checked() -> None:
    lines = (STATIC / "vendor" / "SHA512SUMS").read_text(encoding="utf-8").splitlines()
    written = dict(reversed(line.split("  ", 1)) for line in lines)
    vendor = STATIC / "vendor"
    files = [path for path in vendor.rglob("*") if path.is_file() and path.name != "SHA512SUMS"]
    found = {path.relative_to(vendor).as_posix(): hashlib.sha512(path.read_bytes()).hexdigest() for path in files}
    assert found == written
    for package in tomllib.loads((ROOT / "scripts" / "vendor.toml").read_text(encoding="utf-8"))["package"]:
        names = {Path(name).name for name in package["files"]}
        assert any("LICEN" in name.upper() for name in names), f"{package['name']} comes without its licence"
        assert all(f"{package['folder']}/{name}" in written for name in names)


LIGHTER = """() => {
  const rows = document.createElement('ul')
  for (const name of ['', '', 'colour', 'colour', 'ground', '']) rows.append(Object.assign(document.createElement('li'), {textContent: `${name} of a row`}))
  for (const n of [2, 3]) rows.children[n].style.color = '#aaa'
  rows.children[4].style.background = '#222'
  document.querySelector('main').append(rows)
}"""
"""Six rows: two in too light a colour, which look alike, and one on too dark a ground."""


def test_the_watch_sees_a_planted_fault(browser: Browser, site: str, nurse: str) -> None:
    context = context_for(browser, site, width=min(WIDTHS), session=nurse, bypass_csp=True)
    seen = watched(context, site)
    page = seen.open("/shelf")
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<button></button><p class=planted>wide</p>')")
    page.evaluate("document.querySelector('.planted').style.width = '2000px'; console.error('planted')")
    page.evaluate(LIGHTER)
    found = seen.serious()
    assert any(finding.startswith("button-name") for finding in found)
    assert [finding.split(">")[1][:7] for finding in found if finding.startswith("color-contrast")] == ["colour ", "ground "]
    assert seen.overflow() > 0
    assert seen.complaints == ["planted"]
    context.close()


def test_the_keyboard_meets_the_skip_link_first_and_every_stop_shows(shelf: Page) -> None:
    shelf.keyboard.press("Tab")
    assert shelf.evaluate("document.activeElement.textContent") == "Skip to the content"
    shelf.keyboard.press("Enter")
    assert shelf.evaluate("document.activeElement.id") == "main"
    for _ in range(12):
        shelf.keyboard.press("Tab")
        shown = shelf.evaluate("(({outlineStyle, outlineWidth}) => outlineStyle + ' ' + outlineWidth)(getComputedStyle(document.activeElement))")
        assert shown == "solid 3px", shelf.evaluate("document.activeElement.outerHTML")
