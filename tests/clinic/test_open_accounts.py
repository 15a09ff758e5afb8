"""Who somebody is, is read in one question and is what many questions would say; a session that is over opens nothing."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from kairn.clinic.people.accounts import make_account, make_patient_account, new_clinic
from kairn.clinic.people.care import new_patient
from kairn.clinic.people.models import Clinic, Membership, Patient, PatientAccount, User
from kairn.clinic.people.open_accounts import open_now
from kairn.clinic.people.sessions import SessionStore

WHO = ("people_user", "people_membership", "people_patient_account")


def account(clinic: UUID, *roles: str) -> User:
    return make_account(clinic, "Noor Haddad", f"{uuid4().hex[:12]}@test.example", roles).user


def treated(clinic: UUID) -> Patient:
    return new_patient(clinic, uuid4(), family_name="Farah", given_name="Luis")


@pytest.fixture
def accounts(clinic_id: UUID) -> dict[str, User]:
    """Somebody of each kind."""
    other = new_clinic("Elsewhere", clinic_id=uuid4()).id
    found = {name: account(clinic_id, "nurse") for name in ("works", "closed", "left", "left and came", "works in two", "works and is treated")}
    found["is treated"] = make_patient_account(treated(clinic_id), f"{uuid4().hex[:12]}@test.example").user
    found["nobody yet"] = User.objects.create_user(f"{uuid4().hex[:12]}@test.example", None, name="Kim")
    User.objects.filter(id=found["closed"].id).update(is_active=False)
    Membership.objects.filter(user__in=[found["left"], found["left and came"]]).update(active=False)
    for name in ("left and came", "works in two"):
        Membership.objects.create(user=found[name], clinic_id=other, roles=["prescriber"])
    PatientAccount.objects.create(user=found["works and is treated"], patient=treated(other))
    return found


def test_one_question_says_of_each_account_what_many_would(accounts: dict[str, User]) -> None:
    with CaptureQueriesContext(connection) as asked:
        found = {user.id: user for user in open_now(user.id for user in accounts.values())}
        told = {user.id: (user.membership, user.own_patient, user.roles, user.clinic_id) for user in found.values()}
        clinics = {user.id: (user.membership and user.membership.clinic.name, user.own_patient and user.own_patient.clinic.name) for user in found.values()}
    assert len(asked) == 1
    assert set(found) == {user.id for name, user in accounts.items() if name != "closed"}
    for name, user in accounts.items():
        if name == "closed":
            continue
        alone = User.objects.get(id=user.id)
        assert told[user.id] == (alone.membership, alone.own_patient, alone.roles, alone.clinic_id), name
        names = [Clinic.objects.get(id=each.clinic_id).name if each else None for each in (alone.membership, alone.own_patient)]
        assert list(clinics[user.id]) == names, name
        kept = [field.attname for field in User._meta.concrete_fields]
        assert [getattr(found[user.id], field) for field in kept] == [getattr(alone, field) for field in kept], name


def test_a_page_asks_once_who_somebody_is(accounts: dict[str, User]) -> None:
    for name, view in (("works", "tasks"), ("is treated", "patient_check_in")):
        client = Client()
        client.force_login(accounts[name])
        client.get(reverse(view))  # marks the session as seen, and the device
        with CaptureQueriesContext(connection) as asked:
            assert client.get(reverse(view)).status_code == 200
        about = [one["sql"] for one in asked if any(f"FROM {table}" in one["sql"] or f'FROM "{table}"' in one["sql"] for table in WHO)]
        assert len(about) == 1, about
        assert len([one for one in asked if "django_session" in one["sql"]]) == 1


@pytest.mark.parametrize("ended", ["over", "deleted"])
def test_a_session_that_is_over_opens_nothing_and_its_key_is_not_used_again(accounts: dict[str, User], ended: str) -> None:
    client = Client()
    client.force_login(accounts["works"])
    assert client.get(reverse("tasks")).status_code == 200
    key, kept = client.cookies["sessionid"].value, Session.objects.filter(session_key=client.cookies["sessionid"].value)
    if ended == "over":
        kept.update(expire_date=timezone.now() - timedelta(seconds=1))
    else:
        kept.delete()
    assert client.get(reverse("tasks")).status_code == 302
    again = SessionStore(key)
    again["theme"] = "dim"
    again.save()
    assert again.session_key != key, "whoever knows an old key would share what is kept under it"
