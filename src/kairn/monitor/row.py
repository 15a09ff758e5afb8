"""One row of a monitor: which of its values are readings, and why the others are none."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from kairn.library.facts import Fact, weighed
from kairn.library.monitors import Monitor
from kairn.record.payloads import Observed, Payload, Reading
from kairn.record.payloads_monitor import MonitorRejected, NotTaken, Reason
from kairn.terms.numbers import measured_value
from kairn.terms.problem import Unreadable
from kairn.terms.quantity import Quantity, counted_in, unit_words

LONGEST = 40
_ZERO = re.compile(r"[+-]?0+(\.0+)?")


@dataclass(frozen=True)
class Sent:
    """One value as it came: text, with the text of its unit."""

    value: str
    unit: str


@dataclass(frozen=True)
class Row:
    """What a monitor says of one minute: the moment by its own clock (aware), and its channels. A channel with nothing in it was not sent."""

    at: datetime
    channels: Mapping[str, Sent]

    @property
    def sent(self) -> dict[str, Sent]:
        """The channels that hold something, in the order of their names, so that the order they came in does not matter."""
        return {name: self.channels[name] for name in sorted(self.channels) if self.channels[name].value.strip()}


@dataclass(frozen=True)
class RowRead:
    """A row as read: when it happened, the readings, what is none, and what is to be said of the monitor's clock."""

    at: datetime
    readings: tuple[Reading, ...]
    rejected: tuple[NotTaken, ...]
    note: str = ""


@dataclass(frozen=True)
class _Value:
    """One value that may be a reading: `seen` is how a rule would see it."""

    name: str
    sent: Sent
    fact: Fact
    seen: Decimal


def read_row(monitor: Monitor, row: Row, now: datetime, arrived_at: datetime | None = None) -> RowRead:
    """The readings of a row and what is none. Total: no row raises.

    now: the clinic's clock. arrived_at: when the person came; what a monitor showed before that is not theirs.
    """
    if row.at > now + monitor.ahead:
        return _none_of(row, now, "time-ahead", f"The monitor's clock said {_said(row.at)}, which was still to come.")
    if arrived_at is not None and row.at < arrived_at:
        return _none_of(row, row.at, "before-arrival", f"The person arrived {_said(arrived_at)}; this was shown before.")
    values, rejected = _one_by_one(monitor, row)
    clashing = dict(_clashes(monitor, values, {one.channel for one in rejected}))
    rejected += [_not_taken(value.name, value.sent, *clashing[value.fact.name]) for value in values if value.fact.name in clashing]
    kept = [value for value in values if value.fact.name not in clashing]
    readings = tuple(Reading(value.fact.name, value.sent.value, value.sent.unit) for value in kept)
    note = f"The monitor's clock said {_said(row.at)}." if row.at > now else ""
    return RowRead(min(row.at, now), readings, tuple(sorted(rejected, key=lambda one: one.channel)), note)


def _none_of(row: Row, at: datetime, reason: Reason, said: str) -> RowRead:
    return RowRead(at, (), tuple(_not_taken(name, sent, reason, said) for name, sent in row.sent.items()))


def _one_by_one(monitor: Monitor, row: Row) -> tuple[list[_Value], list[NotTaken]]:
    sent = row.sent
    times = Counter(channel.fact.name for name in sent if (channel := monitor.channel(name)))
    found = [_value(monitor, name, one, times) for name, one in sent.items()]
    return [one for one in found if isinstance(one, _Value)], [one for one in found if isinstance(one, NotTaken)]


def _value(monitor: Monitor, name: str, sent: Sent, times: Counter[str]) -> _Value | NotTaken:
    channel = monitor.channel(name)
    if channel is None:
        return _not_taken(name, sent, "unknown-channel", f"No channel of a {monitor.name} monitor has this name.")
    fact, text, unit = channel.fact, sent.value, sent.unit
    if times[fact.name] > 1:
        return _not_taken(name, sent, "sent-twice", f"The {fact.label} was sent under two names; nobody can say which is meant.")
    if _ZERO.fullmatch(text):
        return _not_taken(name, sent, "no-reading", "0 is the monitor's way of saying that it has no reading.")
    if wrong := _wrong_unit(unit, fact):
        return _not_taken(name, sent, *wrong)
    try:
        exact = Quantity(measured_value(text), unit).to(fact.unit)
    except Unreadable as fault:
        return _not_taken(name, sent, "not-a-number", f"Expected {fault.problem.expected}.")
    low, high = fact.plausible
    if exact < low:
        return _not_taken(name, sent, "below-range", f"Expected {low} or more {unit_words(fact.unit)}.")
    if exact > high:
        return _not_taken(name, sent, "above-range", f"Expected {high} or less {unit_words(fact.unit)}.")
    seen = weighed(fact, text, unit)
    return _Value(name, sent, fact, seen) if seen else _not_taken(name, sent, "no-reading", "So little is 0 in whole steps, and 0 is no reading.")


def _wrong_unit(unit: str, fact: Fact) -> tuple[Reason, str] | None:
    """A unit of another kind; beats are no breaths, although both are counted in a minute."""
    if not unit:
        return "no-unit", f"Expected a unit, such as {unit_words(fact.unit)}."
    try:
        Quantity(Decimal(1), unit).to(fact.unit)
        same = counted_in(unit) <= counted_in(fact.unit)
    except Unreadable:
        same = False
    return None if same else ("wrong-unit", f"Expected a unit that can be said in {unit_words(fact.unit)}.")


def _clashes(monitor: Monitor, values: list[_Value], rejected: set[str]) -> Iterator[tuple[str, tuple[Reason, str]]]:
    """Facts of this row that do not agree with one another, and what is to be said of each."""
    seen = {value.fact.name: value for value in values}
    missed = {channel.fact.name for name in rejected if (channel := monitor.channel(name))}
    for higher, lower in monitor.above:
        if higher in seen and lower in seen and not seen[higher].seen > seen[lower].seen:
            said = f"The {seen[higher].fact.label} must lie above the {seen[lower].fact.label}; saw {seen[higher].seen} and {seen[lower].seen}."
            yield from ((name, ("pressures-crossed", said)) for name in (higher, lower))
    for reading, needed in monitor.rests_on:
        if reading in seen and needed in missed:
            yield reading, ("rests-on-nothing", f"In the same row there is no {monitor.channels[needed].fact.label}, on which it rests.")


def _not_taken(name: str, sent: Sent, reason: Reason, said: str) -> NotTaken:
    return NotTaken(shown(name), shown(sent.value), shown(sent.unit), reason, said)


def shown(text: str) -> str:
    """Text as it can be kept and shown: signs that cannot be printed replaced, and cut where it is long."""
    plain = "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text[: LONGEST + 1])
    return plain if len(plain) <= LONGEST else plain[:LONGEST] + "\N{HORIZONTAL ELLIPSIS}"


def _said(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def payloads_of(found: RowRead, visit: UUID, device: str) -> list[Payload]:
    """What goes on record of a row: its readings as a device's, and beside them what was none. Empty for an empty row."""
    taken = [Observed(found.readings, visit, "device", note=found.note)] if found.readings else []
    return [*taken, *([MonitorRejected(visit, device, found.rejected, found.note)] if found.rejected else [])]
