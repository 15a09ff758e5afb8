"""Who the person is and how to reach them: written anew, with what stood there before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from kairn.clinic.acts.amending import LABELS, amend_person, written_of
from kairn.clinic.people.models import Amended
from kairn.clinic.screens.forms.answers import Again, answer, event_id, fresh
from kairn.clinic.screens.forms.desk import Desk, Who, address, open_desk, who
from kairn.clinic.screens.register.view import SEXES

SHOWN = "shown-"
"""Before the name of a field: what the form had shown in it."""


@dataclass(frozen=True)
class Before:
    """What stood in a field until somebody wrote it anew."""

    label: str
    was: str
    told: str


@dataclass(frozen=True)
class DetailsPage:
    """The form with what is written now, what it shows a reader, and what stood there before, newest first."""

    who: Who
    again: Again
    now: Mapping[str, str]
    sexes: tuple[tuple[str, str], ...]
    before: tuple[Before, ...]


@require_http_methods(["GET", "HEAD", "POST"])
def person_details(request: HttpRequest, patient: UUID) -> HttpResponse:
    """Show the form, or write what changed."""
    desk = open_desk(request, patient, "patient.amend")
    if not isinstance(desk, Desk):
        return desk
    if request.method != "POST":
        return _show(request, desk, fresh())
    typed = {name: request.POST[name] for name in LABELS if name in request.POST}
    shown = {name: request.POST.get(SHOWN + name, "") for name in LABELS}
    outcome = amend_person(desk.context, patient, event_id=event_id(request), shown=shown, typed=typed)
    return answer(
        request, outcome, address("person_details", patient), "Written anew. What stood there before is kept below.", lambda again: _show(request, desk, again)
    )


def _show(request: HttpRequest, desk: Desk, again: Again) -> HttpResponse:
    now = written_of(desk.patient)
    again = replace(again, typed={**now, **again.typed})
    rows = Amended.objects.filter(patient=desk.patient).select_related("by").order_by("-id")
    before = tuple(Before(LABELS[row.field].capitalize(), row.was or "empty", f"until {desk.clock.when(row.at)}, changed by {row.by}") for row in rows)
    page = DetailsPage(who(desk), again, now, SEXES, before)
    return render(request, "kairn/person_details.html", {"page": page}, status=again.status)
