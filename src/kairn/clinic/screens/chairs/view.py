"""The board of chairs: one page, of which a line is brought anew whenever something is recorded at its chair."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kairn.clinic.acts.boards import running
from kairn.clinic.acts.context import context_of
from kairn.clinic.acts.outcome import Refused
from kairn.clinic.screens.chairs.page import chairs_page
from kairn.clinic.screens.forms.answers import readable_uuid
from kairn.clinic.screens.forms.clock import clock_of


@require_safe
def chairs(request: HttpRequest) -> HttpResponse:
    """Every visit under way that this reader may see; with `of`, a person's id, that person's lines alone."""
    context, of = context_of(request.user), readable_uuid(request.GET.get("of", ""))  # type: ignore[arg-type]
    charts = running(context, of)
    if isinstance(charts, Refused):
        return render(request, "people/refused.html", {"break_glass": ""}, status=403)
    page = chairs_page(context, clock_of(context.user, context.now), charts, request.path)
    return render(request, "kairn/chairs_lines.html" if of else "kairn/chairs.html", {"page": page})
