"""The protocol in force as a page: what it asks, when, on whose authority."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kairn.clinic.acts.protocols import in_force
from kairn.clinic.screens.protocols.view import entries_of, opened, version_page


@require_safe
def protocol_read(request: HttpRequest) -> HttpResponse:
    """The whole protocol in force, said aloud; where none is, the sentence that says so."""
    context, clock = opened(request)
    one = next((each for each in entries_of(context) if each.in_force), None)
    if one is None:
        return render(request, "kairn/protocol_read.html", {"why": in_force(context.clinic, context.now).why})
    return render(request, "kairn/protocols/version.html", {"page": version_page(context, clock, one)})
