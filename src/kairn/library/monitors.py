"""What each kind of monitor sends: its channels with fact and unit, its pace, and which of its channels must agree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from kairn.library.facts import FACTS, Fact
from kairn.library.reader import LIBRARY, Node, read_yaml
from kairn.library.sources import SOURCES
from kairn.terms.problem import unreadable
from kairn.terms.quantity import unit_of
from kairn.terms.times import parse_duration

Pairs = tuple[tuple[str, str], ...]
PACE = ("every", "overdue", "apart", "ahead", "link")


@dataclass(frozen=True)
class Channel:
    """One channel: the fact it measures, the other names it is sent under, and the unit meant where a file names none.

    `spot`: measured now and then, as a cuff does, so that a minute without it is no gap.
    """

    fact: Fact
    names: tuple[str, ...]
    unit: str
    spot: bool


@dataclass(frozen=True)
class Monitor:
    """One kind of monitor. `above`: (higher, lower) of one row; `rests_on`: (reading, what it needs) of one row.

    every: a row is expected; overdue: so long after it there is no data; apart: rows nearer than this are not two; ahead: so far its clock may run ahead;
    link: so long a link to a visit lasts.
    """

    name: str
    label: str
    channels: dict[str, Channel]
    above: Pairs
    rests_on: Pairs
    every: timedelta
    overdue: timedelta
    apart: timedelta
    ahead: timedelta
    link: timedelta

    @property
    def silent_after(self) -> timedelta:
        """How old the latest row is when there is no data."""
        return self.every + self.overdue

    def channel(self, name: str) -> Channel | None:
        """The channel sent under this name, whatever its case; None for an unknown one."""
        return self.channels.get(name.lower())


def read_monitor(root: Node) -> Monitor:
    """The file as values. Raises Unreadable with the line of the fault."""
    parts = root.fields(("monitor", "label", "source", *PACE, "channels", "agree"))
    cited = parts["source"].texts()[0]
    if cited not in SOURCES:
        raise parts["source"].fault(f"the source {cited!r}", "a key of library/sources.yaml", "Add the source there or correct the key.")
    channels = _channels(parts["channels"])
    agree = parts["agree"].fields(("above", "rests_on"))
    known = {channel.fact.name for channel in channels.values()}
    above, rests_on = (_pairs(agree[name], known) for name in ("above", "rests_on"))
    pace = {name: parse_duration(parts[name].text(), parts[name].where).delta for name in PACE}
    return Monitor(parts["monitor"].text(), parts["label"].text(), channels, above, rests_on, **pace)


def _channels(listed: Node) -> dict[str, Channel]:
    found: dict[str, Channel] = {}
    for entry in listed.items():
        channel = _channel(entry)
        for name in (channel.fact.name, *channel.names):
            if name.lower() in found:
                raise entry.fault(f"the name {name!r} twice", "each name once", "Keep one of them.")
            found[name.lower()] = channel
    return found


def _channel(entry: Node) -> Channel:
    fields = entry.fields(("channel", "names", "unit"), ("spot",))
    fact = FACTS.get(fields["channel"].text())
    if fact is None or fact.kind != "measure":
        raise fields["channel"].fault(f"{fields['channel'].text()!r}", "a measured fact of library/facts.yaml", "Correct its spelling or add it there.")
    if unit_of(fields["unit"].text(), fields["unit"].where)[0] != unit_of(fact.unit)[0]:
        raise fields["unit"].fault(f"the unit {fields['unit'].text()!r}", f"one that can be said in {fact.unit}", "Correct the unit.")
    return Channel(fact, fields["names"].texts(), fields["unit"].text(), "spot" in fields and fields["spot"].text() == "yes")


def _pairs(listed: Node, known: set[str]) -> Pairs:
    found = [pair.texts() for pair in listed.items()]
    for pair, node in zip(found, listed.items(), strict=True):
        if len(pair) != 2 or not set(pair) <= known:
            raise node.fault(f"{list(pair)}", "two channels of this file", "Name two of them.")
    return tuple((first, second) for first, second in found)


MONITORS: dict[str, Monitor] = {path.stem: read_monitor(read_yaml(path)) for path in sorted((LIBRARY / "monitors").glob("*.yaml"))}
BEDSIDE = MONITORS["bedside"]


def monitor_named(name: str) -> Monitor:
    """The kind of monitor with that name. Raises Unreadable."""
    if name not in MONITORS:
        raise unreadable(f"the monitor {name!r}", f"one of {', '.join(MONITORS)}", "Choose one, or write a file for it under library/monitors.")
    return MONITORS[name]
