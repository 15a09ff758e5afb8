"""The day's visits by time and chair, without names, and being on shift with one of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from kairn.clinic.acts.context import Context, context_of
from kairn.clinic.acts.outcome import Refused
from kairn.clinic.acts.shifts import DayVisit, give_back, take_visit, visits_of_the_day
from kairn.clinic.screens.forms.answers import STATUS, onward
from kairn.clinic.screens.forms.clock import Clock, clock_of
from kairn.clinic.screens.forms.desk import address


@dataclass(frozen=True)
class ShiftLine:
    """One visit: when, at which chair, who is with it; `open` is the chart's address for those who are."""

    when: str
    chair: str
    on_shift: str
    mine: bool
    take: str
    open: str


@dataclass(frozen=True)
class ShiftPage:
    """The visits of the day, and what went wrong."""

    visits: tuple[ShiftLine, ...]
    zone: str
    problem: tuple[str, ...] = ()


@require_safe
def shift(request: HttpRequest) -> HttpResponse:
    """The visits of the day."""
    return _show(request, context_of(request.user))  # type: ignore[arg-type]


@require_POST
def shift_take(request: HttpRequest, patient: UUID, visit: UUID) -> HttpResponse:
    """Take a visit, or give it back."""
    context = context_of(request.user)  # type: ignore[arg-type]
    clock = clock_of(context.user, context.now)
    gives = request.POST.get("do") == "give-back"
    done = give_back(context, patient, visit) if gives else take_visit(context, patient, visit, end_of_day(clock))
    if isinstance(done, Refused):
        return _show(request, context, done)
    messages.success(request, "You are no longer on shift with this visit." if gives else f"You are on shift with this visit until {_until(clock, done)}.")
    return onward(address("shift") if gives else address("patient", patient))


def end_of_day(clock: Clock) -> datetime:
    """The midnight that comes next on the clinic's wall clock."""
    tomorrow = clock.local(clock.now).date() + timedelta(days=1)
    return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=clock.zone)


def _until(clock: Clock, until: int | datetime) -> str:
    return clock.when(until) if isinstance(until, datetime) else ""


def _show(request: HttpRequest, context: Context, refused: Refused | None = None) -> HttpResponse:
    clock = clock_of(context.user, context.now)
    found = visits_of_the_day(context, end_of_day(clock))
    if isinstance(found, Refused):
        return render(request, "people/refused.html", {"break_glass": ""}, status=403)
    problem = tuple(reason.text for reason in refused.reasons) if refused else ()
    page = ShiftPage(tuple(_line(clock, each) for each in found), str(clock.zone), problem)
    return render(request, "kairn/shift.html", {"page": page}, status=STATUS[refused.kind] if refused else 200)


def _line(clock: Clock, visit: DayVisit) -> ShiftLine:
    return ShiftLine(
        f"{clock.when(visit.starts_at)} to {clock.hour(visit.ends_at)}", f"Chair {visit.chair}" if visit.chair else "No chair",
        ", ".join(visit.on_shift), visit.mine, address("shift_take", visit.patient, visit.visit), address("patient", visit.patient) if visit.mine else "",
    )  # fmt: skip
