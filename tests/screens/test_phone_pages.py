"""The patient's own pages and the escort's: plain, private, with help on each; a yes to suicide is seen at once."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.clinic.acts_walk import Walk
from tests.screens.desk_walk import INPUT, SEE_OTHER

from kairn.clinic.acts import visits
from kairn.clinic.people.accounts import make_account
from kairn.clinic.people.care import make_escort_link, new_patient
from kairn.clinic.people.models import PatientAccount
from kairn.library.facts import FACTS
from kairn.record.payloads import EscortNamed, Observed, TaskOpened

PAGES = ("patient_home", "patient_struggling", "patient_check_in", "patient_who_looked")


@pytest.fixture
def walk(clinic_id: UUID) -> Walk:
    return Walk(clinic_id).to_treatment()


@pytest.fixture
def phone(walk: Walk) -> Client:
    """The patient's own phone, signed in."""
    made = make_account(walk.clinic, "Luis Farah", f"{uuid4().hex[:12]}@test.example", [])
    PatientAccount.objects.create(user=made.user, patient_id=walk.patient)
    client = Client()
    client.force_login(made.user)
    return client


@pytest.mark.parametrize("view", PAGES)
def test_crisis_help_is_one_tap_away_on_every_page(phone: Client, view: str) -> None:
    answer = phone.get(reverse(view))
    page = answer.content.decode()
    assert answer.status_code == 200 and 'href="tel:988"' in page and 'href="tel:911"' in page
    title = page.split("<title>")[1].split("</title>")[0].lower()
    assert not {"ketamine", "opioid", "luis", "farah", "clinic"} & set(title.split())


def test_a_check_in_is_recorded_as_the_persons_own(phone: Client, walk: Walk) -> None:
    assert phone.post(reverse("patient_check_in"), {"event_id": str(uuid4()), "craving": "35"}).status_code == SEE_OTHER
    event, said = walk.history.latest(Observed)
    assert (said.method, event.by.role, said.readings[0].value) == ("patient", "patient", "35")


@pytest.mark.parametrize(("field", "typed"), [("craving", "300"), ("craving", "-1"), ("use_days", "29"), ("craving", "a lot")])
def test_a_number_off_its_scale_is_told_with_the_scale_and_nothing_is_sent(phone: Client, walk: Walk, field: str, typed: str) -> None:
    before = walk.history.seq
    low, high = FACTS[field].plausible
    answer = phone.post(reverse("patient_check_in"), {"event_id": str(uuid4()), field: typed, "read": f"{field}={typed}"})
    assert answer.status_code == INPUT and f"Saw {typed}; expected a number from {low} to {high}." in answer.content.decode()
    assert walk.history.seq == before


def test_a_yes_to_suicide_shows_help_in_the_same_answer_and_opens_an_urgent_task(phone: Client, walk: Walk) -> None:
    answer = phone.post(reverse("patient_check_in"), {"event_id": str(uuid4()), "suicide_intent": "present"})
    assert answer.status_code == SEE_OTHER and answer.url.startswith(reverse("patient_struggling"))
    task = walk.history.latest(TaskOpened)[1]
    assert task.urgent and task.owner == "prescriber"


def test_nothing_filled_in_sends_nothing(phone: Client, walk: Walk) -> None:
    before = walk.history.seq
    assert phone.post(reverse("patient_check_in"), {"event_id": str(uuid4())}).status_code == INPUT
    assert walk.history.seq == before


def test_who_looked_names_the_staff_who_opened_the_chart(phone: Client, walk: Walk) -> None:
    client = Client()
    client.force_login(walk.users["nurse"])
    client.get(reverse("patient", args=[walk.patient]))
    assert "A nurse" in phone.get(reverse("patient_who_looked")).content.decode()


def test_who_looked_is_said_in_words_and_counted_by_day(phone: Client, walk: Walk) -> None:
    client = Client()
    client.force_login(walk.users["nurse"])
    before = _times(phone)
    for _ in range(3):
        client.get(reverse("patient", args=[walk.patient]))
    assert _times(phone) == before + 3
    page = phone.get(reverse("patient_who_looked")).content.decode()
    assert page.count("A nurse, nurse") == 1
    assert ".read" not in page
    for _ in range(2):
        assert "Latest: A nurse, nurse" in phone.get(reverse("patient_home")).content.decode(), "the person's own look is not told as the latest"


def test_who_looked_names_nobody_where_only_the_person_did(clinic_id: UUID) -> None:
    made, phone = make_account(clinic_id, "Luis Farah", f"{uuid4().hex[:12]}@test.example", []), Client()
    PatientAccount.objects.create(user=made.user, patient=new_patient(clinic_id, uuid4(), family_name="Farah"))
    phone.force_login(made.user)
    for _ in range(2):
        assert "Nobody of the team has looked yet." in phone.get(reverse("patient_home")).content.decode()


def _times(phone: Client) -> int:
    """How often the nurse's row says the record was read today."""
    found = re.search(r"A nurse, nurse<br><small>your record(?:, (\d+) times since)?", phone.get(reverse("patient_who_looked")).content.decode())
    return int(found[1] or 1) if found else 0


def test_a_patient_opens_no_page_of_the_staff(phone: Client, walk: Walk) -> None:
    for where in (reverse("today"), reverse("patient", args=[walk.patient]), reverse("tasks")):
        assert phone.get(where).status_code == 403


def test_the_escort_sees_the_ride_and_nothing_of_the_chart_and_can_cancel(walk: Walk) -> None:
    walk.do(visits.book_visit, "coordinator", purpose="infusion", starts_at=walk.now + timedelta(days=1), minutes=180, chair="Chair 9")
    walk.do(visits.name_escort, "coordinator", name="Jo Reyes", state="asked")
    where = reverse("escort_ride", args=[make_escort_link(walk.visit, walk.patient, timezone.now() + timedelta(days=2))])
    page = Client().get(where).content.decode()
    assert "Luis" in page and "Farah" not in page and "ketamine" not in page.lower() and "opioid use" not in page.lower()
    same = {"event_id": str(uuid4()), "state": "cancelled"}
    for _ in range(2):
        assert Client().post(where, same).status_code == 200
    assert walk.history.latest(EscortNamed)[1].state == "cancelled"
    assert [task.urgent for _, task in walk.history.all(TaskOpened)] == [True]


def test_a_wrong_token_shows_nothing(walk: Walk) -> None:
    assert Client().get(reverse("escort_ride", args=["not-a-token"])).status_code in (403, 404)
