"""Keeps a device's choice of light or dim in a cookie, so that the page never flashes the wrong one."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from kairn.clinic.screens.context import THEME_COOKIE, THEMES

KEPT_FOR = timedelta(weeks=52)


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Stores the choice and goes back to the page it was made on."""
    back = request.POST.get("next", "/")
    response = HttpResponseRedirect(back if url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}) else "/")
    chosen = request.POST.get("theme", "")
    if chosen in dict(THEMES):
        response.set_cookie(THEME_COOKIE, chosen, max_age=KEPT_FOR, samesite="Lax", secure=request.is_secure())
    return response
