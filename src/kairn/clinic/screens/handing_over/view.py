"""The hand-over of a visit: opened and read like the chart, offered by one person and signed for by another."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from kairn.clinic.acts.context import context_of
from kairn.clinic.acts.handing_over import offer, take_over
from kairn.clinic.acts.outcome import Refused
from kairn.clinic.screens.forms.answers import Again, answer, event_id, expected_seq, fresh, readable_uuid
from kairn.clinic.screens.handing_over.page import handing_over_page
from kairn.clinic.screens.visit.seat import seated

NOT_SAID = UUID(int=0)


@require_safe
def handing_over(request: HttpRequest, patient: UUID, visit: UUID) -> HttpResponse:
    """What is open now, and the hand-overs that wait."""
    return _shown(request, patient, visit, fresh())


@require_POST
def hand_over_offer(request: HttpRequest, patient: UUID, visit: UUID) -> HttpResponse:
    """Offer the person to the next one."""
    context, typed = context_of(request.user), request.POST  # type: ignore[arg-type]
    said, to = typed.get("said", ""), typed.get("to", "")
    outcome = offer(context, patient, event_id=event_id(request), visit=visit, said=said, to=to, seq_seen=expected_seq(request))
    done = "Offered. You stay at the chair until somebody has signed."
    return answer(request, outcome, _chair(patient, visit), done, lambda again: _shown(request, patient, visit, replace(again, form="offer")))


@require_POST
def hand_over_take(request: HttpRequest, patient: UUID, visit: UUID) -> HttpResponse:
    """Sign for a hand-over, and be at the chair."""
    context, seen = context_of(request.user), expected_seq(request)  # type: ignore[arg-type]
    follows = readable_uuid(request.POST.get("follows", "")) or NOT_SAID
    outcome = take_over(context, patient, event_id=event_id(request), expected_seq=seen, visit=visit, follows=follows, read=bool(request.POST.get("read")))
    since = seen if isinstance(outcome, Refused) and outcome.kind == "stale" else 0
    done = "Signed. You are at the chair from now on."
    return answer(request, outcome, _chair(patient, visit), done, lambda again: _shown(request, patient, visit, replace(again, form="take"), since))


def _chair(patient: UUID, visit: UUID) -> str:
    return reverse("chair", args=[patient, visit])


def _shown(request: HttpRequest, patient: UUID, visit: UUID, again: Again, since: int = 0) -> HttpResponse:
    template = "kairn/visit/handing_over.html"
    return seated(request, patient, visit, lambda seat: render(request, template, {"page": handing_over_page(seat, again, since)}, status=again.status))
