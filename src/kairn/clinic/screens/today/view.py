"""The board of the day, and the door that leads each person to their own start page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from kairn.clinic.acts.boards import today as board_of
from kairn.clinic.acts.context import context_of
from kairn.clinic.acts.outcome import Refused
from kairn.clinic.people.may import may
from kairn.clinic.screens.context import opens
from kairn.clinic.screens.forms import words
from kairn.clinic.screens.forms.clock import clock_of
from kairn.clinic.screens.forms.desk import address
from kairn.clinic.screens.today.compose import today_page

SHOWN = 100
STARTS = ("today", "patient_home", "people_list", "access_review", "protocol_read", "mfa_index")


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Where somebody who has signed in begins: the first page their roles open."""
    roles = request.user.roles  # type: ignore[union-attr]
    start = next(view for view in STARTS if address(view) and opens(view, roles))
    return HttpResponseRedirect(reverse(start))


@require_safe
def today(request: HttpRequest) -> HttpResponse:
    """People who need somebody first, then chairs, visits to come and everybody in care; `stage` and `from` narrow the list."""
    context = context_of(request.user)  # type: ignore[arg-type]
    stage = request.GET.get("stage", "")
    stage = stage if stage in words.STAGES else ""
    offset = request.GET.get("from", "0")
    skip = int(offset) if offset.isascii() and offset.isdigit() and len(offset) < len("1000000") else 0
    board = board_of(context, limit=SHOWN, offset=skip, stages=(stage,) if stage else None)
    if isinstance(board, Refused):
        return render(request, "people/refused.html", {"break_glass": ""}, status=403)
    may_register = may(context.user, "patient.register", {"same-clinic"}).granted
    page = today_page(board, clock_of(context.user, context.now), request.path, stage, may_register)
    return render(request, "kairn/today.html", {"page": page, "here": request.get_full_path()})
