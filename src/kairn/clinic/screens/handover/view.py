"""The page for the hospital: opened and read like the chart, printed by the browser."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kairn.clinic.screens.handover.page import handover_page
from kairn.clinic.screens.visit.seat import seated


@require_safe
def handover(request: HttpRequest, patient: UUID, visit: UUID) -> HttpResponse:
    """What a hospital must know of this visit."""
    return seated(request, patient, visit, lambda seat: render(request, "kairn/visit/handover.html", {"page": handover_page(seat)}))
