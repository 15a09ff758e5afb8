"""The clinic's addresses with a bare chair added, to see what the idle lock lets through."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path

from kairn.clinic.site.urls import urlpatterns as clinic


def bare(request: HttpRequest, **_words: object) -> HttpResponse:
    """Says only whether it was served dimmed."""
    return HttpResponse("dimmed" if request.kairn_dimmed else "open")  # type: ignore[attr-defined]


# Of two pages of one name, Django's reverse finds the later.
urlpatterns = [
    *clinic,
    path("bare/<uuid:visit>", bare, name="chair"),
    path("bare/<uuid:visit>/<slug:act>", bare, name="chair_act"),
]
