"""Recovery and the end of a visit: record checks, sign *ready*, or record that somebody left, went to hospital or died."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from kairn.clinic.acts import adverse, endings, facts
from kairn.clinic.acts.context import context_of
from kairn.clinic.acts.outcome import Outcome
from kairn.clinic.screens.chair.addendum import as_addendum, harm_alone
from kairn.clinic.screens.chair.kept import kept_part
from kairn.clinic.screens.discharge.page import ENDING, asked_in_recovery, discharge_page
from kairn.clinic.screens.forms.answers import Again, answer, event_id, expected_seq, fresh, readable_uuid, wrong
from kairn.clinic.screens.forms.asking import ask_again
from kairn.clinic.screens.visit.asked import readings_of
from kairn.clinic.screens.visit.cannula import cannula_out
from kairn.clinic.screens.visit.entering import SHOWN, attempted, earlier
from kairn.clinic.screens.visit.seat import Seat, seated
from kairn.library.facts import FACTS
from kairn.record.ending import naloxone_of
from kairn.record.payloads import Reading

SAID = {
    "left-before-ready": "Recorded. An urgent task asks for a call.", "left-unseen": "Recorded. An urgent task asks for a welfare call.",
    "hospital": "Recorded. An urgent task keeps somebody asking.", "died": "Recorded. Every due and reminder has ended.",
}  # fmt: skip
AT_RISK = "A task about suicide is still open: a prescriber is asked at once to reach them."


@require_http_methods(["GET", "HEAD", "POST"])
def discharge(request: HttpRequest, patient: UUID, visit: UUID) -> HttpResponse:
    """What *ready* rests on; POST signs *discharged as ready*."""
    if request.method != "POST":
        return discharge_shown(request, patient, visit, fresh())
    return seated(request, patient, visit, lambda seat: _signed(request, seat))


def _signed(request: HttpRequest, seat: Seat) -> HttpResponse:
    """*Ready*, with what the record says of naloxone and of the cannula."""
    patient, visit, typed = seat.desk.patient, seat.visit.id, request.POST
    outcome = endings.end_visit(
        seat.desk.context, patient, event_id=event_id(request), visit=visit, ending="ready", expected_seq=expected_seq(request),
        escort=typed.get("escort", ""), naloxone=naloxone_of(seat.desk.chart.history, visit), cannula_out=cannula_out(seat)[0] or "unknown",  # type: ignore[arg-type]
        note=typed.get("note", ""),
    )  # fmt: skip
    return _answered(request, patient, visit, outcome, "Discharged as ready.")


@require_POST
def recovery_record(request: HttpRequest, patient: UUID, visit: UUID) -> HttpResponse:
    """Record checks of recovery: what *ready* rests on, nothing else, while the visit is in recovery."""
    return seated(request, patient, visit, lambda seat: _recorded(request, seat))


def _recorded(request: HttpRequest, seat: Seat) -> HttpResponse:
    patient, visit = seat.desk.patient, seat.visit.id
    if seat.ending:
        return _late(request, seat)
    readings = readings_of(request.POST, asked_in_recovery(seat))
    if seat.visit.phase != "recovery":
        late = f"This visit is in phase {seat.visit.phase}; checks of recovery are recorded in recovery. Nothing was recorded."
        return discharge_shown(request, patient, visit, wrong({"": late}, request.POST))
    if not readings:
        return discharge_shown(request, patient, visit, wrong({"": "Nothing was filled in, so nothing was recorded."}, request.POST))
    if again := ask_again(readings, request.POST):
        return discharge_shown(request, patient, visit, again)
    return _answered(request, patient, visit, _taken(request, seat, readings), f"{len(readings)} answers recorded.")


def _taken(request: HttpRequest, seat: Seat, readings: Sequence[Reading]) -> Outcome:
    context, patient, visit = seat.desk.context, seat.desk.patient, seat.visit.id
    return attempted(lambda: facts.record_readings(context, patient, event_id=event_id(request), readings=readings, visit=visit, occurred_at=earlier(request)))


def _late(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Somebody else has ended the visit meanwhile: what means suicide is recorded all the same, and the rest goes into an addendum at the chair."""
    patient, visit = seat.desk.patient, seat.visit.id
    readings = readings_of(request.POST, FACTS)

    def addendum(again: Again) -> HttpResponse:
        harm_alone(seat.desk.context, patient, visit, event_id(request), readings)
        return SHOWN["chair"](request, patient, visit, as_addendum(again, "Checks of recovery"))

    said = f"{len(readings)} answers recorded."
    return answer(request, _taken(request, seat, readings), reverse("discharge", args=[patient, visit]), said, addendum)


@require_POST
def adverse_home(request: HttpRequest, patient: UUID, visit: UUID) -> HttpResponse:
    """Sign that the person goes home with a mild unwanted event that lasts, told whom to call."""
    follows = readable_uuid(request.POST.get("follows", ""))
    if follows is None:
        return discharge_shown(
            request, patient, visit, wrong({"": "Saw no unwanted event; expected the one it is about. Choose it on the page."}, request.POST)
        )
    outcome = adverse.hand_over_adverse_event(
        context_of(request.user), patient, event_id=event_id(request), expected_seq=expected_seq(request), visit=visit, follows=follows,  # type: ignore[arg-type]
        call=request.POST.get("call", ""),
    )  # fmt: skip
    return _answered(request, patient, visit, outcome, "Signed. It goes home with the person, who knows whom to call.")


@require_POST
def visit_end(request: HttpRequest, patient: UUID, visit: UUID) -> HttpResponse:
    """Record that the person left before ready, left unseen, went to hospital or died. Nothing guards this."""
    ending = request.POST.get("ending", "")
    if ending not in SAID:
        unsaid = wrong({"ending": "Say which of the four it was; nothing was recorded."}, request.POST)
        return discharge_shown(request, patient, visit, replace(unsaid, form=ENDING))
    outcome = attempted(lambda: _end(request, patient, visit, ending))
    at_risk = f" {AT_RISK}" if endings.prescriber_asked(outcome) else ""
    return _answered(request, patient, visit, outcome, f"{SAID[ending]}{at_risk}", ENDING)


def _end(request: HttpRequest, patient: UUID, visit: UUID, ending: str) -> Outcome:
    typed = request.POST
    return endings.end_visit(
        context_of(request.user), patient, event_id=event_id(request), visit=visit, ending=ending, escort=typed.get("escort", ""),  # type: ignore[arg-type]
        risks_explained_by=typed.get("risks_explained_by", ""), capacity=typed.get("capacity") or None, naloxone=typed.get("naloxone") or "unknown",  # type: ignore[arg-type]
        cannula_out=typed.get("cannula") or "unknown", last_seen_at=earlier(request, "last_seen_at"), called_at=earlier(request, "called_at"),  # type: ignore[arg-type]
        handed_to=typed.get("handed_to", ""), note=typed.get("note", ""), occurred_at=earlier(request),
    )  # fmt: skip


def _answered(request: HttpRequest, patient: UUID, visit: UUID, outcome: object, said: str, form: str = "") -> HttpResponse:
    here = reverse("discharge", args=[patient, visit])
    return answer(request, outcome, here, said, lambda again: discharge_shown(request, patient, visit, replace(again, form=form)))  # type: ignore[arg-type]


def discharge_shown(request: HttpRequest, patient: UUID, visit: UUID, again: Again) -> HttpResponse:
    """The page, perhaps after a refusal."""
    return seated(
        request,
        patient,
        visit,
        lambda seat: render(
            request, "kairn/visit/discharge.html", {"page": discharge_page(seat, again), "kept": kept_part(request, seat)}, status=again.status
        ),
    )


SHOWN["discharge"] = discharge_shown
