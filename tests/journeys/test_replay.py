"""A visit minute by minute: the chair as it was known and as it was, who may look, what is logged, and the page with and without JavaScript."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, expect
from test_session_note import page_of, reader, stories
from tests.browser import context_for, session_of
from tests.screens.desk_walk import REFUSED

from kairn.clinic.acts.context import context_of
from kairn.clinic.acts.outcome import Refused
from kairn.clinic.acts.replay import Known, Replay, replay
from kairn.clinic.people.demo_people import DOMAIN, staff
from kairn.clinic.people.models import AccessLog, User
from kairn.clinic.screens.forms import words
from kairn.clinic.screens.replay.page import ReplayPage
from kairn.pathway.scenario import Scenario
from kairn.record.payloads import Observed

__all__ = ["stories"]
OF_THE_FORMS = {"ids", "again", "forms", "unwanted", "cannulas", "numbers", "choices", "home"}
"""What a chair holds for its forms (ids made for each page, and what was typed), and the forecast of going home, which is of now and is not replayed."""


def visit_of(story: Scenario) -> UUID:
    """The story's latest visit."""
    return next(reversed(story.visits.values()))


def address(story: Scenario, view: str = "replay") -> str:
    """The address of the replay of the story's latest visit."""
    return reverse(view, args=[story.patient, visit_of(story)])


def shown(clinic: UUID, story: Scenario, **query: Any) -> ReplayPage:
    """The page object as a nurse sees it."""
    answer = reader(staff(clinic)["nurse"]).get(address(story), query)
    assert answer.status_code == 200
    page: ReplayPage = answer.context["page"]
    return page


def told(clinic: UUID, story: Scenario, minute: int | None, known: Known) -> Replay:
    """One minute as the act answers it to a nurse."""
    found = replay(context_of(staff(clinic)["nurse"]), story.patient, visit_of(story), minute, known)
    assert found and not isinstance(found, Refused)
    return found


def minute_of(clinic: UUID, story: Scenario, at: datetime) -> int:
    """The minute of a moment of the story."""
    return told(clinic, story, None, "then").span.minute(at)


def written_late(clinic: UUID, story: Scenario) -> Any:
    """The set of the story that was written down later."""
    return next(one for one in told(clinic, story, None, "today").entries if isinstance(one.payload, Observed) and one.late)


@pytest.mark.parametrize("name", ["Ana", "Ben", "Carla", "Dan"])
def test_the_latest_minute_of_a_running_visit_is_the_chair(stories: Mapping[str, Scenario], demo_clinic: UUID, monkeypatch: Any, name: str) -> None:
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)
    chair, page = page_of(reader(staff(demo_clinic)["nurse"]), "chair", stories[name]), shown(demo_clinic, stories[name])
    assert page.then and page.minute == page.latest
    for each in fields(chair):
        assert each.name in OF_THE_FORMS or getattr(page.then.chair, each.name) == getattr(chair, each.name), each.name
    for then, today in zip(page.then.chair.cannulas.lines, chair.cannulas.lines, strict=True):
        assert (then.what, then.since, then.age, then.looked, then.tried, then.out) == (
            today.what,
            today.since,
            today.age,
            today.looked,
            today.tried,
            today.out,
        )


@pytest.mark.parametrize("name", ["Jonas", "Kim", "Hugo"])
@pytest.mark.parametrize("known", ["then", "today"])
def test_the_latest_minute_of_a_closed_visit_agrees_with_its_note(stories: Mapping[str, Scenario], demo_clinic: UUID, name: str, known: Known) -> None:
    note, page = page_of(reader(staff(demo_clinic)["nurse"]), "session_note", stories[name]), shown(demo_clinic, stories[name], known=known)
    assert page.then and page.minute == page.latest and page.then.chair.phase == "closed"
    volume, dose = page.then.chair.infused.split(", ")
    assert note.infused.startswith(f"{dose} in {volume} by the recorded times")
    taken = [vital for vital in note.flowsheet if vital.by]
    assert dict(taken[-1].row.named)[words.head("heart_rate")] == next(one.value for one in page.then.chair.latest if one.name == "heart_rate")


def test_no_minute_of_what_was_known_rests_on_what_was_recorded_later(stories: Mapping[str, Scenario], demo_clinic: UUID) -> None:
    looked = 0
    for name in ("Ana", "Ben", "Carla", "Jonas", "Kim"):
        whole = told(demo_clinic, stories[name], None, "then")
        for minute in range(0, whole.span.latest + 1, 3):
            seen = told(demo_clinic, stories[name], minute, "then")
            future = {event.id for event in seen.today.events if event.recorded_at > seen.moment}
            assert not future & {event.id for event in seen.chart.history.events}
            standing = seen.chart.standing
            weighed = (*standing.verdicts, *(hold.verdict for hold in standing.holds), *(flag.verdict for flag in standing.flags))
            assert not future & {finding.event for verdict in weighed for finding in verdict.findings}, (name, minute)
            looked += 1
    assert looked > len(stories)


def test_nothing_of_the_future_is_drawn_or_told(stories: Mapping[str, Scenario], demo_clinic: UUID) -> None:
    for name, known in (("Carla", "then"), ("Carla", "today"), ("Kim", "then")):
        for minute in range(0, shown(demo_clinic, stories[name]).latest, 9):
            page, seen = shown(demo_clinic, stories[name], minute=minute, known=known), told(demo_clinic, stories[name], minute, known)  # type: ignore[arg-type]
            assert page.then
            marks = {event.occurred_at.timestamp() for event in seen.chart.history.events}
            drawn = [(row["kind"], point) for row in page.then.chair.lanes["rows"] for point in row["points"]]
            assert all(point["t"] in marks for kind, point in drawn if kind != "model" and point["state"] not in ("due", "missed")), (name, minute)
            assert all(point["t"] <= seen.moment.timestamp() for kind, point in drawn if point["state"] != "due"), (name, minute)
            assert len(page.then.entries) == sum(1 for event in seen.chart.history.events if getattr(event.payload, "visit", None) == visit_of(stories[name]))


def test_what_was_written_down_later_is_told_apart(stories: Mapping[str, Scenario], demo_clinic: UUID) -> None:
    carla = stories["Carla"]
    late = written_late(demo_clinic, carla)
    minute = minute_of(demo_clinic, carla, late.occurred_at) + 2
    then, today = (shown(demo_clinic, carla, minute=minute, known=known) for known in ("then", "today"))
    assert then.then and today.then
    assert (then.later, today.later) == (1, 1)
    assert not [entry for entry in then.then.entries if entry.later], "what was known then holds nothing of later"
    (marked,) = [entry for entry in today.then.entries if entry.later]
    assert marked.moment.seq == late.seq and marked.later.startswith("written down later, ")
    assert [one.value for one in then.then.chair.latest if one.name == "systolic"] == ["136"]
    assert [one.value for one in today.then.chair.latest if one.name == "systolic"] == ["128"]
    known = shown(demo_clinic, carla, minute=minute_of(demo_clinic, carla, late.recorded_at))
    assert known.then and known.later == 0 and late.seq in {entry.moment.seq for entry in known.then.entries}


def test_the_two_words_give_two_answers(stories: Mapping[str, Scenario], demo_clinic: UUID) -> None:
    carla = stories["Carla"]
    late = written_late(demo_clinic, carla)
    minute = minute_of(demo_clinic, carla, late.occurred_at) + 23
    silent = "No reading for two intervals after the infusion"
    held = {known: [hold.part.title for hold in shown(demo_clinic, carla, minute=minute, known=known).then.chair.holds] for known in ("then", "today")}  # type: ignore[union-attr]
    assert silent in held["then"] and silent not in held["today"]


def test_an_opening_is_one_row_and_its_minutes_are_none(stories: Mapping[str, Scenario], demo_clinic: UUID, caplog: Any) -> None:
    carla, nurse = stories["Carla"], reader(staff(demo_clinic)["nurse"])

    def rows() -> int:
        return AccessLog.objects.filter(patients__contains=[carla.patient]).count()

    before = rows()
    opening = nurse.get(address(carla)).context["opening"]
    assert rows() == before + 1
    for minute in range(3):
        step = nurse.get(address(carla, "replay_step"), {"minute": minute, "known": "then", "opening": opening})
        assert step.status_code == 200 and step["HX-Replace-Url"].endswith(f"?minute={minute}&known=then")
    assert rows() == before + 1
    assert "wrote no row" not in caplog.text
    for whose in ("", "made-up", reader(staff(demo_clinic)["prescriber"]).get(address(carla)).context["opening"]):
        step = nurse.get(address(carla, "replay_step"), {"minute": 1, "opening": whose}, headers={"HX-Request": "true"})
        assert step["HX-Redirect"] == address(carla) + "?minute=1", "who has not opened it is sent to open it"
    other = nurse.get(address(stories["Ben"], "replay_step"), {"minute": 1, "opening": opening})
    assert other.status_code != 200, "an opening is of one visit"


def test_it_is_read_as_the_chart_is(stories: Mapping[str, Scenario], demo_clinic: UUID) -> None:
    for who in (staff(demo_clinic)["coordinator"], User.objects.get(email=f"prescriber2@{DOMAIN}")):
        for view in ("replay", "replay_step"):
            assert reader(who).get(address(stories["Carla"], view)).status_code == REFUSED
    elsewhere = reverse("replay", args=[stories["Ben"].patient, visit_of(stories["Carla"])])
    assert reader(staff(demo_clinic)["nurse"]).get(elsewhere).status_code == REFUSED, "a visit of another person opens nothing"


@pytest.mark.parametrize("asked", ["", "x", "-4", "²", "9" * 5000, "99999"])
def test_any_minute_that_is_asked_for_is_answered(stories: Mapping[str, Scenario], demo_clinic: UUID, asked: str) -> None:
    page = shown(demo_clinic, stories["Jonas"], minute=asked, known="nonsense")
    assert page.minute == (0 if asked == "-4" else page.latest) and page.known == "then"


@pytest.fixture
def nurse_session(demo_clinic: UUID, database: Any) -> str:
    """A nurse's session in the demonstration clinic."""
    return session_of(staff(demo_clinic)["nurse"])


def query(url: str) -> tuple[int, str]:
    """The minute and the word an address names."""
    asked = parse_qs(urlsplit(url).query)
    return int(asked["minute"][0]), asked["known"][0]


def test_by_slider_link_word_and_play(browser: Browser, site: str, stories: Mapping[str, Scenario], nurse_session: str) -> None:
    context = context_for(browser, site, width=1280, session=nurse_session)
    page = context.new_page()
    page.goto(f"{site}{address(stories['Jonas'])}?minute=22&known=then")
    part = page.locator("#replay-then")
    page.locator("#replay-minute").focus()
    page.keyboard.press("ArrowRight")
    expect(part).to_have_attribute("data-minute", "23")
    assert query(page.url) == (23, "then")
    expect(page.locator("#replay-minute")).to_be_focused()
    page.locator("#replay-entry-after").click()
    expect(part).to_have_attribute("data-minute", "25")
    expect(page.locator("#replay-minute")).to_have_value("25")
    expect(page.locator("#replay-entry-after")).to_be_focused()
    page.get_by_role("radio", name="As it was", exact=True).check()
    expect(part).to_have_attribute("data-known", "today")
    assert query(page.url) == (25, "today")
    page.locator("[data-play]").click()
    page.wait_for_function("() => Number(document.getElementById('replay-then').dataset.minute) > 26")
    page.locator("[data-play]").click()
    expect(page.locator("[data-play]")).to_contain_text("Play")
    context.close()


def test_ages_and_clocks_are_those_of_the_moment(browser: Browser, site: str, stories: Mapping[str, Scenario], nurse_session: str) -> None:
    context = context_for(browser, site, width=1280, session=nurse_session)
    page = context.new_page()
    page.goto(f"{site}{address(stories['Jonas'])}?minute=40&known=then")
    ages = page.locator(".lane-l time").all_inner_texts()
    assert ages and set(ages) == {"5 min ago"}, "a set of minute 35, seen at the end of minute 40"
    page.wait_for_timeout(1200)
    assert page.locator(".lane-l time").all_inner_texts() == ages, "nothing ticks in what is past"
    context.close()


def test_who_wants_less_motion_is_offered_no_play(browser: Browser, site: str, stories: Mapping[str, Scenario], nurse_session: str) -> None:
    context = context_for(browser, site, width=1280, session=nurse_session)
    page = context.new_page()
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"{site}{address(stories['Jonas'])}")
    expect(page.locator("#replay-minute")).to_be_visible()
    expect(page.locator("[data-play]")).to_be_hidden()
    context.close()


def test_without_javascript_it_is_links_and_one_button(browser: Browser, site: str, stories: Mapping[str, Scenario], nurse_session: str) -> None:
    seen = context_for(browser, site, width=1280, session=nurse_session)
    kept = seen.storage_state()
    seen.close()
    context = browser.new_context(java_script_enabled=False, storage_state=kept)
    page = context.new_page()
    page.goto(f"{site}{address(stories['Carla'])}?minute=22&known=then")
    page.get_by_role("link", name="Minute after").click()
    assert query(page.url) == (23, "then")
    page.get_by_role("radio", name="As it was", exact=True).check()
    page.get_by_role("button", name="Show").click()
    assert query(page.url) == (23, "today")
    assert page.locator(".lane-l time").first.inner_text().endswith("min ago")
    context.close()
