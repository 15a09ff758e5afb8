"""Links by which a bedside monitor may send rows of one visit: made and closed by staff, kept as a digest, over after a while."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from kairn.clinic.people.models import MonitorLink, User
from kairn.clinic.people.statements import answered, columns, made

LINK_BYTES = 32
BEARER = "Bearer "
OPEN_LINK = f"""SELECT {columns(MonitorLink, "link")}, {columns(User, "maker")}
  FROM people_monitor_link AS link JOIN people_user AS maker ON maker.id = link.made_by_id
  WHERE link.visit = %(visit)s AND link.revoked_at IS NULL AND link.expires_at > %(now)s ORDER BY link.created_at DESC LIMIT 1"""


@dataclass(frozen=True)
class Machine:
    """Whoever holds a monitor's link: one role, one visit, no account."""

    link: MonitorLink
    roles: frozenset[str] = frozenset({"monitor"})

    def stands_to(self, visit: UUID | None, now: datetime | None = None) -> frozenset[str]:
        """How it stands to a visit: `monitor` to its own while the link is open, else not at all."""
        return frozenset({"monitor" if visit == self.link.visit and is_open(self.link, now) else "none"})


def is_open(link: MonitorLink, now: datetime | None = None) -> bool:
    """Whether a link was neither closed nor is over."""
    return link.revoked_at is None and link.expires_at > (now or timezone.now())


def make_monitor_link(user: User, visit: UUID, patient_id: UUID, device: str, lasts: timedelta, now: datetime | None = None) -> str:
    """The token of a new link, told once and kept only as a digest. A visit has one open link: the ones before it are closed."""
    token, begun = token_urlsafe(LINK_BYTES), now or timezone.now()
    with transaction.atomic():
        close_monitor_links(visit, begun)
        MonitorLink.objects.create(
            token_digest=_digest(token), visit=visit, patient_id=patient_id, device=device, made_by=user, expires_at=begun + lasts, created_at=begun
        )
    return token


def close_monitor_links(visit: UUID, now: datetime | None = None) -> int:
    """Close every open link of a visit; how many there were."""
    return MonitorLink.objects.filter(visit=visit, revoked_at=None).update(revoked_at=now or timezone.now())


def monitor_link(visit: UUID, now: datetime | None = None) -> MonitorLink | None:
    """The open link of a visit, if there is one."""
    for row in answered(OPEN_LINK, visit=visit, now=now or timezone.now()):
        values = iter(row)
        link, maker = made(MonitorLink, values), made(User, values)
        if link and maker:
            link.made_by = maker
        return link
    return None


def machine_of(request: HttpRequest) -> Machine | None:
    """Whoever sent this request with a monitor's token; None for a token nobody made. One that is closed or over still says whose it was."""
    said = request.headers.get("Authorization", "")
    if not said.startswith(BEARER):
        return None
    link = MonitorLink.objects.filter(token_digest=_digest(said.removeprefix(BEARER))).select_related("patient").first()
    return Machine(link) if link else None


def _digest(token: str) -> str:
    return sha256(token.encode("utf-8", "replace")).hexdigest()
