"""A form of the chair that is turned away before anybody read it: told apart, so that the tablet keeps what was entered."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.csrf import csrf_failure as plain_csrf_failure

from kairn.clinic.people.authorship import FIELD

NOT_TAKEN = "Kairn-Not-Taken"
"""The header that says: nothing of this form was looked at; it is yours to keep and to send again."""
HEARD = "Kairn-Heard"
"""The header of an answer to a form of the chair that was looked at; without it a tablet keeps the form, whoever else may have answered."""


def carries_entry(request: HttpRequest) -> bool:
    """Whether a form of the chair came, which its tablet keeps until it was taken."""
    return request.method == "POST" and bool(request.POST.get(FIELD))


def not_taken(request: HttpRequest, where: str, status: HTTPStatus = HTTPStatus.FORBIDDEN, *, old: bool = False) -> HttpResponse:
    """The page instead of a form's answer; `where` is the way to the lock or to the sign-in, empty where that does not help."""
    response = render(request, "people/not_taken.html", {"where": where, "old": old}, status=status)
    response[NOT_TAKEN] = "1"
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose page is from before somebody else signed in."""
    return not_taken(request, "", old=True) if carries_entry(request) else plain_csrf_failure(request, reason)
