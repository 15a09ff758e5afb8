"""Who cares for whom: new patients, care teams, shifts and escorts' links."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe
from typing import Literal, get_args
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from kairn.clinic.people.models import Amended, CareTeam, EscortLink, Membership, Patient, Shift, User
from kairn.clinic.people.statements import answered, columns, made

LINK_BYTES = 24
AT_CHAIRS = """SELECT shift.visit, shift.user_id, account.name, shift.starts_at
  FROM people_shift AS shift JOIN people_user AS account ON account.id = shift.user_id
  WHERE shift.visit = ANY(%(visits)s::uuid[]) AND shift.starts_at <= %(now)s AND shift.ends_at > %(now)s ORDER BY shift.starts_at, account.name"""
PATIENTS = f"SELECT {columns(Patient, 'patient')} FROM people_patient AS patient WHERE patient.id = ANY(%(ids)s::uuid[])"
PRESCRIBERS = """WITH shift AS (SELECT user_id, visit FROM people_shift WHERE clinic_id = %(clinic)s AND starts_at <= %(now)s AND ends_at > %(now)s)
  SELECT account.id, account.name, CASE
    WHEN EXISTS (SELECT FROM shift WHERE shift.user_id = account.id AND shift.visit = %(visit)s) THEN 'shift'
    WHEN EXISTS (SELECT FROM people_care_team AS team WHERE team.user_id = account.id AND team.patient_id = %(patient)s
      AND team.since <= %(now)s AND (team.until IS NULL OR team.until > %(now)s)) THEN 'team'
    WHEN EXISTS (SELECT FROM shift WHERE shift.user_id = account.id) THEN 'elsewhere'
    ELSE 'clinic' END
  FROM people_membership AS member JOIN people_user AS account ON account.id = member.user_id
  WHERE member.clinic_id = %(clinic)s AND member.active AND account.is_active AND 'prescriber' = ANY(member.roles)"""
Near = Literal["shift", "team", "elsewhere", "clinic"]
"""How a colleague stands to a visit: on shift with it, on the care team, on shift with another visit, or none of these."""


@dataclass(frozen=True)
class AtChair:
    """A person on shift with a visit: who, and since when."""

    user: UUID
    name: str
    since: datetime


@dataclass(frozen=True)
class Prescriber:
    """A prescriber of a clinic, and how they stand to a visit."""

    id: UUID
    name: str
    near: Near


def new_patient(
    clinic_id: UUID, patient_id: UUID, *, family_name: str, given_name: str = "", birth_date: date | None = None, sex: str = "unknown", **contact: str
) -> Patient:
    """The patient with that id, made when new, with the care team the clinic gives to new patients. Names already there stay."""
    with transaction.atomic():
        who = {"clinic_id": clinic_id, "family_name": family_name, "given_name": given_name, "birth_date": birth_date, "sex": sex, **contact}
        patient, made = Patient.objects.get_or_create(id=patient_id, defaults=who)
        if made:
            members = Membership.objects.filter(clinic=clinic_id, active=True, joins_new_patients=True)
            CareTeam.objects.bulk_create(CareTeam(user_id=member.user_id, patient=patient, since=timezone.now()) for member in members)
    return patient


def amend_patient(patient: Patient, changed: Mapping[str, str], by: User, now: datetime) -> None:
    """Write what changed of who a patient is, field by field; what stood there before is kept. `birth_date` is a day such as 1990-02-28, or empty."""
    with transaction.atomic():
        before = [Amended(patient=patient, field=name, was=str(getattr(patient, name) or ""), at=now, by=by) for name in changed]
        for name, value in changed.items():
            setattr(patient, name, (date.fromisoformat(value) if value else None) if name == "birth_date" else value)
        patient.save(update_fields=list(changed))
        Amended.objects.bulk_create(before)


def join_team(user: User, patient_id: UUID, now: datetime | None = None) -> None:
    """Put a person on the care team; nothing changes when they are on it."""
    if not CareTeam.objects.filter(user=user, patient=patient_id, until=None).exists():
        CareTeam.objects.create(user=user, patient_id=patient_id, since=now or timezone.now())


def leave_team(user: User, patient_id: UUID, now: datetime | None = None) -> None:
    """Take a person off the care team from now on."""
    CareTeam.objects.filter(user=user, patient=patient_id, until=None).update(until=now or timezone.now())


def take_shift(user: User, patient_id: UUID, visit: UUID, hours: int, now: datetime | None = None) -> Shift:
    """A person takes the shift with one visit for some hours; whoever has it keeps it as it is."""
    start = now or timezone.now()
    held = Shift.objects.filter(user=user, visit=visit, starts_at__lte=start, ends_at__gt=start).first()
    if held:
        return held
    clinic = Patient.objects.values_list("clinic_id", flat=True).get(id=patient_id)
    return Shift.objects.create(user=user, clinic_id=clinic, patient_id=patient_id, visit=visit, starts_at=start, ends_at=start + timedelta(hours=hours))


def give_shift_back(user: User, visit: UUID, now: datetime | None = None) -> int:
    """End the person's shifts with a visit now; how many there were."""
    end = now or timezone.now()
    return Shift.objects.filter(user=user, visit=visit, starts_at__lt=end, ends_at__gt=end).update(ends_at=end)


def on_shift(visits: Iterable[UUID], now: datetime | None = None) -> Mapping[UUID, tuple[User, ...]]:
    """Visit -> who is on shift with it now, by name; visits nobody took are left out."""
    at, found = now or timezone.now(), defaultdict[UUID, list[User]](list)
    rows = Shift.objects.filter(visit__in=list(visits), starts_at__lte=at, ends_at__gt=at).select_related("user").order_by("user__name")
    for row in rows:
        found[row.visit].append(row.user)
    return {visit: tuple(users) for visit, users in found.items()}


def at_chairs(visits: Iterable[UUID], now: datetime) -> Mapping[UUID, tuple[AtChair, ...]]:
    """Visit -> who is on shift with it at a moment and since when, longest first; visits nobody took are left out."""
    found = defaultdict[UUID, list[AtChair]](list)
    for visit, user, name, since in answered(AT_CHAIRS, visits=list(visits), now=now):
        found[visit].append(AtChair(user, name, since))
    return {visit: tuple(held) for visit, held in found.items()}


def relieve(former: UUID, user: User, patient_id: UUID, visit: UUID, hours: int, now: datetime) -> None:
    """One person takes the shift with a visit from now on, and whoever they relieve has it no more; their other shifts stay as they are."""
    with transaction.atomic():
        give_shift_back(user, visit, now)
        take_shift(user, patient_id, visit, hours, now)
        Shift.objects.filter(user=former, visit=visit, starts_at__lt=now, ends_at__gt=now).update(ends_at=now)


def colleagues(clinic_id: UUID, roles: Iterable[str]) -> tuple[User, ...]:
    """Everybody of a clinic who holds one of these roles now, by name."""
    held = Membership.objects.filter(clinic=clinic_id, active=True, user__is_active=True, roles__overlap=list(roles)).select_related("user")
    return tuple(member.user for member in held.order_by("user__name"))


def prescribers(clinic_id: UUID, patient_id: UUID, visit: UUID, now: datetime | None = None) -> tuple[Prescriber, ...]:
    """The prescribers of a clinic, each with how they stand to a visit, the nearest first and then by name."""
    rows = answered(PRESCRIBERS, clinic=clinic_id, patient=patient_id, visit=visit, now=now or timezone.now())
    return tuple(sorted((Prescriber(*row) for row in rows), key=lambda one: (get_args(Near).index(one.near), one.name)))


def escort_link(visit: UUID, now: datetime | None = None) -> EscortLink | None:
    """The link of a visit that opens now, if there is one."""
    return EscortLink.objects.filter(visit=visit, revoked_at=None, expires_at__gt=now or timezone.now()).order_by("-created_at").first()


def make_escort_link(visit: UUID, patient_id: UUID, expires_at: datetime) -> str:
    """The token of a new link for the escort of one visit; it is told once and kept only as a digest."""
    token = token_urlsafe(LINK_BYTES)
    EscortLink.objects.create(token_digest=sha256(token.encode()).hexdigest(), visit=visit, patient_id=patient_id, expires_at=expires_at)
    return token


def revoke_escort_links(visit: UUID, now: datetime | None = None) -> int:
    """Close every open link of a visit; how many there were."""
    return EscortLink.objects.filter(visit=visit, revoked_at=None).update(revoked_at=now or timezone.now())


def patients(ids: Iterable[UUID]) -> Mapping[UUID, Patient]:
    """The patients with these ids, in one query."""
    rows = answered(PATIENTS, ids=list(ids))
    return {patient.id: patient for patient in (made(Patient, iter(row)) for row in rows) if patient}
