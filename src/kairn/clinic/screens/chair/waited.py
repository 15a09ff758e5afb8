"""The door for what waited on a tablet: the chair's own forms, sent later by a script, answered in a few words of JSON."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from kairn.clinic.acts import waited
from kairn.clinic.acts.context import Context, context_of
from kairn.clinic.acts.outcome import Done, Outcome, Refused
from kairn.clinic.acts.waited import entered_at
from kairn.clinic.people.authorship import FIELD, Hand, hand_of
from kairn.clinic.people.unheard import NOT_TAKEN
from kairn.clinic.screens.forms.answers import STATUS, event_id
from kairn.clinic.screens.forms.clock import clock_of
from kairn.clinic.screens.forms.telling import tell
from kairn.clinic.screens.visit.entering import attempted
from kairn.record.event import Event

ENTERED, ALONE, PRESSED = "offline_at", "offline_alone", "offline_pressed"
LONG_ON_ITS_WAY = timedelta(seconds=15)
"""Longer than a tablet waits for an answer (PATIENCE in sw.js), so it has let go of the form by then and keeps the entry."""
LOOK = {waited.ENTERED_TWICE: "Look which of them counts.", waited.STARTED_SINCE: "That is later than this entry: look at the pump now."}
"""task -> what is said at the tablet of each entry for which it opens."""
Act = Callable[[HttpRequest, Context, UUID, UUID], Outcome]


def has_waited(request: HttpRequest) -> bool:
    """Whether a tablet sends what waited on it. A form that comes of itself is answered as any other, however old it is: somebody may be looking."""
    return ENTERED in request.POST


def pressed_at(request: HttpRequest, visit: UUID) -> datetime | None:
    """When a form was pressed that the network held for so long that its tablet has let go of it: it is of then. None where it comes at once."""
    hand, now = _hand(request, visit), timezone.now()
    at = entered_at(request.POST.get(PRESSED, ""), hand, now)
    return at if hand and at < now - LONG_ON_ITS_WAY else None


def arrived(request: HttpRequest, patient: UUID, visit: UUID, does: Act) -> HttpResponse:
    """Record it as it was entered. Nothing is asked again: what was entered counts as read, and a limit never stands in the way of recording.

    200 `received`, with what others recorded of the same meanwhile; 4xx with the reasons. With the header Kairn-Not-Taken the entry goes on waiting for
    somebody else to sign in; without it a person has to look at it on the tablet.
    """
    sender, hand = context_of(request.user), _hand(request, visit)  # type: ignore[arg-type]
    device, form = str(getattr(request, "kairn_device", "")), event_id(request)
    told, alone = request.POST[ENTERED], bool(request.POST.get(ALONE))
    context = waited.as_entered(sender, hand, event_id=form, device=device, told=told, alone=alone)
    request.kairn_entered_at = context.entered_at  # type: ignore[attr-defined]
    outcome = attempted(lambda: does(request, context, patient, visit))
    if isinstance(outcome, Refused):
        return _turned_away(outcome)
    return JsonResponse({"said": "received", "also": _also(sender, patient, visit, hand, form, outcome)})


def _hand(request: HttpRequest, visit: UUID) -> Hand | None:
    hand = hand_of(request.POST.get(FIELD, ""))
    return hand if hand and hand.visit == visit else None


def _turned_away(outcome: Refused) -> HttpResponse:
    why = list(dict.fromkeys(reason.text for reason in outcome.reasons))
    response = JsonResponse({"said": "refused", "why": why}, status=STATUS[outcome.kind])
    if outcome.kind == "permission":
        response[NOT_TAKEN] = "1"
    return response


def _also(sender: Context, patient: UUID, visit: UUID, hand: Hand | None, form: UUID, done: Done) -> list[str]:
    """What others recorded of the same, and that the pump was started since, in words; where there is any, somebody is asked to look."""
    found = {
        waited.ENTERED_TWICE: waited.also_recorded(patient, visit, hand, done.events), waited.STARTED_SINCE: waited.started_since(patient, visit, done.events)
    }  # fmt: skip
    for key in [key for key, others in found.items() if others]:
        waited.ask_somebody(sender, patient, visit, form, key)
    return [f"{_told(sender, event)}. {LOOK[key]}" for key, others in found.items() for event in others]


def _told(sender: Context, event: Event) -> str:
    clock = clock_of(sender.user, sender.now)
    _, title, detail = tell(event, clock)
    return f"{event.by.name} recorded at {clock.hour(event.occurred_at)}: {title}{f', {detail}' if detail else ''}"
