"""The ride of one visit: the link that staff make for the escort, and the escort's side of it, without any chart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID, uuid5

from django.db import transaction

from kairn.clinic.acts.context import Context
from kairn.clinic.acts.escorts import hour_said, phone_of, ride_task, same_person
from kairn.clinic.acts.going_home import GoingHome, going_home
from kairn.clinic.acts.outcome import Outcome, Refused, refused
from kairn.clinic.acts.perform import outcome_of
from kairn.clinic.acts.permission import permitted
from kairn.clinic.acts.projection import projector
from kairn.clinic.acts.standings import stand
from kairn.clinic.ledger import read
from kairn.clinic.ledger.answers import Stale
from kairn.clinic.ledger.append import append
from kairn.clinic.people import care
from kairn.clinic.people.audit import log_reads
from kairn.clinic.people.relations import Escort
from kairn.pathway.course import RIDE_WITHIN, course_of, visits_of
from kairn.pathway.standing import Visit
from kairn.record.event import Author, Draft, Event
from kairn.record.history import History
from kairn.record.payloads import EscortNamed

Said = Literal["confirmed", "cancelled"]
NOT_THEIRS = "This link is over: it was made for somebody who is not the escort on record. Call the clinic if you still expect to fetch somebody."
HERE = "The clinic has noted that you are here, so there is nothing left to confirm. Nothing was changed."


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
    """The token of a new link for the escort on record, told once; links made before are closed. It opens until a day after the visit begins."""
    allowed = permitted(context, "escort.link", patient, visit=visit)
    if isinstance(allowed, Refused):
        return allowed
    booked, dead = _visit(read.history(patient), visit)
    if booked is None or dead or booked.cancelled or booked.phase == "closed":
        return refused("policy", "Saw a visit that is over or will not take place; expected one that still needs a ride. No link was made.")
    if not booked.escort:
        return refused("policy", "Saw nobody named for this ride; expected a name, since a link speaks for one person. Name the escort first.")
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
    """The ride of this link, None when its visit is gone or somebody else is to come. Reading it is logged."""
    history = read.history(escort.link.patient_id)
    visit, dead = _visit(history, escort.link.visit)
    if visit is None or not _speaks(escort, history, visit):
        return None
    log_reads(escort, [escort.link.patient_id], "ride.read", relation="escort")
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

    A cancelled ride opens an urgent task for the coordinator in the same transaction, unless one is open for it already. What somebody else
    recorded at the same moment is looked at first.
    """
    stream, clinic = escort.link.patient_id, escort.link.patient.clinic_id
    while True:
        earlier = read.event(event_id)
        past, at = _before(stream, earlier), earlier.occurred_at if earlier else now
        visit, dead = _visit(past, escort.link.visit)
        if visit is None or dead or visit.cancelled or visit.phase == "closed":
            return refused("policy", "This ride is no longer needed.")
        said = _said(escort, past, visit, state, fetches_at, again=earlier is not None)
        if isinstance(said, Refused):
            return said
        author = Author(f"escort {visit.id}", visit.escort, "escort")
        tasks = ride_task(past, visit, state, uuid5(event_id, "task"), at)
        drafts = [Draft(event_id, stream, at, author, said), *(Draft(task.task, stream, at, author, task) for task in tasks)]
        answer = append(clinic, drafts, expected_seq={stream: past.seq}, project=projector(clinic, now))
        if not isinstance(answer, Stale):
            return outcome_of(answer, stream)


def _said(escort: Escort, past: History, visit: Visit, state: Said, fetches_at: datetime | None, *, again: bool) -> EscortNamed | Refused:
    """What the escort says of themselves, under the name and with the telephone number on record, or why they cannot say it."""
    if not _speaks(escort, past, visit):
        return refused("policy", NOT_THEIRS)
    if state not in ("confirmed", "cancelled"):
        return refused("input", "Saw no answer; expected that you come, or that you cannot.")
    if state == "confirmed" and visit.escort_state == "present":
        return refused("policy", HERE)
    hour = hour_said(visit, state, fetches_at, again=again)
    return hour if isinstance(hour, Refused) else EscortNamed(visit.id, visit.escort, phone_of(past, visit), state, hour)


def _speaks(escort: Escort, history: History, visit: Visit) -> bool:
    """Whether the link is the escort's on record: it was made for whoever was named then, and speaks for nobody else."""
    then, _ = _visit(history.recorded_by(escort.link.created_at), visit.id)
    return then is not None and bool(then.escort) and same_person(then.escort, visit.escort)


def _before(stream: UUID, earlier: Event | None) -> History:
    """The record on which the escort said it first: a form that comes again opens the task it opened then, and no other."""
    history = read.history(stream)
    return history.known_at(earlier.seq - 1) if earlier and earlier.stream == stream else history


def _visit(history: History, visit: UUID) -> tuple[Visit | None, bool]:
    """The visit, and whether its person has died."""
    found = next((each for each in visits_of(history) if each.id == visit), None)
    return found, course_of(history).stage == "died"
