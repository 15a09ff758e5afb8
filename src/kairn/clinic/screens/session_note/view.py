"""The note of one visit: opened and read like the chart, printed by the browser or kept as a PDF."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from kairn.clinic.acts.context import context_of
from kairn.clinic.acts.drug_account import drug_account
from kairn.clinic.acts.hindsight import hindsight
from kairn.clinic.acts.outcome import Refused
from kairn.clinic.screens.context import look
from kairn.clinic.screens.forms.answers import onward
from kairn.clinic.screens.forms.clock import clock_of
from kairn.clinic.screens.forms.desk import Desk, refused_page
from kairn.clinic.screens.session_note.page import NotePage, note_page
from kairn.clinic.screens.session_note.parts import END, parts_of
from kairn.clinic.screens.session_note.pdf import MODES, note_data, print_note, undrawn
from kairn.clinic.screens.session_note.record import visit_record
from kairn.clinic.screens.visit.seat import Seat, seated

BUSY = "Other papers are being made. Nothing is lost: ask for this one again."


@require_safe
def session_note(request: HttpRequest, patient: UUID, visit: UUID) -> HttpResponse:
    """Everything of one visit, with what was weighed while it ran."""
    page = _opened(request, patient, visit)
    if not isinstance(page, NotePage):
        return page
    parts = parts_of(page)
    shown = {"page": page, "parts": parts, "end": END, "undrawn": undrawn(note_data(page, parts))}
    return render(request, "kairn/visit/session_note.html", shown)


@require_safe
def session_note_pdf(request: HttpRequest, patient: UUID, visit: UUID) -> HttpResponse:
    """The same as a PDF, named by numbers alone. It is set in the thread of this one request, and one at a time."""
    page = _opened(request, patient, visit)
    if not isinstance(page, NotePage):
        return page
    made = print_note(page, parts_of(page), timezone.now(), look(request)["look"].mode)
    if made is None:
        messages.warning(request, BUSY)
        return onward(reverse("session_note", args=[patient, visit]))
    return HttpResponse(made, content_type="application/pdf", headers=_kept_as(visit, page.seq, "pdf"))


@require_safe
def session_note_json(request: HttpRequest, patient: UUID, visit: UUID) -> HttpResponse:
    """What was recorded at the visit as JSON for another program, named by numbers alone; opened and logged like the note."""

    def written(seat: Seat) -> HttpResponse:
        told = visit_record(seat, MODES.get(look(request)["look"].mode, ""))
        return JsonResponse(told, json_dumps_params={"ensure_ascii": False, "indent": 1}, headers=_kept_as(visit, seat.desk.chart.seq, "json"))

    return seated(request, patient, visit, written)


def _kept_as(visit: UUID, seq: int, kind: str) -> dict[str, str]:
    """A file to keep, of numbers by name, that nothing in between keeps as well."""
    return {"Content-Disposition": f'attachment; filename="visit-{visit.hex[:8]}-{seq}.{kind}"', "Cache-Control": "private, no-store"}


def _opened(request: HttpRequest, patient: UUID, visit: UUID) -> NotePage | HttpResponse:
    """The note as this reader may see it, or the page that refuses it. Http404 for a visit that is not this person's."""
    context = context_of(request.user)  # type: ignore[arg-type]
    told = hindsight(context, patient, visit)
    if isinstance(told, Refused):
        return refused_page(request)
    found = told.chart.standing.visit(visit)
    if found is None:
        raise Http404
    seat = Seat(Desk(context, told.chart, clock_of(context.user, context.now)), found)
    account = drug_account(context.clinic, told.chart.history, visit, context.now) if seat.desk.may("visit_stock", "GET") else None
    return note_page(seat, told, account)
