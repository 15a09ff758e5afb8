"""The ride: when, and whether the escort comes."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from kairn.clinic.acts.outcome import Done
from kairn.clinic.acts.ride import ride, say_ride
from kairn.clinic.people.relations import Escort, escort_of
from kairn.clinic.screens.forms import words
from kairn.clinic.screens.forms.answers import event_id
from kairn.clinic.screens.forms.clock import Clock


@dataclass(frozen=True)
class RidePage:
    """What the page shows."""

    name: str
    when: str
    state: str
    said: str
    over: bool
    event_id: str
    problem: str


@require_http_methods(["GET", "HEAD", "POST"])
def escort_ride(request: HttpRequest, token: str) -> HttpResponse:
    """The ride of one visit, reached by the escort's own link."""
    escort = escort_of(token)
    if escort is None:
        return render(request, "kairn/phone/ride.html", {"page": None}, status=404)
    problem = _say(request, escort) if request.method == "POST" else ""
    return render(request, "kairn/phone/ride.html", {"page": _page(escort, problem)}, status=422 if problem else 200)


def _say(request: HttpRequest, escort: Escort) -> str:
    outcome = say_ride(escort, event_id=event_id(request), state=request.POST.get("state", ""), now=timezone.now())  # type: ignore[arg-type]
    return "" if isinstance(outcome, Done) else " ".join(reason.text for reason in outcome.reasons)


def _page(escort: Escort, problem: str) -> RidePage | None:
    found = ride(escort)
    if found is None:
        return None
    clock = Clock(timezone.now(), ZoneInfo(escort.link.patient.clinic.time_zone))
    said = words.ESCORTS.get(found.state, "")
    return RidePage(found.given_name, clock.full(found.starts_at), found.state, said, found.over, str(uuid4()), problem)
