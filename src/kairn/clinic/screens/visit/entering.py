"""The acts of a visit that are one small form each: enter pre-flight, start, resume, record readings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from kairn.clinic.acts import pump, visits
from kairn.clinic.acts.context import context_of
from kairn.clinic.acts.outcome import Outcome, refused_field
from kairn.clinic.screens.forms.answers import Again, answer, event_id, expected_seq
from kairn.clinic.screens.forms.clock import clock_of
from kairn.terms.problem import Unreadable

Show = Callable[[Again], HttpResponse]


def earlier(request: HttpRequest, field: str = "occurred_at") -> datetime | None:
    """The earlier time a form gives for what it records, None where it gives none. Raises Unreadable for what is no time.

    What waited on a tablet is read by the clock of when it was entered there (`request.kairn_entered_at`).
    """
    context = context_of(request.user)  # type: ignore[arg-type]
    then = getattr(request, "kairn_entered_at", None) or context.now
    return clock_of(context.user, then).typed(request.POST.get(field, ""), field)


def attempted(act: Callable[[], Outcome]) -> Outcome:
    """The act's answer; where a field of its form cannot be read, the refusal that names it, and nothing is recorded."""
    try:
        return act()
    except Unreadable as fault:
        return refused_field(fault.problem.where, str(fault))


@require_POST
def enter_preflight(request: HttpRequest, patient: UUID, visit: UUID) -> HttpResponse:
    """The person has arrived: the visit enters pre-flight."""
    context = context_of(request.user)  # type: ignore[arg-type]
    outcome = visits.enter_phase(context, patient, event_id=event_id(request), expected_seq=expected_seq(request), visit=visit, phase="pre-flight")
    return _on(request, outcome, "preflight", patient, visit, "The visit is in pre-flight.")


@require_POST
def infusion_start(request: HttpRequest, patient: UUID, visit: UUID) -> HttpResponse:
    """The pump was started: the visit enters infusion."""
    context = context_of(request.user)  # type: ignore[arg-type]
    outcome = pump.start_infusion(context, patient, event_id=event_id(request), expected_seq=expected_seq(request), visit=visit)
    where = "chair" if not hasattr(outcome, "kind") else "preflight"
    return _on(request, outcome, where, patient, visit, "Start recorded. Start the pump now.")


@require_POST
def pump_resume(request: HttpRequest, patient: UUID, visit: UUID) -> HttpResponse:
    """The pump runs again after a pause."""
    context = context_of(request.user)  # type: ignore[arg-type]
    outcome = pump.resume_pump(context, patient, event_id=event_id(request), expected_seq=expected_seq(request), visit=visit)
    return _on(request, outcome, "chair", patient, visit, "Resume recorded. Start the pump again now.")


def _on(request: HttpRequest, outcome: Outcome, view: str, patient: UUID, visit: UUID, said: str) -> HttpResponse:
    from_page = reverse(view, args=[patient, visit])
    return answer(request, outcome, from_page, said, lambda again: show(request, view, patient, visit, again))


def show(request: HttpRequest, view: str, patient: UUID, visit: UUID, again: Again) -> HttpResponse:
    """The page of the visit again, with the refusal on it."""
    return SHOWN[view](request, patient, visit, again)


SHOWN: dict[str, Callable[[HttpRequest, UUID, UUID, Again], HttpResponse]] = {}
"""view name -> the function that shows it again; each screen enters its own."""
