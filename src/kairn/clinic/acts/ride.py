"""The ride of one visit: the link that staff make for the escort, and the escort's side of it, without any chart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID, uuid5

from django.db import transaction

from kairn.clinic.acts.context import Context
from kairn.clinic.acts.escorts import hour_said, ride_task
from kairn.clinic.acts.going_home import GoingHome, going_home
from kairn.clinic.acts.outcome import Outcome, Refused, refused
from kairn.clinic.acts.perform import outcome_of
from kairn.clinic.acts.permission import permitted
from kairn.clinic.acts.projection import projector
from kairn.clinic.acts.standings import stand
from kairn.clinic.ledger import read
from kairn.clinic.ledger.append import append
from kairn.clinic.people import care
from kairn.clinic.people.audit import log_reads
from kairn.clinic.people.relations import Escort
from kairn.pathway.course import RIDE_WITHIN, course_of, visits_of
from kairn.pathway.standing import Visit
from kairn.record.event import Author, Draft, Event
from kairn.record.history import History
from kairn.record.payloads import EscortNamed, Payload, TaskOpened

Said = Literal["confirmed", "cancelled"]


@dataclass(frozen=True)
class Ride:
    """One ride: who is fetched (given name only), when the visit starts, and how it stands."""

    given_name: str
    escort: str
    starts_at: datetime
    state: str
    phase: str
    over: bool
    fetches_at: datetime | None


def make_link(context: Context, patient: UUID, visit: UUID) -> str | Refused:
    """The token of a new link for the escort of a visit, told once; links made before are closed. It opens until a day after the visit begins."""
    allowed = permitted(context, "escort.link", patient, visit=visit)
    if isinstance(allowed, Refused):
        return allowed
    booked, dead = _visit(patient, visit)
    if booked is None or dead or booked.cancelled or booked.phase == "closed":
        return refused("policy", "Saw a visit that is over or will not take place; expected one that still needs a ride. No link was made.")
    expires = booked.starts_at + RIDE_WITHIN
    if expires <= context.now:
        return refused("policy", f"Saw a visit of {booked.starts_at:%Y-%m-%d}; expected one that began within the last day or is still to come. Move it first.")
    with transaction.atomic():
        care.revoke_escort_links(visit, context.now)
        return care.make_escort_link(visit, patient, expires)


def withdraw_link(context: Context, patient: UUID, visit: UUID) -> int | Refused:
    """Close every open link of a visit; how many there were."""
    allowed = permitted(context, "escort.link", patient, visit=visit)
    return allowed if isinstance(allowed, Refused) else care.revoke_escort_links(visit, context.now)


def ride(escort: Escort) -> Ride | None:
    """The ride of this link, None when its visit is gone. Reading it is logged."""
    log_reads(escort, [escort.link.patient_id], "ride.read", relation="escort")
    visit, dead = _visit(escort.link.patient_id, escort.link.visit)
    if visit is None:
        return None
    over = dead or visit.cancelled or visit.phase == "closed"
    return Ride(escort.link.patient.given_name, visit.escort, visit.starts_at, visit.escort_state, visit.phase, over, visit.fetches_at)


def ride_forecast(escort: Escort, now: datetime, latest: int) -> GoingHome | None:
    """From when on the person can probably be fetched; None before the visit is under way. `latest` as in `going_home`."""
    clinic, history = escort.link.patient.clinic_id, read.history(escort.link.patient_id)
    found = stand(clinic, history, now)
    visit = found.standing.visit(escort.link.visit)
    return going_home(clinic, history, found.protocol, visit, now, latest) if visit and found.protocol else None


def say_ride(escort: Escort, *, event_id: UUID, state: Said, now: datetime, fetches_at: datetime | None = None) -> Outcome:
    """The escort confirms, perhaps with the hour from which they can be there, or cancels, which no hour stands in the way of.

    A cancelled ride opens an urgent task for the coordinator in the same transaction, unless one is open for it already.
    """
    visit, dead = _visit(escort.link.patient_id, escort.link.visit)
    if visit is None or dead or visit.cancelled or visit.phase == "closed":
        return refused("policy", "This ride is no longer needed.")
    if state not in ("confirmed", "cancelled"):
        return refused("input", "Saw no answer; expected that you come, or that you cannot.")
    earlier = read.event(event_id)
    hour = hour_said(visit, state, fetches_at, again=earlier is not None)
    if isinstance(hour, Refused):
        return hour
    at, stream, clinic = earlier.occurred_at if earlier else now, escort.link.patient_id, escort.link.patient.clinic_id
    author = Author(f"escort {visit.id}", visit.escort or "Escort", "escort")
    tasks = ride_task(_before(stream, earlier), visit, state, uuid5(event_id, "task"), at)
    payloads: list[Payload] = [EscortNamed(visit.id, visit.escort or "Escort", "", state, hour), *tasks]
    drafts = [Draft(payload.task if isinstance(payload, TaskOpened) else event_id, stream, at, author, payload) for payload in payloads]
    return outcome_of(append(clinic, drafts, project=projector(clinic, now)), stream)


def _before(stream: UUID, earlier: Event | None) -> History:
    """The record on which the escort said it first: a form that comes again opens the task it opened then, and no other."""
    history = read.history(stream)
    return history.known_at(earlier.seq - 1) if earlier and earlier.stream == stream else history


def _visit(patient: UUID, visit: UUID) -> tuple[Visit | None, bool]:
    """The visit, and whether its person has died."""
    history = read.history(patient)
    found = next((each for each in visits_of(history) if each.id == visit), None)
    return found, course_of(history).stage == "died"
