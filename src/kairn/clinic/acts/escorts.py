"""What an escort says, whoever writes it down: who they are, from when on they can be there, and the urgent task where they cannot come."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from kairn.clinic.acts.check import zoned
from kairn.clinic.acts.outcome import Refused, refused_field
from kairn.clinic.acts.urgent import is_open, task_opened
from kairn.pathway.course import course_of, rides_at, visits_of
from kairn.pathway.standing import Visit
from kairn.record.history import History
from kairn.record.payloads import EscortNamed, TaskOpened
from kairn.terms.problem import Unreadable

FIELD = "fetches_at"
LOST = "ride-cancelled"
OUTSIDE = "Saw a time before the visit begins, or more than a day after; expected one at which the person may be fetched. Correct the time, or leave it out."


def hour_said(visit: Visit, state: str, fetches_at: datetime | None, *, again: bool) -> datetime | None | Refused:
    """The hour as it is kept, or why it cannot be. Who cannot come needs none, and is never refused because of one; nor is a form that comes again."""
    if fetches_at is None or state == "cancelled":
        return None
    try:
        at = zoned(fetches_at, FIELD)
    except Unreadable as fault:
        return refused_field(FIELD, str(fault))
    if again or rides_at(visit.starts_at, at):
        return at
    return refused_field(FIELD, OUTSIDE)


def ride_task(history: History, visit: Visit, state: str, task: UUID, now: datetime) -> list[TaskOpened]:
    """The urgent task for a ride that is lost, once: none beside one still open, and none for a visit that is over."""
    over = visit.phase == "closed" or visit.cancelled or course_of(history).stage == "died"
    if state != "cancelled" or over or is_open(history, LOST, visit.id):
        return []
    return [task_opened(task, LOST, now, visit.id)]


def same_person(one: str, other: str) -> bool:
    """Whether two names of an escort are one; capitals and blanks do not count."""
    return one.casefold().split() == other.casefold().split()


def names_another(history: History, naming: UUID) -> bool:
    """Whether this entry names another escort of its visit than the one who was on record before it."""
    event = history.get(naming)
    if event is None or not isinstance(event.payload, EscortNamed):
        return False
    before = {visit.id: visit.escort for visit in visits_of(history.known_at(event.seq - 1))}.get(event.payload.visit, "")
    return bool(before) and not same_person(before, event.payload.name)


def phone_of(history: History, visit: Visit) -> str:
    """The latest telephone number on record for the escort of a visit, under the name they have now."""
    said = [named.phone for _, named in history.all(EscortNamed) if named.visit == visit.id and same_person(named.name, visit.escort)]
    return next(filter(None, reversed(said)), "")
