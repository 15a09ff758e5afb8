"""Who lost a password or a second factor is let in again by the clinic's lead, and a lead without a lead by the command line."""

from __future__ import annotations

import json
from html import unescape
from typing import Any
from uuid import UUID, uuid4

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from click.testing import CliRunner
from django.test import Client
from django.urls import reverse

from kairn.clinic.people import accounts, lockout, pin
from kairn.clinic.people.accounts import Made, make_account, new_clinic
from kairn.clinic.people.commands import clinic
from kairn.clinic.people.models import AccessLog, Membership, User

ADDRESS = "10.0.0.7"
OPEN, FOUND, REFUSED, INPUT = 200, 302, 403, 422


def person(clinic_id: UUID, *roles: str, name: str = "Noor Haddad") -> Made:
    """An account of this test's own."""
    return make_account(clinic_id, name, f"{uuid4().hex[:10]}@test.example", roles)


def as_(made: Made) -> Client:
    client = Client()
    client.force_login(made.user)
    return client


def signed_in(email: str, password: str) -> bool:
    """Whether email and password alone open a page of one's own."""
    client = Client()
    client.post(reverse("account_login"), {"login": email, "password": password}, REMOTE_ADDR=ADDRESS)
    return client.get(reverse("mfa_index")).status_code == OPEN


def recover(by: Client, member: User) -> Any:
    return by.post(reverse("people_recover"), {"member": Membership.objects.get(user=member).id})


def told(answer: Any) -> str:
    return str(answer.content.decode().split("shown this once: <b>")[1].split("<")[0])


def shown(answer: Any) -> str:
    """The words of a page."""
    return unescape(answer.content.decode())


@pytest.fixture
def lost(clinic_id: UUID) -> Made:
    """A nurse with codes, recovery codes, a PIN, and no way to any of them; locked out by trying."""
    made = person(clinic_id, "nurse")
    TOTP.activate(made.user, generate_totp_secret())
    RecoveryCodes.activate(made.user)
    assert pin.set_pin(made.user, "2589") == ""
    while lockout.begin(lockout.Pair.of(made.user.email, ADDRESS)):
        pass
    return made


def test_the_lead_lets_a_colleague_in_again(clinic_id: UUID, lost: Made) -> None:
    lead, left_open = as_(person(clinic_id, "clinic-lead")), as_(lost)
    assert left_open.get(reverse("mfa_index")).status_code == OPEN
    answer = recover(lead, lost.user)
    assert answer.status_code == OPEN
    assert not signed_in(lost.user.email, lost.password), "the old password is over"
    assert signed_in(lost.user.email, told(answer)), "the new one suffices, and the lockout is lifted"
    assert not Authenticator.objects.filter(user=lost.user).exists()
    assert User.objects.get(id=lost.user.id).pin == ""
    assert left_open.get(reverse("mfa_index")).status_code == FOUND, "sessions open elsewhere have ended"
    assert told(answer) not in lead.get(reverse("people_list")).content.decode()


def test_it_leaves_a_row_that_names_who_and_for_whom(clinic_id: UUID, lost: Made) -> None:
    lead = person(clinic_id, "clinic-lead", name="Dr Ruth Adeyemi")
    recover(as_(lead), lost.user)
    row = AccessLog.objects.get(clinic=clinic_id, what="people.recover")
    assert (row.by_name, row.by_id, lost.user.email in row.reason) == ("Dr Ruth Adeyemi", str(lead.user.id), True)
    assert lost.user.email in as_(lead).get(reverse("access_review")).content.decode(), "whoever reviews the log reads for whom it was"


@pytest.mark.parametrize("role", ["administrator", "prescriber", "nurse", "auditor", "coordinator"])
def test_nobody_else_does(clinic_id: UUID, lost: Made, role: str) -> None:
    """Not the administrator either: whoever reads no chart must not make themselves a sign-in that does."""
    assert recover(as_(person(clinic_id, role)), lost.user).status_code == REFUSED
    assert User.objects.get(id=lost.user.id).check_password(lost.password)


def test_the_page_offers_it_to_the_lead_only(clinic_id: UUID, lost: Made) -> None:
    lead, administrator = person(clinic_id, "clinic-lead"), person(clinic_id, "administrator")
    assert reverse("people_recover") in as_(lead).get(reverse("people_list")).content.decode()
    assert reverse("people_recover") not in as_(administrator).get(reverse("people_list")).content.decode()


@pytest.mark.parametrize("whose", ["own", "another clinic", "works in two", "closed", "none"])
def test_an_account_that_is_not_theirs_to_renew_stays_as_it_is(clinic_id: UUID, whose: str) -> None:
    lead, other = person(clinic_id, "clinic-lead"), new_clinic("Elsewhere").id
    made = {"own": lead, "another clinic": person(other, "nurse")}.get(whose) or person(clinic_id, "nurse")
    member = Membership.objects.get(user=made.user)
    if whose == "works in two":
        Membership.objects.create(user=made.user, clinic_id=other, roles=["nurse"])
    if whose == "closed":
        accounts.close_account(member)
    answer = as_(lead).post(reverse("people_recover"), {"member": "x" if whose == "none" else member.id})
    assert answer.status_code == INPUT and "Nothing was changed." in shown(answer)
    assert User.objects.get(id=made.user.id).check_password(made.password)


def test_a_lead_without_a_lead_is_let_in_by_the_command(clinic_id: UUID, lost: Made) -> None:
    done = CliRunner().invoke(clinic, ["recover", "--email", lost.user.email.upper(), "--json"])
    assert done.exit_code == 0, done.output
    assert signed_in(lost.user.email, json.loads(done.output)["password"])
    assert AccessLog.objects.get(clinic=clinic_id, what="people.recover").reason.endswith("on the machine itself")
    assert not Authenticator.objects.filter(user=lost.user).exists()


def test_the_command_says_whose_account_it_did_not_find(clinic_id: UUID) -> None:
    done = CliRunner().invoke(clinic, ["recover", "--email", "nobody@test.example"])
    assert done.exit_code == 1 and "which has no open account" in done.output and "Nothing was changed." in done.output
