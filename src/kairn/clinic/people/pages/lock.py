"""The lock screen: open one's own session again, or switch to somebody who signed in fully on this device today."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from allauth.account.adapter import get_adapter
from django.contrib.auth import login
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from kairn.clinic.people.idle import is_locked, lock, touch, unlock
from kairn.clinic.people.models import User
from kairn.clinic.people.pages.asking import account, device
from kairn.clinic.people.pin import PinAnswer, people_of_device, set_pin, try_pin

BACKEND = "kairn.clinic.people.open_accounts.Accounts"


@dataclass(frozen=True)
class LockPage:
    """Who is locked in, who else can open by PIN, where to go afterwards, and what went wrong."""

    name: str
    locked: bool
    own_pin: bool
    people: tuple[tuple[str, str], ...]
    chosen: str
    next: str
    problem: str = ""


@sensitive_post_parameters("pin", "password")
@require_http_methods(["GET", "POST"])
def locked(request: HttpRequest) -> HttpResponse:
    """The lock, and what opens it."""
    if request.method == "GET":
        return _show(request)
    problem = _open(request)
    return _show(request, problem) if problem else HttpResponseRedirect(_next(request))


@require_POST
def lock_now(request: HttpRequest) -> HttpResponse:
    """Lock this session without waiting for the idle minutes."""
    lock(request.session)
    return HttpResponseRedirect(f"{reverse('locked')}?{urlencode({'next': _next(request)})}")


@require_POST
def seen(request: HttpRequest) -> HttpResponse:
    """Somebody types or points on a page that asks nothing of the server: that is not idle."""
    touch(request.session)
    return HttpResponse(status=204)


@sensitive_post_parameters("pin")
@require_http_methods(["GET", "POST"])
def pin(request: HttpRequest) -> HttpResponse:
    """Choose a PIN; the password is asked, since a PIN opens what it opened."""
    problem, saved = "", False
    if request.method == "POST":
        problem = _by_password(request) or set_pin(account(request), request.POST.get("pin", ""))
        saved = not problem
    return render(request, "people/pin.html", {"problem": problem, "saved": saved, "has": bool(account(request).pin)}, status=422 if problem else 200)


def _show(request: HttpRequest, problem: str = "") -> HttpResponse:
    people = people_of_device(device(request))
    own = account(request) in people
    listed = tuple((str(user.id), user.name) for user in people)
    chosen = request.POST.get("person", "") or str(account(request).id)
    page = LockPage(account(request).name, is_locked(request.session), own, listed, chosen, _next(request), problem)
    return render(request, "people/locked.html", {"page": page}, status=422 if problem else 200)


def _open(request: HttpRequest) -> str:
    """Open by PIN or by password; the sentence why not, or nothing."""
    if request.POST.get("pin"):
        return _by_pin(request)
    problem = _by_password(request)
    if not problem:
        unlock(request.session)
    return problem


def _by_pin(request: HttpRequest) -> str:
    person = _person(request)
    answer = try_pin(person, device(request), request.POST["pin"]) if person else PinAnswer.NOT_TODAY
    if answer is PinAnswer.OPEN and person is not None:
        if person.pk != account(request).pk:
            login(request, person, backend=BACKEND)
        unlock(request.session)
    return str(answer.value)


def _person(request: HttpRequest) -> User | None:
    try:
        return User.objects.get(id=UUID(request.POST.get("person") or str(account(request).id)))
    except (ValueError, User.DoesNotExist):
        return None


def _by_password(request: HttpRequest) -> str:
    credentials = {"email": account(request).email, "password": request.POST.get("password", "")}
    try:
        user = get_adapter(request).authenticate(request, **credentials)
    except ValidationError as refused:
        return " ".join(refused.messages)
    return "" if user is not None and user.pk == account(request).pk else "That is not the password of this account. Nothing was changed."


def _next(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or "/"
    return wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()) else "/"
