"""Accounts that are open, each with where they work or are treated: what every request asks first, in one question."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from allauth.account.auth_backends import AuthenticationBackend

from kairn.clinic.people.models import Clinic, Membership, Patient, User
from kairn.clinic.people.statements import answered, columns, made

OPEN = f"""
  SELECT {columns(User, "account")}, {columns(Membership, "works")}, {columns(Clinic, "place")}, {columns(Patient, "treated")}, {columns(Clinic, "home")}
  FROM people_user AS account
  LEFT JOIN LATERAL (SELECT * FROM people_membership WHERE user_id = account.id AND active ORDER BY id LIMIT 1) AS works ON true
  LEFT JOIN people_clinic AS place ON place.id = works.clinic_id
  LEFT JOIN people_patient_account AS own ON own.user_id = account.id
  LEFT JOIN people_patient AS treated ON treated.id = own.patient_id
  LEFT JOIN people_clinic AS home ON home.id = treated.clinic_id
  WHERE account.id = ANY(%(ids)s::uuid[]) AND account.is_active"""


class Accounts(AuthenticationBackend):
    """Signs in as allauth does; who a session belongs to is read together with who they are."""

    def get_user(self, user_id: UUID) -> User | None:
        """The account with that id, where it is open."""
        return next(iter(open_now([user_id])), None)


def open_now(ids: Iterable[UUID]) -> list[User]:
    """Those of these accounts that are open, as they stand now: `membership` and `own_patient` are known of each, with their clinics."""
    return [_account(row) for row in answered(OPEN, ids=list(ids))]


def _account(row: tuple[object, ...]) -> User:
    values = iter(row)
    user, works, place, treated, home = made(User, values), made(Membership, values), made(Clinic, values), made(Patient, values), made(Clinic, values)
    assert user is not None
    if works and place:
        works.clinic = place
    if treated and home:
        treated.clinic = home
    vars(user).update(membership=works, own_patient=treated)  # where User keeps what it found
    return user
