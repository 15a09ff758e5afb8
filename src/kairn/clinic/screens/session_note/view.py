"""The note of one visit: opened and read like the chart, printed by the browser."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kairn.clinic.acts.context import context_of
from kairn.clinic.acts.drug_account import drug_account
from kairn.clinic.acts.hindsight import hindsight
from kairn.clinic.acts.outcome import Refused
from kairn.clinic.screens.forms.clock import clock_of
from kairn.clinic.screens.forms.desk import Desk, refused_page
from kairn.clinic.screens.session_note.page import note_page
from kairn.clinic.screens.visit.seat import Seat


@require_safe
def session_note(request: HttpRequest, patient: UUID, visit: UUID) -> HttpResponse:
    """Everything of one visit, with what was weighed while it ran."""
    context = context_of(request.user)  # type: ignore[arg-type]
    told = hindsight(context, patient, visit)
    if isinstance(told, Refused):
        return refused_page(request)
    found = told.chart.standing.visit(visit)
    if found is None:
        raise Http404
    seat = Seat(Desk(context, told.chart, clock_of(context.user, context.now)), found)
    account = drug_account(context.clinic, told.chart.history, visit, context.now) if seat.desk.may("visit_stock", "GET") else None
    return render(request, "kairn/visit/session_note.html", {"page": note_page(seat, told, account)})
