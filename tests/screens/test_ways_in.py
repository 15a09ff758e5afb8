"""The three ways into a chart that staff give on a page: the escort's link, a shift with a visit, and a patient's own sign-in."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import reverse
from tests.screens.desk_walk import INPUT, REFUSED, SEE_OTHER, Desk, reasons

from kairn.clinic.acts import course, visits
from kairn.clinic.people.audit import who_looked
from kairn.clinic.people.models import EscortLink, PatientAccount, Shift, User
from kairn.record.payloads import EscortNamed

OPEN = 200


@pytest.fixture
def desk(clinic_id: UUID) -> Desk:
    """A person with a visit that has just begun, so that it is of the day whenever the test runs, and an escort."""
    made = Desk(clinic_id)
    made.walk.do(visits.book_visit, "coordinator", purpose="infusion", starts_at=made.walk.now, minutes=180, chair="2")
    made.walk.do(visits.name_escort, "coordinator", name="Ana-Maria", phone="555-0102")
    return made


def outsider(desk: Desk, role: str = "nurse") -> Client:
    """Somebody of the clinic who is on no care team."""
    client = Client()
    client.force_login(desk.walk.make(role, joins=False))
    return client


def page_of(answer: Any) -> str:
    return str(answer.content.decode())


# --- the escort's link ---


def link_url(desk: Desk) -> str:
    return reverse("escort_link", args=[desk.patient, desk.walk.visit])


def made_link(desk: Desk) -> str:
    answer = desk.browser("coordinator").post(link_url(desk), {"do": "make"})
    assert answer.status_code == OPEN
    return re.search(r'id="ride-link">([^<]+)<', page_of(answer))[1]  # type: ignore[index]


def test_a_link_is_made_on_the_escort_page_and_opens_the_ride(desk: Desk) -> None:
    escort_page = desk.url("escort", desk.walk.visit)
    assert link_url(desk) in desk.get(escort_page, "coordinator")
    link = made_link(desk)
    assert re.fullmatch(r"http://testserver/ride/[\w-]{32}", link), "nothing but a random word in the address"
    ride = Client().get(link)
    assert ride.status_code == OPEN and "You fetch Luis" in page_of(ride) and "Farah" not in page_of(ride)
    form = re.search(r'name="event_id" value="([^"]+)"', page_of(ride))[1]  # type: ignore[index]
    assert "You said you come." in page_of(Client().post(link, {"event_id": form, "state": "confirmed"}))
    assert desk.latest(EscortNamed).state == "confirmed"
    assert link.rpartition("/")[2] not in desk.get(escort_page, "coordinator"), "a link is shown once"


def test_a_new_link_closes_the_one_before_and_withdrawing_closes_all(desk: Desk) -> None:
    first, second = made_link(desk), made_link(desk)
    assert (Client().get(first).status_code, Client().get(second).status_code) == (REFUSED, OPEN)
    assert desk.browser("coordinator").post(link_url(desk), {"do": "withdraw"}).status_code == SEE_OTHER
    assert Client().get(second).status_code == REFUSED
    assert "No link is open." in desk.get(desk.url("escort", desk.walk.visit), "coordinator")


def test_a_link_ends_a_day_after_the_visit_begins(desk: Desk) -> None:
    link = made_link(desk)
    held = EscortLink.objects.get(visit=desk.walk.visit)
    assert held.expires_at == desk.walk.standing.visits[0].starts_at + timedelta(days=1)
    EscortLink.objects.filter(visit=desk.walk.visit).update(expires_at=desk.walk.now - timedelta(days=2))
    assert Client().get(link).status_code == REFUSED


def test_no_link_is_made_for_a_visit_that_will_not_be(desk: Desk) -> None:
    desk.walk.do(visits.cancel_visit, "coordinator")
    answer = desk.browser("coordinator").post(link_url(desk), {"do": "make"})
    assert answer.status_code == INPUT and "will not take place" in reasons(answer)
    assert not EscortLink.objects.filter(visit=desk.walk.visit).exists()


def test_before_somebody_is_named_no_link_is_offered(desk: Desk) -> None:
    desk.walk.visit = uuid4()
    desk.walk.do(visits.book_visit, "coordinator", purpose="therapy", starts_at=desk.walk.now, minutes=60)
    assert link_url(desk) not in desk.get(desk.url("escort", desk.walk.visit), "coordinator")
    answer = desk.browser("coordinator").post(link_url(desk), {"do": "make"})
    assert answer.status_code == INPUT and "Name the escort first" in reasons(answer)


def test_a_link_is_made_by_those_who_see_the_schedule(desk: Desk) -> None:
    assert outsider(desk).post(link_url(desk), {"do": "make"}).status_code == REFUSED
    assert outsider(desk, "researcher").post(link_url(desk), {"do": "make"}).status_code == REFUSED
    assert not EscortLink.objects.filter(visit=desk.walk.visit).exists()


# --- the shift ---


def take_url(desk: Desk) -> str:
    return reverse("shift_take", args=[desk.patient, desk.walk.visit])


def test_a_colleague_takes_a_visit_of_the_day_and_opens_its_chart(desk: Desk) -> None:
    nurse = outsider(desk)
    assert nurse.get(desk.url("patient")).status_code == REFUSED
    listed = page_of(nurse.get(reverse("shift")))
    assert take_url(desk) in listed and "Chair 2" in listed
    assert "Luis" not in listed and "Farah" not in listed, "no name before the visit is taken"
    taken = nurse.post(take_url(desk), {"do": "take"})
    assert (taken.status_code, taken["Location"]) == (SEE_OTHER, desk.url("patient"))
    assert nurse.get(desk.url("patient")).status_code == OPEN
    assert "with A nurse" in page_of(nurse.get(reverse("shift")))
    nurse.post(take_url(desk), {"do": "take"})
    assert Shift.objects.filter(visit=desk.walk.visit).count() == 1, "who is on shift takes it no second time"
    assert nurse.post(take_url(desk), {"do": "give-back"})["Location"] == reverse("shift")
    assert nurse.get(desk.url("patient")).status_code == REFUSED


def test_the_person_sees_who_took_their_visit(desk: Desk) -> None:
    nurse = outsider(desk)
    nurse.post(take_url(desk), {"do": "take"})
    nurse.get(desk.url("patient"))
    looked = {(one.what, one.relation) for one in who_looked(desk.patient)}
    assert {("shift.take", "same-clinic"), ("chart.read", "on-shift")} <= looked


def test_only_a_visit_of_the_day_is_taken(desk: Desk) -> None:
    desk.walk.do(visits.book_visit, "coordinator", purpose="infusion", starts_at=desk.walk.now + timedelta(days=3), minutes=180)
    nurse = outsider(desk)
    assert take_url(desk) not in page_of(nurse.get(reverse("shift")))
    late = nurse.post(take_url(desk), {"do": "take"})
    assert late.status_code == INPUT and "is not of today" in reasons(late)
    assert not Shift.objects.filter(visit=desk.walk.visit).exists()


@pytest.mark.parametrize("role", ["coordinator", "clinic-lead", "researcher", "administrator"])
def test_who_is_no_clinician_takes_no_visit(desk: Desk, role: str) -> None:
    somebody = outsider(desk, role)
    assert somebody.get(reverse("shift")).status_code == REFUSED
    assert somebody.post(take_url(desk), {"do": "take"}).status_code == REFUSED


# --- the patient's own sign-in ---


def sign_in(email: str, password: str) -> Client:
    client = Client()
    client.post(reverse("account_login"), {"login": email, "password": password}, REMOTE_ADDR=f"10.0.0.{uuid4().int % 250}")
    return client


def given(answer: Any) -> str:
    """The password a page shows once."""
    assert answer.status_code == OPEN, reasons(answer)
    return re.search(r"shown this once: <b>([^<]+)<", page_of(answer))[1]  # type: ignore[index]


def home(client: Client) -> int:
    return client.get(reverse("patient_home")).status_code


def test_a_patient_gets_a_sign_in_from_staff_and_opens_their_own_page(desk: Desk) -> None:
    url, email = desk.url("patient_sign_in"), f"{uuid4().hex[:10]}@mail.example"
    assert url in desk.get(desk.url("patient"), "coordinator"), "the person's page leads there"
    wrong = desk.browser("coordinator").post(url, {"do": "make", "email": "no address"})
    assert wrong.status_code == INPUT and "expected an address" in reasons(wrong)
    made = desk.browser("coordinator").post(url, {"do": "make", "email": email})
    handed = page_of(made).partition("To hand over</h2>")[2].partition("</section>")[0]
    assert email in handed and not re.search("ketamine|opioid|infusion|treatment|clinic", handed, re.IGNORECASE), "what is handed over says nothing of why"
    assert PatientAccount.objects.get(patient=desk.patient).user.email == email
    assert home(sign_in(email, given(made))) == OPEN
    later = desk.get(url, "coordinator")
    assert given(made) not in later and email in later, "a password is shown once"


def test_an_email_that_signs_somebody_in_is_not_given_twice(desk: Desk) -> None:
    taken = User.objects.get(id=desk.walk.users["nurse"].id).email
    answer = desk.browser("coordinator").post(desk.url("patient_sign_in"), {"do": "make", "email": taken})
    assert answer.status_code == INPUT and "cannot be used here" in reasons(answer)


def test_a_new_password_ends_the_old_one_and_closing_ends_both(desk: Desk) -> None:
    url, email, staff = desk.url("patient_sign_in"), f"{uuid4().hex[:10]}@mail.example", desk.browser("nurse")
    first = given(staff.post(url, {"do": "make", "email": email}))
    phone = sign_in(email, first)
    second = given(staff.post(url, {"do": "renew"}))
    assert home(phone) != OPEN and home(sign_in(email, first)) != OPEN
    phone = sign_in(email, second)
    assert home(phone) == OPEN
    assert staff.post(url, {"do": "close"}).status_code == SEE_OTHER
    assert home(phone) != OPEN and home(sign_in(email, second)) != OPEN
    assert home(sign_in(email, given(staff.post(url, {"do": "renew"})))) == OPEN, "it opens again, with another password"
    assert PatientAccount.objects.filter(patient=desk.patient).count() == 1


def test_a_sign_in_is_given_by_those_who_care_for_the_person(desk: Desk) -> None:
    for role in ("nurse", "administrator"):
        answer = outsider(desk, role).post(desk.url("patient_sign_in"), {"do": "make", "email": f"{uuid4().hex[:10]}@mail.example"})
        assert answer.status_code == REFUSED
    assert not PatientAccount.objects.filter(patient=desk.patient).exists()


def test_the_dead_are_given_no_sign_in(desk: Desk) -> None:
    desk.walk.do(course.record_death, "nurse", cause="")
    answer = desk.browser("coordinator").post(desk.url("patient_sign_in"), {"do": "make", "email": f"{uuid4().hex[:10]}@mail.example"})
    assert answer.status_code == INPUT and "has died" in reasons(answer)
