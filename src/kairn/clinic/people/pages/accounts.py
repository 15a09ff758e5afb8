"""Who works here: the accounts of a clinic, made and closed by its administrator or lead."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from kairn.clinic.people import accounts
from kairn.clinic.people.models import Membership, User
from kairn.clinic.people.pages.asking import account, clinic
from kairn.clinic.people.words import STAFF_ROLES


@dataclass(frozen=True)
class PersonRow:
    """One account in the list."""

    id: int
    name: str
    email: str
    roles: str
    active: bool
    second_factor: bool
    own: bool


@dataclass(frozen=True)
class PeoplePage:
    """The list, the form as typed, what went wrong, and a new account's password, shown this once."""

    people: tuple[PersonRow, ...]
    roles: tuple[str, ...]
    writes: bool
    typed: dict[str, str]
    problem: str = ""
    made: str = ""
    password: str = ""


@require_http_methods(["GET", "POST"])
def people_list(request: HttpRequest) -> HttpResponse:
    """The list; a POST makes an account or closes one."""
    if request.method == "GET":
        return _show(request)
    if request.POST.get("close"):
        return _show(request, problem=_close(request, request.POST["close"]))
    return _make(request)


def _make(request: HttpRequest) -> HttpResponse:
    name, email, roles = request.POST.get("name", "").strip(), request.POST.get("email", "").strip().lower(), request.POST.getlist("roles")
    problem = _refuse(name, email, roles)
    if problem:
        return _show(request, problem=problem)
    made = accounts.make_account(clinic(request), name, email, roles)
    return _show(request, made=f"{made.user.name}, {email}", password=made.password)


def _refuse(name: str, email: str, roles: list[str]) -> str:
    try:
        validate_email(email)
    except ValidationError:
        return f"Saw {email!r} as the email; expected an address such as name@clinic.example. No account was made."
    if not name:
        return "Saw no name; expected the name colleagues know. No account was made."
    if not roles or not set(roles) <= set(STAFF_ROLES):
        return "Saw no role of the list; expected at least one. No account was made."
    if User.objects.filter(email=email).exists():
        return "Saw an email that has an account already; expected a new one. No account was made."
    return ""


def _close(request: HttpRequest, written: str) -> str:
    members = Membership.objects.filter(clinic_id=clinic(request), active=True).select_related("user")
    member = members.filter(id=int(written)).first() if written.isascii() and written.isdigit() else None
    if member is None or member.user_id == account(request).id:
        return "Saw an account that cannot be closed here; expected a colleague's. Nothing was changed."
    accounts.close_account(member)
    return ""


def _show(request: HttpRequest, problem: str = "", made: str = "", password: str = "") -> HttpResponse:
    typed = {key: request.POST.get(key, "") for key in ("name", "email")} if problem else {}
    page = PeoplePage(_people(request), STAFF_ROLES, accounts.may_write(account(request)), typed, problem, made, password)
    return render(request, "people/people_list.html", {"page": page}, status=422 if problem else 200)


def _people(request: HttpRequest) -> tuple[PersonRow, ...]:
    members = Membership.objects.filter(clinic_id=clinic(request)).select_related("user").order_by("-active", "user__name")
    protected = accounts.with_second_factor(member.user_id for member in members)
    me = account(request).id
    return tuple(
        PersonRow(each.id, each.user.name, each.user.email, ", ".join(each.roles), each.active, each.user_id in protected, each.user_id == me)
        for each in members
    )
