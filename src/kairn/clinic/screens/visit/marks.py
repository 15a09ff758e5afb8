"""What the record of a visit says beside an entry: that no rule counts it, that it was added after the record was locked."""

from __future__ import annotations

from dataclasses import replace

from kairn.clinic.screens.forms.telling import Moment, moment
from kairn.clinic.screens.visit.medicines import uncounted
from kairn.clinic.screens.visit.seat import Seat
from kairn.record.event import Event

AFTER = "after the record was locked"


def line_of(seat: Seat, event: Event, struck: Event | None) -> Moment:
    """One entry as its line, with why it was struck out."""
    line = moment(event, seat.clock, why_struck(seat, struck) if struck else "")
    detail = ", ".join(filter(None, (line.detail, uncounted(seat, event))))
    return replace(line, detail=detail, added=f"Addendum: written {seat.clock.when(event.recorded_at)}, {AFTER}" if event.id in seat.added else "")


def why_struck(seat: Seat, strike: Event) -> str:
    """The reason of a strike, and who struck the entry out where its record was locked already."""
    reason = getattr(strike.payload, "reason", "")
    return f"{reason} (struck out {seat.clock.when(strike.recorded_at)} by {strike.by.name}, {AFTER})" if is_after(seat, strike) else reason


def is_after(seat: Seat, strike: Event) -> bool:
    """Whether an entry was struck out after the record of its visit was locked."""
    return seat.ending is not None and strike.seq > seat.ending.seq
