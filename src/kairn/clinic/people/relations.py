"""How a person stands to a patient and to a visit, from the database at this moment."""

from __future__ import annotations

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


def _to_the_patient(user: User, patient_id: UUID, visit_id: UUID | None, event_id: UUID | None, now: datetime) -> frozenset[str]:
    row = _standing(user, visit_id, now).filter(id=patient_id).values("clinic_id", "team", "shift", "glass").first()
    if row is None:
        return NONE
    found = {"self"} if user.own_patient and user.own_patient.id == patient_id else set()
    if user.membership and user.membership.clinic_id == row["clinic_id"]:
        found.add("same-clinic")
        found |= {word for word, key in (("care-team", "team"), ("on-shift", "shift"), ("break-glass", "glass")) if row[key]}
        found |= {"author"} if event_id and lookups().author_of(event_id) == str(user.id) else set()
    return frozenset(found) or NONE


def _standing(user: User, visit_id: UUID | None, now: datetime) -> QuerySet[Any]:
    mine = {"user": user, "patient": OuterRef("pk")}
    team = CareTeam.objects.filter(Q(until=None) | Q(until__gt=now), since__lte=now, **mine)
    shift = Shift.objects.filter(starts_at__lte=now, ends_at__gt=now, **mine)
    glass = BreakGlass.objects.filter(started_at__lte=now, until__gt=now, **mine)
    shift = shift.filter(visit=visit_id) if visit_id else shift
    rows: QuerySet[Any] = Patient.objects.annotate(team=Exists(team), shift=Exists(shift), glass=Exists(glass))
    return rows


def escort_of(token: str, now: datetime | None = None) -> Escort | None:
    """Whoever holds this token, or None when it is unknown, revoked or over."""
    digest = sha256(token.encode()).hexdigest()
    link = EscortLink.objects.filter(token_digest=digest, revoked_at=None, expires_at__gt=now or timezone.now()).select_related("patient").first()
    return Escort(link) if link else None
