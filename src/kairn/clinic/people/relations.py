"""How a person stands to a patient and to a visit, from the database at this moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from kairn.clinic.people.lookups import lookups
from kairn.clinic.people.models import BreakGlass, CareTeam, EscortLink, Patient, Shift, User

NONE = frozenset({"none"})


@dataclass(frozen=True)
class Escort:
    """Whoever holds an escort's link: one role, one visit, no account."""

    link: EscortLink
    roles: frozenset[str] = frozenset({"escort"})


def relations(user: User, patient_id: UUID | None, visit_id: UUID | None = None, event_id: UUID | None = None, now: datetime | None = None) -> frozenset[str]:
    """The relations of `user` to a patient (and a visit, and an event). Unknown ids, and a visit of somebody else, give none.

    With no patient and no visit the answer is how the user stands to the clinic itself (`same-clinic`, `self` for a patient).
    """
    if visit_id is not None:
        owner = lookups().patient_of_visit(visit_id)
        if owner is None or patient_id not in (None, owner):
            return NONE
        patient_id = owner
    if patient_id is None:
        return _to_the_clinic(user)
    return _to_the_patient(user, patient_id, visit_id, event_id, now or timezone.now())


def _to_the_clinic(user: User) -> frozenset[str]:
    found = {"same-clinic"} if user.membership else set()
    return frozenset(found | ({"self"} if user.own_patient else set())) or NONE


def relations_of_each(users: Iterable[User], patients: Iterable[UUID], now: datetime | None = None) -> dict[tuple[UUID, UUID], frozenset[str]]:
    """The same for many accounts and many patients, by account id and patient: as many questions to the database as for one."""
    asked = set(patients)
    clinics = dict(Patient.objects.filter(id__in=asked).values_list("id", "clinic_id"))
    near = {word: set(rows.filter(patient__in=asked).values_list("user", "patient")) for word, rows in _near(now or timezone.now()).items()}
    pairs = {(user.id, patient): user for user in users for patient in asked}
    named = {
        pair: _named(user, pair[1], clinics[pair[1]], {word for word, held in near.items() if pair in held})
        for pair, user in pairs.items()
        if pair[1] in clinics
    }
    return {pair: named.get(pair) or NONE for pair in pairs}


def _to_the_patient(user: User, patient_id: UUID, visit_id: UUID | None, event_id: UUID | None, now: datetime) -> frozenset[str]:
    near = _near(now, visit_id)
    asked = [Exists(rows.filter(user=user, patient=OuterRef("pk"))) for rows in near.values()]
    row = Patient.objects.filter(id=patient_id).values_list("clinic_id", *asked).first()
    if row is None:
        return NONE
    clinic_id, *is_near = row
    found = _named(user, patient_id, clinic_id, {word for word, yes in zip(near, is_near, strict=True) if yes})
    if event_id and "same-clinic" in found and lookups().author_of(event_id) == str(user.id):
        found |= {"author"}
    return found or NONE


def _named(user: User, patient_id: UUID, clinic_id: UUID, near: set[str]) -> frozenset[str]:
    """What somebody is to a patient of that clinic; who does not work there is near in no way."""
    self_ = {"self"} if user.own_patient and user.own_patient.id == patient_id else set()
    works_there = user.membership is not None and user.membership.clinic_id == clinic_id
    return frozenset(self_ | ({"same-clinic"} | near if works_there else set()))


def _near(now: datetime, visit_id: UUID | None = None) -> dict[str, QuerySet[Any]]:
    """What brings somebody near to a patient at a moment, and the rows that say so."""
    shift = Shift.objects.filter(starts_at__lte=now, ends_at__gt=now)
    return {
        "care-team": CareTeam.objects.filter(Q(until=None) | Q(until__gt=now), since__lte=now),
        "on-shift": shift.filter(visit=visit_id) if visit_id else shift,
        "break-glass": BreakGlass.objects.filter(started_at__lte=now, until__gt=now),
    }


def escort_of(token: str, now: datetime | None = None) -> Escort | None:
    """Whoever holds this token, or None when it is unknown, revoked or over."""
    digest = sha256(token.encode()).hexdigest()
    link = EscortLink.objects.filter(token_digest=digest, revoked_at=None, expires_at__gt=now or timezone.now()).select_related("patient").first()
    return Escort(link) if link else None
