"""The escort says on their phone that they cannot come: the board, Today and the going-home page turn red by themselves, and the task is there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hands import Hand
from playwright.sync_api import Browser, expect
from tests.browser import context_for, watched
from tests.clinic.acts_walk import Walk

from kairn.clinic.acts.ride import make_link
from kairn.record.payloads import TaskOpened

PHONE = 390
MINUTE_S = 60
BY_NEWS_MS = 10_000
"""Well within the half minute after which the board looks by itself: what is red by then came as news."""


@pytest.fixture
def walk(clinic_id: Any, clock: Any) -> Walk:
    """A person in recovery for a few minutes."""
    walk = Walk(clinic_id).to_recovery()
    clock.later(minutes=45)
    return walk


@pytest.fixture
def screens(browser: Browser, site: str, walk: Walk) -> Iterator[tuple[Hand, Hand, Hand]]:
    """The board, Today and the going-home page, open before anything happens."""
    made = tuple(Hand(browser, site, walk.users[role]) for role in ("prescriber", "coordinator", "nurse"))
    yield made[0], made[1], made[2]
    for screen in made:
        screen.context.close()


def test_a_no_reaches_every_screen_and_the_task_within_a_minute(browser: Browser, site: str, walk: Walk, screens: tuple[Hand, Hand, Hand]) -> None:
    board, today, home = screens
    link = make_link(walk.context("coordinator"), walk.patient, walk.visit)
    board.go("/chairs")
    today.go("/today")
    home.go(f"/patients/{walk.patient}/visits/{walk.visit}/home")
    expect(board.page.locator("#board li", has_text="Farah")).not_to_contain_text("No ride")
    phone = context_for(browser, site, width=PHONE)
    escort = watched(phone, site).open(f"/ride/{link}")
    with escort.expect_navigation():
        escort.get_by_role("button", name="I cannot come").click()
    expect(escort.locator("main")).to_contain_text("You said you cannot come. The clinic knows.")

    expect(board.page.locator("#board li", has_text="Farah").locator(".mark--high").filter(has_text="No ride")).to_be_visible(timeout=BY_NEWS_MS)
    expect(today.page.locator("#today")).to_contain_text("find another ride", timeout=BY_NEWS_MS)
    expect(home.page.locator("#ride .mark--high")).to_contain_text("No ride", timeout=BY_NEWS_MS)
    (opened,) = [event for event, task in walk.history.all(TaskOpened) if task.urgent and task.owner == "coordinator"]
    said = walk.history.get(walk.history.events[opened.seq - 2].id)
    assert said is not None and (opened.recorded_at - said.recorded_at).total_seconds() < MINUTE_S
    assert [screen.complaints for screen in screens] == [[], [], []]
    phone.close()
