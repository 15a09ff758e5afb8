"""The volume the pump shows after a pause or a stop: asked for until it can be read, and told where it differs from the recorded times."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from kairn.clinic.acts.given import flow
from kairn.clinic.screens.visit.seat import Seat
from kairn.library.facts import FACTS, weighed
from kairn.record.event import Event
from kairn.record.payloads import Observed, PumpPaused, PumpStarted, PumpStopped
from kairn.terms.numbers import plain_text, rounded_to
from kairn.terms.problem import Unreadable

FACT = "pump_volume"
UNIT = "mL"
ASKED_IN = ("infusion", "recovery")
HALTED = {PumpPaused: "paused", PumpStopped: "stopped"}
_UNIT = re.compile(rf"\s*{UNIT}\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class PumpVolume:
    """`asks` says since when the pump stands still and nobody has said what it shows; `differs` is the sentence where the two amounts differ."""

    asks: str
    differs: str


def pump_volume(seat: Seat) -> PumpVolume:
    """What is asked and told of the latest pause or stop of this visit, by whatever it was stopped; nothing while the pump runs."""
    halt = next((event for event in reversed(seat.events) if isinstance(event.payload, PumpStarted | PumpPaused | PumpStopped)), None)
    if halt is None or isinstance(halt.payload, PumpStarted):
        return PumpVolume("", "")
    shown, said = typed(getattr(halt.payload, "volume_shown", "")), _said(seat, halt)
    if said is None and not _readable(shown):
        asks = f"{HALTED[type(halt.payload)]} at {seat.clock.hour(halt.occurred_at)}" if shown or _is_asked(seat, halt) else ""
        return PumpVolume(asks, _cannot_be_read(seat, halt, shown))
    return PumpVolume("", _differs(seat, halt, said or (shown if _readable(shown) else "")))


def _is_asked(seat: Seat, halt: Event) -> bool:
    """Until the visit has ended, and then where its ending stopped the pump."""
    return seat.visit.phase in ASKED_IN or (seat.ending is not None and halt.seq > seat.ending.seq)


def typed(text: str) -> str:
    """A volume as it was typed, without the unit that stands behind the box."""
    return _UNIT.sub("", text).strip()


def _readable(shown: str) -> bool:
    try:
        weighed(FACTS[FACT], shown, UNIT)
    except Unreadable:
        return False
    return True


def _said(seat: Seat, halt: Event) -> str | None:
    """What was answered when that was asked; empty where it was not read, None where nobody has answered."""
    said = None
    for event in seat.events:
        if event.seq > halt.seq and isinstance(event.payload, Observed):
            said = "" if FACT in event.payload.not_taken and said is None else said
            said = next((reading.value for reading in event.payload.readings if reading.fact == FACT), said)
    return said


def _cannot_be_read(seat: Seat, halt: Event, shown: str) -> str:
    """The sentence on a volume that was typed and cannot be read; nothing where none was."""
    if not shown:
        return ""
    beside = f"compared with the {plain_text(_ran(seat, halt))} {UNIT} of the recorded times" if seat.order else "read"
    return f"The pump showed {shown!r}, which cannot be {beside}. Type it again as a number such as 12.5, or say that it was not read."


def _differs(seat: Seat, halt: Event, shown: str) -> str:
    """A difference of more than the step of the pump's display, in a sentence."""
    if not shown or seat.order is None:
        return ""
    ran = _ran(seat, halt)
    if not _readable(shown):
        return f"The pump showed {shown} {UNIT}, which cannot be compared with the {plain_text(ran)} {UNIT} of the recorded times. Look at the pump."
    by = weighed(FACTS[FACT], shown, UNIT) - ran
    if abs(by) <= FACTS[FACT].step:
        return ""
    how = f"{plain_text(abs(by))} {UNIT} {'more' if by > 0 else 'less'}"
    return f"The pump showed {shown} {UNIT}; by the recorded times {plain_text(ran)} {UNIT} ran: {how}. Look at the pump, then at the times."


def _ran(seat: Seat, halt: Event) -> Decimal:
    """What ran by the recorded times, in steps of the pump's display; after a stop all that ran, also where one was recorded late."""
    until = seat.clock.now if isinstance(halt.payload, PumpStopped) else halt.occurred_at
    volume: Fraction = flow(seat.events, seat.order, until).volume if seat.order else Fraction()
    return rounded_to(Decimal(volume.numerator) / Decimal(volume.denominator), FACTS[FACT].step)
