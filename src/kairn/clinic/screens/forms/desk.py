"""Opening a chart for a page at the desk, and what the reader may do there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse

from kairn.clinic.acts.charts import Chart, chart, chart_as_known
from kairn.clinic.acts.context import Context, context_of
from kairn.clinic.acts.outcome import Refused
from kairn.clinic.people.may import may
from kairn.clinic.people.table import table
from kairn.clinic.screens.forms.band import FactLine, band
from kairn.clinic.screens.forms.clock import Clock, age_on, clock_of

KEPT = 4096
"""So many addresses are kept: a list asks for those of the same people again and again."""


@dataclass(frozen=True)
class Desk:
    """One reader with one chart open."""

    context: Context
    chart: Chart
    clock: Clock

    @property
    def patient(self) -> UUID:
        """Whose chart it is."""
        return self.chart.patient.id

    def may(self, view: str, method: str = "POST") -> bool:
        """Whether the access table opens a page to this reader as they stand to this person."""
        action = table().action_of(view, method)
        return action is not None and may(self.context.user, action.name, self.chart.relations).granted


@dataclass(frozen=True)
class Who:
    """The person of a page, for its identity band; `changes` is when the clock alone will change what is said of them, or nothing."""

    id: str
    name: str
    born: str
    contact: str
    url: str
    facts: tuple[FactLine, ...]
    changes: str = ""


def open_desk(request: HttpRequest, patient: UUID, action: str = "clinical.read", seq: int | None = None) -> Desk | HttpResponse:
    """The chart open on this reader's desk, or the page that refuses it."""
    context = context_of(request.user)  # type: ignore[arg-type]
    found = chart(context, patient, action=action) if seq is None else chart_as_known(context, patient, seq, action=action)
    return refused_page(request) if isinstance(found, Refused) else Desk(context, found, clock_of(context.user, context.now))


def refused_page(request: HttpRequest) -> HttpResponse:
    """The page that refuses a chart."""
    return render(request, "people/refused.html", {"break_glass": ""}, status=403)


def who(desk: Desk) -> Who:
    """Name, birth with age, and how to reach the person."""
    person = desk.chart.patient
    born = "birth date not recorded"
    if person.birth_date:
        born = f"{person.birth_date.day} {person.birth_date:%b %Y}, {age_on(person.birth_date, desk.clock.local(desk.clock.now).date())} y"
    contact = ". ".join(part for part in (person.phone, person.safe_contact) if part)
    changes = desk.chart.standing.changes_at
    url, facts = reverse("patient", args=[person.id]), band(desk.chart, desk.clock)
    return Who(str(person.id), person.name, born, contact, url, facts, changes.isoformat() if changes else "")


@lru_cache(maxsize=KEPT)
def address(view: str, *words: object) -> str:
    """The address of a page, or nothing where the clinic has no such page."""
    try:
        return reverse(view, args=words)
    except NoReverseMatch:
        return ""
