"""The demonstration clinic: its staff, its protocol published by two people, and every scenario told from this minute."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from django.utils import timezone

from kairn.clinic.acts.seeding import write_past
from kairn.clinic.people.demo_people import DemoPatient, SignIn, make_clinic, make_patient_sign_in, make_patients, make_staff, staff
from kairn.clinic.people.models import Patient, User
from kairn.pathway.scenario import Scenario, load_scenario, scenario_files
from kairn.protocol.load import load_protocol
from kairn.protocol.rule import Protocol
from kairn.record.event import Author, Draft, StreamKind
from kairn.record.payloads import ProtocolPublished

Report = Callable[[str, int, int], None]
PROTOCOL, VERSION = "iv-ketamine-oud", "1.0"
IN_FORCE_FOR = timedelta(days=365)
PHONE_OF = "Ana"


def seed(report: Report) -> list[SignIn]:
    """Make the clinic and everybody in it; the accounts are answered once, with their passwords. Needs the owner's database role."""
    now = timezone.now().replace(second=0, microsecond=0)
    files = scenario_files()
    steps = len(files) + 1
    report("Making the clinic and its staff", 0, steps)
    clinic = make_clinic().id
    sign_ins = list(make_staff(clinic))
    protocol = load_protocol(PROTOCOL, VERSION)
    _publish(clinic, protocol, now)
    patients: dict[str, Patient] = {}
    for done, path in enumerate(files, 1):
        scenario = load_scenario(path, protocol, now)
        report(f"Telling the story of {scenario.person.given_name}", done, steps)
        patients[scenario.person.given_name] = _tell(clinic, scenario, now)
    report("Opening the doors", steps, steps)
    return [*sign_ins, make_patient_sign_in(patients[PHONE_OF])]


def _publish(clinic: UUID, protocol: Protocol, now: datetime) -> None:
    """The clinic lead and a prescriber publish the template, a year before the stories begin."""
    people, at = staff(clinic), now - IN_FORCE_FOR
    by = _author(people, "clinic-lead")
    said = ProtocolPublished(protocol.id, protocol.version, protocol.content_hash, str(people["prescriber"].id), at.date())
    draft = Draft(uuid5(clinic, "protocol published"), clinic, at, by, said, stream_kind=StreamKind.CLINIC)
    write_past(clinic, [draft], {draft.id: at}, now)


def _author(people: Mapping[str, User], role: str) -> Author:
    return Author(str(people[role].id), str(people[role]), role)


def _tell(clinic: UUID, scenario: Scenario, now: datetime) -> Patient:
    person = scenario.person
    born = date.fromisoformat(person.birth_date)
    row = DemoPatient(scenario.patient, person.family_name, person.given_name, born, person.sex, person.phone, safe_contact="Text before calling, 8 to 20 h")
    (patient,) = make_patients(clinic, [row])
    recorded = {draft.id: at for draft, at in zip(scenario.drafts, scenario.recorded, strict=True)}
    write_past(clinic, scenario.drafts, recorded, now)
    return patient
