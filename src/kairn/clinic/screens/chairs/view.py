"""The board of chairs: one page, brought anew whenever something is recorded."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kairn.clinic.acts.boards import running
from kairn.clinic.acts.context import context_of
from kairn.clinic.acts.outcome import Refused
from kairn.clinic.screens.chairs.page import chairs_page
from kairn.clinic.screens.forms.clock import clock_of


@require_safe
def chairs(request: HttpRequest) -> HttpResponse:
    """Every visit under way that this reader may see."""
    context = context_of(request.user)  # type: ignore[arg-type]
    charts = running(context)
    if isinstance(charts, Refused):
        return render(request, "people/refused.html", {"break_glass": ""}, status=403)
    page = chairs_page(context, clock_of(context.user, context.now), charts, request.path)
    return render(request, "kairn/chairs.html", {"page": page})
