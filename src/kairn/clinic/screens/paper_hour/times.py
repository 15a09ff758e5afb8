"""The hours of a sheet as moments: the day from the visit, going on over midnight where a later hour is smaller."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta

from kairn.clinic.screens.forms.clock import Clock
from kairn.clinic.screens.visit.seat import Seat
from kairn.record.payloads import PhaseEntered, PumpPaused, PumpStarted, PumpStopped

HOUR = re.compile(r"([01]?[0-9]|2[0-3])[:.]?([0-5][0-9])", re.ASCII)
BEGINS = (PhaseEntered, PumpStarted, PumpPaused, PumpStopped)


def beginning(seat: Seat) -> datetime:
    """When the visit began: what was booked, or the arrival or the pump where that is on record for earlier."""
    begun = [event.occurred_at for event in seat.events if isinstance(event.payload, BEGINS)]
    return min([seat.visit.starts_at, *begun]).replace(second=0, microsecond=0)


def moments(clock: Clock, begun: datetime, typed: Mapping[int, str]) -> tuple[dict[int, datetime], dict[int, str]]:
    """Row -> its moment, or the sentence that says why it has none; a row that has none moves no other."""
    found, faults = dict[int, datetime](), dict[int, str]()
    latest = begun
    for row, text in typed.items():
        at = _after(clock, latest, text)
        if fault := _fault(clock, text, at, latest, begun):
            faults[row] = fault
        elif at is not None:
            found[row] = latest = at
    return found, faults


def _after(clock: Clock, latest: datetime, text: str) -> datetime | None:
    """That hour on the day of the row above; on the day after where that lies nearer. None for what is no hour."""
    hit = HOUR.fullmatch(text.strip())
    if hit is None:
        return None
    day, hour = clock.local(latest).date(), time(int(hit[1]), int(hit[2]))
    same, next_ = (_on(clock, latest, datetime.combine(each, hour)) for each in (day, day + timedelta(days=1)))
    return next_ if same < latest and next_ - latest < latest - same else same


def _on(clock: Clock, latest: datetime, wall: datetime) -> datetime:
    """The moment of an hour on a day; of an hour that comes twice the first, unless that is before the row above and the second is not still to come."""
    first, second = sorted(each.astimezone(UTC) for each in clock.both(wall))
    return second if first < latest and second <= clock.now else first


def _fault(clock: Clock, text: str, at: datetime | None, latest: datetime, begun: datetime) -> str:
    if at is None:
        return f"Saw {repr(text.strip()) if text.strip() else 'no time'}; expected an hour such as {clock.hour(begun)}. Write when it was."
    if at < begun:
        return f"Saw {clock.hour(at)}, before the visit began ({_full(clock, begun)}); expected a time from then on. What was earlier is entered at the chair."
    if at < latest:
        return f"Saw {clock.hour(at)} below {clock.hour(latest)}; expected rows in the order of time. Put it in its place, or correct it."
    if at > clock.now:
        return f"Saw {_full(clock, at)}, which is still to come; expected a time up to now. Correct it."
    return ""


def _full(clock: Clock, at: datetime) -> str:
    return f"{clock.day(at)} {clock.hour(at)}"
