"""What the pump has given, as the chair shows it: the true figure, beside the order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from kairn.clinic.acts.given import flow, ran, rate_set, slower
from kairn.clinic.screens.visit.seat import Seat
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


@dataclass(frozen=True)
class Rate:
    """The rate at which the pump runs, or nothing while it stands still; the ordered one, and the one a paused pump goes on with, as text.

    `ran` says that it has run, so that a rate can be recorded.
    """

    now: str = ""
    ordered: str = ""
    again: str = ""
    ran: bool = False


def rate_of(seat: Seat) -> Rate:
    """The rates of a visit with an order."""
    if seat.order is None:
        return Rate()
    runs = ran(seat.events, seat.order, seat.clock.now)
    now = str(runs[-1].rate) if runs and runs[-1].until is None and seat.visit.pump == "running" else ""
    return Rate(now, seat.order.rate_ml, slower(rate_set(seat.events, seat.order), seat.order), bool(runs))


def given(events: list[Event], order: OrderSigned, now: datetime) -> Given:
    """Volume and dose by the recorded rate and times; rounded once, at the edge."""
    found = flow(events, order, now)
    return Given(
        found.running, found.volume, rounded_text(found.volume, STOCK.rounding.volume), _dose(found.volume, order), found.left, found.total, found.beyond
    )


def minute_of(running: timedelta, total: timedelta, *, paused: bool) -> str:
    """What the pump does, in which minute of how many: only what ran counts. The chair, the board and Today say it so."""
    return f"{'Paused' if paused else 'Infusing'}, minute {int(running.total_seconds() // 60)} of {int(total.total_seconds() // 60)}"


def _dose(volume: Fraction, order: OrderSigned) -> str:
    return rounded_text(volume * parse_quantity(order.concentration).to("mg/mL"), STOCK.rounding.dose)
