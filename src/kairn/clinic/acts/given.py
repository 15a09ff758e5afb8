"""What the pump has given, from the recorded starts, rates, pauses and stops; Kairn is not connected to the pump."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from kairn.pathway.standing import Visit
from kairn.record.event import Event
from kairn.record.payloads import OrderSigned, PumpPaused, PumpRateSet, PumpStarted, PumpStopped
from kairn.terms.quantity import Quantity, parse_quantity

PUMP = (PumpStarted, PumpRateSet, PumpPaused, PumpStopped)


@dataclass(frozen=True)
class Flow:
    """Running time so far and volume in mL by the rate history, exact and never cut off, beside what was ordered.

    `done` is how long the pump would have run for as much at the ordered rate, of the ordered time `planned`; `left` is how long the rest takes at the rate
    set now.
    """

    running: timedelta
    volume: Fraction
    ordered: Fraction
    planned: timedelta
    done: timedelta
    left: timedelta

    @property
    def total(self) -> timedelta:
        """How long the pump runs in all, if nobody touches it any more."""
        return self.running + self.left

    @property
    def whole(self) -> bool:
        """Whether all that was ordered has run, by volume or, because a rate is rounded, by time."""
        return self.volume >= self.ordered or self.done >= self.planned

    @property
    def beyond(self) -> bool:
        """Whether the recorded times say that more ran than was ordered."""
        return self.volume > self.ordered and self.done > self.planned


@dataclass(frozen=True)
class Ran:
    """The pump ran at one rate (a quantity in mL per time) from one moment to another; `until` None: it runs still."""

    since: datetime
    until: datetime | None
    rate: Quantity


def flow(events: Iterable[Event], order: OrderSigned, now: datetime) -> Flow:
    """What has run by `now` of one visit's pump events, whatever order they were recorded in."""
    events = list(events)
    found = ran(events, order, now)
    pairs = [(one.rate, (one.until or now) - one.since) for one in found]
    ordered, planned = parse_quantity(order.rate_ml), timedelta(seconds=float(parse_quantity(order.duration).to("s")))
    done = sum((_at_rate(length, rate, ordered) for rate, length in pairs), timedelta())
    again = found[-1].rate if found and found[-1].until is None else parse_quantity(slower(rate_set(events, order), order))
    left = _at_rate(max(planned - done, timedelta()), ordered, again)
    running, volume = sum((length for _, length in pairs), timedelta()), sum((_flowed(rate, length) for rate, length in pairs), Fraction(0))
    return Flow(running, volume, parse_quantity(order.volume).to("mL"), planned, done, left)


def reckoned_to(visit: Visit, now: datetime) -> datetime:
    """Up to when what ran is reckoned: a visit that is closed gives nothing more, also where nobody recorded the stop."""
    return min(now, visit.phase_since) if visit.phase == "closed" and visit.pump != "stopped" else now


def ran(events: Iterable[Event], order: OrderSigned, now: datetime) -> list[Ran]:
    """When the pump ran by `now`, and at which rate. A stop that comes after a start of a later time ends what ran when it was recorded, not before."""
    moves = pump_moves(events)
    found: list[Ran] = []
    since: datetime | None = None
    before: Event | None = None
    rate = parse_quantity(order.rate_ml)
    for event in [each for each in moves if each.occurred_at <= now]:
        said = event.payload
        if since is not None:
            found.append(Ran(since, event.occurred_at, rate))
        since = event.occurred_at if isinstance(said, PumpStarted) or (isinstance(said, PumpRateSet) and _ran_on(event, before, since)) else None
        rate = parse_quantity(said.rate_ml) if isinstance(said, PumpStarted | PumpRateSet) else rate
        before = event
    stopped = _stop_recorded(moves)
    until = min(stopped, now) if stopped else None
    if since is not None and (until is None or since < until):
        found.append(Ran(since, until, rate))
    return found


def rate_set(events: Iterable[Event], order: OrderSigned) -> Quantity:
    """The rate at which the pump runs, or ran until it was paused; before the first start the ordered one."""
    told = [event.payload for event in pump_moves(events) if isinstance(event.payload, PumpStarted | PumpRateSet)]
    return parse_quantity(told[-1].rate_ml if told else order.rate_ml)


def slower(rate: Quantity, order: OrderSigned) -> str:
    """That rate as the record writes it, or the ordered one where that is slower."""
    return rate.text if rate.to("mL/h") < parse_quantity(order.rate_ml).to("mL/h") else order.rate_ml


def pump_moves(events: Iterable[Event]) -> list[Event]:
    """The starts, rates, pauses and stops among them, by when they were."""
    return sorted((e for e in events if isinstance(e.payload, PUMP)), key=lambda e: (e.occurred_at, e.seq))


def _ran_on(rate: Event, before: Event | None, since: datetime | None) -> bool:
    """Whether the pump ran when a rate was set: it was running, or only a stop stands before that was recorded after it."""
    return since is not None or (before is not None and isinstance(before.payload, PumpStopped) and before.seq > rate.seq)


def _stop_recorded(moves: list[Event]) -> datetime | None:
    """When a stop was recorded after the latest start was: it wins, also where its time is earlier. None where the pump may run."""
    started = max((e.seq for e in moves if isinstance(e.payload, PumpStarted)), default=0)
    return min((e.recorded_at for e in moves if isinstance(e.payload, PumpStopped) and e.seq > started), default=None)


def _at_rate(length: timedelta, rate: Quantity, other: Quantity) -> timedelta:
    """How long the other rate takes for as much as one rate gives in `length`."""
    return length if rate == other else timedelta(microseconds=round(Fraction(length // timedelta.resolution) * rate.to("mL/s") / other.to("mL/s")))


def _flowed(rate: Quantity, during: timedelta) -> Fraction:
    return rate.to("mL/s") * Fraction(during // timedelta.resolution, timedelta(seconds=1) // timedelta.resolution)
