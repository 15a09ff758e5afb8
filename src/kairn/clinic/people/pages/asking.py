"""Who asks on a page of accounts: the middleware let only the signed-in through, of a clinic."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest

from kairn.clinic.people.models import User


def account(request: HttpRequest) -> User:
    """The account signed in; anything else got past the access table and is a bug."""
    if not isinstance(request.user, User):
        raise TypeError("saw a page of accounts asked by nobody; expected the access table to refuse it")
    return request.user


def clinic(request: HttpRequest) -> UUID:
    """The clinic of the account signed in."""
    known = account(request).clinic_id
    if known is None:
        raise TypeError("saw an account of no clinic; expected the access table to refuse it")
    return known


def device(request: HttpRequest) -> str:
    """The digest by which this device is known."""
    return str(request.kairn_device)  # type: ignore[attr-defined]
