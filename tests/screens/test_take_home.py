"""What a person takes home: the same words on paper and on the phone, with what the record says of naloxone and of the next contact."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from tests.clinic.acts_walk import READY
from tests.screens.chairside import Chairside
from tests.screens.desk_walk import REFUSED

from kairn.clinic.acts import adverse, endings, pump, visits
from kairn.clinic.acts.adverse import Told
from kairn.clinic.people.accounts import make_account
from kairn.clinic.people.models import AccessLog, Clinic, PatientAccount
from kairn.clinic.screens.forms.clock import Clock
from kairn.clinic.screens.going_home.page import filled
from kairn.library.going_home import GOING_HOME, PARTS, read_going_home
from kairn.library.reader import LIBRARY, read_yaml_text
from kairn.terms.problem import Unreadable

FILE = (LIBRARY / "going_home.yaml").read_text("utf-8")
PLACE = {"paper": "The clinic's number is: ____", "phone": "The clinic's number is on the paper you were given."}


def phone_of(seat: Chairside) -> Client:
    """The person's own phone."""
    made = make_account(seat.walk.clinic, "Luis Farah", f"{uuid4().hex[:12]}@test.example", [])
    PatientAccount.objects.create(user=made.user, patient_id=seat.walk.patient)
    client = Client()
    client.force_login(made.user)
    return client


def lines(page: str) -> list[str]:
    """The titles and sentences of the sheet, in order."""
    return [unescape(found) for found in re.findall(r"<(?:li|h2)>(.*?)</(?:li|h2)>", page.split('<main id="main"')[1].split("</main>")[0])]


def paper(seat: Chairside) -> list[str]:
    """The sheet as staff print it."""
    return lines(seat.get("going_home_paper"))[1:]


def on_phone(client: Client) -> list[str]:
    """The sheet as the person reads it."""
    answer = client.get(reverse("patient_going_home"))
    assert answer.status_code == 200
    return lines(answer.content.decode())


def day(seat: Chairside, **ahead: float) -> str:
    """A day as the sheet tells it, in the clinic's zone."""
    zone = ZoneInfo(Clinic.objects.get(id=seat.walk.clinic).time_zone)
    return Clock(seat.walk.now, zone).full(seat.walk.now + timedelta(**ahead)).partition(",")[0]


def booked(seat: Chairside, purpose: str, days: int, chair: str = "") -> UUID:
    """A visit in the book, so many days ahead."""
    visit, at = uuid4(), seat.walk.now + timedelta(days=days)
    seat.walk.do(visits.book_visit, "coordinator", visit=visit, purpose=purpose, starts_at=at, minutes=60, chair=chair)
    return visit


def test_the_paper_and_the_phone_say_the_same(seat: Chairside) -> None:
    seat.walk.within_a_day(hours=4).to_ready()
    seat.walk.do(endings.end_visit, "nurse", ending="ready", expected_seq=seat.walk.history.seq)
    printed, read = paper(seat), on_phone(phone_of(seat))
    assert [line for line in printed if line not in read] == [line for line in printed if line.startswith(PLACE["paper"])]
    assert [line for line in read if line not in printed] == [PLACE["phone"]] and len(printed) == len(read) > 20
    assert f"No driving until {day(seat, days=1)}" in printed and "Go home with Ana-Maria. Have a grown-up with you until the next day." in printed
    assert any("911" in line for line in printed) and any("988" in line for line in printed)
    assert not any("{" in line or "mg" in line.split() for line in printed)


def test_the_day_counts_from_the_latest_time_of_the_visit(seat: Chairside) -> None:
    seat.walk.to_recovery().later(hours=26)
    assert f"No driving until {day(seat, days=1)}" not in paper(seat)
    seat.walk.do(endings.end_visit, "nurse", ending="left-unseen")
    assert f"No driving until {day(seat, days=1)}" in paper(seat)


@pytest.mark.parametrize(
    ("ending", "naloxone", "says"),
    [
        ("left-before-ready", "given", "You were given naloxone at this visit."),
        ("left-before-ready", "has", "You told us you have naloxone."),
        ("left-before-ready", "refused", "You did not want naloxone at this visit."),
        ("left-unseen", "unknown", "You told us you have naloxone."),
    ],
)
def test_naloxone_is_told_as_the_ending_has_it(seat: Chairside, ending: str, naloxone: str, says: str) -> None:
    """Where the ending does not know, what was seen at this visit still counts."""
    seat.walk.to_recovery().do(endings.end_visit, "nurse", ending=ending, naloxone=naloxone)
    assert any(line.startswith(says) for line in paper(seat)) and any(line.startswith(says) for line in on_phone(phone_of(seat)))


def test_naloxone_that_nobody_saw_at_this_visit_is_not_said_to_be_there(seat: Chairside) -> None:
    seat.walk.to_preflight()
    assert any(line.startswith("It is not written down that you have naloxone.") for line in paper(seat)), "seen at enrolment, not today"
    seat.walk.record(visit=seat.walk.visit, naloxone_in_hand="yes")
    assert "You told us you have naloxone." in paper(seat)
    seat.walk.record(visit=seat.walk.visit, naloxone_in_hand="no")
    assert any(line.startswith("It is not written down that you have naloxone.") for line in paper(seat))


def test_the_next_contact_comes_from_the_book_and_only_from_there(seat: Chairside) -> None:
    seat.walk.to_recovery()
    assert any(line.startswith("Not booked yet.") for line in paper(seat))
    seat.walk.record(visit=seat.walk.visit, **READY)
    assert any(line.startswith("Your nurse wrote down that it is booked. The day is not in our book yet.") for line in paper(seat))
    booked(seat, "therapy", 3)
    booked(seat, "infusion", 4, "Chair 2")
    seat.walk.do(visits.cancel_visit, "coordinator", visit=booked(seat, "follow-up", 3), reason="Not needed")
    said = paper(seat)
    first = next(place for place, line in enumerate(said) if line == "This is booked for you:")
    assert said[first + 1].startswith(day(seat, days=3)) and said[first + 1].endswith("your talk with your therapist.")
    assert said[first + 2].startswith(day(seat, days=4)) and said[first + 2].endswith("your visit at the clinic.")
    assert said[first + 3] == "You can call us sooner, for any reason.", "the one that was cancelled is not told"
    assert not any(line.startswith("Not booked") for line in said)


def test_what_they_go_home_with_and_whom_to_call_is_said_as_it_was_signed(seat: Chairside) -> None:
    seat.walk.to_ready()
    told = Told(kind="headache", severity="mild", serious="no")
    noted = seat.walk.do(adverse.note_adverse_event, "nurse", told=told, visit=seat.walk.visit).events[0]
    assert not any("You go home with this" in line for line in paper(seat))
    seat.walk.do(adverse.hand_over_adverse_event, follows=noted, call="the {day} line <b>")
    said = "You go home with this: headache. If it gets worse or does not stop, call the {day} line <b>."
    assert said in paper(seat), "what was typed is told as it was typed"


def test_the_phone_has_it_after_a_visit_and_not_before(seat: Chairside) -> None:
    seat.walk.to_infusion()
    client = phone_of(seat)
    assert on_phone(client) == [] and "Nothing yet" in client.get(reverse("patient_going_home")).content.decode()
    assert "Read what to do at home" not in client.get(reverse("patient_home")).content.decode()
    seat.walk.later(minutes=40)
    seat.walk.do(pump.stop_pump, "nurse", volume_shown="41")
    assert on_phone(client) and reverse("patient_going_home") in client.get(reverse("patient_home")).content.decode()


def test_it_is_opened_as_the_chart_is_and_each_reading_is_one_row(seat: Chairside) -> None:
    seat.walk.to_recovery()
    rows = AccessLog.objects.filter(patients__contains=[seat.walk.patient])
    before = rows.count()
    page = seat.get("going_home_paper")
    assert rows.count() == before + 1 and "Luis" in page and "28 Feb 1990" in page
    on_phone(phone_of(seat))
    assert rows.count() == before + 2
    assert seat.browser("coordinator").get(seat.url("going_home_paper")).status_code == REFUSED
    assert seat.url("going_home_paper") in seat.get("discharge")
    main = page.split('<main id="main"')[1].split("</main>")[0].lower()
    assert "ketamine" not in main and "mg" not in main.split()


def test_the_words_are_short(seat: Chairside) -> None:
    """For a reader of the sixth grade: short sentences, few long words."""
    said = [line for part in GOING_HOME for line in (*part.lines, *part.answers.values())]
    sentences = [one for line in said for one in re.split(r"(?<=[.:?!])\s+", line) if re.search(r"[a-z]", one)]
    counts = [len(one.split()) for one in sentences]
    long_words = [word for one in sentences for word in re.findall(r"[a-z]{11,}", one.lower())]
    assert sum(counts) / len(counts) <= 12 and max(counts) <= 20 and not long_words


@pytest.mark.parametrize(
    ("old", "new"),
    [("local-rules", "somebody"), ("part: watch", "part: wait"), ("      has:", "      hath:"), ("part: danger", "part: driving"), ("title:", "name:")],
)
def test_a_fault_in_the_file_is_refused(old: str, new: str) -> None:
    assert old in FILE and [part.key for part in read_going_home(read_yaml_text(FILE, "x.yaml"))] == [*PARTS]
    with pytest.raises(Unreadable):
        read_going_home(read_yaml_text(FILE.replace(old, new), "x.yaml"))


def test_what_is_filled_in_is_not_read_again() -> None:
    assert filled("call {call} on {day}", {"call": "{day}", "day": "Monday"}) == "call {day} on Monday"
