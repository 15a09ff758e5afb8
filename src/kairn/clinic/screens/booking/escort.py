"""The escort of one visit: who takes the person home, what they said, and the link by which they say it themselves."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from kairn.clinic.acts import ride, visits
from kairn.clinic.acts.escorts import FIELD
from kairn.clinic.acts.outcome import Outcome, Refused
from kairn.clinic.people.care import escort_link as open_link
from kairn.clinic.screens.booking.view import told
from kairn.clinic.screens.forms import words
from kairn.clinic.screens.forms.answers import Again, again, answer, event_id, fresh, onward, wrong
from kairn.clinic.screens.forms.desk import Desk, Who, address, open_desk, who
from kairn.clinic.screens.visit.entering import attempted
from kairn.clinic.screens.visit.going_home import hour_words
from kairn.pathway.standing import Visit

STATES = (("asked", "Asked, no answer yet"), ("confirmed", "Confirmed"), ("cancelled", "Cannot come"), ("present", "Here now"))


@dataclass(frozen=True)
class EscortPage:
    """The escort of one visit. `link` is an address made just now, shown this once; `link_until` says until when one opens."""

    who: Who
    again: Again
    visit: str
    named: str
    states: tuple[tuple[str, str], ...]
    may: bool
    link_url: str
    link: str
    link_until: str


@require_http_methods(["GET", "HEAD", "POST"])
def escort(request: HttpRequest, patient: UUID, visit: UUID) -> HttpResponse:
    """Who takes the person home from one visit, and what they said."""
    desk = open_desk(request, patient, "schedule.read")
    if not isinstance(desk, Desk):
        return desk
    booked = _booked(desk, visit)
    if request.method != "POST":
        return _show(request, desk, booked, fresh())
    state = request.POST.get("state", "")
    if state not in dict(STATES):
        return _show(request, desk, booked, wrong({"state": "Saw no answer; expected what the escort said. Choose one."}, request.POST))
    held = open_link(visit, desk.context.now)
    outcome = attempted(lambda: _named(request, desk, visit))
    said = "Escort recorded. An urgent task asks for another ride." if state == "cancelled" else "Escort recorded."
    if held and not open_link(visit, desk.context.now):
        said += " The link that was open was another person's and is closed; make a new one."
    return answer(request, outcome, address("patient", patient), said, lambda refused: _show(request, desk, booked, refused))


def _named(request: HttpRequest, desk: Desk, visit: UUID) -> Outcome:
    """The escort as the form names them. Of one who cannot come no hour is read."""
    typed, state = request.POST, request.POST.get("state", "")
    hour = None if state == "cancelled" else desk.clock.typed(typed.get(FIELD, ""), FIELD)
    return visits.name_escort(
        desk.context, desk.patient, event_id=event_id(request), visit=visit, name=typed.get("name", ""), phone=typed.get("phone", ""),
        state=state, fetches_at=hour,  # type: ignore[arg-type]
    )  # fmt: skip


@require_POST
def escort_link(request: HttpRequest, patient: UUID, visit: UUID) -> HttpResponse:
    """Make the escort's link, which is shown this once, or withdraw it."""
    desk = open_desk(request, patient, "schedule.read")
    if not isinstance(desk, Desk):
        return desk
    booked, withdraws = _booked(desk, visit), request.POST.get("do") == "withdraw"
    made = (ride.withdraw_link if withdraws else ride.make_link)(desk.context, patient, visit)
    if isinstance(made, Refused):
        return _show(request, desk, booked, again(made, request.POST))
    if withdraws:
        messages.success(request, "The link opens nothing any more.")
        return onward(address("escort", patient, visit))
    return _show(request, desk, booked, fresh(), request.build_absolute_uri(reverse("escort_ride", args=[made])))


def _booked(desk: Desk, visit: UUID) -> Visit:
    found = desk.chart.standing.visit(visit)
    if found is None:
        raise Http404
    return found


def _show(request: HttpRequest, desk: Desk, visit: Visit, again: Again, link: str = "") -> HttpResponse:
    named = f"{visit.escort}: {words.ESCORTS.get(visit.escort_state, '')}{hour_words(visit, desk.clock)}" if visit.escort else ""
    held = open_link(visit.id, desk.context.now)
    page = EscortPage(
        who(desk), again, told(desk, visit).title, named, STATES, desk.may("escort"),
        link_url=address("escort_link", desk.patient, visit.id) if visit.escort and desk.may("escort_link") else "", link=link,
        link_until=desk.clock.when(held.expires_at) if held else "",
    )  # fmt: skip
    return render(request, "kairn/escort.html", {"page": page}, status=again.status)
