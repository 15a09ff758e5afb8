"""Visits in the book: a new one, moving or cancelling one."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from kairn.clinic.acts import visits
from kairn.clinic.acts.outcome import Refused
from kairn.clinic.screens.forms import words
from kairn.clinic.screens.forms.answers import Again, answer, event_id, expected_seq, fresh, wrong
from kairn.clinic.screens.forms.desk import Desk, Who, address, open_desk, who
from kairn.clinic.screens.forms.facts import moment
from kairn.clinic.screens.forms.newer import newer
from kairn.pathway.standing import Visit


@dataclass(frozen=True)
class Booked:
    """One visit still in the book."""

    id: str
    title: str
    note: str
    escort: str


@dataclass(frozen=True)
class BookPage:
    """The booking form and what is booked already."""

    who: Who
    seq: int
    again: Again
    visit: str
    purposes: tuple[tuple[str, str], ...]
    booked: tuple[Booked, ...]
    cancel: str
    may_book: bool
    zone: str
    newer: tuple[str, ...]


@require_http_methods(["GET", "HEAD", "POST"])
def book_visit(request: HttpRequest, patient: UUID) -> HttpResponse:
    """Show the book of this person; a POST books a visit."""
    desk = open_desk(request, patient, "schedule.read")
    if not isinstance(desk, Desk):
        return desk
    return _book(request, desk) if request.method == "POST" else _show(request, desk, fresh())


def _book(request: HttpRequest, desk: Desk) -> HttpResponse:
    starts, fault = moment(desk, request.POST, "starts_at")
    minutes, purpose = request.POST.get("minutes", "").strip(), request.POST.get("purpose", "")
    errors = {"starts_at": fault} if fault else {} if starts else {"starts_at": "Saw no day and time; expected when the visit begins."}
    if not (minutes.isascii() and minutes.isdigit() and len(minutes) <= len("1000")):
        errors["minutes"] = f"Saw {minutes or 'nothing'!r}; expected a whole number of minutes."
    if purpose not in words.PURPOSES:
        errors["purpose"] = "Saw no purpose; expected what the visit is for. Choose one."
    if errors or starts is None:
        return _show(request, desk, wrong(errors, request.POST))
    seen = expected_seq(request)
    outcome = visits.book_visit(
        desk.context, desk.patient, event_id=event_id(request), expected_seq=seen, visit=_id(request.POST.get("visit", "")),
        purpose=purpose, starts_at=starts, minutes=int(minutes), chair=request.POST.get("chair", ""),  # type: ignore[arg-type]
    )  # fmt: skip
    since = seen if isinstance(outcome, Refused) and outcome.kind == "stale" else 0
    return answer(request, outcome, address("patient", desk.patient), "Booked.", lambda again: _newly(request, desk.patient, again, since))


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return uuid4()


@require_POST
def cancel_visit(request: HttpRequest, patient: UUID, visit: UUID) -> HttpResponse:
    """A booked visit will not take place."""
    desk = open_desk(request, patient, "schedule.read")
    if not isinstance(desk, Desk):
        return desk
    outcome = visits.cancel_visit(desk.context, patient, event_id=event_id(request), visit=visit, reason=request.POST.get("reason", "").strip())
    return answer(request, outcome, address("book_visit", patient), "Cancelled.", lambda again: _newly(request, patient, again))


def _newly(request: HttpRequest, patient: UUID, again: Again, since: int = 0) -> HttpResponse:
    desk = open_desk(request, patient, "schedule.read")
    return _show(request, desk, again, since) if isinstance(desk, Desk) else desk


def _show(request: HttpRequest, desk: Desk, again: Again, since: int = 0) -> HttpResponse:
    open_ = [one for one in desk.chart.standing.visits if one.phase == "booked" and not one.cancelled]
    page = BookPage(
        who=who(desk), seq=desk.chart.seq, again=again, visit=again.typed.get("visit") or str(uuid4()), purposes=tuple(words.PURPOSES.items()),
        booked=tuple(told(desk, one) for one in open_), cancel="", may_book=desk.may("book_visit"), zone=str(desk.clock.zone), newer=newer(desk, since),
    )  # fmt: skip
    return render(request, "kairn/book_visit.html", {"page": page}, status=again.status)


def told(desk: Desk, visit: Visit) -> Booked:
    """A visit in a line, with its escort."""
    number = f" {visit.number}" if visit.number else ""
    ride = f"{visit.escort}, {words.ESCORTS.get(visit.escort_state, '')}" if visit.escort else "no escort named"
    chair = f"chair {visit.chair}, " if visit.chair else ""
    return Booked(str(visit.id), f"{words.PURPOSES[visit.purpose]}{number}, {desk.clock.when(visit.starts_at)}", f"{chair}{visit.minutes} min, {ride}", ride)
