"""How far the record had grown before a page was made: what comes after is news for that page."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from kairn.clinic.acts.news import position

Ask = Callable[[HttpRequest], HttpResponse]


def since(get_response: Ask) -> Ask:
    """Middleware: a whole page that somebody signed in asks for learns its position (`request.kairn_position`) before it reads anything."""

    def answer(request: HttpRequest) -> HttpResponse:
        if request.method == "GET" and request.headers.get("Sec-Fetch-Dest", "document") == "document" and not request.headers.get("HX-Request"):
            clinic = request.user.clinic_id if request.user.is_authenticated else None
            request.kairn_position = position(clinic) if clinic else None  # type: ignore[attr-defined]
        return get_response(request)

    return answer
