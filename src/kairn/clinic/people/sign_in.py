"""What follows a full sign-in: the device remembers the person for today, and the session is open."""

from __future__ import annotations

from typing import Any

from allauth.account.signals import user_logged_in
from django.http import HttpRequest

from kairn.clinic.people.idle import unlock
from kairn.clinic.people.models import User
from kairn.clinic.people.pin import note_full_sign_in


def listen() -> None:
    """Connect to the signal that a sign-in is complete, second factor included."""
    user_logged_in.connect(_signed_in, dispatch_uid="kairn.people.sign_in")


def _signed_in(request: HttpRequest, user: User, **_rest: Any) -> None:
    device = getattr(request, "kairn_device", None)
    if device:
        note_full_sign_in(user, device)
    unlock(request.session)
