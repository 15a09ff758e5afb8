"""The monitor's page of a visit: make or close its link, and read all that was not taken."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from kairn.clinic.acts.context import context_of
from kairn.clinic.acts.monitor import Linked, connect, disconnect
from kairn.clinic.acts.outcome import Refused
from kairn.clinic.people.monitors import monitor_link
from kairn.clinic.screens.forms.answers import Again, again, fresh, onward
from kairn.clinic.screens.monitor.part import OPEN, MonitorPart, monitor_part
from kairn.clinic.screens.visit.seat import Band, Seat, band, seated
from kairn.library.monitors import BEDSIDE

ALL = 1000


@dataclass(frozen=True)
class LinkShown:
    """The open link of a visit: which device, who made it, until when."""

    device: str
    by: str
    until: str


@dataclass(frozen=True)
class MonitorPage:
    """What the page shows. `token` only in the answer to the form that made it."""

    band: Band
    visit: str
    chair: str
    may: bool
    open: bool
    link: LinkShown | None
    token: str
    door: str
    monitor: MonitorPart
    lasts: int
    again: Again


@require_http_methods(["GET", "HEAD", "POST"])
def monitor(request: HttpRequest, patient: UUID, visit: UUID) -> HttpResponse:
    """The page; a POST makes the link, or closes it."""
    if request.method != "POST":
        return _shown(request, patient, visit, fresh())
    context = context_of(request.user)  # type: ignore[arg-type]
    if request.POST.get("act") == "disconnect":
        closed = disconnect(context, patient, visit=visit)
        return (
            _shown(request, patient, visit, again(closed, request.POST)) if isinstance(closed, Refused) else onward(reverse("monitor", args=[patient, visit]))
        )
    made = connect(context, patient, visit=visit, device=request.POST.get("device", "").strip())
    if isinstance(made, Linked):
        return _shown(request, patient, visit, fresh(), made.token)
    return _shown(request, patient, visit, again(made, request.POST))


def _shown(request: HttpRequest, patient: UUID, visit: UUID, shown: Again, token: str = "") -> HttpResponse:
    door = request.build_absolute_uri(reverse("monitor_row", args=[visit]))
    return seated(
        request, patient, visit, lambda seat: render(request, "kairn/visit/monitor.html", {"page": _page(seat, shown, token, door)}, status=shown.status)
    )


def _page(seat: Seat, shown: Again, token: str, door: str) -> MonitorPage:
    link = monitor_link(seat.visit.id, seat.clock.now)
    told = LinkShown(link.device, str(link.made_by), seat.clock.when(link.expires_at)) if link else None
    hours = int(BEDSIDE.link.total_seconds()) // 3600
    return MonitorPage(
        band(seat), str(seat.visit.id), seat.url("chair"), seat.desk.may("monitor"), seat.visit.phase in OPEN, told, token, door,
        monitor_part(seat, ALL), hours, shown,
    )  # fmt: skip
