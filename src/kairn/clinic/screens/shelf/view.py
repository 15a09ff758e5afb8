"""The component shelf: every component in every state, light and dim, on invented data."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from kairn.clinic.screens.shelf.page import shelf_page


@require_safe
def shelf(request: HttpRequest) -> HttpResponse:
    """The shelf page. It shows no person of the clinic."""
    return render(request, "kairn/shelf.html", {"page": shelf_page(timezone.now())})
