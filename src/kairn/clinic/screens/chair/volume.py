"""The volume the pump shows after a pause or a stop: asked for once, and told where it differs from the recorded times."""

from __future__ import annotations

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


@dataclass(frozen=True)
class PumpVolume:
    """`asks` says since when the pump stands still and nobody has said what it shows; `differs` is the sentence where the two amounts differ."""

    asks: str
    differs: str


def pump_volume(seat: Seat) -> PumpVolume:
    """What is asked and told of the latest pause or stop of this visit; nothing while the pump runs."""
    halt = next((event for event in reversed(seat.events) if isinstance(event.payload, PumpStarted | PumpPaused | PumpStopped)), None)
    if halt is None or isinstance(halt.payload, PumpStarted):
        return PumpVolume("", "")
    said, text = _said(seat, halt)
    asks = "" if said or seat.visit.phase not in ASKED_IN else f"{HALTED[type(halt.payload)]} at {seat.clock.hour(halt.occurred_at)}"
    return PumpVolume(asks, _differs(seat, halt, text))


def typed(text: str) -> str:
    """A volume as it was typed, without the unit that stands behind the box."""
    return text.strip().removesuffix(UNIT).strip()


def _said(seat: Seat, halt: Event) -> tuple[bool, str]:
    """Whether the question is answered, also with not read, and the volume that was given."""
    shown = typed(getattr(halt.payload, "volume_shown", ""))
    answered = bool(shown)
    for event in seat.events:
        if event.seq > halt.seq and isinstance(event.payload, Observed):
            shown = next((reading.value for reading in event.payload.readings if reading.fact == FACT), shown)
            answered = answered or bool(shown) or FACT in event.payload.not_taken
    return answered, shown


def _differs(seat: Seat, halt: Event, shown: str) -> str:
    """A difference of more than the step of the pump's display, in a sentence."""
    if not shown or seat.order is None:
        return ""
    ran = _in_steps(flow(seat.events, seat.order, halt.occurred_at).volume)
    try:
        by = weighed(FACTS[FACT], shown, UNIT) - ran
    except Unreadable:
        return f"The pump showed {shown!r}, which cannot be compared with the {plain_text(ran)} {UNIT} of the recorded times. Read it again."
    if abs(by) <= FACTS[FACT].step:
        return ""
    how = f"{plain_text(abs(by))} {UNIT} {'more' if by > 0 else 'less'}"
    return f"The pump showed {shown} {UNIT}; by the recorded times {plain_text(ran)} {UNIT} ran: {how}. Look at the pump, then at the times."


def _in_steps(volume: Fraction) -> Decimal:
    return rounded_to(Decimal(volume.numerator) / Decimal(volume.denominator), FACTS[FACT].step)
