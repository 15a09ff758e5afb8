"""A device is known by a random cookie; the database keeps only its digest."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from secrets import token_urlsafe

from django.conf import settings
from django.http import HttpRequest, HttpResponse

COOKIE = "kairn_device"
YEAR_SECONDS = 365 * 24 * 60 * 60
TOKEN_BYTES = 32
DIGITS = 4
"""So many signs of the digest of its cookie tell one tablet of a clinic from another."""


class DeviceMiddleware:
    """Gives a device its cookie when somebody is signed in on it; `request.kairn_device` is the digest."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Know the device before the answer, and mark it after a sign-in."""
        token = request.COOKIES.get(COOKIE) or token_urlsafe(TOKEN_BYTES)
        request.kairn_device = sha256(token.encode()).hexdigest()  # type: ignore[attr-defined]
        response = self.get_response(request)
        if COOKIE not in request.COOKIES and request.user.is_authenticated:
            secure = bool(settings.SESSION_COOKIE_SECURE)
            response.set_cookie(COOKIE, token, max_age=YEAR_SECONDS, httponly=True, secure=secure, samesite="Lax")
        return response


def short(digest: str) -> str:
    """The name by which people tell one tablet of a clinic from another."""
    return digest[:DIGITS]
