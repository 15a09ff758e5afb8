"""What every page shows around its content: who is signed in, where they can go, which clinic, light or dim, the server's clock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest
from django.urls import get_resolver, reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from kairn.clinic.people.idle import UNASKED
from kairn.clinic.people.models import Clinic
from kairn.clinic.people.table import table

THEME_COOKIE = "kairn_theme"
THEMES = (("light", "Light"), ("dim", "Dim"), ("auto", "As device"))
PLACES = (
    ("Today", "today"), ("Chairs", "chairs"), ("Tasks", "tasks"), ("Shift", "shift"), ("Stock", "stock"), ("Import", "upload"), ("Protocols", "protocols"),
    ("Accounts", "people_list"),
)  # fmt: skip
OWN_PLACES = (("Sign-in and passkeys", "mfa_index"), ("PIN for this device", "pin"), ("Tablets", "tablets"), ("Component shelf", "shelf"))


@dataclass(frozen=True)
class Place:
    """One entry of the bar."""

    label: str
    url: str
    current: bool


@dataclass(frozen=True)
class Look:
    """The frame of one page, as plain values."""

    theme: str
    now: str
    clock: str
    home: str
    name: str = ""
    role: str = ""
    clinic: str = ""
    mode: str = ""
    bar: tuple[Place, ...] = ()
    own: tuple[Place, ...] = ()
    events: str = ""
    since: int | None = None
    sign_out: str = ""
    help: str = ""
    leave: str = "about:blank"
    open_until: str = ""
    undo: int = 0
    themes: tuple[tuple[str, str], ...] = THEMES


def look(request: HttpRequest) -> dict[str, Any]:
    """The context processor: `look` for base.html, a Look that is made when it is asked for; `frame`, what a page extends that brings itself anew; and
    `unasked`, whether nobody asked for it, so that what is said in passing waits for a page that somebody sees.
    """
    unasked = UNASKED in request.headers
    brought = unasked and "HX-Request" in request.headers
    return {"look": SimpleLazyObject(lambda: _look(request)), "frame": "kairn/part.html" if brought else "kairn/base.html", "unasked": unasked}


def _look(request: HttpRequest) -> Look:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        now = timezone.now()
        return Look(theme_of(request), now.isoformat(), f"{now:%H:%M:%S}", "/")
    return _signed_in(request, user)


def theme_of(request: HttpRequest) -> str:
    """The theme this device chose; `auto` follows the device."""
    chosen = request.COOKIES.get(THEME_COOKIE, "")
    return chosen if chosen in dict(THEMES) else "auto"


def _signed_in(request: HttpRequest, user: Any) -> Look:
    clinic = _clinic(user)
    now = timezone.now()
    return Look(
        theme=theme_of(request),
        now=now.isoformat(),
        clock=f"{_local(now, clinic):%H:%M:%S}",
        home="/",
        name=user.get_full_name(),
        role=", ".join(sorted(user.roles)).replace("-", " "),
        clinic=clinic.name if clinic else "",
        mode=clinic.mode if clinic else "",
        bar=places(PLACES, user.roles, request.path),
        own=places(OWN_PLACES, user.roles, request.path),
        events=address("events") if opens("events", user.roles) else "",
        since=getattr(request, "kairn_position", None),
        sign_out=address("account_logout"),
        help=address("patient_struggling"),
        undo=settings.KAIRN_UNDO_SECONDS,
    )


def _clinic(user: Any) -> Clinic | None:
    if user.membership:
        return user.membership.clinic
    return user.own_patient.clinic if user.own_patient else None


def _local(now: datetime, clinic: Clinic | None) -> datetime:
    return now.astimezone(ZoneInfo(clinic.time_zone)) if clinic else now


def places(listed: Iterable[tuple[str, str]], roles: frozenset[str], path: str) -> tuple[Place, ...]:
    """The places of a list that exist and that the access table opens to one of these roles."""
    urls = ((label, address(view)) for label, view in listed if opens(view, roles))
    return tuple(Place(label, url, url == path) for label, url in urls if url)


def opens(view: str, roles: frozenset[str]) -> bool:
    """Whether the access table lets any of these roles open a page in some relation; the page itself asks again."""
    action = table().action_of(view, "GET")
    if action is None:
        return False
    return action.everyone or action.signed_in or any(role in action.allowed or role in action.audited for role in roles)


def address(view: str) -> str:
    """The address of a page, or nothing where the clinic has no such page or it needs to know of whom."""
    known = get_resolver().reverse_dict.getlist(view)
    return reverse(view) if any(not params for possibility in known for _, params in possibility[0]) else ""
