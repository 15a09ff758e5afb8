"""The protocol in force as a page: what it asks, when, on whose authority."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kairn.clinic.acts.protocols import in_force
from kairn.clinic.screens.protocols.view import opened, version_page


@require_safe
def protocol_read(request: HttpRequest) -> HttpResponse:
    """The whole protocol in force, said aloud; where none is, the sentence that says so."""
    reader = opened(request)
    if reader.in_force is None:
        return render(request, "kairn/protocol_read.html", {"why": in_force(reader.context.clinic, reader.context.now).why})
    return render(request, "kairn/protocols/version.html", {"page": version_page(reader, reader.in_force)})
