"""Every story of the library as a picture: the page of its person, as whoever cares for them sees it; and the keyboard alone reaches everything."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser import Watched, context_for, session_of, watched

from kairn.clinic.people.demo_people import staff
from kairn.pathway.scenario import Scenario, load_scenario, scenario_files
from kairn.protocol.load import load_protocol

TALL = 1000
MOST_STOPS, SETTLES_MS = 400, 700
# When all that was under way has arrived: nothing is drawn anew any more, neither by news nor by the clock.
STILL = """() => {
  if (document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling')) return false;
  for (const name of ['stream', 'changes']) document.querySelectorAll(`[data-${name}]`).forEach(one => { delete one.dataset[name]; });
  return true;
}"""
LIVE = "[hx-trigger='kairn:news']"
FOLDS = """([live, opens]) => {
  const part = document.querySelector(live), along = document.querySelectorAll(part.getAttribute('hx-select-oob'));
  const folds = [part, ...along].flatMap(one => [...one.querySelectorAll('details')]);
  if (opens) folds.forEach((one, place) => { one.open = place % 2 === 0; one.dataset.stood = ''; });
  const says = one => one.querySelector('summary').textContent.trim();
  const nameless = folds.filter(one => !one.dataset.fold && !one.dataset.rule && /\\d/.test(says(one))).map(says);
  return [nameless, folds.map(one => says(one).replace(/\\d+/g, 'n') + (one.open ? ' open' : ''))];
}"""
NUMBER = """() => {
  const shown = one => one.checkVisibility({visibilityProperty: true}) && !one.disabled && one.tabIndex >= 0;
  const all = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')].filter(shown);
  const groups = new Map();
  return all.map((one, number) => {
    const radio = one.type === 'radio' ? (one.form ? [...document.forms].indexOf(one.form) : '') + '/' + one.name : 'n' + number;
    if (!groups.has(radio)) groups.set(radio, String(groups.size));
    one.dataset.reach = groups.get(radio);
    return [groups.get(radio), one.outerHTML.slice(0, 120)];
  });
}"""


@pytest.fixture(scope="module")
def stories() -> dict[str, Scenario]:
    """Every story that ships, by its file's name."""
    from django.utils import timezone

    protocol = load_protocol("iv-ketamine-oud", "1.0")
    return {path.stem: load_scenario(path, protocol, timezone.now()) for path in scenario_files()}


@pytest.fixture
def nurse(browser: Browser, site: str, database: Any, demo_clinic: UUID) -> Any:
    """The nurse of the demonstration clinic at a tablet."""
    context = context_for(browser, site, width=1180, session=session_of(staff(demo_clinic)["nurse"]))
    yield watched(context, site)
    context.close()


def test_every_story_is_a_picture(nurse: Watched, stories: dict[str, Scenario], pictures: Path) -> None:
    nurse.page.set_viewport_size({"width": 1180, "height": TALL})
    for name, story in stories.items():
        page = nurse.open(f"/patients/{story.patient}")
        expect(page.locator("main, .idband").first).to_be_visible()
        expect(page.locator("body")).to_contain_text(story.person.family_name)
        if story.expected.stage:
            expect(page.locator("body")).to_contain_text(story.expected.stage.split("-")[0].capitalize())
        page.screenshot(path=pictures / f"story-{name}.png")
    assert len(list(pictures.glob("story-*.png"))) >= len(stories)
    assert nurse.complaints == []


def test_pictures_of_the_main_screens(nurse: Watched, stories: dict[str, Scenario], pictures: Path) -> None:
    ben, dan, carla = stories["ben-pressure-high"], stories["dan-pre-flight"], stories["carla-no-escort"]
    shown = {
        "today": "/today", "chair-held": f"/patients/{ben.patient}/visits/{ben.visits['first']}/chair",
        "before-the-start": f"/patients/{dan.patient}/visits/{dan.visits['first']}/preflight",
        "going-home": f"/patients/{carla.patient}/visits/{carla.visits['first']}/home",
        "withdrawal": f"/patients/{stories['omar-withdrawal-heroin'].patient}/course", "protocols": "/protocols",
        "chairs": "/chairs", "minute-by-minute": f"/patients/{carla.patient}/visits/{carla.visits['first']}/replay?minute=80",
        "note-of-the-visit": f"/patients/{carla.patient}/visits/{carla.visits['first']}/note", "protocol-read-aloud": "/protocol",
        "measures": f"/patients/{stories['grace-aftercare'].patient}/measures",
    }  # fmt: skip
    for name, path in shown.items():
        nurse.page.set_viewport_size({"width": 1180, "height": TALL})
        nurse.open(path).screenshot(path=pictures / f"{name}.png")
    assert nurse.complaints == []


def test_a_picture_of_what_a_prescriber_signs(
    browser: Browser, site: str, database: Any, demo_clinic: UUID, stories: dict[str, Scenario], pictures: Path
) -> None:
    context = context_for(browser, site, width=1180, session=session_of(staff(demo_clinic)["prescriber"]))
    prescriber = watched(context, site)
    page = prescriber.open(f"/patients/{stories['grace-aftercare'].patient}/care")
    page.set_viewport_size({"width": 1180, "height": TALL})
    expect(page.get_by_role("button", name="Sign the plan of care")).to_be_visible()
    page.screenshot(path=pictures / "plan-of-care.png")
    assert prescriber.complaints == []
    context.close()


@pytest.mark.parametrize("screen", ["patient", "chair", "home"])
def test_what_a_reader_opened_stays_open_when_news_draw_the_page_anew(nurse: Watched, stories: dict[str, Scenario], screen: str) -> None:
    carla = stories["carla-no-escort"]
    page = nurse.open(f"/patients/{carla.patient}" + ("" if screen == "patient" else f"/visits/{carla.visits['first']}/{screen}"))
    page.wait_for_function(STILL)
    nameless, stood = page.evaluate(FOLDS, [LIVE, True])
    assert nameless == [] and len(stood) > 1, "each is known by a name, or by words that stay the same"
    page.evaluate("live => htmx.trigger(live, 'kairn:news', {})", LIVE)
    page.wait_for_function("() => !document.querySelector('main [data-stood]')")
    page.wait_for_function(STILL)
    assert page.evaluate(FOLDS, [LIVE, False]) == [[], stood]


@pytest.mark.parametrize("screen", ["today", "patient", "preflight", "chair", "home", "tasks", "aftercare"])
def test_the_keyboard_reaches_every_control_and_is_never_caught(nurse: Watched, stories: dict[str, Scenario], screen: str) -> None:
    story = stories[{"preflight": "dan-pre-flight", "chair": "ben-pressure-high", "aftercare": "grace-aftercare"}.get(screen, "carla-no-escort")]
    chart = f"/patients/{story.patient}"
    path = {"today": "/today", "tasks": "/tasks", "patient": chart, "aftercare": f"{chart}/aftercare"}.get(screen)
    page = nurse.open(path or f"{chart}/visits/{story.visits['first']}/{screen}")
    page.wait_for_timeout(SETTLES_MS)
    page.wait_for_function(STILL)
    wanted = dict(page.evaluate(NUMBER))
    reached = tabbed(page)
    assert {what for number, what in wanted.items() if number not in reached} == set()


def tabbed(page: Page) -> set[str]:
    """The controls that Tab reaches, until focus is back where it began; a page that never lets go fails."""
    reached: set[str] = set()
    first = ""
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        now = page.evaluate("document.activeElement === document.body ? '' : (document.activeElement.dataset.reach ?? 'else')")
        if not now or (first and now == first and len(reached) > 1):
            return reached
        first = first or now
        reached.add(now)
    raise AssertionError(f"Tab never came round on {page.url}: focus is caught")
