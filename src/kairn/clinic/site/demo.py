"""The demonstration clinic: its staff, its protocol published by two people, every scenario told from this minute, and the drug cupboard."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from django.conf import settings
from django.utils import timezone

from kairn.clinic.acts.seeding import publication, write_past
from kairn.clinic.people.care import take_shift
from kairn.clinic.people.demo_people import DemoPatient, SignIn, make_clinic, make_patient_sign_in, make_patients, make_staff, staff
from kairn.clinic.people.models import Patient, User
from kairn.clinic.site.demo_stock import stock_up
from kairn.pathway.scenario import Scenario, load_scenario, scenario_files
from kairn.protocol.rule import Protocol
from kairn.record.event import Author, Draft
from kairn.record.payloads_hands import CareHandedOver

Report = Callable[[str, int, int], None]
PROTOCOL, VERSION = "iv-ketamine-oud", "1.0"
IN_FORCE_FOR = timedelta(days=365)
PHONE_OF = "Ana"
HANDED_OVER = "Ben"
SAID = "He asked for the light to stay low. His brother waits outside and is told how it goes. I have to be at the other chair by the half hour."
THERE_FOR = timedelta(minutes=40)


def seed(report: Report) -> list[SignIn]:
    """Make the clinic and everybody in it; the accounts are answered once, with their passwords. Needs the owner's database role."""
    now = timezone.now().replace(second=0, microsecond=0)
    files = scenario_files()
    steps = len(files) + 1
    report("Making the clinic and its staff", 0, steps)
    clinic = make_clinic().id
    sign_ins = list(make_staff(clinic))
    protocol = _publish(clinic, now)
    patients: dict[str, Patient] = {}
    stories: dict[str, Scenario] = {}
    for done, path in enumerate(files, 1):
        scenario = load_scenario(path, protocol, now)
        report(f"Telling the story of {scenario.person.given_name}", done, steps)
        handed = _handed_over(clinic, scenario, now) if scenario.person.given_name == HANDED_OVER else []
        patients[scenario.person.given_name] = _tell(clinic, scenario, now, handed)
        stories[scenario.person.given_name] = scenario
    people = staff(clinic)
    _stand_there(people["nurse"], stories[HANDED_OVER], now)
    stock_up(clinic, {role: _author(people, role) for role in ("nurse", "prescriber", "clinic-lead")}, stories, now)
    report("Opening the doors", steps, steps)
    return [*sign_ins, make_patient_sign_in(patients[PHONE_OF])]


def _publish(clinic: UUID, now: datetime) -> Protocol:
    """A prescriber proposes the template and the clinic lead publishes it, a year before the stories begin."""
    people, at = staff(clinic), now - IN_FORCE_FOR
    protocol, drafts = publication(clinic, (PROTOCOL, VERSION), _author(people, "prescriber"), _author(people, "clinic-lead"), at)
    write_past(clinic, drafts, {draft.id: at for draft in drafts}, now)
    return protocol


def _author(people: Mapping[str, User], role: str) -> Author:
    return Author(str(people[role].id), str(people[role]), role)


def _handed_over(clinic: UUID, scenario: Scenario, now: datetime) -> list[Draft]:
    """The nurse at the chair offers the latest visit of the story to whoever comes next."""
    said = CareHandedOver(next(reversed(scenario.visits.values())), SAID, seq_seen=len(scenario.drafts))
    return [Draft(uuid5(scenario.patient, "hand-over"), scenario.patient, now, _author(staff(clinic), "nurse"), said)]


def _stand_there(nurse: User, scenario: Scenario, now: datetime) -> None:
    """The nurse has been at the chair for a while; her shift lasts as any other."""
    take_shift(nurse, scenario.patient, next(reversed(scenario.visits.values())), settings.KAIRN_SHIFT_HOURS, now - THERE_FOR)


def _tell(clinic: UUID, scenario: Scenario, now: datetime, handed: list[Draft]) -> Patient:
    person = scenario.person
    born = date.fromisoformat(person.birth_date)
    row = DemoPatient(scenario.patient, person.family_name, person.given_name, born, person.sex, person.phone, safe_contact="Text before calling, 8 to 20 h")
    (patient,) = make_patients(clinic, [row])
    recorded = {draft.id: at for draft, at in zip(scenario.drafts, scenario.recorded, strict=True)} | {draft.id: now for draft in handed}
    write_past(clinic, [*scenario.drafts, *handed], recorded, now)
    return patient
