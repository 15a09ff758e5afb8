"""Whose hand writes at the chair, as a token that the page carries, so that an entry keeps its author through a time without network."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core import signing

from kairn.clinic.people.models import User
from kairn.clinic.people.words import ROLES

FIELD = "offline_token"
"""The field of a form that carries the token. A form with it is kept on its tablet until the clinic has taken it."""
SALT = "kairn.people.authorship"
NOBODY = ""


@dataclass(frozen=True)
class Hand:
    """Who had the page open, on which tablet, for which visit, since when, and what the chart had come to. `person` is empty on a locked tablet."""

    person: str
    name: str
    device: str
    visit: UUID
    seq: int
    since: datetime

    def holds(self, now: datetime) -> bool:
        """Whether the token is not over yet."""
        return self.since <= now <= self.since + timedelta(hours=settings.KAIRN_OFFLINE_HOURS)


def token_of(user: User | None, device: str, visit: UUID, seq: int, now: datetime) -> str:
    """The token for a page; `user` None where nobody signs, as on a locked tablet."""
    said = {"p": str(user.id) if user else NOBODY, "n": str(user) if user else "", "d": device, "v": str(visit), "s": seq, "t": now.timestamp()}
    return signing.dumps(said, salt=SALT)


def hand_of(token: str) -> Hand | None:
    """What a token says, also when it is over; None for one that was not made here."""
    try:
        said: dict[str, Any] = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    return Hand(said["p"], said["n"], said["d"], UUID(said["v"]), said["s"], datetime.fromtimestamp(said["t"], UTC))


def author_of(hand: Hand, clinic: UUID, device: str, now: datetime) -> tuple[User, str] | None:
    """The person a token names with the role they act in, as long as it holds: the same tablet, the account open, still of this clinic."""
    if not hand.holds(now) or hand.device != device or hand.person == NOBODY:
        return None
    found = User.objects.filter(id=hand.person, is_active=True).first()
    role = next((each for each in ROLES if found and each in found.roles), None)
    return (found, role) if found and role and found.clinic_id == clinic else None
