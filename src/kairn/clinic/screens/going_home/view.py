"""The sheet a person takes home, opened by staff and printed by the browser."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kairn.clinic.screens.forms.desk import who
from kairn.clinic.screens.going_home.page import PAPER, take_home
from kairn.clinic.screens.handover.rows import printed
from kairn.clinic.screens.visit.seat import Seat, seated


@require_safe
def going_home_paper(request: HttpRequest, patient: UUID, visit: UUID) -> HttpResponse:
    """What this person takes home after this visit."""
    return seated(request, patient, visit, lambda seat: _shown(request, seat))


def _shown(request: HttpRequest, seat: Seat) -> HttpResponse:
    page = take_home(seat.desk.chart, seat.clock, seat.visit, PAPER)
    shown = {"page": page, "who": who(seat.desk), "back": seat.url("discharge"), "seq": seat.desk.chart.seq, "printed": printed(seat)}
    return render(request, "kairn/visit/take_home_paper.html", shown)
