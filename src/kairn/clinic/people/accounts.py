"""Accounts are made by the clinic: a random password told once, stored hashed, the email taken as known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from secrets import choice
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import transaction

from kairn.clinic.people import lockout
from kairn.clinic.people.may import may
from kairn.clinic.people.models import Clinic, Membership, Patient, PatientAccount, User

# Letters and digits that cannot be taken for one another on a screen or on paper.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
GROUPS, GROUP_LENGTH = 4, 4


@dataclass(frozen=True)
class Made:
    """A new account and its password, which is kept nowhere."""

    user: User
    password: str


def new_clinic(name: str, mode: str = "live", clinic_id: UUID | None = None) -> Clinic:
    """A stored clinic."""
    return Clinic.objects.create(name=name, mode=mode, **({"id": clinic_id} if clinic_id else {}))


def make_account(clinic_id: UUID, name: str, email: str, roles: Sequence[str], *, joins_new_patients: bool = False, password: str | None = None) -> Made:
    """An account of the staff. Raises IntegrityError when the email has one."""
    password = password or random_password()
    with transaction.atomic():
        user = _user(name, email, password)
        Membership.objects.create(user=user, clinic_id=clinic_id, roles=sorted(roles), joins_new_patients=joins_new_patients)
    return Made(user, password)


def make_patient_account(patient: Patient, email: str, *, password: str | None = None) -> Made:
    """The account a patient signs in with."""
    password = password or random_password()
    with transaction.atomic():
        user = _user(patient.name, email, password)
        PatientAccount.objects.create(user=user, patient=patient)
    return Made(user, password)


def close_account(member: Membership) -> None:
    """The person works here no longer: the membership ends, and without another one the account no longer signs in."""
    with transaction.atomic():
        Membership.objects.filter(id=member.id).update(active=False)
        if not Membership.objects.filter(user=member.user_id, active=True).exists():
            User.objects.filter(id=member.user_id).update(is_active=False)


def own_sign_in(patient_id: UUID) -> User | None:
    """The account a patient signs in with, open or closed; None while they have none."""
    found = PatientAccount.objects.filter(patient=patient_id).select_related("user").order_by("-id").first()
    return found.user if found else None


def set_open(user: User, *, open_: bool) -> None:
    """Open or close an account; a closed one signs in no more, and its open sessions end."""
    user.is_active = open_
    user.save(update_fields=["is_active"])


def recover(user: User, by: User | None = None) -> str:
    """A new random password, which is told once. Passkeys, codes and PIN are removed, open sessions end, lockouts are lifted."""
    password = random_password()
    with transaction.atomic():
        user.set_password(password)
        user.pin = ""
        user.save(update_fields=["password", "pin"])
        Authenticator.objects.filter(user=user).delete()
        lockout.lift(user.email, by or user)
    return password


def with_second_factor(user_ids: Iterable[UUID]) -> frozenset[UUID]:
    """Which of these accounts have a passkey or codes."""
    return frozenset(Authenticator.objects.filter(user__in=list(user_ids)).values_list("user_id", flat=True))


def may_write(user: User) -> bool:
    """Whether this person may make and close accounts."""
    return may(user, "people.write", {"same-clinic"}).granted


def may_recover(user: User) -> bool:
    """Whether this person may help a colleague who cannot sign in."""
    return may(user, "people.recover", {"same-clinic"}).granted


def random_password() -> str:
    """Four groups of four characters, about 79 bits."""
    return "-".join("".join(choice(LETTERS) for _ in range(GROUP_LENGTH)) for _ in range(GROUPS))


def _user(name: str, email: str, password: str) -> User:
    user = User.objects.create_user(email, password, name=name)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user
