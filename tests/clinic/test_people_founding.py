"""Founding a clinic: one lead, a password told once, no protocol in force; a second with the same e-mail is refused whole."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

from click.testing import CliRunner
from django.utils import timezone

from kairn.clinic.acts.context import context_of
from kairn.clinic.acts.library import library
from kairn.clinic.acts.protocols import in_force
from kairn.clinic.people.commands import clinic
from kairn.clinic.people.models import Clinic, User


def found(email: str, *more: str) -> Any:
    return CliRunner().invoke(clinic, ["found", "--name", f"Harbour {email}", "--lead-name", "Ada Lead", "--lead-email", email, "--json", *more])


def test_a_founded_clinic_has_a_lead_and_no_protocol(database: Any) -> None:
    email = f"{uuid4().hex}@harbour.example"
    said = json.loads(found(email, "--time-zone", "Europe/Lisbon").output)
    lead = User.objects.get(email=email)
    assert lead.check_password(said["password"]) and {"clinic-lead", "administrator"} <= lead.roles
    assert lead.membership.clinic.time_zone == "Europe/Lisbon" and lead.membership.clinic.mode == "live"
    assert in_force(lead.clinic_id, timezone.now()).protocol is None
    read = library(context_of(lead))
    assert isinstance(read, tuple) and any(one.protocol == "iv-ketamine-oud" for one in read)
    assert [one.name for one in read if one.in_force or one.publication or one.proposal] == []


def test_a_taken_address_or_an_odd_zone_makes_nothing(database: Any) -> None:
    email = f"{uuid4().hex}@harbour.example"
    assert found(email).exit_code == 0
    before = Clinic.objects.count()
    for answer in (found(email), found(f"other-{email}", "--time-zone", "Mars/One")):
        assert answer.exit_code == 1 and "Nothing was made" in answer.output
    assert Clinic.objects.count() == before
