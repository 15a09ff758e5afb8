"""The patient's own sign-in: made, renewed and closed by staff, its password shown once."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from kairn.clinic.people import accounts
from kairn.clinic.people.models import Patient, User
from kairn.clinic.screens.forms.answers import STATUS, onward
from kairn.clinic.screens.forms.desk import Desk, Who, address, open_desk, who

DIED = "Saw a person who has died; expected one who will sign in. Nothing was changed."


@dataclass(frozen=True)
class SignInPage:
    """The account as it stands (no email: none yet), a password made just now, and what went wrong."""

    who: Who
    email: str
    open: bool
    typed: str
    at: str
    password: str
    problem: tuple[str, ...]


@require_http_methods(["GET", "HEAD", "POST"])
def patient_sign_in(request: HttpRequest, patient: UUID) -> HttpResponse:
    """Show whether the person can sign in; a POST makes, renews or closes it."""
    desk = open_desk(request, patient, "patient.sign-in")
    if not isinstance(desk, Desk):
        return desk
    known = accounts.own_sign_in(patient)
    if request.method != "POST":
        return _show(request, desk, known)
    if request.POST.get("do") == "close" and known:
        accounts.set_open(known, open_=False)
        messages.success(request, "The sign-in is closed, and open sessions have ended.")
        return onward(address("patient_sign_in", patient))
    problem = DIED if desk.chart.standing.course.stage == "died" else "" if known else _refuse(_typed(request))
    if problem:
        return _show(request, desk, known, problem=problem)
    user, password = _renewed(desk, known) if known else _made(desk, _typed(request))
    return _show(request, desk, user, password)


def _typed(request: HttpRequest) -> str:
    return request.POST.get("email", "").strip().lower()


def _refuse(email: str) -> str:
    try:
        validate_email(email)
    except ValidationError:
        return f"Saw {email or 'nothing'!r} as the email; expected an address such as name@mail.example. Nothing was made."
    return "Saw an email that cannot be used here; expected one without a sign-in. Nothing was made." if User.objects.filter(email=email).exists() else ""


def _made(desk: Desk, email: str) -> tuple[User, str]:
    made = accounts.make_patient_account(Patient.objects.get(id=desk.patient), email)
    return made.user, made.password


def _renewed(desk: Desk, user: User) -> tuple[User, str]:
    accounts.set_open(user, open_=True)
    return user, accounts.recover(user, desk.context.user)


def _show(request: HttpRequest, desk: Desk, known: User | None, password: str = "", problem: str = "") -> HttpResponse:
    page = SignInPage(
        who(desk), known.email if known else "", bool(known and known.is_active), _typed(request) or desk.chart.patient.email,
        request.build_absolute_uri(reverse("account_login")), password, (problem,) if problem else (),
    )  # fmt: skip
    return render(request, "kairn/patient_sign_in.html", {"page": page}, status=STATUS["input"] if problem else 200)
