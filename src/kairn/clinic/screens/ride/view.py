"""The ride: when, and whether the escort comes."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from kairn.clinic.acts.escorts import FIELD
from kairn.clinic.acts.going_home import GoingHome
from kairn.clinic.acts.outcome import Done
from kairn.clinic.acts.ride import ride, ride_forecast, say_ride
from kairn.clinic.people.access import link_closed
from kairn.clinic.people.relations import Escort, escort_of
from kairn.clinic.screens.forms import words
from kairn.clinic.screens.forms.answers import event_id
from kairn.clinic.screens.forms.clock import Clock
from kairn.clinic.screens.visit.going_home import LATEST, to_come, usual_of
from kairn.terms.problem import Unreadable


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
    band: str
    fetches: str
    fetches_at: str


@require_http_methods(["GET", "HEAD", "POST"])
def escort_ride(request: HttpRequest, token: str) -> HttpResponse:
    """The ride of one visit, reached by the escort's own link."""
    escort = escort_of(token)
    if escort is None:
        return link_closed(request)
    clock = Clock(timezone.now(), ZoneInfo(escort.link.patient.clinic.time_zone))
    problem = _say(request, escort, clock) if request.method == "POST" else ""
    page = _page(escort, clock, problem, request.POST.get(FIELD, "") if problem else "")
    return render(request, "kairn/phone/ride.html", {"page": page}, status=422 if problem else 200) if page else link_closed(request)


def _say(request: HttpRequest, escort: Escort, clock: Clock) -> str:
    """What the escort says, kept; or the sentence why not. Of one who cannot come no time is read."""
    state = request.POST.get("state", "")
    try:
        hour = None if state == "cancelled" else clock.typed(request.POST.get(FIELD, ""), FIELD)
    except Unreadable as fault:
        return str(fault)
    outcome = say_ride(escort, event_id=event_id(request), state=state, now=clock.now, fetches_at=hour)  # type: ignore[arg-type]
    return "" if isinstance(outcome, Done) else " ".join(reason.text for reason in outcome.reasons)


def _page(escort: Escort, clock: Clock, problem: str, typed: str) -> RidePage | None:
    found = ride(escort)
    if found is None:
        return None
    said, hour = words.ESCORTS.get(found.state, ""), found.fetches_at
    band = "" if found.over or found.state == "present" else _band(ride_forecast(escort, clock.now, LATEST), clock)
    return RidePage(
        found.given_name, clock.full(found.starts_at), found.state, said, found.over, str(uuid4()), problem,
        band, clock.when(hour) if hour else "", typed or (clock.field(hour) if hour else ""),
    )  # fmt: skip


def _band(home: GoingHome | None, clock: Clock) -> str:
    """When to come, without a word of why."""
    if home is None or home.forecast is None or home.forecast.earliest is None:
        return ""
    usual = usual_of(home)
    low = to_come(max(at for at in (home.forecast.earliest, usual.low) if at), clock.now)
    high = to_come(usual.high, clock.now)
    if high and (low is None or low < high):
        return f"Probably ready between {clock.when(low) if low else 'now'} and {clock.when(high)}."
    return f"Probably not ready before {clock.when(low)}." if low else ""
