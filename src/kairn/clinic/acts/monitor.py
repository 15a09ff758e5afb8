"""A bedside monitor at a visit: the link it sends by, and its rows on record, each once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from kairn.clinic.acts.context import Context
from kairn.clinic.acts.outcome import Done, Outcome, Refused, refused, refused_field
from kairn.clinic.acts.perform import outcome_of
from kairn.clinic.acts.permission import permitted
from kairn.clinic.acts.projection import projector
from kairn.clinic.ledger import read
from kairn.clinic.ledger.append import append
from kairn.clinic.people.models import MonitorLink
from kairn.clinic.people.monitors import Machine, close_monitor_links, make_monitor_link
from kairn.library.monitors import BEDSIDE
from kairn.monitor.row import Row, RowRead, payloads_of, read_row, shown
from kairn.pathway.course import course_of, visits_of
from kairn.pathway.standing import Visit
from kairn.record.ending import ending_of
from kairn.record.event import Author, Draft, Event
from kairn.record.history import History
from kairn.record.payloads import PhaseEntered
from kairn.record.payloads_monitor import MonitorRejected

OPEN_TO_A_MONITOR = ("pre-flight", "infusion", "recovery")
ANOTHER = "Another row of this monitor at this very moment is on record already. Nothing was stored."
_DEVICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")


@dataclass(frozen=True)
class Linked:
    """A link was made; its token is told this once."""

    token: str


@dataclass(frozen=True)
class Stored:
    """A row on record, and how it was read."""

    done: Done
    read: RowRead


def connect(context: Context, patient: UUID, *, visit: UUID, device: str) -> Linked | Refused:
    """Make the link by which a monitor of that name sends rows of this visit. A link made before is closed."""
    allowed = permitted(context, "monitor.connect", patient, visit=visit)
    if isinstance(allowed, Refused):
        return allowed
    if not _DEVICE.fullmatch(device):
        return refused_field("device", f"Saw {shown(device)!r}; expected a short name such as bedside-3, of letters, digits, dots and dashes.")
    past = read.history(patient)
    if closed := _closed(past, visit):
        return closed
    return Linked(make_monitor_link(context.user, visit, patient, device, BEDSIDE.link, context.now))


def disconnect(context: Context, patient: UUID, *, visit: UUID) -> Refused | int:
    """Close the links of this visit; how many were open."""
    allowed = permitted(context, "monitor.connect", patient, visit=visit)
    return allowed if isinstance(allowed, Refused) else close_monitor_links(visit, context.now)


def author_of(link: MonitorLink) -> Author:
    """How the record names a monitor."""
    return Author(f"monitor {link.device}", f"Monitor {link.device}", "system")


def row_id(visit: UUID, device: str, at: datetime) -> UUID:
    """The event id of a row: the same device says one thing of one moment of a visit."""
    return uuid5(visit, f"monitor {device} {at.isoformat()}")


def store_row(machine: Machine, row: Row, now: datetime) -> Stored | Refused:
    """Keep one row: its readings as a device's, and what is none beside them with the reasons. The same row again changes nothing."""
    link, stream = machine.link, machine.link.patient_id
    main = row_id(link.visit, link.device, row.at)
    known = read.events((main, _beside(main)))
    past, earlier = read.history(stream), known.get(main)
    if earlier is None and (stop := _closed(past, link.visit, row.at) or _too_near(past, link, row)):
        return stop
    # A row that comes again is read by the clock it was read by first, so that it is the same row.
    found = read_row(BEDSIDE, row, earlier.occurred_at if earlier else now, arrived_at(past, link.visit))
    payloads = payloads_of(found, link.visit, link.device)
    ids = [main, *(_beside(main) for _ in payloads[1:])]
    if earlier is not None and set(known) != set(ids):
        return refused("conflict", ANOTHER)
    drafts = [Draft(id, stream, found.at, author_of(link), payload) for id, payload in zip(ids, payloads, strict=True)]
    outcome: Outcome = outcome_of(append(link.patient.clinic_id, drafts, project=projector(link.patient.clinic_id, now)), stream)
    if isinstance(outcome, Refused):
        return refused("conflict", ANOTHER)
    return Stored(outcome, found)


def _beside(main: UUID) -> UUID:
    """The id of what was none in a row that has readings as well."""
    return uuid5(main, MonitorRejected.KIND)


def arrived_at(past: History, visit: UUID) -> datetime | None:
    """When the person came for this visit: its first entry into pre-flight, or whatever phase is known first."""
    entered = [event.occurred_at for event, payload in past.all(PhaseEntered) if payload.visit == visit]
    known = _visit(past, visit)
    return min(entered, default=known.phase_since if known else None)


def _visit(past: History, visit: UUID) -> Visit | None:
    return next((each for each in visits_of(past) if each.id == visit), None)


def _closed(past: History, visit: UUID, at: datetime | None = None) -> Refused | None:
    """Nobody is there any more; a row of a moment when somebody was (`at`) may come late all the same."""
    found, ended = _visit(past, visit), ending_of(past, visit)
    if found is not None and not found.cancelled and found.phase in OPEN_TO_A_MONITOR and course_of(past).stage != "died":
        return None
    if ended is not None and at is not None and at <= ended.occurred_at:
        return None
    return refused(
        "policy", "Nobody is at this visit: it has not begun, is over, or was cancelled. A monitor is connected from pre-flight until the visit ends."
    )


def _too_near(past: History, link: MonitorLink, row: Row) -> Refused | None:
    mine: list[Event] = [event for event in past.live if event.by.id == author_of(link).id and getattr(event.payload, "visit", None) == link.visit]
    near = [event for event in mine if abs(event.occurred_at - row.at) < BEDSIDE.apart]
    if not near:
        return None
    said = f"A row of {near[-1].occurred_at:%H:%M:%S} UTC is on record, less than {int(BEDSIDE.apart.total_seconds())} s away."
    return refused("conflict", f"{said} Send one row a minute; nothing was stored.")
