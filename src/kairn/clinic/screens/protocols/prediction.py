"""Predicted concentrations at the chair: whether the clinic shows them, who switched that and why, and the switch."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from kairn.clinic.acts.clinic_decision import clinic_seq
from kairn.clinic.acts.context import context_of
from kairn.clinic.acts.predicting import ACTION, BOTH, predicts, switch_prediction, switches
from kairn.clinic.people.may import may
from kairn.clinic.screens.chair.predicted import band_words, counted_words
from kairn.clinic.screens.forms.answers import Again, answer, event_id, expected_seq, fresh
from kairn.clinic.screens.forms.clock import clock_of
from kairn.library.models import model_of
from kairn.library.predictions import PREDICTIONS


@dataclass(frozen=True)
class Switched:
    """One time it was switched."""

    word: str
    when: str
    by: str
    reason: str


@dataclass(frozen=True)
class PredictionPage:
    """The state, its history, and the form for who may switch; `on` says what the form would do."""

    shown: bool
    model: str
    label: str
    people: str
    note: str
    counted: str
    band: str
    history: tuple[Switched, ...]
    may_switch: bool
    may_on: bool
    seq: int
    again: Again


@require_http_methods(["GET", "HEAD", "POST"])
def prediction(request: HttpRequest) -> HttpResponse:
    """Show it; a POST by the clinic lead switches it."""
    if request.method != "POST":
        return _shown(request, fresh())
    on = request.POST.get("on") == "1"
    context, reason = context_of(request.user), request.POST.get("reason", "")  # type: ignore[arg-type]
    outcome = switch_prediction(context, event_id=event_id(request), expected_seq=expected_seq(request), on=on, reason=reason)
    said = f"Predicted concentrations are switched {'on' if on else 'off'}."
    return answer(request, outcome, reverse("prediction"), said, lambda again: _shown(request, replace(again, title="Not switched")))


def _shown(request: HttpRequest, again: Again) -> HttpResponse:
    context = context_of(request.user)  # type: ignore[arg-type]
    clock, model = clock_of(context.user, context.now), model_of(PREDICTIONS.model)
    told = [Switched("on" if said.on else "off", clock.when(event.occurred_at), event.by.name, said.reason) for event, said in switches(context.clinic)]
    page = PredictionPage(
        predicts(context.clinic), model.name, model.label, model.domain.people, model.domain.note, counted_words(), band_words(), tuple(reversed(told)),
        may(context.user, ACTION, {"same-clinic"}).granted, set(BOTH) <= context.user.roles, clinic_seq(context.clinic), again,
    )  # fmt: skip
    return render(request, "kairn/protocols/prediction.html", {"page": page}, status=again.status)
