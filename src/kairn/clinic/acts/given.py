"""What the pump has given, from the recorded starts, pauses and stops; Kairn is not connected to the pump."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from kairn.record.event import Event
from kairn.record.payloads import OrderSigned, PumpPaused, PumpStarted, PumpStopped
from kairn.terms.quantity import Quantity, parse_quantity


@dataclass(frozen=True)
class Flow:
    """Running time so far and volume in mL by the rate history, exact and never cut off, beside what was ordered."""

    running: timedelta
    volume: Fraction
    ordered: Fraction
    total: timedelta

    @property
    def whole(self) -> bool:
        """Whether all that was ordered has run, by volume or, because a rate is rounded, by time."""
        return self.volume >= self.ordered or self.running >= self.total

    @property
    def beyond(self) -> bool:
        """Whether the recorded times say that more ran than was ordered."""
        return self.volume > self.ordered and self.running > self.total


def flow(events: Iterable[Event], order: OrderSigned, now: datetime) -> Flow:
    """What has run by `now` of one visit's pump events, whatever order they were recorded in."""
    moves = sorted((e for e in events if isinstance(e.payload, PumpStarted | PumpPaused | PumpStopped)), key=lambda e: (e.occurred_at, e.seq))
    running, volume = timedelta(), Fraction(0)
    since: datetime | None = None
    rate = parse_quantity(order.rate_ml)
    for event in [each for each in moves if each.occurred_at <= now]:
        if since is not None:
            running, volume = running + (event.occurred_at - since), volume + _flowed(rate, event.occurred_at - since)
        since = event.occurred_at if isinstance(event.payload, PumpStarted) else None
        rate = parse_quantity(event.payload.rate_ml) if isinstance(event.payload, PumpStarted) else rate
    if since is not None and not _stopped(moves):
        running, volume = running + (now - since), volume + _flowed(rate, now - since)
    return Flow(running, volume, parse_quantity(order.volume).to("mL"), timedelta(seconds=float(parse_quantity(order.duration).to("s"))))


def _stopped(moves: list[Event]) -> bool:
    """A stop wins over whatever was recorded before it, also where its time is earlier."""
    return isinstance(max(moves, key=lambda e: e.seq).payload, PumpStopped)


def _flowed(rate: Quantity, during: timedelta) -> Fraction:
    return rate.to("mL/s") * Fraction(during // timedelta.resolution, timedelta(seconds=1) // timedelta.resolution)
