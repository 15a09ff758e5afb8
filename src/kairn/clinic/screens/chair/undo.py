"""Undo at the chair: for some seconds an entry is taken back by one tap; after that the ordinary page asks for a reason."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid5

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from kairn.clinic.acts.context import context_of
from kairn.clinic.acts.outcome import Done, Outcome
from kairn.clinic.acts.striking import stays, take_back
from kairn.clinic.screens.chair.kept import is_dimmed
from kairn.clinic.screens.forms.answers import onward
from kairn.clinic.screens.forms.clock import clock_of
from kairn.clinic.screens.forms.telling import stayed

CAME_FROM = {"discharge": "discharge", "preflight": "preflight"}
"""The pages beside the chair that hold its forms, and go back to themselves."""
ON_THE_WAY = timedelta(seconds=5)
"""So much longer than the button is shown, a tap on it is taken: it may be on its way."""


def undo_of(request: HttpRequest, outcome: Outcome, patient: UUID, visit: UUID) -> str:
    """The address that takes this entry back; none for what was not recorded now, and on a locked tablet, where nobody has signed."""
    if not isinstance(outcome, Done) or outcome.repeated or is_dimmed(request):
        return ""
    here, came_from = reverse("chair_undo", args=[patient, visit, outcome.events[0]]), request.POST.get("from", "")
    return f"{here}?from={came_from}" if came_from in CAME_FROM else here


@require_POST
def chair_undo(request: HttpRequest, patient: UUID, visit: UUID, event: UUID) -> HttpResponse:
    """Take back what was recorded just now; what is not taken back so is struck out on its own page."""
    context = context_of(request.user)  # type: ignore[arg-type]
    seconds = timedelta(seconds=settings.KAIRN_UNDO_SECONDS)
    reason = f"undone within {settings.KAIRN_UNDO_SECONDS} s"
    outcome = take_back(context, patient, event_id=uuid5(event, "undo"), event=event, reason=reason, within=seconds + ON_THE_WAY)
    if not isinstance(outcome, Done):
        messages.error(request, " ".join(each.text for each in outcome.reasons))
        return onward(reverse("strike_out", args=[patient, event]))
    messages.success(request, f"Undone. The entry stays readable, struck through.{stayed(stays(patient, event), clock_of(context.user, context.now))}")
    return onward(reverse(CAME_FROM.get(request.GET.get("from", ""), "chair"), args=[patient, visit]))
