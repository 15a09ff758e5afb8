"""Every request is asked here, before its view runs: what does this page need, and may this person have it?"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse

from kairn.clinic.people import audit
from kairn.clinic.people.lookups import lookups
from kairn.clinic.people.may import Access, AllowedAudited, RefusedAccess, may, relations
from kairn.clinic.people.models import Patient, User
from kairn.clinic.people.monitors import Machine, machine_of
from kairn.clinic.people.relations import NONE, Escort, escort_of
from kairn.clinic.people.table import METHODS, Action, table
from kairn.clinic.people.unheard import carries_entry, not_taken

LOG = logging.getLogger("kairn.access")
Asking = User | Escort | Machine | None


@dataclass(frozen=True)
class Asked:
    """What one request asked for and was told; views and acts find it as `request.kairn`."""

    view: str
    action: Action
    who: Asking
    patient: UUID | None
    visit: UUID | None
    relations: frozenset[str]
    access: Access


class AccessMiddleware:
    """Refuses what the table does not grant, and sees to it that what shows a patient is in the log of reads."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request under watch, then make sure of the log."""
        with audit.watching() as watch:
            request.kairn_watch = watch  # type: ignore[attr-defined]
            response = self.get_response(request)
            _make_sure(getattr(request, "kairn", None), watch, response)
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Mapping[str, Any]) -> HttpResponse | None:
        """None to go on, or the answer that refuses."""
        name, method = view_name(request), request.method or ""
        action = table().action_of(name, method)
        if action is None:
            return _unlisted(request, name, method)
        asked = _ask(request, name, action, kwargs)
        request.kairn = asked  # type: ignore[attr-defined]
        if isinstance(asked.access, RefusedAccess):
            return _refused(request, asked)
        request.kairn_watch.relation = asked.access.relation  # type: ignore[attr-defined]
        return None


def view_name(request: HttpRequest) -> str:
    """The name under which the table lists the page asked for; empty for a page without one."""
    return request.resolver_match.view_name if request.resolver_match else ""


def _ask(request: HttpRequest, view: str, action: Action, kwargs: Mapping[str, Any]) -> Asked:
    if action.machine:
        return _ask_machine(view, action, machine_of(request), kwargs)
    if "token" in kwargs:
        return _ask_escort(view, action, escort_of(str(kwargs["token"])))
    who = request.user if isinstance(request.user, User) else None
    try:
        patient, visit, event = (_uuid(kwargs.get(word)) for word in ("patient", "visit", "event"))
    except ValueError:
        return Asked(view, action, who, None, None, NONE, RefusedAccess(action.says))
    held = relations(who, patient, visit, event) if who and not (action.everyone or action.signed_in) else NONE
    owner = patient or (lookups().patient_of_visit(visit) if visit else None)
    return Asked(view, action, who, owner, visit, held, may(who, action.name, held))


def _ask_escort(view: str, action: Action, escort: Escort | None) -> Asked:
    if escort is None:
        return Asked(view, action, None, None, None, NONE, RefusedAccess(action.says))
    held = frozenset({"escort"})
    return Asked(view, action, escort, escort.link.patient_id, escort.link.visit, held, may(escort, action.name, held))


def _ask_machine(view: str, action: Action, machine: Machine | None, kwargs: Mapping[str, Any]) -> Asked:
    """A device is known by its token alone, whoever may be signed in on the same machine."""
    if machine is None:
        return Asked(view, action, None, None, None, NONE, RefusedAccess(action.says))
    held = machine.stands_to(_uuid(kwargs.get("visit")))
    return Asked(view, action, machine, machine.link.patient_id, machine.link.visit, held, may(machine, action.name, held))


def _uuid(written: Any) -> UUID | None:
    return None if written is None else UUID(str(written))


def _unlisted(request: HttpRequest, name: str, method: str) -> HttpResponse:
    known = table().views.get(name)
    if known is None:
        LOG.error("refused %s: no row of access.yaml lists it", name or "a page without a name")
        return render(request, "people/refused.html", {"unlisted": True}, status=403)
    taken = [word for word in METHODS[:5] if word in known]
    LOG.info("refused %s to %s", method, name)
    return HttpResponse("This page does not take that.", status=405, content_type="text/plain", headers={"Allow": ", ".join(taken)})


def _refused(request: HttpRequest, asked: Asked) -> HttpResponse:
    if asked.action.machine:
        return _to_a_machine(asked)
    if asked.who is None and not (request.resolver_match and "token" in request.resolver_match.kwargs):
        return not_taken(request, reverse("account_login")) if carries_entry(request) else to_sign_in(request)
    if isinstance(asked.who, User):
        _log_refusal(asked.who, asked)
    if carries_entry(request):
        return not_taken(request, "")
    if asked.who is None:
        return link_closed(request)
    may_break = asked.patient and "chart" in asked.action.reads and may(asked.who, "glass.break", asked.relations).granted
    return render(request, "people/refused.html", {"break_glass": reverse("break_glass", args=[asked.patient]) if may_break else ""}, status=403)


def link_closed(request: HttpRequest) -> HttpResponse:
    """What a link answers that opens nothing, or nothing any more."""
    return render(request, "people/refused.html", {"link": True}, status=403)


def _to_a_machine(asked: Asked) -> HttpResponse:
    if asked.who is None:
        said = "Saw no token that was made here; expected one from the visit's monitor page, sent as: Authorization: Bearer TOKEN."
        return JsonResponse({"error": said}, status=401, headers={"WWW-Authenticate": "Bearer"})
    said = "This token is for another visit, was closed, or is over. Ask for a new one on the visit's monitor page."
    return JsonResponse({"error": said}, status=403)


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """The way to the sign-in page, and back afterwards. A stream of news simply ends: 204 tells a browser not to come again."""
    if request.headers.get("Accept") == "text/event-stream":
        return HttpResponse(status=204)
    back = f"?{urlencode({'next': request.get_full_path()})}" if request.method == "GET" else ""
    return go(request, reverse("account_login") + back)


def go(request: HttpRequest, where: str) -> HttpResponse:
    """A redirect; htmx follows one only when told in its own header."""
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=204, headers={"HX-Redirect": where})
    return HttpResponseRedirect(where)


def _log_refusal(who: User, asked: Asked) -> None:
    same_clinic = asked.patient and Patient.objects.filter(id=asked.patient, clinic=who.clinic_id).exists()
    if same_clinic and asked.patient:
        audit.log_reads(who, [asked.patient], asked.view, access=audit.REFUSED)


def _make_sure(asked: Asked | None, watch: audit.Watch, response: HttpResponse) -> None:
    """An audited answer without its row gets one here; when it showed a patient, the act that forgot is a fault."""
    if (
        asked is None
        or asked.who is None
        or isinstance(asked.who, Machine)
        or not isinstance(asked.access, AllowedAudited)
        or not 200 <= response.status_code < 400
    ):
        return
    if asked.patient in watch.patients or (asked.patient is None and watch.rows):
        return
    shown = asked.action.reads and 200 <= response.status_code < 300
    if asked.action.reads and not shown:
        return
    if shown:
        LOG.error("%s showed a chart and wrote no row in the log of reads; the row was written for it", asked.view)
    audit.log_reads(asked.who, [asked.patient] if asked.patient else [], asked.view)
