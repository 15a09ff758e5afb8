"""Who works here: the accounts of a clinic, made and closed by its administrator or lead, and recovered by its lead."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from kairn.clinic.people import accounts, audit
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
    recovers: bool
    typed: dict[str, str]
    problem: str = ""
    title: str = ""
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
    return _show(request, title="Account made", made=f"{made.user.name}, {email}", password=made.password)


@require_POST
def people_recover(request: HttpRequest) -> HttpResponse:
    """A colleague lost the password or the second factor: a new password, and no factor until they add one."""
    member = _colleague(request, request.POST.get("member", ""))
    if member is None or Membership.objects.filter(user=member.user_id, active=True).exclude(clinic_id=clinic(request)).exists():
        return _show(
            request, problem="Saw an account that cannot be recovered here; expected a colleague's who works in this clinic only. Nothing was changed."
        )
    password = accounts.recover(member.user, account(request))
    audit.log_reads(account(request), [], "people.recover", reason=f"a new password for {member.user.name}, {member.user.email}")
    return _show(request, title="Sign-in renewed", made=f"{member.user.name}, {member.user.email}", password=password)


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


def _colleague(request: HttpRequest, written: str) -> Membership | None:
    """The membership a form names: an open one of this clinic, and not one's own."""
    members = Membership.objects.filter(clinic_id=clinic(request), active=True).exclude(user=account(request)).select_related("user")
    return members.filter(id=int(written)).first() if written.isascii() and written.isdigit() else None


def _close(request: HttpRequest, written: str) -> str:
    member = _colleague(request, written)
    if member is None:
        return "Saw an account that cannot be closed here; expected a colleague's. Nothing was changed."
    accounts.close_account(member)
    return ""


def _show(request: HttpRequest, problem: str = "", title: str = "", made: str = "", password: str = "") -> HttpResponse:
    typed = {key: request.POST.get(key, "") for key in ("name", "email")} if problem else {}
    me = account(request)
    page = PeoplePage(_people(request), STAFF_ROLES, accounts.may_write(me), accounts.may_recover(me), typed, problem, title, made, password)
    return render(request, "people/people_list.html", {"page": page}, status=422 if problem else 200)


def _people(request: HttpRequest) -> tuple[PersonRow, ...]:
    members = Membership.objects.filter(clinic_id=clinic(request)).select_related("user").order_by("-active", "user__name")
    protected = accounts.with_second_factor(member.user_id for member in members)
    me = account(request).id
    return tuple(
        PersonRow(each.id, each.user.name, each.user.email, ", ".join(each.roles), each.active, each.user_id in protected, each.user_id == me)
        for each in members
    )
