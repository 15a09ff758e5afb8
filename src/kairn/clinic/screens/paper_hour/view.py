"""Typing in a flowsheet from paper: one form, kept whole or not at all, and shown again with everything typed until it can be kept."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from kairn.clinic.acts.outcome import Refused
from kairn.clinic.acts.paper import type_in
from kairn.clinic.screens.forms.answers import STATUS, onward
from kairn.clinic.screens.paper_hour.page import paper_page
from kairn.clinic.screens.paper_hour.sheet import Sheet, blank, longer, read_sheet, renewed
from kairn.clinic.screens.visit.seat import Seat, seated

ALREADY = "The sheet was in the record already; nothing was added."


@require_http_methods(["GET", "HEAD", "POST"])
def paper_hour(request: HttpRequest, patient: UUID, visit: UUID) -> HttpResponse:
    """Show an empty sheet; a POST types one in."""
    return seated(request, patient, visit, lambda seat: _typed(request, seat) if request.method == "POST" else _shown(request, seat, blank()))


def _typed(request: HttpRequest, seat: Seat) -> HttpResponse:
    if "more" in request.POST:
        return _shown(request, seat, longer(request.POST.dict()))
    sheet = read_sheet(seat, request.POST.dict())
    if sheet.waits:
        return _shown(request, seat, sheet, "conflict" if sheet.asked and not sheet.errors else "input")
    outcome = type_in(seat.desk.context, seat.desk.patient, visit=seat.visit.id, rows=sheet.rows)
    if isinstance(outcome, Refused):
        return _refused(request, seat, sheet, outcome)
    messages.success(request, ALREADY if outcome.repeated else f"{_count(len(sheet.rows))} typed in from paper.")
    return onward(seat.url("chair"))


def _count(rows: int) -> str:
    return f"{rows} row{'' if rows == 1 else 's'}"


def _refused(request: HttpRequest, seat: Seat, sheet: Sheet, refused: Refused) -> HttpResponse:
    under_old_numbers = refused.kind == "conflict" and not any(reason.field for reason in refused.reasons)
    return _shown(request, seat, renewed(sheet) if under_old_numbers else sheet, refused.kind, refused)


def _shown(request: HttpRequest, seat: Seat, sheet: Sheet, kind: str = "", refused: Refused | None = None) -> HttpResponse:
    page = paper_page(seat, sheet, refused)
    return render(request, "kairn/visit/paper_hour.html", {"page": page}, status=STATUS[kind] if kind else 200)
