"""What is entered from the person's page itself: a stage, a way out, a note, a correction, a death."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid4

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from kairn.clinic.acts import course, notes
from kairn.clinic.acts.moving import movable, move_entry, other_places
from kairn.clinic.acts.outcome import Done, Outcome, Refused, refused_field
from kairn.clinic.acts.striking import stays
from kairn.clinic.screens.forms import words
from kairn.clinic.screens.forms.answers import Again, answer, event_id, expected_seq, fresh, readable_uuid, wrong
from kairn.clinic.screens.forms.desk import Desk, Who, address, open_desk, who
from kairn.clinic.screens.forms.facts import moment as typed_moment
from kairn.clinic.screens.forms.telling import Moment, moment, stayed
from kairn.clinic.screens.patient.compose import patient_page
from kairn.record.event import Event

Deed = Callable[[Desk, datetime | None], Outcome]
MOVE = "move"


@dataclass(frozen=True)
class MovePart:
    """The form that moves an entry to another chair: its event id, and the chairs to choose from."""

    url: str
    event_id: str
    places: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class DeedPage:
    """A small form about one person; `entry` is what a correction speaks of, `move` where else it may belong."""

    who: Who
    again: Again
    now: str
    entry: Moment | None = None
    strike: str = ""
    move: MovePart | None = None


@require_POST
def stage(request: HttpRequest, patient: UUID) -> HttpResponse:
    """Enter a stage that is open now."""
    return _enter(request, patient, words.STAGES)


@require_POST
def course_exit(request: HttpRequest, patient: UUID) -> HttpResponse:
    """Record that the course ended; this is always open."""
    return _enter(request, patient, words.EXITS)


def _enter(request: HttpRequest, patient: UUID, known: dict[str, str]) -> HttpResponse:
    desk = open_desk(request, patient, "chart.read")
    if not isinstance(desk, Desk):
        return desk
    to, reason = request.POST.get("stage", ""), request.POST.get("reason", "").strip()
    if to not in known:
        return _person_again(
            request, patient, wrong({"stage": f"Saw {to or 'no choice'!r}; expected one of {', '.join(known.values())}. Choose one."}, request.POST)
        )
    outcome = course.enter_stage(desk.context, patient, event_id=event_id(request), expected_seq=expected_seq(request), stage=to, reason=reason)
    said = f"Entered {words.step(to).lower()}." if to in words.STAGES else f"Recorded: {words.step(to).lower()}."
    return answer(request, outcome, address("patient", patient), said, lambda refused: _person_again(request, patient, refused))


def _person_again(request: HttpRequest, patient: UUID, again: Again) -> HttpResponse:
    desk = open_desk(request, patient, "chart.read")
    if not isinstance(desk, Desk):
        return desk
    page = patient_page(desk, error_title=again.title, errors=again.reasons, reason=again.typed.get("reason", ""))
    return render(request, "kairn/patient.html", {"page": page}, status=again.status)


@require_http_methods(["GET", "HEAD", "POST"])
def note(request: HttpRequest, patient: UUID) -> HttpResponse:
    """Write a free note."""
    return _deed(request, patient, "clinical.read", "kairn/note.html", "Note saved.", lambda desk, at: notes.write_note(
        desk.context, patient, event_id=event_id(request), text=request.POST.get("text", ""), occurred_at=at))  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def record_death(request: HttpRequest, patient: UUID) -> HttpResponse:
    """Record that the person has died; everything due ends with it."""
    return _deed(request, patient, "death.record", "kairn/record_death.html", "Recorded. Nothing is due any more.", lambda desk, at: course.record_death(
        desk.context, patient, event_id=event_id(request), cause=request.POST.get("cause", "").strip(), occurred_at=at))  # fmt: skip


def _deed(request: HttpRequest, patient: UUID, action: str, template: str, said: str, act: Deed) -> HttpResponse:
    desk = open_desk(request, patient, action)
    if not isinstance(desk, Desk):
        return desk

    def show(again: Again) -> HttpResponse:
        return render(request, template, {"page": DeedPage(who(desk), again, desk.clock.field(desk.clock.now))}, status=again.status)

    if request.method != "POST":
        return show(fresh())
    at, fault = typed_moment(desk, request.POST, "occurred_at")
    if fault:
        return show(wrong({"occurred_at": fault}, request.POST))
    return answer(request, act(desk, at), address("patient", patient), said, show)


@require_http_methods(["GET", "HEAD", "POST"])
def strike_out(request: HttpRequest, patient: UUID, event: UUID) -> HttpResponse:
    """Strike out one entry, with a reason; it stays readable."""
    desk = open_desk(request, patient, "chart.read")
    if not isinstance(desk, Desk):
        return desk
    if desk.chart.history.get(event) is None:
        raise Http404

    def show(again: Again) -> HttpResponse:
        return _strike_page(request, desk, event, again)

    if request.method != "POST":
        return show(fresh())
    outcome = notes.strike_out(desk.context, patient, event_id=event_id(request), event=event, reason=request.POST.get("reason", ""))
    return answer(request, outcome, address("patient", patient), "Struck out. The entry stays readable.", show)


@require_POST
def entry_move(request: HttpRequest, patient: UUID, event: UUID) -> HttpResponse:
    """Move one entry that belongs to another chair: struck out here, recorded there."""
    desk = open_desk(request, patient, "chart.read")
    if not isinstance(desk, Desk):
        return desk
    chosen = readable_uuid(request.POST.get("visit", ""))
    outcome = (
        move_entry(desk.context, patient, event_id=event_id(request), event=event, visit=chosen)
        if chosen
        else refused_field("visit", "Saw no chair; expected the one it belongs to. Choose it.")
    )
    said = f"Moved: struck out here, recorded at the other chair.{stayed(stays(patient, event), desk.clock)}" if isinstance(outcome, Done) else ""
    return answer(request, outcome, address("patient", patient), said, lambda again: _strike_page(request, desk, event, replace(again, form=MOVE)))


def _strike_page(request: HttpRequest, desk: Desk, event: UUID, again: Again) -> HttpResponse:
    """One entry, and the two ways it is corrected. Http404 for one that is not of this chart."""
    entry = desk.chart.history.get(event)
    if entry is None:
        raise Http404
    told, strike = replace(moment(entry, desk.clock), icon="d-done"), address("strike_out", desk.patient, event)
    page = DeedPage(who(desk), again, "", told, strike, move_part(desk, entry))
    return render(request, "kairn/strike_out.html", {"page": page}, status=again.status)


def move_part(desk: Desk, entry: Event) -> MovePart | None:
    """The other chairs an entry may belong to; None for one that is not moved."""
    places = other_places(desk.context, entry) if movable(desk.chart.history, entry) else None
    if places is None or isinstance(places, Refused):
        return None
    named = tuple((str(each.visit), ", ".join(filter(None, (words.chair(each.chair), each.given_name)))) for each in places)
    return MovePart(address("entry_move", desk.patient, entry.id), str(uuid4()), named)
