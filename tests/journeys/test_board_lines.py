"""The board while people work: a line alone is brought, goes to its place and leaves when the visit is over, and the heads are counted with it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from hands import LIVE_MS, Hand
from playwright.sync_api import Browser, Page, Request, expect
from tests.clinic.acts_walk import Walk
from tests.screens.chairside import CALM_AGAIN

from kairn.clinic.acts import endings
from kairn.clinic.people.models import Patient

STOPS = CALM_AGAIN | {"systolic": "232", "diastolic": "118"}


@pytest.fixture
def house(clinic_id: Any, clock: Any) -> tuple[Walk, Walk, Walk]:
    """Ada at the pump, Bo at the pump, and Cy ready to go home, each calm. Ada's line is above Bo's."""
    first = Walk(clinic_id)
    walks = first, *(Walk(clinic_id, protocol=False) for _ in range(2))
    for name, walk in zip(("Ada", "Bo", "Cy"), walks, strict=True):
        walk.users, walk.chair = first.users, f"Chair of {name}"
        walk.to_ready() if name == "Cy" else walk.to_infusion()
        if name != "Cy":
            walk.record(visit=walk.visit, **CALM_AGAIN)
        Patient.objects.filter(id=walk.patient).update(given_name=name)
    clock.later(hours=3)
    for walk in walks:
        at_present(walk)
    for walk in walks[:2]:
        walk.record(visit=walk.visit, **CALM_AGAIN)
    return walks


def at_present(walk: Walk) -> None:
    """The walk counts a second for each act; its next one is to be no later than the clinic's clock."""
    walk.now = timezone.now() - timedelta(seconds=2)


@pytest.fixture
def nurse(browser: Browser, site: str, house: tuple[Walk, Walk, Walk]) -> Iterator[Hand]:
    """Somebody with the board open."""
    hand = Hand(browser, site, house[0].users["nurse"])
    yield hand
    hand.context.close()


def order(board: Page) -> list[str]:
    """Who is on the board, from above."""
    return [text.split()[0] for text in board.locator("#board li .top a").all_inner_texts()]


def test_a_line_comes_alone_goes_to_its_place_and_leaves(nurse: Hand, house: tuple[Walk, Walk, Walk]) -> None:
    ada, bo, cy = house
    board = nurse.go("/chairs")
    before = order(board)
    assert sorted(before) == ["Ada", "Bo", "Cy"]
    asked: list[Request] = []
    board.on("request", lambda request: asked.append(request))
    below = {"Ada": ada, "Bo": bo}[[name for name in before if name != "Cy"][-1]]
    at_present(below)
    below.record(visit=below.visit, **STOPS)
    line = board.locator(f"[data-of='{below.patient}']")
    expect(line.locator(".mark--high").first).to_contain_text("Stop", timeout=LIVE_MS)
    assert order(board)[0] == {ada: "Ada", bo: "Bo"}[below], "what is red has come to the top"
    # Once or twice: what is recorded while a new listener looks at what it missed is told by both.
    assert {request.url.partition("/chairs")[2] for request in asked if "/chairs" in request.url} == {f"?of={below.patient}"}, "the whole board was not needed"
    expect(board.locator("#board .head")).to_contain_text("3 under way, 1 to act on now")

    at_present(cy)
    cy.do(endings.end_visit, "nurse", ending="ready", expected_seq=cy.history.seq)
    expect(board.locator(f"[data-of='{cy.patient}']")).to_have_count(0, timeout=LIVE_MS)
    expect(board.locator("#board .head")).to_contain_text("2 under way, 1 to act on now")
    assert nurse.complaints == []


def test_whoever_comes_now_is_on_the_board(nurse: Hand, house: tuple[Walk, Walk, Walk]) -> None:
    board = nurse.go("/chairs")
    expect(board.locator("#board .head")).to_contain_text("3 under way")
    dee = Walk(house[0].clinic, protocol=False)
    dee.users, dee.chair, dee.now = house[0].users, "Chair of Dee", timezone.now() - timedelta(minutes=5)
    dee.to_preflight()
    expect(board.locator(f"[data-of='{dee.patient}']")).to_contain_text("Chair of Dee", timeout=LIVE_MS)
    expect(board.locator("#board .head")).to_contain_text("4 under way")
    assert nurse.complaints == []
