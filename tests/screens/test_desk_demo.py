"""The demonstration clinic is whole: every story is told, stands as it says, and its accounts sign in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.test import Client
from django.urls import reverse

from kairn.clinic.acts.projection import projector_at
from kairn.clinic.ledger.read import history
from kairn.clinic.ledger.rebuild import differences
from kairn.clinic.people.demo_people import CLINIC_NAME, staff
from kairn.clinic.people.models import Clinic, Patient, User
from kairn.pathway.scenario import load_scenario, scenario_files
from kairn.protocol.load import load_protocol


def seeded() -> list[dict[str, str]]:
    """Seed this worker's database as owner, in a process of its own, and answer the accounts."""
    command = [sys.executable, "-m", "kairn.clinic.site.seeding"]
    done = subprocess.run(command, env=os.environ | {"KAIRN_DATABASE_ROLE": "owner"}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    lines: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines()]
    steps = [line for line in lines if "text" in line]
    assert [step["done"] for step in steps] == sorted(step["done"] for step in steps) and steps[-1]["done"] == steps[-1]["total"]
    return lines[-1]["sign_ins"]  # type: ignore[no-any-return]


def test_the_demo_clinic_is_whole(database: Any) -> None:
    found = Clinic.objects.filter(mode="demo", name=CLINIC_NAME).first()
    accounts = {account["role"]: account for account in reversed([] if found else seeded())}
    clinic = found or Clinic.objects.get(mode="demo", name=CLINIC_NAME)
    people = staff(clinic.id)
    _every_story_is_told(clinic.id)
    assert list(differences(clinic.id, projector_at(clinic.id))) == [], "what lists show is what the record says"
    today = _signed_in(people["nurse"], accounts).get(reverse("today"))
    page = today.content.decode()
    assert today.status_code == 200 and "Demonstration clinic." in page and "Ana Reyes" in page and "Lena" not in page, "the dead are not on the board"
    assert _signed_in(people["administrator"], accounts).get(reverse("today")).status_code == 403
    ana = Patient.objects.get(clinic=clinic, given_name="Ana", family_name="Reyes")
    assert ana.accounts.exists(), "one person can look at the phone page"


def _every_story_is_told(clinic: UUID) -> None:
    protocol, now = load_protocol("iv-ketamine-oud", "1.0"), datetime.now(UTC)
    for path in scenario_files():
        story = load_scenario(path, protocol, now)
        events = history(story.patient).events[: len(story.drafts)]  # another test may have added to the chart since
        assert [event.payload.KIND for event in events] == [draft.payload.KIND for draft in story.drafts], path.stem
        assert all(event.clinic == clinic for event in events)
        assert [event.late for event in events] == [event.late for event in story.history.events], "both times are kept as told"


def _signed_in(user: User, accounts: dict[str, dict[str, str]]) -> Client:
    """By the password that was printed where this test made the clinic; another test may have made it before."""
    browser = Client()
    if not accounts:
        browser.force_login(user)
        return browser
    account = next(each for each in accounts.values() if each["email"] == user.email)
    answer = browser.post(reverse("account_login"), {"login": account["email"], "password": account["password"]})
    assert answer.status_code == 302, account["role"]
    return browser
