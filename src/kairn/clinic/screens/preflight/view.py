"""The pre-flight page: record checks, sign the order, start."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from kairn.clinic.acts import facts, orders
from kairn.clinic.acts.context import context_of
from kairn.clinic.screens.forms.answers import Again, answer, event_id, expected_seq, fresh, wrong
from kairn.clinic.screens.forms.asking import ask_again
from kairn.clinic.screens.preflight.page import preflight_page
from kairn.clinic.screens.visit.asked import readings_of
from kairn.clinic.screens.visit.entering import SHOWN, attempted, earlier
from kairn.clinic.screens.visit.seat import seated
from kairn.library.facts import FACTS


@require_http_methods(["GET", "HEAD", "POST"])
def preflight(request: HttpRequest, patient: UUID, visit: UUID) -> HttpResponse:
    """What must be true before the pump starts; POST records checks."""
    if request.method != "POST":
        return preflight_shown(request, patient, visit, fresh())
    context = context_of(request.user)  # type: ignore[arg-type]
    readings = readings_of(request.POST, FACTS)
    if not readings:
        return preflight_shown(request, patient, visit, wrong({"": "Nothing was filled in, so nothing was recorded."}, request.POST))
    if again := ask_again(readings, request.POST):
        return preflight_shown(request, patient, visit, again)
    outcome = attempted(
        lambda: facts.record_readings(
            context,
            patient,
            event_id=event_id(request),
            readings=readings,
            visit=visit,
            occurred_at=earlier(request),
            read_with=request.POST.get("read_with", ""),
        )  # fmt: skip
    )
    here = reverse("preflight", args=[patient, visit])
    return answer(request, outcome, here, f"{len(readings)} answers recorded.", lambda again: preflight_shown(request, patient, visit, again))


@require_POST
def visit_order(request: HttpRequest, patient: UUID, visit: UUID) -> HttpResponse:
    """A prescriber signs the order of this infusion."""
    context = context_of(request.user)  # type: ignore[arg-type]
    typed = request.POST
    outcome = orders.sign_order(
        context, patient, event_id=event_id(request), expected_seq=expected_seq(request), visit=visit, product=typed.get("product", ""),
        dose_per_kg=_with_unit(typed.get("dose", ""), "mg/kg"), reason=typed.get("reason", ""),
        weight_reason=typed.get("weight_reason", ""), second_reader=typed.get("second_reader", ""),
    )  # fmt: skip
    here = reverse("preflight", args=[patient, visit])
    return answer(request, outcome, here, "Order signed.", lambda again: preflight_shown(request, patient, visit, again))


def _with_unit(typed: str, unit: str) -> str | None:
    return f"{typed.strip()} {unit}" if typed.strip() else None


def preflight_shown(request: HttpRequest, patient: UUID, visit: UUID, again: Again) -> HttpResponse:
    """The page, perhaps after a refusal."""
    return seated(
        request, patient, visit, lambda seat: render(request, "kairn/visit/preflight.html", {"page": preflight_page(seat, again)}, status=again.status)
    )


SHOWN["preflight"] = preflight_shown
