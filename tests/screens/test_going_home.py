"""When somebody can probably go home, and the ride: what the chair, the going-home page, the boards and the escort's own page show of it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from html import unescape
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from tests.clinic.acts_walk import Walk
from tests.clinic.former_visits import went_home
from tests.screens.chairside import Chairside
from tests.screens.desk_walk import INPUT, REFUSED, SEE_OTHER

from kairn.clinic.acts import visits
from kairn.clinic.acts.ride import make_link
from kairn.clinic.people.models import Clinic
from kairn.clinic.screens.forms.clock import Clock
from kairn.record.payloads import EscortNamed, TaskOpened

OPEN = 200
MINUTES = (121, 124, 126, 127, 129, 130, 131, 133, 135, 138, 140, 190)
"""Former visits here: the shortest and the longest of the twelve are left out."""
CLINICAL = ("ketamine", "infusion", "infusing", "pump", "recovery", "dose", " mg", "protocol", "opioid", "observed", "discharge", "vital", "chair", "treatment")


@pytest.fixture
def resting(seat: Chairside) -> Chairside:
    """In recovery for half an hour."""
    seat.walk.to_recovery().later(minutes=30)
    return seat


def clock_of(walk: Walk) -> Clock:
    """The clinic's clock at the walk's moment."""
    return Clock(walk.now, ZoneInfo(Clinic.objects.get(id=walk.clinic).time_zone))


def shown(walk: Walk, at: datetime) -> str:
    """A moment as pages tell it, rounded up to the minute."""
    return clock_of(walk).when(at if at == at.replace(second=0, microsecond=0) else at.replace(second=0, microsecond=0) + timedelta(minutes=1))


def stop_of(walk: Walk) -> datetime:
    """When the pump was stopped."""
    ended = walk.standing.visits[0].infusion_ended
    assert ended is not None
    return ended


def text_of(page: str) -> str:
    """A page as its reader reads it."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page.partition("<main")[2])))


def link_of(walk: Walk) -> str:
    """The address of the escort's own page."""
    made = make_link(walk.context("coordinator"), walk.patient, walk.visit)
    assert isinstance(made, str)
    return reverse("escort_ride", args=[made])


def says(walk: Walk, hour: datetime | None, state: Any = "confirmed") -> None:
    """Staff write down what the escort said."""
    walk.do(visits.name_escort, "coordinator", name="Ana-Maria", state=state, fetches_at=hour)


# --- the forecast ---


def test_chair_and_going_home_say_not_before_what_it_rests_on_and_that_visits_are_too_few(resting: Chairside) -> None:
    went_home(resting.walk, 130)
    told = f"Not before {shown(resting.walk, stop_of(resting.walk) + timedelta(minutes=120))}."
    for view in ("discharge", "chair", "chair_fragment"):
        text = text_of(resting.get(view) if view != "chair_fragment" else f"<main>{resting.get(view)}")
        assert told in text and "Too few visits here (1) to say when it is likely." in text, view
        assert "At least 120 minutes since the end of the infusion" in text and "walks steadily not recorded" in text
        assert "mostly" not in text and "will be" not in text


def test_with_enough_visits_the_band_says_between_when_most_were_ready_and_of_how_many(resting: Chairside) -> None:
    for minutes in MINUTES:
        went_home(resting.walk, minutes)
    went_home(resting.walk, 15, "left-before-ready")
    walk, stop = resting.walk, stop_of(resting.walk)
    low, high = (shown(walk, stop + timedelta(minutes=minutes)) for minutes in (MINUTES[1], MINUTES[-2]))
    assert f"Here mostly between {low} and {high} (10 of 12 visits)." in text_of(resting.get("discharge"))
    walk.later(minutes=110)
    assert f"Of 12 visits here most had ended by {clock_of(walk).when(stop + timedelta(minutes=140))}: this one takes longer." in text_of(
        resting.get("discharge")
    )


def test_while_the_pump_is_on_it_says_that_the_ordered_end_counts(seat: Chairside) -> None:
    seat.walk.to_infusion().later(minutes=10)
    begun = seat.walk.standing.visits[0].infusion_started
    assert begun is not None
    for view in ("chair", "discharge"):
        text = text_of(seat.get(view))
        ends = clock_of(seat.walk).when(begun + timedelta(minutes=40))
        assert f"Not before {shown(seat.walk, begun + timedelta(minutes=160))}, if the infusion runs to its ordered end at {ends}." in text


def test_who_is_ready_is_ready_now_and_nothing_is_promised_before_the_pump_has_run(seat: Chairside) -> None:
    seat.walk.to_preflight()
    assert 'id="forecast"' not in seat.get("chair")
    ready = Chairside(Walk(seat.walk.clinic, protocol=False))
    ready.walk.now, ready.walk.chair = seat.walk.now, "Chair 2"
    ready.walk.to_ready()
    seat.walk.now = ready.walk.now
    text = text_of(ready.get("discharge"))
    assert "Everything that ready rests on is there now." in text and "it waits for" not in text and "Escort: Ana-Maria, here" in text


# --- the ride beside it ---


def test_an_hour_that_fits_is_shown_without_a_mark_and_one_that_does_not_is_marked(resting: Chairside) -> None:
    walk, stop = resting.walk, stop_of(resting.walk)
    says(walk, None)
    assert "No time said" in text_of(resting.get("discharge"))
    for minutes, word in ((125, ""), (100, "Comes early"), (149, ""), (155, "Comes late")):
        hour = stop + timedelta(minutes=minutes)
        says(walk, hour)
        for view in ("discharge", "chair"):
            text = text_of(resting.get(view))
            assert f"Escort: Ana-Maria, confirmed, can be here from {clock_of(walk).when(hour)}" in text, view
            assert [one for one in ("Comes early", "Comes late", "No time said") if one in text] == ([word] if word else []), (minutes, text)


def test_the_escort_says_the_hour_on_their_own_page_and_staff_on_theirs(resting: Chairside) -> None:
    walk, link = resting.walk, link_of(resting.walk)
    hour = (walk.now + timedelta(hours=2)).replace(second=0, microsecond=0)
    page = Client().post(link, {"event_id": str(uuid4()), "state": "confirmed", "fetches_at": clock_of(walk).field(hour)})
    assert page.status_code == OPEN and f"and can be here from {clock_of(walk).when(hour)}" in text_of(page.content.decode())
    assert walk.history.latest(EscortNamed)[1].fetches_at == hour  # type: ignore[index]
    later = hour + timedelta(minutes=30)
    saved = resting.post("escort", role="coordinator", name="Ana-Maria", state="confirmed", fetches_at=clock_of(walk).field(later))
    assert saved.status_code == SEE_OTHER and f"can be here from {clock_of(walk).when(later)}" in text_of(resting.get("escort", "coordinator"))


def test_an_hour_that_cannot_be_is_told_and_kept_and_stands_in_no_way_of_a_no(resting: Chairside) -> None:
    walk, link = resting.walk, link_of(resting.walk)
    for typed in ("soon", clock_of(walk).field(walk.now - timedelta(days=2)), clock_of(walk).field(walk.now + timedelta(days=3))):
        before = walk.history.seq
        answer = Client().post(link, {"event_id": str(uuid4()), "state": "confirmed", "fetches_at": typed})
        assert answer.status_code == INPUT and "expected" in answer.content.decode() and f'value="{typed}"' in answer.content.decode()
        assert resting.post("escort", role="coordinator", name="Ana-Maria", state="confirmed", fetches_at=typed).status_code == INPUT
        assert walk.history.seq == before
    assert Client().post(link, {"event_id": str(uuid4()), "state": "cancelled", "fetches_at": "soon"}).status_code == OPEN
    assert resting.post("escort", role="coordinator", name="Ana-Maria", state="cancelled", fetches_at="soon").status_code == SEE_OTHER


def test_the_escort_s_page_says_when_to_come_and_nothing_of_the_chart(resting: Chairside) -> None:
    walk, link, stop = resting.walk, link_of(resting.walk), stop_of(resting.walk)
    alone = text_of(Client().get(link).content.decode())
    assert f"Probably not ready before {shown(walk, stop + timedelta(minutes=120))}. This can change." in alone
    for minutes in MINUTES:
        went_home(walk, minutes)
    page = Client().get(link).content.decode()
    low, high = (shown(walk, stop + timedelta(minutes=minutes)) for minutes in (MINUTES[1], MINUTES[-2]))
    assert f"Probably ready between {low} and {high}. This can change." in text_of(page)
    assert [word for word in CLINICAL if word in f"{alone} {text_of(page)}".lower()] == []
    assert "Farah" not in page and "12 visits" not in page


def test_before_the_visit_is_under_way_the_escort_is_told_no_band(seat: Chairside) -> None:
    seat.walk.to_preflight()
    says(seat.walk, None)
    assert "Probably" not in Client().get(link_of(seat.walk)).content.decode()


# --- a ride that is lost ---


def test_a_no_is_red_on_both_boards_the_chair_and_going_home_in_the_same_moment(resting: Chairside) -> None:
    link = link_of(resting.walk)
    assert Client().post(link, {"event_id": str(uuid4()), "state": "cancelled"}).status_code == OPEN
    assert [task.urgent for _, task in resting.walk.history.all(TaskOpened)] == [True]
    board = unescape(resting.browser("nurse").get(reverse("chairs")).content.decode())
    assert "mark--high" in board and "Ana-Maria cannot come" in board and "1 to act on now" in text_of(board)
    day = unescape(resting.browser("coordinator").get(reverse("today")).content.decode())
    assert "The escort cannot come: find another ride" in day and "mark--high" in day
    for view in ("chair", "discharge"):
        page = resting.get(view)
        assert "mark--high" in page and "Escort: Ana-Maria, cannot come" in text_of(page) and "Find another ride." in text_of(page)


def test_today_stays_red_while_nobody_comes_though_somebody_closed_the_task(resting: Chairside) -> None:
    walk = resting.walk
    says(walk, None, "cancelled")
    day = unescape(resting.browser("coordinator").get(reverse("today")).content.decode())
    assert "No ride" not in day, "the task tells of it"
    from kairn.clinic.acts.tasks import close_task

    task = walk.history.latest(TaskOpened)
    assert task is not None
    walk.do(close_task, "coordinator", task=task[1].task, how="Called, no answer")
    day = unescape(resting.browser("coordinator").get(reverse("today")).content.decode())
    assert "No ride" in day and "Ana-Maria cannot come" in day


def test_the_going_home_page_asks_again_when_news_comes(resting: Chairside) -> None:
    part = resting.get("discharge").partition('id="going-home"')[2].partition(">")[0]
    assert f'data-stream="{resting.walk.patient}"' in part and 'hx-trigger="kairn:news"' in part and 'hx-select="#going-home"' in part
    assert 'hx-select-oob="#ready,#ready-rests-on"' in part, "the answer and what it rests on come with it"


def test_who_is_not_the_escort_any_more_finds_the_page_of_a_closed_link(seat: Chairside) -> None:
    seat.walk.to_preflight()
    assert seat.post("escort", role="coordinator", name="Ana", state="asked").status_code == SEE_OTHER
    theirs, yes = link_of(seat.walk), {"event_id": str(uuid4()), "state": "confirmed"}
    nobody = reverse("escort_ride", args=["made-up"])
    assert seat.post("escort", role="coordinator", name="Ana", state="cancelled").status_code == SEE_OTHER
    assert text_of(Client().get(theirs).content.decode()) != text_of(Client().get(nobody).content.decode())
    client = seat.browser("coordinator")
    told = unescape(client.post(seat.url("escort"), {"event_id": str(uuid4()), "name": "Ben", "state": "asked"}, follow=True).content.decode())
    assert "The link that was open was another person's and is closed" in told
    for answer in (Client().get(theirs), Client().post(theirs, yes)):
        assert answer.status_code == REFUSED and text_of(answer.content.decode()) == text_of(Client().get(nobody).content.decode())
    assert (seat.walk.standing.visits[0].escort, seat.walk.standing.visits[0].escort_state) == ("Ben", "asked")


def test_a_yes_from_a_page_still_open_leaves_here_as_it_is_and_says_so(resting: Chairside) -> None:
    says(resting.walk, None, "present")
    answer = Client().post(link_of(resting.walk), {"event_id": str(uuid4()), "state": "confirmed"})
    assert answer.status_code == INPUT and "there is nothing left to confirm. Nothing was changed." in text_of(answer.content.decode())
    assert resting.walk.standing.visits[0].escort_state == "present"


def test_an_escort_who_is_here_finds_the_no_and_no_other_answer(resting: Chairside) -> None:
    says(resting.walk, None, "present")
    page = Client().get(link_of(resting.walk)).content.decode()
    assert 'value="cancelled"' in page and 'value="confirmed"' not in page and "Probably" not in page
