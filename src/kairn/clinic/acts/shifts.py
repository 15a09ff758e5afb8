"""Who is with which visit today: the visits of the day by time and chair, without names, taking one and giving it back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings

from kairn.clinic.acts.context import Context
from kairn.clinic.acts.outcome import Refused, refused
from kairn.clinic.acts.permission import permitted
from kairn.clinic.ledger.session import cursor
from kairn.clinic.people import care
from kairn.clinic.people.audit import log_reads
from kairn.clinic.people.models import User

LATE = timedelta(days=1)
"""So long after its planned end a visit that is not closed is still of the day."""
OF_THE_DAY = """SELECT visit, stream, chair, starts_at, ends_at FROM ledger_booking
  WHERE clinic = %(clinic)s AND live AND starts_at < %(until)s AND ends_at > %(since)s ORDER BY starts_at, chair, visit"""


@dataclass(frozen=True)
class DayVisit:
    """One visit of the day, whose it is by number only, and who is on shift with it."""

    visit: UUID
    patient: UUID
    chair: str
    starts_at: datetime
    ends_at: datetime
    on_shift: tuple[str, ...]
    mine: bool


def visits_of_the_day(context: Context, until: datetime) -> tuple[DayVisit, ...] | Refused:
    """The visits of this clinic that begin before `until` and are not closed. One row in the log of reads names them all."""
    allowed = permitted(context, "shift.see", None)
    if isinstance(allowed, Refused):
        return allowed
    found = _of_the_day(context, until)
    log_reads(context.user, [each.patient for each in found], "shift.see", relation="same-clinic")
    return found


def take_visit(context: Context, patient: UUID, visit: UUID, until: datetime) -> datetime | Refused:
    """Be on shift with a visit of the day; until when. Whoever is, opens the chart as the care team does, and the person can see that."""
    allowed = permitted(context, "shift.take", patient, visit=visit)
    if isinstance(allowed, Refused):
        return allowed
    if not any(each.visit == visit for each in _of_the_day(context, until)):
        return refused("policy", "Saw a visit that is over or is not of today; expected one of the list. Nothing was changed.")
    return care.take_shift(context.user, patient, visit, settings.KAIRN_SHIFT_HOURS, context.now).ends_at


def give_back(context: Context, patient: UUID, visit: UUID) -> int | Refused:
    """Be on shift with a visit no more; how many shifts ended."""
    allowed = permitted(context, "shift.take", patient, visit=visit)
    return allowed if isinstance(allowed, Refused) else care.give_shift_back(context.user, visit, context.now)


def _of_the_day(context: Context, until: datetime) -> tuple[DayVisit, ...]:
    with cursor() as opened:
        rows = opened.execute(OF_THE_DAY, {"clinic": context.clinic, "until": until, "since": context.now - LATE}).fetchall()
    held = care.on_shift([row[0] for row in rows], context.now)
    return tuple(_visit(context, row, held.get(row[0], ())) for row in rows)


def _visit(context: Context, row: tuple[Any, ...], users: tuple[User, ...]) -> DayVisit:
    visit, patient, chair, starts_at, ends_at = row
    return DayVisit(visit, patient, chair, starts_at, ends_at, tuple(user.name for user in users), context.user in users)
