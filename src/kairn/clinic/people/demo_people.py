"""The people of a demonstration clinic: one account for each role, some colleagues, and the patients handed in, all invented."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from kairn.clinic.people.accounts import make_account, make_patient_account, new_clinic
from kairn.clinic.people.care import new_patient
from kairn.clinic.people.models import Clinic, Patient, User

CLINIC_NAME = "Cairn Hill"
DOMAIN = "kairn.example"


@dataclass(frozen=True)
class SignIn:
    """What is printed once at first start: a role, an email and a password that is stored only hashed."""

    role: str
    email: str
    password: str
    name: str = ""


@dataclass(frozen=True)
class StaffMember:
    """One invented colleague; the first of each role is the one whose sign-in is printed."""

    name: str
    mailbox: str
    roles: tuple[str, ...]
    joins_new_patients: bool = False


@dataclass(frozen=True)
class DemoPatient:
    """One invented patient, with the id of their stream."""

    id: UUID
    family_name: str
    given_name: str
    birth_date: date | None = None
    sex: str = "unknown"
    phone: str = ""
    email: str = ""
    safe_contact: str = ""


STAFF = (
    StaffMember("Dr Amara Osei", "prescriber", ("prescriber",), True),
    StaffMember("Noor Haddad", "nurse", ("nurse",), True),
    StaffMember("Tomas Lindqvist", "therapist", ("therapist",), True),
    StaffMember("Ines Carvalho", "coordinator", ("coordinator",), True),
    StaffMember("Dr Ruth Adeyemi", "lead", ("clinic-lead",)),
    StaffMember("Jun Watanabe", "researcher", ("researcher",)),
    StaffMember("Petra Novak", "auditor", ("auditor",)),
    StaffMember("Sam Okafor", "administrator", ("administrator",)),
    StaffMember("Eli Brandt", "nurse2", ("nurse",), True),
    StaffMember("Dr Leila Farsi", "prescriber2", ("prescriber",)),
)


def make_clinic(name: str = CLINIC_NAME, clinic_id: UUID | None = None) -> Clinic:
    """The demonstration clinic; its mode says so on every page."""
    return new_clinic(name, "demo", clinic_id)


def make_staff(clinic_id: UUID) -> tuple[SignIn, ...]:
    """Accounts for all of STAFF with a random password each; those whose mailbox is a role come first."""
    return tuple(_sign_in(clinic_id, member) for member in STAFF)


def _sign_in(clinic_id: UUID, member: StaffMember) -> SignIn:
    made = make_account(clinic_id, member.name, f"{member.mailbox}@{DOMAIN}", member.roles, joins_new_patients=member.joins_new_patients)
    return SignIn(member.roles[0], made.user.email, made.password, member.name)


def staff(clinic_id: UUID) -> Mapping[str, User]:
    """Role -> the first colleague with that role, to be the author of demonstration events."""
    found: dict[str, User] = {}
    emails = [f"{member.mailbox}@{DOMAIN}" for member in STAFF]
    users = User.objects.filter(memberships__clinic=clinic_id, email__in=emails).distinct()
    for user in sorted(users, key=lambda user: emails.index(user.email)):
        for role in user.roles:
            found.setdefault(role, user)
    return found


def make_patients(clinic_id: UUID, people: Iterable[DemoPatient]) -> tuple[Patient, ...]:
    """Patient rows with the clinic's care team on each; those already there stay as they are."""
    return tuple(_patient(clinic_id, each) for each in people)


def _patient(clinic_id: UUID, each: DemoPatient) -> Patient:
    contact = {"phone": each.phone, "email": each.email, "safe_contact": each.safe_contact}
    return new_patient(clinic_id, each.id, family_name=each.family_name, given_name=each.given_name, birth_date=each.birth_date, sex=each.sex, **contact)


def make_patient_sign_in(patient: Patient, mailbox: str = "patient") -> SignIn:
    """An account for one patient, so that the phone page can be seen."""
    made = make_patient_account(patient, f"{mailbox}@{DOMAIN}")
    return SignIn("patient", made.user.email, made.password, patient.name)
