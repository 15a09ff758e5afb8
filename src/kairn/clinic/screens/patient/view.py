"""The person's page, its whole timeline, and the chart as it was known at an entry."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kairn.clinic.screens.forms.desk import Desk, Who, address, open_desk, who
from kairn.clinic.screens.forms.telling import GROUPS, Moment
from kairn.clinic.screens.patient.compose import patient_page, timeline


@dataclass(frozen=True)
class TimelinePage:
    """All entries, or those of one group."""

    who: Who
    moments: tuple[Moment, ...]
    filters: tuple[tuple[str, str, bool], ...]
    url: str
    seq: int


@require_safe
def patient(request: HttpRequest, patient: UUID) -> HttpResponse:
    """What stands, what is next, why."""
    desk = open_desk(request, patient, "chart.read")
    if not isinstance(desk, Desk):
        return desk
    return render(request, "kairn/patient.html", {"page": patient_page(desk)})


@require_safe
def patient_timeline(request: HttpRequest, patient: UUID) -> HttpResponse:
    """Every entry with both its times, newest first; `show` narrows it to one group."""
    desk = open_desk(request, patient, "chart.read")
    if not isinstance(desk, Desk):
        return desk
    asked = request.GET.get("show", "")
    chosen = asked if asked in GROUPS else ""
    moments, _ = timeline(desk, chosen)
    filters = (("", "Everything", not chosen), *((key, label, key == chosen) for key, label in GROUPS.items()))
    return render(request, "kairn/patient_timeline.html", {"page": TimelinePage(who(desk), moments, filters, request.path, desk.chart.seq)})


@require_safe
def patient_known_then(request: HttpRequest, patient: UUID, seq: int) -> HttpResponse:
    """The chart as it was known when one entry was the latest: the same advice that was shown then."""
    if seq < 1:
        raise Http404
    desk = open_desk(request, patient, "chart.read", seq)
    if not isinstance(desk, Desk):
        return desk
    events = desk.chart.history.events
    entry = events[-1] if events else None
    if entry is None:
        raise Http404
    page = patient_page(desk, known=f"entry {desk.chart.seq}, recorded {desk.clock.when(entry.recorded_at)}")
    strike = address("strike_out", desk.patient, entry.id) if desk.may("strike_out") and entry.seq == seq else ""
    return render(request, "kairn/patient.html", {"page": page, "strike": strike})
