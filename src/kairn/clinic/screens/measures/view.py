"""Measures of one person: the list, the answering form, and the score it comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4, uuid5

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kairn.clinic.acts.answering import Sheet, answered, save_answers
from kairn.clinic.acts.outcome import Done, Outcome
from kairn.clinic.acts.questions import ask_person
from kairn.clinic.screens.forms.answers import Again, again, answer, event_id, fresh, onward, readable_uuid, wrong
from kairn.clinic.screens.forms.desk import Desk, address, open_desk
from kairn.clinic.screens.forms.facts import moment
from kairn.clinic.screens.measures.answer_page import form_page, preview
from kairn.clinic.screens.measures.compose import form_url, measures_page
from kairn.clinic.screens.measures.form import Filled, sheet_of
from kairn.clinic.screens.measures.result import result_page
from kairn.instruments.definition import INSTRUMENTS

SOON = timedelta(days=1)
MISSING = "Not answered: "


@require_safe
def measures(request: HttpRequest, patient: UUID) -> HttpResponse:
    """What is due, the latest of each, the trend, and what can be begun."""
    return _measures(request, patient, fresh())


@require_POST
def instrument_ask(request: HttpRequest, patient: UUID) -> HttpResponse:
    """Ask the person to answer one on their phone."""
    desk = open_desk(request, patient)
    if not isinstance(desk, Desk):
        return desk
    name = request.POST.get("instrument", "")
    outcome = ask_person(desk.context, patient, event_id=event_id(request), instrument=name, due_at=desk.clock.now + SOON)
    return answer(
        request, outcome, address("measures", patient), "Asked. It stands on the person's phone now.", lambda shown: _measures(request, patient, shown)
    )


def _measures(request: HttpRequest, patient: UUID, ask: Again) -> HttpResponse:
    desk = open_desk(request, patient)
    if not isinstance(desk, Desk):
        return desk
    return render(request, "kairn/measures/measures.html", {"page": measures_page(desk, ask)}, status=ask.status)


@require_http_methods(["GET", "HEAD", "POST"])
def instrument_answer(request: HttpRequest, patient: UUID, instrument: str) -> HttpResponse:
    """Show the form; a POST saves it, finishes it, or only adds it up."""
    desk = open_desk(request, patient)
    if not isinstance(desk, Desk):
        return desk
    if request.method != "POST":
        return _begin(request, desk, instrument)
    do = request.POST.get("do", "save")
    found, pack = INSTRUMENTS[instrument], request.POST.get("pack", "")
    sheet = sheet_of(request.POST, (item.key for item in found.items if item.key in request.POST.get("of", "").split()), pack)
    if do == "add-up":
        return render(request, "kairn/measures/total.html", {"total": preview(found, sheet)})
    response = readable_uuid(request.POST.get("response", "")) or uuid4()
    at, fault = moment(desk, request.POST, "occurred_at")
    if fault:
        return _form(request, desk, instrument, response, wrong({"occurred_at": fault}, request.POST), sheet)
    return _save(request, desk, instrument, response, sheet, do == "finish", at)


def _save(request: HttpRequest, desk: Desk, name: str, response: UUID, sheet: Sheet, finish: bool, at: object) -> HttpResponse:
    def act(event: UUID, whole: bool) -> Outcome:
        visit = readable_uuid(request.POST.get("visit", ""))
        return save_answers(desk.context, desk.patient, event_id=event, instrument=name, response=response, sheet=sheet, finish=whole,
                            visit=visit, occurred_at=at)  # type: ignore[arg-type]  # fmt: skip

    outcome = act(event_id(request), finish)
    if isinstance(outcome, Done):
        return _done(request, desk, name, response, finish)
    # What was answered is kept, though it is not finished: somebody may have spoken of suicide on it.
    kept = finish and outcome.kind == "input" and isinstance(act(uuid5(event_id(request), "kept"), False), Done)
    shown = again(outcome, request.POST)
    if not kept:
        return _form(request, desk, name, response, shown, sheet)
    missing = "; ".join(reason.text.removeprefix(MISSING).rstrip(".") for reason in outcome.reasons)
    told = replace(shown, title="Saved, and not finished", reasons=(f"{MISSING}{missing}.",), errors=dict.fromkeys(shown.errors, "Not answered."))
    return _form(request, desk, name, response, told)


def _done(request: HttpRequest, desk: Desk, name: str, response: UUID, finish: bool) -> HttpResponse:
    """Where suicide was spoken of, help stands in this very answer; otherwise on to the score, or back to the form."""
    newly = open_desk(request, desk.patient)
    if not isinstance(newly, Desk):
        return newly
    page = result_page(newly, response)
    if page is not None and page.alarm:
        return _result(request, newly, response) if finish else _form(request, newly, name, response, fresh())
    if finish:
        return onward(address("instrument_result", desk.patient, response))
    said = answered(newly.chart.history, response)
    return onward(form_url(newly, name, response, said.visit if said else None))


def _begin(request: HttpRequest, desk: Desk, name: str) -> HttpResponse:
    response = readable_uuid(request.GET.get("response", ""))
    said = answered(desk.chart.history, response) if response else None
    if response and said and (said.complete or said.instrument != name or said.method != "person"):
        return onward(address("instrument_result", desk.patient, response))
    return _form(request, desk, name, response or uuid4(), fresh())


def _form(request: HttpRequest, desk: Desk, name: str, response: UUID, shown: Again, sheet: Sheet | None = None) -> HttpResponse:
    """The form on the chart as it is now, filled with what was typed, else with what was saved."""
    newly = open_desk(request, desk.patient)
    if not isinstance(newly, Desk):
        return newly
    asked = request.POST if request.method == "POST" else request.GET
    visit = readable_uuid(asked.get("visit", ""))
    if visit is not None and newly.chart.standing.visit(visit) is None:
        raise Http404
    page = form_page(newly, name, response, visit, shown, _filled(newly, response, sheet, shown.errors), sheet.pack if sheet else None)
    return render(request, "kairn/measures/form.html", {"page": page}, status=shown.status)


def _filled(desk: Desk, response: UUID, sheet: Sheet | None, errors: Mapping[str, str]) -> Filled:
    if sheet is not None:
        return Filled(sheet.answers, sheet.skipped, errors)
    said = answered(desk.chart.history, response)
    return Filled({one.item: one.value for one in said.answers}, said.skipped, errors) if said else Filled({}, (), errors)


@require_safe
def instrument_result(request: HttpRequest, patient: UUID, response: UUID) -> HttpResponse:
    """One score with everything it rests on."""
    desk = open_desk(request, patient)
    return _result(request, desk, response) if isinstance(desk, Desk) else desk


def _result(request: HttpRequest, desk: Desk, response: UUID) -> HttpResponse:
    page = result_page(desk, response)
    if page is None:
        raise Http404
    return render(request, "kairn/measures/result.html", {"page": page})
