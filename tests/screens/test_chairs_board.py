"""The board of chairs: who comes first, what is never calm, where a tap leads, and who sees what."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse
from tests.clinic.acts_walk import CALM, Walk
from tests.screens.chairside import CALM_AGAIN, Chairside
from tests.screens.desk_walk import SEE_OTHER

from kairn.clinic.acts import protocols
from kairn.clinic.acts.downtime import visits_under_way
from kairn.clinic.acts.pump import pause_pump, resume_pump
from kairn.clinic.acts.tasks import close_task
from kairn.clinic.acts.visits import book_visit, name_escort
from kairn.clinic.people import idle
from kairn.clinic.people.models import AccessLog, Patient
from kairn.clinic.screens.downtime.page import sheet_of
from kairn.record.payloads import TaskOpened

REFUSED = 403
HIGH = CALM | {"systolic": "186", "diastolic": "108"}
STOPS = CALM | {"systolic": "232", "diastolic": "118"}
PRESSURE = re.compile(r"\b186\b")


@pytest.fixture
def infusing(seat: Chairside) -> Chairside:
    """The pump runs, a calm set is recorded."""
    seat.walk.to_infusion().later(minutes=4)
    seat.walk.record(visit=seat.walk.visit, **CALM_AGAIN)
    return seat


class Beside(Walk):
    """Another person of the same clinic and colleagues, at a chair of their own, infusing and calm."""

    def __init__(self, first: Walk, name: str) -> None:
        super().__init__(first.clinic, protocol=False)
        self.users, self.now, self.name = first.users, first.now, name
        self.to_infusion().later(minutes=4)
        self.record(visit=self.visit, **CALM_AGAIN)
        Patient.objects.filter(id=self.patient).update(given_name=name)

    def do(self, act: Any, role: str = "prescriber", **given: Any) -> Any:
        """The act; a booking is for a chair of this person's name."""
        return super().do(act, role, **(given | ({"chair": self.name} if act is book_visit else {})))


def board(seat: Chairside, role: str = "nurse") -> str:
    """The board as words, without what stands round it."""
    answer = seat.browser(role).get(reverse("chairs"))
    assert answer.status_code == 200, answer.content[:300]
    return unescape(answer.content.decode()).partition('id="board"')[2].partition("</main>")[0]


def places(text: str, *needles: str) -> list[int]:
    """Where each of these stands; a missing one fails."""
    assert all(needle in text for needle in needles), [needle for needle in needles if needle not in text]
    return [text.index(needle) for needle in needles]


def test_a_calm_chair_shows_phase_minutes_next_due_and_vitals_with_age_and_no_mark(infusing: Chairside) -> None:
    infusing.walk.later(minutes=3)
    text = board(infusing)
    places(text, "Chair 1", "Luis Farah", "Infusing, minute 7 of 40", "Nothing holds and nothing is due.", "122/76", "data-ago", "Escort Ana-Maria, confirmed")
    assert re.search(r'data-count="[^"]*">at (\d+ \w+ )?\d\d:\d\d<', text), "a time of day does not pass for minutes and seconds where no script counts"
    assert "mark--" not in text and 'said="unknown"' not in text and "#unknown" not in text


def test_what_nobody_has_measured_is_never_calm(seat: Chairside) -> None:
    seat.walk.to_infusion().later(minutes=1)
    text = board(seat)
    places(text, "Not measured yet")
    assert "Nothing holds" not in text


def test_a_value_is_out_of_date_with_any_set_that_is_late_and_not_only_with_the_one_due_first(infusing: Chairside) -> None:
    infusing.walk.record(visit=infusing.walk.visit, **CALM_AGAIN | {"spo2": "92"})
    infusing.walk.later(hours=1)
    text = board(infusing)
    places(text, "data-count-say>to read the oxygen saturation again")
    cell = text.partition("Blood pressure")[2].partition("Heart rate")[0]
    assert "122/76" in cell and "out of date" in cell


def marked(seat: Chairside) -> dict[str, str]:
    """The vital signs that carry a mark on the sheet, each with its mark."""
    (found,) = visits_under_way(seat.walk.clinic, seat.walk.patient, seat.walk.now)
    return {one.name: one.level for one in sheet_of(found, seat.walk.now).latest if one.level}


def test_only_the_value_that_meets_a_rule_carries_its_mark(seat: Chairside) -> None:
    seat.walk.to_recovery().later(minutes=5)
    seat.walk.record(visit=seat.walk.visit, **CALM_AGAIN | {"spo2": "85"})
    assert marked(seat) == {"spo2": "high"}
    seat.walk.later(minutes=1)
    seat.walk.record(visit=seat.walk.visit, **CALM_AGAIN | {"diastolic": "112", "heart_rate": "125", "moaas": "3"})
    assert marked(seat) == {"diastolic": "high", "heart_rate": "medium", "moaas": "medium"}
    seat.walk.later(minutes=1)
    seat.walk.record(visit=seat.walk.visit, **CALM_AGAIN | {"heart_rate": "131"})
    assert marked(seat) == {"heart_rate": "high"}


@pytest.mark.parametrize(
    ("taken", "met"),
    [
        ({"systolic": "172"}, {"systolic": "medium"}),
        ({"systolic": "163"}, {"systolic": "medium"}),
        ({"diastolic": "102"}, {"diastolic": "medium"}),
        ({"systolic": "84"}, {"systolic": "medium"}),
        ({"systolic": "210", "diastolic": "78"}, {"systolic": "high"}),
        ({"spo2": "92", "respiratory_rate": "7"}, {"spo2": "medium", "respiratory_rate": "high"}),
    ],
)
def test_of_two_pressures_the_one_that_is_too_high_or_has_changed_is_marked(infusing: Chairside, taken: dict[str, str], met: dict[str, str]) -> None:
    infusing.walk.record(visit=infusing.walk.visit, **CALM_AGAIN | taken)
    assert marked(infusing) == met


def test_a_pressure_that_was_high_twice_and_what_a_monitor_shows_are_marked(infusing: Chairside) -> None:
    for minutes in (0, 5):
        infusing.walk.later(minutes=minutes)
        infusing.walk.record(visit=infusing.walk.visit, **CALM_AGAIN | {"systolic": "186"})
    assert marked(infusing) == {"systolic": "high"}
    infusing.walk.later(minutes=1)
    infusing.walk.record(visit=infusing.walk.visit, **CALM_AGAIN)
    infusing.walk.later(seconds=20)
    infusing.monitor_row(NBPSys=168, NBPDias=82, HR=71)
    assert marked(infusing) == {"systolic": "medium"}


def test_what_is_out_of_date_stays_grey_in_its_mark(infusing: Chairside) -> None:
    infusing.walk.record(visit=infusing.walk.visit, **CALM_AGAIN | {"spo2": "92"})
    infusing.walk.later(minutes=8)
    cell = board(infusing).partition("Oxygen saturation")[2].partition("Breaths")[0]
    places(cell, "mark--medium", '<span class="stale">92</span>', "out of date")


def test_what_went_out_of_date_is_never_calm(infusing: Chairside) -> None:
    infusing.walk.later(minutes=24)
    text = board(infusing)
    places(text, "Late", "Not known", "out of date")
    assert "Nothing holds" not in text


def test_a_cancelled_escort_is_red_here(infusing: Chairside) -> None:
    infusing.walk.do(name_escort, "coordinator", name="Ana-Maria", state="cancelled")
    for role in ("nurse", "clinic-lead", "coordinator"):
        text = board(infusing, role)
        places(text, "mark--high", "No ride", "Ana-Maria cannot come", "1</b> to act on now")


def clocks(text: str) -> list[str]:
    """What the lines count down to."""
    return re.findall(r'data-count="([^"]*)"', text)


def test_what_is_urgent_of_the_person_speaks_at_their_chair_whichever_visit_it_came_from(infusing: Chairside) -> None:
    """Plan or intent is answered outside the visit, while the person sits in the chair: the line goes red, and its clock stays that of the visit."""
    calm = Beside(infusing.walk, "Aa")
    infusing.walk.now = calm.now
    quiet = clocks(lines(infusing, infusing.walk.patient))
    infusing.walk.record(suicide_intent="present")
    text = board(infusing)
    found = places(text, "mark--high", "Urgent", "Suicidal plan or intent was answered", "Nothing holds and nothing is due.", "Aa Farah")
    assert text.index("Luis Farah") < found[1] < text.index("Aa Farah") and "1</b> to act on now" in text
    alone = lines(infusing, infusing.walk.patient)
    assert "Nothing holds" not in alone and clocks(alone) == quiet
    for view in ("chair", "chair_fragment", "handing_over"):
        assert "Suicidal plan or intent was answered" in unescape(infusing.get(view)), view
    (task,) = [task for _, task in infusing.walk.history.all(TaskOpened)]
    infusing.walk.do(close_task, task=task.task, how="Spoke with him: no plan.")
    assert "Suicidal plan" not in board(infusing) and 'id="chair-urgent"' not in infusing.get("chair")


def test_a_locked_tablet_says_that_something_is_urgent_and_not_what(infusing: Chairside) -> None:
    infusing.walk.record(suicide_intent="present")
    nurse = infusing.browser("nurse")
    session = nurse.session
    idle.lock(session)
    session.save()
    page = nurse.get(infusing.url("chair")).content.decode()
    assert "An urgent task waits." in page and "Suicidal plan" not in page


def test_the_first_red_comes_first(infusing: Chairside) -> None:
    """Four chairs, named against the order in which they must come: stop, no ride, late, calm."""
    first = infusing.walk
    calm, late, ride, stop = walks = [Beside(first, name) for name in ("Aa", "Bb", "Cc", "Dd")]
    late.later(minutes=14)
    for walk in (calm, ride, stop):
        walk.now = late.now
        walk.record(visit=walk.visit, **CALM_AGAIN)
    first.now = late.now
    first.record(visit=first.visit, **CALM_AGAIN)
    ride.do(name_escort, "coordinator", name="Jo", state="cancelled")
    stop.record(visit=stop.visit, **(CALM_AGAIN | STOPS))
    first.now = max(walk.now for walk in walks)
    text = board(infusing)
    found = places(text, "Dd Farah", "Cc Farah", "Bb Farah", "Aa Farah")
    assert found == sorted(found), text
    assert "2</b> to act on now" in text


def lines(seat: Chairside, of: object, role: str = "nurse") -> str:
    """What is brought for the line of one person alone."""
    return unescape(seat.browser(role).get(reverse("chairs"), {"of": str(of)}).content.decode())


def test_the_line_of_one_person_is_the_boards_own_and_no_other(infusing: Chairside) -> None:
    other = Beside(infusing.walk, "Aa")
    infusing.walk.now = other.now
    alone, whole = lines(infusing, infusing.walk.patient), board(infusing)
    assert alone.strip() in whole and alone.count("<li") == 1 and "Luis Farah" in alone and "Aa Farah" in whole
    latest = AccessLog.objects.filter(clinic=infusing.walk.clinic).order_by("-position")[1]
    assert latest.patients == [infusing.walk.patient] and latest.what == "board.read"


def test_a_line_is_nothing_where_no_visit_is_under_way_or_none_that_one_may_see(infusing: Chairside) -> None:
    infusing.walk.users |= {"stranger": infusing.walk.make("nurse", joins=False), "researcher": infusing.walk.make("researcher", joins=False)}
    assert lines(infusing, infusing.walk.clinic).strip() == lines(infusing, infusing.walk.patient, "stranger").strip() == ""
    assert infusing.browser("researcher").get(reverse("chairs"), {"of": str(infusing.walk.patient)}).status_code == REFUSED
    assert "Luis Farah" in lines(infusing, "no id").partition('id="board"')[2], "what cannot be read asks for the whole board"


def test_each_line_says_its_place_in_the_order(infusing: Chairside) -> None:
    other = Beside(infusing.walk, "Aa")
    other.do(name_escort, "coordinator", name="Jo", state="cancelled")
    infusing.walk.now = other.now
    text = board(infusing)
    order = re.findall(r'data-first="([^"]+)"', text)
    assert len(order) == len(places(text, "Aa Farah", "Luis Farah")) and order == sorted(order)
    assert text.index("Aa Farah") < text.index("Luis Farah") and text.count(" data-red ") == 1


def test_a_tap_leads_to_the_field_that_is_due(infusing: Chairside) -> None:
    cell = f"{infusing.url('chair')}#p-systolic"
    assert f'href="{cell}"' in board(infusing)
    assert 'id="p-systolic"' in infusing.get("chair")
    assert cell not in board(infusing, "clinic-lead") and f'href="{infusing.url("chair")}"' in board(infusing, "clinic-lead")


def test_a_coordinator_sees_the_ride_and_the_time_and_no_finding(infusing: Chairside) -> None:
    infusing.walk.record(visit=infusing.walk.visit, **(CALM_AGAIN | HIGH))
    text = board(infusing, "coordinator")
    places(text, "Luis Farah", "data-count=", "Escort Ana-Maria", "Not shown")
    assert PRESSURE.search(board(infusing)) and not PRESSURE.search(text), "not by chance within an id"
    assert all(hidden not in text for hidden in ("Pressure of", "Nothing holds", "0.5 mg/kg"))


def test_somebody_of_no_care_team_sees_nobody_and_a_researcher_is_refused(infusing: Chairside) -> None:
    infusing.walk.users |= {"stranger": infusing.walk.make("nurse", joins=False), "researcher": infusing.walk.make("researcher", joins=False)}
    text = board(infusing, "stranger")
    assert "No visit is under way" in text and "Luis Farah" not in text
    assert infusing.browser("researcher").get(reverse("chairs")).status_code == REFUSED


def test_one_look_is_one_row_in_the_log_of_reads_with_whom_it_showed(infusing: Chairside) -> None:
    mine = AccessLog.objects.filter(clinic=infusing.walk.clinic)
    before = mine.count()
    board(infusing)
    assert mine.count() == before + 1
    latest = mine.order_by("-position")[0]
    assert latest.patients == [infusing.walk.patient] and latest.what == "board.read"


def test_a_visit_that_ended_leaves_the_board(seat: Chairside) -> None:
    seat.walk.to_treatment()
    assert "No visit is under way" in board(seat)


def test_the_clinic_is_read_once_for_all_chairs(infusing: Chairside, monkeypatch: pytest.MonkeyPatch) -> None:
    """The board is brought anew at every entry: which protocol is in force is not asked again for each chair."""

    def again(_clinic: object) -> None:
        raise AssertionError("the clinic's own history is read for one chair")

    monkeypatch.setattr(protocols, "read_history", again)
    places(board(infusing), "Luis Farah", "Infusing")


def test_today_the_board_and_the_chair_count_the_same_minutes_and_only_those_that_ran(infusing: Chairside) -> None:
    """Ten minutes run, seven of a pause, then two run again."""
    infusing.walk.later(minutes=6)
    infusing.walk.do(pause_pump, "nurse", reason="Wants a rest")
    infusing.walk.later(minutes=7)
    same(infusing, "Paused, minute 10 of 40")
    infusing.walk.record(visit=infusing.walk.visit, **CALM_AGAIN)
    infusing.walk.do(resume_pump)
    infusing.walk.later(minutes=2)
    same(infusing, "Infusing, minute 12 of 40")
    told = unescape(infusing.browser("coordinator").get(reverse("today")).content.decode())
    assert "begun 19 min ago" in told and "minute 12" not in told, "an order is not shown to a coordinator"


def same(seat: Chairside, told: str) -> None:
    """All three pages say it so."""
    for view in ("today", "chairs"):
        assert told in unescape(seat.browser("nurse").get(reverse(view)).content.decode()), view
    assert told in unescape(seat.get("chair"))


def test_what_a_page_brings_anew_of_itself_comes_without_its_frame_and_takes_no_message(infusing: Chairside) -> None:
    """A page that the tablet keeps for later, which nobody asked for either, is whole, and takes no message either."""
    nurse = infusing.browser("nurse")
    infusing.walk.later(seconds=1)
    entry = {"event_id": str(uuid4()), "expected_seq": str(infusing.walk.history.seq), "systolic": "124", "diastolic": "78"}
    assert nurse.post(infusing.url("chair_act", "vitals"), entry).status_code == SEE_OTHER
    unasked = {"Kairn-Unasked": "1"}
    for view, part in (("today", "today"), ("chairs", "board")):
        brought = nurse.get(reverse(view), headers=unasked | {"HX-Request": "true"}).content.decode()
        assert f'id="{part}"' in brought and "Luis Farah" in brought and "<html" not in brought and 'id="main"' not in brought
    for address in (infusing.url("chair"), reverse("chairs"), reverse("today")):
        kept = nurse.get(address, headers=unasked).content.decode()
        assert "<html" in kept and "data-toast" not in toasts(kept)
    assert "data-toast" in toasts(nurse.get(reverse("today")).content.decode())
    for headers in ({"HX-Request": "true"}, {}):
        assert "<html" in nurse.get(reverse("today"), headers=headers).content.decode()


def toasts(page: str) -> str:
    """What a page says in passing."""
    return page.partition('id="toasts"')[2]
