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


@dataclass(frozen=True)
class Ran:
    """The pump ran at one rate (a quantity in mL per time) from one moment to another; `until` None: it runs still."""

    since: datetime
    until: datetime | None
    rate: Quantity


def flow(events: Iterable[Event], order: OrderSigned, now: datetime) -> Flow:
    """What has run by `now` of one visit's pump events, whatever order they were recorded in."""
    found = ran(events, order, now)
    lengths = [(one.until or now) - one.since for one in found]
    volume = sum((_flowed(one.rate, length) for one, length in zip(found, lengths, strict=True)), Fraction(0))
    total = timedelta(seconds=float(parse_quantity(order.duration).to("s")))
    return Flow(sum(lengths, timedelta()), volume, parse_quantity(order.volume).to("mL"), total)


def ran(events: Iterable[Event], order: OrderSigned, now: datetime) -> list[Ran]:
    """When the pump ran by `now`, and at which rate."""
    moves = pump_moves(events)
    found: list[Ran] = []
    since: datetime | None = None
    rate = parse_quantity(order.rate_ml)
    for event in [each for each in moves if each.occurred_at <= now]:
        if since is not None:
            found.append(Ran(since, event.occurred_at, rate))
        since = event.occurred_at if isinstance(event.payload, PumpStarted) else None
        rate = parse_quantity(event.payload.rate_ml) if isinstance(event.payload, PumpStarted) else rate
    if since is not None and not _stopped(moves):
        found.append(Ran(since, None, rate))
    return found


def pump_moves(events: Iterable[Event]) -> list[Event]:
    """The starts, pauses and stops among them, by when they were."""
    return sorted((e for e in events if isinstance(e.payload, PumpStarted | PumpPaused | PumpStopped)), key=lambda e: (e.occurred_at, e.seq))


def _stopped(moves: list[Event]) -> bool:
    """A stop wins over whatever was recorded before it, also where its time is earlier."""
    return isinstance(max(moves, key=lambda e: e.seq).payload, PumpStopped)


def _flowed(rate: Quantity, during: timedelta) -> Fraction:
    return rate.to("mL/s") * Fraction(during // timedelta.resolution, timedelta(seconds=1) // timedelta.resolution)
