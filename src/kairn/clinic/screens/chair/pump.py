"""What the pump has given, from the recorded starts, pauses and stops; Kairn is not connected to the pump."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from kairn.library.products import STOCK
from kairn.record.event import Event
from kairn.record.payloads import OrderSigned, PumpPaused, PumpStarted, PumpStopped
from kairn.terms.numbers import plain_text, rounded_to
from kairn.terms.quantity import Quantity, parse_quantity


@dataclass(frozen=True)
class Given:
    """Running time so far, volume by the rate history (exact), and both as text beside the order."""

    running: timedelta
    volume: Fraction
    volume_text: str
    dose_text: str
    left: timedelta
    total: timedelta


def given(events: list[Event], order: OrderSigned, now: datetime) -> Given:
    """Volume and dose by the recorded rate and times; rounded once, at the edge."""
    running, volume = timedelta(), Fraction(0)
    since: datetime | None = None
    rate = parse_quantity(order.rate_ml)
    for event in events:
        payload = event.payload
        if isinstance(payload, PumpStarted) and since is None:
            since, rate = event.occurred_at, parse_quantity(payload.rate_ml)
        elif isinstance(payload, PumpPaused | PumpStopped) and since is not None:
            running, volume, since = running + (event.occurred_at - since), volume + _flowed(rate, event.occurred_at - since), None
    if since is not None and now > since:
        running, volume = running + (now - since), volume + _flowed(rate, now - since)
    ordered = parse_quantity(order.volume).to("mL")
    volume = min(volume, ordered)
    total = _length(order)
    return Given(running, volume, _text(volume, STOCK.rounding.volume), _dose(volume, order), max(total - running, timedelta()), total)


def _flowed(rate: Quantity, during: timedelta) -> Fraction:
    return rate.to("mL/s") * Fraction(during // timedelta(microseconds=1), 1_000_000)


def _length(order: OrderSigned) -> timedelta:
    return timedelta(seconds=float(parse_quantity(order.duration).to("s")))


def _dose(volume: Fraction, order: OrderSigned) -> str:
    return _text(volume * parse_quantity(order.concentration).to("mg/mL"), STOCK.rounding.dose)


def _text(amount: Fraction, step: Quantity) -> str:
    exact = Decimal(amount.numerator) / Decimal(amount.denominator)
    return f"{plain_text(rounded_to(exact, step.value))} {step.unit}"
