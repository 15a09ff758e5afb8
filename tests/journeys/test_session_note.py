"""The note of a visit: the numbers of the screens, what was weighed then as it was weighed then, what was struck, and who may read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.screens.desk_walk import REFUSED

from kairn.clinic.people.demo_people import DOMAIN, staff
from kairn.clinic.people.models import AccessLog, CareTeam, User
from kairn.clinic.screens.session_note.page import NotePage
from kairn.pathway.scenario import Scenario, load_scenario, scenario_files
from kairn.protocol.load import load_protocol


@pytest.fixture
def stories(database: Any, demo_clinic: UUID) -> Mapping[str, Scenario]:
    """Who is told of in the demonstration clinic, by given name."""
    protocol, now = load_protocol("iv-ketamine-oud", "1.0"), timezone.now()
    return {one.person.given_name: one for one in (load_scenario(path, protocol, now) for path in scenario_files())}


def reader(user: User) -> Client:
    """A browser in which somebody is signed in."""
    client = Client()
    client.force_login(user)
    return client


def page_of(client: Client, view: str, story: Scenario) -> Any:
    """The page object of a page of the story's latest visit."""
    answer = client.get(reverse(view, args=[story.patient, next(reversed(story.visits.values()))]))
    assert answer.status_code == 200
    return answer.context["page"]


def note_of(clinic: UUID, story: Scenario) -> NotePage:
    """The note as a nurse reads it."""
    found: NotePage = page_of(reader(staff(clinic)["nurse"]), "session_note", story)
    return found


def test_the_note_has_the_numbers_of_the_chair(stories: Mapping[str, Scenario], demo_clinic: UUID, clock: Any) -> None:
    nurse, ben = reader(staff(demo_clinic)["nurse"]), stories["Ben"]
    clock.ahead = CareTeam.objects.filter(patient=ben.patient).latest("since").since - clock.real()  # when the story was told: later the chair knows less
    chair, note = page_of(nurse, "chair", ben), page_of(nurse, "session_note", ben)
    volume, dose = chair.infused.split(", ")
    assert note.infused.startswith(f"{dose} in {volume} by the recorded times")
    assert note.pump[-1].cells[0] == "Pump paused" and note.pump[-1].cells[3] == f"{dose} in {volume}"
    assert note.band == chair.band
    latest = {one.name: one.value for one in chair.latest}
    assert [cell for _, cell in note.flowsheet[-2].row.named[:6]] == [*latest.values()][:6]
    standing = {hold.title.partition(": ")[2] for hold in note.holds if hold.until == "stands now"}
    assert standing == {hold.part.title for hold in chair.holds} != set()


def test_a_hold_says_since_when_on_which_facts_and_who_did_what(stories: Mapping[str, Scenario], demo_clinic: UUID) -> None:
    twice = note_of(demo_clinic, stories["Ben"]).holds[-1]
    assert twice.title == "Pause: Pressure of 180 over 110 or more, twice" and twice.level == "high"
    assert "systolic pressure: 184 mmHg" in twice.facts and "systolic pressure: 186 mmHg" in twice.facts
    assert len(twice.decided) == 1 and twice.decided[0].endswith("Pump paused by Nia Okafor: Pressure high twice")
    kim = note_of(demo_clinic, stories["Kim"])
    assert kim.holds and all(hold.until != "stands now" for hold in kim.holds), "nothing stands once a visit has ended"


def test_the_gates_are_answered_as_they_were_when_the_pump_was_started(stories: Mapping[str, Scenario], demo_clinic: UUID) -> None:
    note = note_of(demo_clinic, stories["Ben"])
    assert note.gates and {one.answer for one in note.gates} <= {"Yes", "Not asked"}
    identity = next(one for one in note.gates if one.title == "Identity is checked")
    assert identity.facts.startswith("identity checked with two identifiers: yes, ") and identity.facts.endswith("Nia Okafor")
    assert not note.ready, "nobody goes home from a running infusion"
    assert {one.answer for one in note_of(demo_clinic, stories["Jonas"]).ready} & {"No", "Not known"}, "he left before he was ready"


def test_a_late_set_and_a_missed_one_are_marked_in_their_places(stories: Mapping[str, Scenario], demo_clinic: UUID) -> None:
    marks = [vital.mark for vital in note_of(demo_clinic, stories["Kim"]).flowsheet]
    assert marks[1].startswith("late: was due ") and marks[-1] == "missed: not taken before the visit went on"
    jonas = [vital for vital in note_of(demo_clinic, stories["Jonas"]).flowsheet if vital.mark.startswith("missed")]
    assert len(jonas) == 1 and not any(cell for _, cell in jonas[0].row.named), "one missed set is one line, and empty"


def test_it_is_read_as_the_chart_is_and_each_read_is_one_row(stories: Mapping[str, Scenario], demo_clinic: UUID) -> None:
    grace = stories["Grace"]
    address = reverse("session_note", args=[grace.patient, next(reversed(grace.visits.values()))])
    before = AccessLog.objects.filter(patients__contains=[grace.patient]).count()
    note_of(demo_clinic, grace)
    assert AccessLog.objects.filter(patients__contains=[grace.patient]).count() == before + 1
    for who in (staff(demo_clinic)["coordinator"], User.objects.get(email=f"prescriber2@{DOMAIN}")):
        assert reader(who).get(address).status_code == REFUSED
    elsewhere = reverse("session_note", args=[stories["Ben"].patient, next(reversed(grace.visits.values()))])
    assert reader(staff(demo_clinic)["nurse"]).get(elsewhere).status_code == REFUSED, "a visit of another person opens nothing"
