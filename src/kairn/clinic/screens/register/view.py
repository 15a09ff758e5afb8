"""A new person: a self-referral or a referral by a clinician; imported records have a page of their own."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from kairn.clinic.acts.context import context_of
from kairn.clinic.acts.course import register_person
from kairn.clinic.screens.forms.answers import Again, answer, event_id, fresh
from kairn.clinic.screens.forms.desk import address
from kairn.library.facts import FACTS

SEXES = tuple((choice, choice.capitalize() if choice != "unknown" else "Not known") for choice in FACTS["sex"].choices)
SOURCES = (("self", "The person asked"), ("clinician", "A clinician referred"))
TEXTS = ("family_name", "given_name", "birth_date", "sex", "phone", "email", "safe_contact", "source", "reason", "referrer")


@dataclass(frozen=True)
class RegisterPage:
    """The form; `patient` is the id the new person will have."""

    again: Again
    patient: str
    sexes: tuple[tuple[str, str], ...]
    sources: tuple[tuple[str, str], ...]
    upload: str


@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """Show the form, or make the person and go to their page."""
    if request.method != "POST":
        return _show(request, fresh())
    patient = _id(request.POST.get("patient", ""))
    typed = {name: request.POST.get(name, "").strip() for name in TEXTS}
    typed |= {"sex": typed["sex"] or "unknown", "source": typed["source"] or "self"}
    outcome = register_person(context_of(request.user), event_id=event_id(request), patient=patient, **typed)  # type: ignore[arg-type]
    return answer(request, outcome, address("patient", patient), "Registered.", lambda refused: _show(request, refused, str(patient)))


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return uuid4()


def _show(request: HttpRequest, again: Again, patient: str = "") -> HttpResponse:
    page = RegisterPage(again, patient or str(uuid4()), SEXES, SOURCES, address("upload"))
    return render(request, "kairn/register.html", {"page": page}, status=again.status)
