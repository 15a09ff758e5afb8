"""The course of withdrawal of one person, and what staff enter into it: use as told, a medicine taken, a score."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from kairn.clinic.acts.facts import record_readings
from kairn.clinic.acts.outcome import Outcome
from kairn.clinic.acts.withdrawal import record_medicine, report_use
from kairn.clinic.screens.forms import words
from kairn.clinic.screens.forms.answers import Again, answer, event_id, fresh, wrong
from kairn.clinic.screens.forms.desk import Desk, address, open_desk
from kairn.clinic.screens.forms.facts import moment
from kairn.clinic.screens.withdrawal.page import withdrawal_page
from kairn.library.facts import FACTS, weighed
from kairn.pathway.withdrawal import SCORE
from kairn.record.payloads import Reading
from kairn.terms.problem import Unreadable

FORMS = ("use", "dose", "score")
SAID = {"use": "Use recorded, as told.", "dose": "Medicine recorded.", "score": "Score recorded."}
TIMES = {"use": "latest_at", "dose": "occurred_at", "score": "occurred_at"}


@require_http_methods(["GET", "HEAD", "POST"])
def withdrawal(request: HttpRequest, patient: UUID) -> HttpResponse:
    """Show the course; a POST records one of three things, named by `form`."""
    desk = open_desk(request, patient)
    if not isinstance(desk, Desk):
        return desk
    if request.method != "POST":
        return _show(request, desk, "", fresh())
    form = request.POST.get("form", "")
    if form not in FORMS:
        return _show(request, desk, "use", wrong({"": "Saw a form that this page does not have; nothing was saved. Enter it again below."}, request.POST))
    at, fault = moment(desk, request.POST, TIMES[form])
    errors = ({TIMES[form]: fault} if fault else {}) | (_no_score(request.POST.get(SCORE, "").strip()) if form == "score" else {})
    if errors:
        return _show(request, desk, form, wrong(errors, request.POST))
    outcome = _record(request, desk, form, at)
    return answer(request, outcome, address("withdrawal", patient), SAID[form], lambda again: _newly(request, patient, form, again))


def _no_score(typed: str) -> dict[str, str]:
    """What is wrong with a typed total: it would be kept as received and drawn nowhere, so it is asked again while the person is there."""
    try:
        weighed(FACTS[SCORE], typed, FACTS[SCORE].unit)
    except Unreadable as fault:
        return {SCORE: f"{words.capital(FACTS[SCORE].label)}: {fault}"} if typed else {}
    return {}


def _record(request: HttpRequest, desk: Desk, form: str, at: object) -> Outcome:
    typed = {name: request.POST.get(name, "").strip() for name in request.POST}
    given: dict[str, object] = {"event_id": event_id(request)}
    if form == "use":
        given |= {"substance": typed.get("substance", ""), "latest_at": at, "never": typed.get("never") == "yes", "route": typed.get("route", "")}
        return report_use(desk.context, desk.patient, **given, note=typed.get("note", ""))  # type: ignore[arg-type]
    given |= {"occurred_at": at}
    if form == "dose":
        dose = f"{typed.get('amount', '')} {typed.get('unit', '')}".strip()
        given |= {"drug": typed.get("drug", ""), "dose": dose, "purpose": typed.get("purpose", ""), "witnessed": typed.get("witnessed") == "yes"}
        return record_medicine(desk.context, desk.patient, **given, note=typed.get("note", ""))  # type: ignore[arg-type]
    readings = [Reading(SCORE, typed[SCORE], FACTS[SCORE].unit)] if typed.get(SCORE) else []
    return record_readings(desk.context, desk.patient, **given, readings=readings)  # type: ignore[arg-type]


def _newly(request: HttpRequest, patient: UUID, form: str, again: Again) -> HttpResponse:
    desk = open_desk(request, patient)
    return _show(request, desk, form, again) if isinstance(desk, Desk) else desk


def _show(request: HttpRequest, desk: Desk, form: str, again: Again) -> HttpResponse:
    forms = tuple(again if name == form else fresh() for name in FORMS)
    page = withdrawal_page(desk, request.GET.get("shown", ""), forms)  # type: ignore[arg-type]
    return render(request, "kairn/withdrawal.html", {"page": page}, status=again.status)
