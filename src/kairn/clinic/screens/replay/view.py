"""A visit minute by minute: opened and read like the chart; the minutes after that belong to the same opening."""

from __future__ import annotations

from dataclasses import replace as changed
from uuid import UUID

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from kairn.clinic.acts.context import Context, context_of
from kairn.clinic.acts.outcome import Refused
from kairn.clinic.acts.replay import Known, Replay
from kairn.clinic.acts.replay import replay as replayed
from kairn.clinic.people.access import go
from kairn.clinic.screens.forms.clock import clock_of
from kairn.clinic.screens.forms.desk import Desk, open_desk, refused_page, who
from kairn.clinic.screens.replay.page import VIEWS, ReplayPage, replay_page
from kairn.clinic.screens.visit.seat import Band, Seat, band

OPENING = "kairn.replay"
LASTS = 3600
"""Seconds for which the minutes of a page belong to its opening; after that the page is opened, and logged, anew."""


@require_safe
def replay(request: HttpRequest, patient: UUID, visit: UUID) -> HttpResponse:
    """The page; opening it is a row in the log of reads."""
    context = context_of(request.user)  # type: ignore[arg-type]
    told = _told(request, context, patient, visit, "clinical.read")
    if isinstance(told, Refused):
        return refused_page(request)
    if told is None:
        return _not_begun(request, patient, visit)
    page, there = _page(context, told)
    return render(request, "kairn/visit/replay.html", {"page": page, "band": there, "views": VIEWS, "opening": _opening(context, patient, visit)})


@require_safe
def replay_step(request: HttpRequest, patient: UUID, visit: UUID) -> HttpResponse:
    """The part of the page that another minute changes, for who has opened the page; anybody else is sent to open it."""
    context = context_of(request.user)  # type: ignore[arg-type]
    if not _opened(request, context, patient, visit):
        return go(request, _address(patient, visit, {word: request.GET[word] for word in ("minute", "known") if word in request.GET}))
    told = _told(request, context, patient, visit, "replay.step")
    if isinstance(told, Refused):
        return refused_page(request)
    if told is None:
        raise Http404
    page, there = _page(context, told)
    answer = render(request, "kairn/visit/replay_step.html", {"page": page, "band": there})
    answer["HX-Replace-Url"] = _address(patient, visit, {"minute": page.minute, "known": page.known})
    return answer


def _told(request: HttpRequest, context: Context, patient: UUID, visit: UUID, action: str) -> Replay | Refused | None:
    known: Known = "today" if request.GET.get("known") == "today" else "then"
    return replayed(context, patient, visit, _minute(request.GET.get("minute", "")), known, action=action)


def _minute(written: str) -> int | None:
    """The minute an address names; None, which is the latest, where it names none."""
    try:
        return int(written)
    except ValueError:
        return None


def _page(context: Context, told: Replay) -> tuple[ReplayPage, Band]:
    """The page with its band, both as of the moment shown; where the visit was not known yet the band says only who this is."""
    desk = Desk(changed(context, now=told.moment), told.chart, clock_of(context.user, told.moment))
    found = told.chart.standing.visit(told.visit)
    seat = Seat(desk, found) if found else None
    return replay_page(told, desk.clock, seat), band(seat) if seat else Band(who(desk), (), "")


def _not_begun(request: HttpRequest, patient: UUID, visit: UUID) -> HttpResponse:
    desk = open_desk(request, patient)
    if not isinstance(desk, Desk):
        return desk
    found = desk.chart.standing.visit(visit)
    if found is None:
        raise Http404
    return render(request, "kairn/visit/replay.html", {"page": None, "band": band(Seat(desk, found))})


def _address(patient: UUID, visit: UUID, query: dict[str, str | int]) -> str:
    return reverse("replay", args=[patient, visit]) + (f"?{urlencode(query)}" if query else "")


def _opening(context: Context, patient: UUID, visit: UUID) -> str:
    """What says that this person has opened this visit, signed by the server."""
    return signing.dumps(_whose(context, patient, visit), salt=OPENING)


def _opened(request: HttpRequest, context: Context, patient: UUID, visit: UUID) -> bool:
    try:
        return bool(signing.loads(request.GET.get("opening", ""), salt=OPENING, max_age=LASTS) == _whose(context, patient, visit))
    except signing.BadSignature:
        return False


def _whose(context: Context, patient: UUID, visit: UUID) -> list[str]:
    return [str(context.user.id), str(patient), str(visit)]
