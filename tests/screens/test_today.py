"""Today: who needs somebody and in which words, however its list is narrowed, and who belongs to the chairs of the day."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest
from django.urls import reverse
from tests.clinic.acts_walk import Walk
from tests.screens.chairside import CALM_AGAIN, Chairside

from kairn.clinic.acts import tasks, visits
from kairn.clinic.acts.changes import refresh_due
from kairn.terms.answer import Answer

STOPS = CALM_AGAIN | {"systolic": "232", "diastolic": "118"}
LOW = CALM_AGAIN | {"spo2": "80"}


def today(seat: Chairside, query: str = "") -> tuple[str, str]:
    """What stands above the list of everybody in care, and the list."""
    answer = seat.browser("nurse").get(reverse("today") + query)
    assert answer.status_code == 200, answer.content[:300]
    above, _, everybody = told_of(answer.content.decode().partition('<div class="head">')[2]).partition("Everybody in care")
    return above, everybody


def told_of(page: str) -> str:
    """What a page says, as one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def stopped(seat: Chairside) -> Chairside:
    """The pump runs, a stop rule holds, and an urgent task is open."""
    seat.walk.to_infusion().later(minutes=2)
    seat.walk.record(visit=seat.walk.visit, **STOPS)
    due = seat.walk.now + timedelta(hours=1)
    seat.walk.do(tasks.open_task, "coordinator", what="Call Luis back", owner="coordinator", due_at=due, urgent=True)
    return seat


@pytest.mark.parametrize("query", ["?stage=referral", "?stage=treatment", "?from=100", "?stage=treatment&from=100"])
def test_only_the_list_of_everybody_is_narrowed(seat: Chairside, query: str) -> None:
    above, everybody = today(stopped(seat))
    narrowed, shown = today(seat, query)
    assert narrowed == above and "Call Luis back" in above and "Chairs today" in above and "Nobody" not in above
    assert ("Luis Farah" in shown) is (query == "?stage=treatment") and "Luis Farah" in everybody


def test_one_person_with_two_things_at_two_addresses_is_one_person(seat: Chairside) -> None:
    above, _ = today(stopped(seat))
    assert "One person needs somebody now. 1 visit running." in above
    (chair, chart) = (link for link in re.findall(r'href="([^"]*)"[^>]*aria-label="Open', seat.browser("nurse").get(reverse("today")).content.decode()))
    assert chair != chart, "the hold leads to the chair, the task to the person"


def test_who_is_booked_stays_at_the_chairs_of_the_day_until_they_come(seat: Chairside) -> None:
    walk = seat.walk.within_a_day(hours=4)
    walk.to_treatment()
    booked = walk.now + timedelta(minutes=30)
    walk.do(visits.book_visit, "coordinator", purpose="infusion", starts_at=booked, minutes=180, chair="Chair 1")
    place = "Chair 1, Luis Farah Booked"
    assert f"{place} {booked:%H:%M} infusion" in today(seat)[0]
    walk.later(minutes=90)
    assert f"{place}, not arrived {booked:%H:%M} infusion" in today(seat)[0]
    walk.do(visits.enter_phase, "nurse")
    assert "Chair 1, Luis Farah Pre-flight" in today(seat)[0] and "not arrived" not in today(seat)[0]


def test_nobody_is_said_not_to_have_come_where_no_arrival_is_recorded(seat: Chairside) -> None:
    walk = seat.walk.within_a_day(hours=4)
    walk.to_treatment().do(visits.book_visit, "coordinator", purpose="therapy", starts_at=walk.now, minutes=60)
    walk.later(minutes=90)
    assert "therapy" in today(seat)[0].partition("Chairs today")[2] and "not arrived" not in today(seat)[0]


def test_who_did_not_come_yesterday_holds_no_chair_today(seat: Chairside) -> None:
    seat.walk.to_booked().later(days=1)
    assert "Chairs today" not in today(seat)[0]


def test_a_booking_nobody_came_to_or_cancelled_hides_no_later_one(seat: Chairside) -> None:
    walk = seat.walk.within_a_day(hours=8)
    walk.to_treatment()
    over, coming = walk.now + timedelta(minutes=30), walk.now + timedelta(hours=5)
    for visit, starts_at, minutes in ((uuid4(), over, 60), (walk.visit, coming, 180)):
        walk.do(visits.book_visit, "coordinator", visit=visit, purpose="infusion", starts_at=starts_at, minutes=minutes, chair="Chair 1")
    walk.now = over + timedelta(minutes=59)
    refresh_due()
    assert f"Chair 1, Luis Farah Booked, not arrived {over:%H:%M} infusion" in today(seat)[0], "who comes late is still waited for"
    walk.later(minutes=1)
    refresh_due()
    assert f"Chair 1, Luis Farah Booked {coming:%H:%M} infusion" in today(seat)[0]


@pytest.mark.parametrize(("way", "found", "word"), [(Walk.to_infusion, STOPS, "Stop"), (Walk.to_infusion, LOW, "Pause"), (Walk.to_recovery, LOW, "Act now")])
def test_a_hold_is_said_in_the_words_of_the_board_and_the_chair(seat: Chairside, way: Callable[[Walk], Walk], found: dict[str, str], word: str) -> None:
    """Once the pump has stopped there is nothing to pause."""
    way(seat.walk).later(minutes=5)
    seat.walk.record(visit=seat.walk.visit, **found)
    above = today(seat)[0]
    title = next(hold.verdict.rule.title for hold in seat.walk.standing.holds if hold.verdict.answer is Answer.YES)
    assert f"{word} Luis Farah {title}" in above
    for page in (seat.browser("nurse").get(reverse("chairs")).content.decode(), seat.get("chair")):
        assert f"{word} {title}" in told_of(page), page
