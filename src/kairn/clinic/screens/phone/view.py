"""The patient's own pages; crisis help is on every one of them."""

from __future__ import annotations

from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from kairn.clinic.acts.charts import chart
from kairn.clinic.acts.context import Context, context_of
from kairn.clinic.acts.facts import record_readings
from kairn.clinic.acts.outcome import Refused
from kairn.clinic.acts.questions import questions_for
from kairn.clinic.people.audit import who_looked
from kairn.clinic.people.models import Patient, User
from kairn.clinic.screens.forms.answers import Again, answer, event_id, fresh, wrong
from kairn.clinic.screens.forms.asking import off_scale
from kairn.clinic.screens.forms.clock import Clock
from kairn.clinic.screens.going_home.page import PHONE, latest_visit, take_home
from kairn.clinic.screens.phone.page import CHECK_IN, LOOKED, check_in_page, home_page, looked_rows, plan_page
from kairn.clinic.screens.visit.asked import readings_of
from kairn.record.payloads import Reading

PRESENT = "present"


def own(request: HttpRequest) -> tuple[Context, Patient, Clock]:
    """The person who is signed in, as themselves, with their clinic's clock."""
    user = request.user
    assert isinstance(user, User) and user.own_patient is not None
    context = context_of(user, clinic=user.own_patient.clinic_id, role="patient")
    return context, user.own_patient, Clock(context.now, ZoneInfo(user.own_patient.clinic.time_zone))


@require_safe
def patient_home(request: HttpRequest) -> HttpResponse:
    """What's next."""
    context, patient, clock = own(request)
    found = chart(context, patient.id, action="own.read")
    if isinstance(found, Refused):
        return render(request, "people/refused.html", {"break_glass": ""}, status=403)
    asked = questions_for(context, patient.id)
    waiting = 0 if isinstance(asked, Refused) else len(asked)
    return render(request, "kairn/phone/home.html", {"page": home_page(found, clock, who_looked(patient.id, 1, others=True), waiting)})


@require_http_methods(["GET", "HEAD", "POST"])
def patient_struggling(request: HttpRequest) -> HttpResponse:
    """Where help is, now. It shows nothing of the chart and needs nothing to be filled in."""
    return render(request, "kairn/phone/struggling.html", {"now": timezone.now()})


@require_http_methods(["GET", "HEAD", "POST"])
def patient_check_in(request: HttpRequest) -> HttpResponse:
    """Thirty seconds: craving, days of use, thoughts of suicide. Blank is blank."""
    context, patient, _ = own(request)
    if request.method != "POST":
        return _check_in(request, fresh())
    readings = readings_of(request.POST, CHECK_IN)
    if not readings:
        return _check_in(request, wrong({"": "Nothing was filled in, and that is OK. Nothing was sent."}, request.POST))
    if off := off_scale(readings):
        return _check_in(request, wrong(off, request.POST))
    return _sent(request, context, patient.id, readings)


def _sent(request: HttpRequest, context: Context, patient: UUID, readings: tuple[Reading, ...]) -> HttpResponse:
    outcome = record_readings(context, patient, event_id=event_id(request), readings=readings, method="patient")
    positive = any(reading.fact == "suicide_intent" and reading.value == PRESENT for reading in readings)
    where = reverse("patient_struggling") + "?told=1" if positive else reverse("patient_home")
    said = "Thank you for telling us. Your team is being told now." if positive else "Thank you. Your team can see it."
    return answer(request, outcome, where, said, lambda again: _check_in(request, again))


def _check_in(request: HttpRequest, again: Again) -> HttpResponse:
    return render(request, "kairn/phone/check_in.html", {"page": check_in_page(again)}, status=again.status)


@require_safe
def patient_plan(request: HttpRequest) -> HttpResponse:
    """The person's own copy of their plan of care, in the words it was signed in."""
    context, patient, clock = own(request)
    found = chart(context, patient.id, action="own.read")
    if isinstance(found, Refused):
        return render(request, "people/refused.html", {"break_glass": ""}, status=403)
    return render(request, "kairn/phone/plan.html", {"page": plan_page(found, clock)})


@require_safe
def patient_going_home(request: HttpRequest) -> HttpResponse:
    """What to do at home after the latest visit, in the words of the paper."""
    context, patient, clock = own(request)
    found = chart(context, patient.id, action="own.read")
    if isinstance(found, Refused):
        return render(request, "people/refused.html", {"break_glass": ""}, status=403)
    visit = latest_visit(found.standing)
    return render(request, "kairn/phone/after_visit.html", {"page": take_home(found, clock, visit, PHONE) if visit else None})


@require_safe
def patient_who_looked(request: HttpRequest) -> HttpResponse:
    """Who opened this person's chart."""
    _, patient, clock = own(request)
    return render(request, "kairn/phone/who_looked.html", {"rows": looked_rows(who_looked(patient.id, LOOKED), clock)})
