"""How a person stands to a patient and to a visit, from the database at this moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from django.utils import timezone

from kairn.clinic.people.lookups import lookups
from kairn.clinic.people.models import EscortLink, User
from kairn.clinic.people.statements import answered

NONE = frozenset({"none"})
NEAR = {
    "care-team": "SELECT user_id, patient_id, NULL::uuid AS visit FROM people_care_team WHERE since <= %(now)s AND (until IS NULL OR until > %(now)s)",
    "on-shift": "SELECT user_id, patient_id, visit FROM people_shift WHERE starts_at <= %(now)s AND ends_at > %(now)s",
    "break-glass": "SELECT user_id, patient_id, NULL::uuid AS visit FROM people_break_glass WHERE started_at <= %(now)s AND until > %(now)s",
}
"""What brings somebody near to a patient at a moment, and the rows that say so; a shift does with its own visit, the others with any."""
NEAREST = " UNION ALL ".join(f"SELECT user_id, patient_id, visit, '{word}' AS word FROM ({rows}) AS {word.replace('-', '_')}" for word, rows in NEAR.items())
NEAR_ONE = f"""SELECT clinic_id, ARRAY(SELECT word FROM ({NEAREST}) AS near WHERE user_id = %(user)s AND patient_id = %(patient)s
    AND (visit = %(visit)s OR visit IS NULL OR %(visit)s::uuid IS NULL))
  FROM people_patient WHERE id = %(patient)s"""
NEAR_EACH = f"SELECT user_id, patient_id, word FROM ({NEAREST}) AS near WHERE patient_id = ANY(%(patients)s::uuid[])"
CLINICS = "SELECT id, clinic_id FROM people_patient WHERE id = ANY(%(patients)s::uuid[])"


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
    clinics = dict(answered(CLINICS, patients=list(asked)))
    near: dict[tuple[UUID, UUID], set[str]] = {}
    for user_id, patient, word in answered(NEAR_EACH, patients=list(asked), now=now or timezone.now()):
        near.setdefault((user_id, patient), set()).add(word)
    pairs = {(user.id, patient): user for user in users for patient in asked}
    named = {pair: _named(user, pair[1], clinics[pair[1]], near.get(pair, set())) for pair, user in pairs.items() if pair[1] in clinics}
    return {pair: named.get(pair) or NONE for pair in pairs}


def _to_the_patient(user: User, patient_id: UUID, visit_id: UUID | None, event_id: UUID | None, now: datetime) -> frozenset[str]:
    rows = answered(NEAR_ONE, user=user.id, patient=patient_id, visit=visit_id, now=now)
    if not rows:
        return NONE
    clinic_id, near = rows[0]
    found = _named(user, patient_id, clinic_id, set(near))
    if event_id and "same-clinic" in found and lookups().author_of(event_id) == str(user.id):
        found |= {"author"}
    return found or NONE


def _named(user: User, patient_id: UUID, clinic_id: UUID, near: set[str]) -> frozenset[str]:
    """What somebody is to a patient of that clinic; who does not work there is near in no way."""
    self_ = {"self"} if user.own_patient and user.own_patient.id == patient_id else set()
    works_there = user.membership is not None and user.membership.clinic_id == clinic_id
    return frozenset(self_ | ({"same-clinic"} | near if works_there else set()))


def escort_of(token: str, now: datetime | None = None) -> Escort | None:
    """Whoever holds this token, or None when it is unknown, revoked or over."""
    digest = sha256(token.encode()).hexdigest()
    link = EscortLink.objects.filter(token_digest=digest, revoked_at=None, expires_at__gt=now or timezone.now()).select_related("patient").first()
    return Escort(link) if link else None
