"""The idle lock: an untouched session is locked, not ended, and never in the way of a running visit."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from kairn.clinic.people.access import go, view_name
from kairn.clinic.people.lookups import lookups
from kairn.clinic.people.table import table
from kairn.clinic.people.unheard import carries_entry, not_taken

SEEN, LOCKED = "kairn_seen", "kairn_locked"
NOTED_EVERY_SECONDS = 20
UNASKED = "Kairn-Unasked"
"""The header of what a page asks for by itself. Who sends it without need is only locked sooner."""


class IdleLockMiddleware:
    """Locks a session after the idle minutes; a locked session gets the lock, or a running visit dimmed (`request.kairn_dimmed`)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Nothing is dimmed until said so."""
        request.kairn_dimmed = False  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Mapping[str, Any]) -> HttpResponse | None:
        """None to go on, or the way to the lock."""
        name = view_name(request)
        # What nobody lists is refused by the next middleware, without asking who is there.
        if table().action_of(name, request.method or "") is None or not request.user.is_authenticated:
            return None
        if not is_locked(request.session):
            if name not in table().lock.passive and UNASKED not in request.headers:
                touch(request.session)
            return None
        if name in table().lock.open:
            return None
        if _stays_visible(request, name, kwargs):
            request.kairn_dimmed = True  # type: ignore[attr-defined]
            return None
        if carries_entry(request):
            return not_taken(request, reverse("locked"), HTTPStatus.LOCKED)
        back = urlencode({"next": request.get_full_path()}) if request.method == "GET" else ""
        return go(request, f"{reverse('locked')}?{back}".rstrip("?"))


def is_locked(session: SessionBase, now: float | None = None) -> bool:
    """Whether the session is locked; one left idle too long becomes locked here. `now` in seconds since 1970."""
    if not session.get(LOCKED) and (now or time.time()) - session.get(SEEN, now or time.time()) > settings.KAIRN_IDLE_MINUTES * 60:
        lock(session)
    return bool(session.get(LOCKED))


def lock(session: SessionBase) -> None:
    """Lock the session; it stays signed in."""
    session[LOCKED] = True


def unlock(session: SessionBase) -> None:
    """Open the session again."""
    session[LOCKED] = False
    session[SEEN] = time.time()


def touch(session: SessionBase) -> None:
    """Somebody is there. Noted at most every few seconds, so that reading pages does not write sessions."""
    now = time.time()
    if now - session.get(SEEN, 0) > NOTED_EVERY_SECONDS:
        session[SEEN] = now


def _stays_visible(request: HttpRequest, name: str, kwargs: Mapping[str, Any]) -> bool:
    rows, method = table().lock, "GET" if request.method == "HEAD" else request.method
    if "visit" not in kwargs:
        return method in rows.dimmed.get(name, ()) and "patient" not in kwargs
    act = str(kwargs.get("act") or request.POST.get("act", ""))
    listed = method in rows.dimmed.get(name, ()) or (method == "POST" and act in rows.acts.get(name, ()))
    return listed and lookups().visit_runs(UUID(str(kwargs["visit"])))
