"""Acts on visits before the pump: booking, cancelling, the escort, and the checks before an infusion."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal, cast, get_args
from uuid import UUID

from django.db import transaction

from kairn.clinic.acts.check import needed, one_of, zoned
from kairn.clinic.acts.context import Context
from kairn.clinic.acts.escorts import LOST, hour_said, names_another, ride_task
from kairn.clinic.acts.lookups import patient_of_visit
from kairn.clinic.acts.outcome import Done, Outcome, Refused, refused, refused_field
from kairn.clinic.acts.perform import Act, Case, perform
from kairn.clinic.ledger import read
from kairn.clinic.people import care
from kairn.pathway.standing import MoveKind
from kairn.record.payloads import EscortNamed, Payload, PhaseEntered, VisitBooked, VisitCancelled, VisitPhase

Purpose = Literal["infusion", "follow-up", "therapy"]
EscortState = Literal["asked", "confirmed", "cancelled", "present"]
ELSEWHERE = {"infusion": "starting the pump", "recovery": "stopping the pump", "closed": "saying how the visit ended", "booked": "booking it"}


def book_visit(  # noqa: PLR0913
    context: Context, patient: UUID, *, event_id: UUID, expected_seq: int, visit: UUID, purpose: Purpose, starts_at: datetime, minutes: int, chair: str = "",
    number: int | None = None,
) -> Outcome:  # fmt: skip
    """Put a visit in the book; `visit` is a new UUID made by the form, or one still booked that moves. A chair that is taken then is a conflict.

    `number` counts the infusions of the series; left out, it is the next one.
    """

    def build(case: Case) -> list[Payload] | Refused:
        booked = cast(Purpose, one_of(purpose, get_args(Purpose), "purpose"))
        if wrong := _impossible(case, starts_at, minutes):
            return wrong
        return _not_bookable(case, visit) or [
            VisitBooked(visit, booked, starts_at, minutes, chair.strip(), _number(case, visit, purpose) if number is None else number)
        ]

    return perform(context, Act("visit.book", patient, event_id, build, expected_seq=expected_seq))


def _impossible(case: Case, starts_at: datetime, minutes: int) -> Refused | None:
    if not 1 <= minutes <= timedelta(days=1) // timedelta(minutes=1):
        return refused_field("minutes", f"Saw {minutes} minutes; expected at least one, and no more than a day has.")
    if case.earlier is None and zoned(starts_at, "starts_at") + timedelta(minutes=minutes) <= case.context.now:
        return refused_field("starts_at", f"Saw {starts_at:%Y-%m-%d %H:%M}, which is over; expected a time still to come.")
    return None


def _not_bookable(case: Case, visit: UUID) -> Refused | None:
    if case.earlier is not None:
        return None
    if patient_of_visit(visit) not in (None, case.patient):
        return refused("conflict", "That visit belongs to another person. Open the booking page again.")
    if case.standing.course.ended:
        return refused("policy", f"The course has ended ({case.standing.course.stage}). Begin it again before a visit is booked.")
    known = case.standing.visit(visit)
    if known and (known.phase != "booked" or known.cancelled):
        return refused("policy", "This visit has begun, is over or was cancelled. Book another one.")
    return None


def _number(case: Case, visit: UUID, purpose: str) -> int:
    known = case.standing.visit(visit)
    if purpose != "infusion":
        return 0
    return known.number if known else 1 + sum(each.purpose == "infusion" and not each.cancelled for each in case.standing.visits)


def cancel_visit(context: Context, patient: UUID, *, event_id: UUID, visit: UUID, reason: str = "") -> Outcome:
    """A booked visit will not take place; its chair is free again. A visit that has begun ends by how it ended."""

    def build(case: Case) -> list[Payload] | Refused:
        phase = case.visit(visit).phase
        if phase != "booked" and case.earlier is None:
            return refused("policy", f"This visit is in phase {phase}; only one still booked can be cancelled. Say how it ended instead.")
        return [VisitCancelled(visit, reason)]

    return perform(context, Act("visit.book", patient, event_id, build))


def name_escort(  # noqa: PLR0913
    context: Context, patient: UUID, *, event_id: UUID, visit: UUID, name: str, phone: str = "", state: EscortState = "asked",
    fetches_at: datetime | None = None, occurred_at: datetime | None = None,
) -> Outcome:  # fmt: skip
    """Who takes the person home from this visit, and what they said: asked, confirmed, cancelled or present, perhaps with the hour they can be there from.

    Where they cannot come an urgent task opens in the same transaction, and where it is another one than on record the open links of the visit close.
    """

    def build(case: Case) -> list[Payload] | Refused:
        booked, said = case.visit(visit), cast(EscortState, one_of(state, get_args(EscortState), "state"))
        hour = hour_said(booked, said, fetches_at, again=case.earlier is not None)
        if isinstance(hour, Refused):
            return hour
        named = EscortNamed(visit, needed(name, "name", "the name of the escort"), phone.strip(), said, hour)
        return [named, *ride_task(case.history, booked, said, case.derived(f"urgent {LOST}"), case.context.now)]

    with transaction.atomic():
        outcome = perform(context, Act("escort.link", patient, event_id, build, occurred_at=occurred_at))
        if isinstance(outcome, Done) and not outcome.repeated and names_another(read.history(patient), event_id):
            care.revoke_escort_links(visit, context.now)
    return outcome


def enter_phase(context: Context, patient: UUID, *, event_id: UUID, expected_seq: int, visit: UUID, phase: VisitPhase = "pre-flight") -> Outcome:
    """Move a visit into pre-flight when its gate is open; the later phases are entered by what is done at the chair."""

    def build(case: Case) -> list[Payload] | Refused:
        if phase in ELSEWHERE:
            return refused_field("phase", f"A visit enters {phase} by {ELSEWHERE[phase]}.")
        case.visit(visit)
        entered = cast(VisitPhase, one_of(phase, ("pre-flight",), "phase"))
        return case.closed(MoveKind.PHASE, phase, visit) or [PhaseEntered(visit, entered, case.signature())]

    return perform(context, Act("preflight.record", patient, event_id, build, visit=visit, expected_seq=expected_seq))
