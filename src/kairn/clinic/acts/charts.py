"""Opening one person's chart, now or as it was known at an earlier seq; every opening is in the log of reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from kairn.clinic.acts.context import Context
from kairn.clinic.acts.outcome import Refused
from kairn.clinic.acts.permission import Permitted, permitted
from kairn.clinic.acts.sections import seen_history, seen_standing
from kairn.clinic.acts.standings import stand
from kairn.clinic.ledger.read import history as read_history
from kairn.clinic.people.care import patients
from kairn.clinic.people.models import Patient
from kairn.clinic.people.visibility import visible
from kairn.pathway.standing import Standing
from kairn.protocol.rule import Protocol
from kairn.record.history import History


@dataclass(frozen=True)
class Person:
    """Who a patient is, as plain values; contact fields are empty where they are not shown."""

    id: UUID
    name: str
    family_name: str
    given_name: str
    birth_date: date | None
    sex: str
    phone: str = ""
    email: str = ""
    safe_contact: str = ""


@dataclass(frozen=True)
class Chart:
    """One person's chart as this reader may see it.

    `seq` is what a decision made on this page sends as expected_seq. `history` and `standing` leave out what `visible` does not name.
    `protocol` is None where none is in force; `why` is the sentence then, and `standing` holds course, visits and tasks without rules.
    """

    patient: Person
    history: History
    standing: Standing
    protocol: Protocol | None
    visible: frozenset[str]
    relations: frozenset[str]
    seq: int
    why: str = ""


def chart(context: Context, patient: UUID, *, action: str = "chart.read") -> Chart | Refused:
    """The chart as it stands at `context.now`. `action` is the row of the access table the page asks (own.read on a patient's own page)."""
    return _chart(context, patient, action, lambda past: (past, context.now))


def chart_as_known(context: Context, patient: UUID, seq: int, *, action: str = "chart.read") -> Chart | Refused:
    """The chart as it was known when `seq` was the latest, weighed at the moment that entry was recorded."""

    def then(past: History) -> tuple[History, datetime]:
        known = past.known_at(seq)
        return known, known.events[-1].recorded_at if known.events else context.now

    return _chart(context, patient, action, then)


def _chart(context: Context, patient: UUID, action: str, then: Callable[[History], tuple[History, datetime]]) -> Chart | Refused:
    opened = open_history(context, patient, action)
    if isinstance(opened, Refused):
        return opened
    allowed, history = opened
    return chart_of(context, patients([patient])[patient], *then(history), allowed.relations)


def open_history(context: Context, patient: UUID, action: str) -> tuple[Permitted, History] | Refused:
    """Everything of one person and how the reader stands to them, for acts only: nothing is left out yet."""
    allowed = permitted(context, action, patient)
    return allowed if isinstance(allowed, Refused) else (allowed, read_history(patient))


def chart_of(context: Context, patient: Patient, history: History, now: datetime, relations: frozenset[str], past: History | None = None) -> Chart:
    """A history weighed at `now`, as this reader may see it, standing so to the person; whoever opens it has asked and written that down.

    `past` is the clinic's own history where it was read already, as for many people at once.
    """
    found = stand(context.clinic, history, now, past)
    shown = visible(context.user, relations)
    seen, standing = seen_history(history, shown), seen_standing(found.standing, shown)
    return Chart(person_of(patient, shown), seen, standing, found.protocol, shown, relations, history.seq, found.why)


def person_of(patient: Patient, shown: frozenset[str]) -> Person:
    """A patient as plain values, with the contact fields where they are shown."""
    who = Person(patient.id, patient.name, patient.family_name, patient.given_name, patient.birth_date, patient.sex)
    if "contact" not in shown:
        return who
    return Person(who.id, who.name, who.family_name, who.given_name, who.birth_date, who.sex, patient.phone, patient.email, patient.safe_contact)
