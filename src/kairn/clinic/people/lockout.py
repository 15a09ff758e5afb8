"""Lockout: too many wrong passwords for one account from one address close that pair for a while, and no open session is ever touched."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from kairn.clinic.people.models import SignInFailure, User

UNKNOWN_KEPT = 32


@dataclass(frozen=True)
class Pair:
    """An account, by email, and the address it was tried from."""

    email: str
    address: str

    @classmethod
    def of(cls, typed: str, address: str) -> Pair:
        """The pair for what was typed. What names no account is kept as a digest: people type passwords into the wrong box."""
        email = typed.strip().lower()
        if not User.objects.filter(email=email).exists():
            email = f"unknown {sha256(email.encode()).hexdigest()[:UNKNOWN_KEPT]}"
        return cls(email, address)


@dataclass(frozen=True)
class Lockout:
    """A pair that is locked out, how many failures it has and until when."""

    email: str
    address: str
    failures: int
    until: datetime


def begin(pair: Pair, now: datetime | None = None) -> bool:
    """Count an attempt before it is tried, so that many at once gain nothing; False when the pair is locked out (and nothing is counted)."""
    now = now or timezone.now()
    with transaction.atomic():
        _one_at_a_time(pair)
        if _counted(pair, now).count() >= settings.KAIRN_LOCKOUT["failures"]:
            return False
        SignInFailure.objects.create(email=pair.email, address=pair.address, at=now)
    return True


def succeeded(pair: Pair, user: User) -> None:
    """The password was right: the failures before it no longer count."""
    SignInFailure.objects.filter(email=pair.email, address=pair.address, lifted_by=None).update(lifted_by=user)


def locked_until(pair: Pair, now: datetime | None = None) -> datetime | None:
    """When the pair opens again by itself, None when it is open."""
    limit = settings.KAIRN_LOCKOUT["failures"]
    times = list(_counted(pair, now or timezone.now()).order_by("-at").values_list("at", flat=True)[:limit])
    return times[-1] + timedelta(minutes=settings.KAIRN_LOCKOUT["minutes"]) if len(times) == limit else None


def in_force(clinic: UUID, now: datetime | None = None) -> tuple[Lockout, ...]:
    """The lockouts of a clinic's accounts now, by email."""
    now = now or timezone.now()
    ours = User.objects.filter(memberships__clinic=clinic).union(User.objects.filter(patient_accounts__patient__clinic=clinic)).values_list("email", flat=True)
    recent = SignInFailure.objects.filter(email__in=list(ours), lifted_by=None, at__gt=_window(now))
    pairs = sorted({Pair(row.email, row.address) for row in recent}, key=lambda pair: (pair.email, pair.address))
    found = ((pair, locked_until(pair, now)) for pair in pairs)
    return tuple(Lockout(pair.email, pair.address, _counted(pair, now).count(), until) for pair, until in found if until)


def lift(email: str, by: User) -> int:
    """A clinic lead lifts every lockout of one account; how many failures were set aside."""
    return SignInFailure.objects.filter(email=email.strip().lower(), lifted_by=None).update(lifted_by=by)


def _window(now: datetime) -> datetime:
    return now - timedelta(minutes=settings.KAIRN_LOCKOUT["minutes"])


def _counted(pair: Pair, now: datetime) -> QuerySet[SignInFailure]:
    return SignInFailure.objects.filter(email=pair.email, address=pair.address, lifted_by=None, at__gt=_window(now))


def _one_at_a_time(pair: Pair) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{pair.email} {pair.address}"])
