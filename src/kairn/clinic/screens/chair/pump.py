"""What the pump has given, as the chair shows it: the true figure, beside the order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from kairn.clinic.acts.given import flow
from kairn.library.products import STOCK
from kairn.record.event import Event
from kairn.record.payloads import OrderSigned
from kairn.terms.quantity import parse_quantity, rounded_text


@dataclass(frozen=True)
class Given:
    """Running time so far, volume by the rate history (exact), and both as text beside the order; `beyond` where it is more than ordered."""

    running: timedelta
    volume: Fraction
    volume_text: str
    dose_text: str
    left: timedelta
    total: timedelta
    beyond: bool


def given(events: list[Event], order: OrderSigned, now: datetime) -> Given:
    """Volume and dose by the recorded rate and times; rounded once, at the edge."""
    found = flow(events, order, now)
    left = max(found.total - found.running, timedelta())
    return Given(found.running, found.volume, rounded_text(found.volume, STOCK.rounding.volume), _dose(found.volume, order), left, found.total, found.beyond)


def minute_of(running: timedelta, total: timedelta, *, paused: bool) -> str:
    """What the pump does, in which minute of how many: only what ran counts. The chair, the board and Today say it so."""
    return f"{'Paused' if paused else 'Infusing'}, minute {int(running.total_seconds() // 60)} of {int(total.total_seconds() // 60)}"


def _dose(volume: Fraction, order: OrderSigned) -> str:
    return rounded_text(volume * parse_quantity(order.concentration).to("mg/mL"), STOCK.rounding.dose)
