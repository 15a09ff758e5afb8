"""What a whole trace amounts to: rows, readings, what was no reading and why, and where there is no data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from kairn.library.monitors import Monitor
from kairn.monitor.row import Row, RowRead, read_row
from kairn.monitor.trace import Line, Trace, plain_seconds
from kairn.record.payloads_monitor import NotTaken


@dataclass(frozen=True)
class Gap:
    """No data between two lengths from the beginning: of one fact, or with no fact of the whole monitor."""

    start: timedelta
    end: timedelta
    fact: str = ""


@dataclass(frozen=True)
class Report:
    """A trace as read. `accepted`: fact -> readings; `rejected`: (reason, channel) -> values; the sums add up to `values`."""

    rows: int
    unreadable: tuple[Line, ...]
    empty: int
    out_of_order: int
    values: int
    accepted: Counter[str]
    rejected: Counter[tuple[str, str]]
    examples: tuple[tuple[timedelta, NotTaken], ...]
    gaps: tuple[Gap, ...]

    def plain(self) -> dict[str, Any]:
        """As JSON values; lengths in seconds from the beginning."""
        return {
            "rows": self.rows,
            "unreadable": [{"line": line.number, "said": line.fault} for line in self.unreadable],
            "empty": self.empty,
            "out_of_order": self.out_of_order,
            "values": self.values,
            "accepted": dict(sorted(self.accepted.items())),
            "rejected": [{"reason": reason, "channel": channel, "values": n} for (reason, channel), n in sorted(self.rejected.items())],
            "gaps": [{"of": gap.fact or "everything", "from_s": float(plain_seconds(gap.start)), "to_s": float(plain_seconds(gap.end))} for gap in self.gaps],
        }


def rows_of(trace: Trace, begin: datetime) -> list[tuple[Line, Row]]:
    """Each row with something in it at its moment, when the earliest was at `begin` (aware)."""
    offsets = trace.offsets
    return [(line, Row(begin + offsets[line.number], line.channels)) for line in trace.rows if not line.empty]


def report_on(trace: Trace, monitor: Monitor) -> Report:
    """Read a whole trace without a clinic: each row as if it came the moment it was sent."""
    begin = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
    read = [(row.at - begin, read_row(monitor, row, row.at)) for _, row in rows_of(trace, begin)]
    not_taken = [(at, one) for at, found in read for one in found.rejected]
    accepted = Counter(reading.fact for _, found in read for reading in found.readings)
    rejected: Counter[tuple[str, str]] = Counter((one.reason, one.channel) for _, one in not_taken)
    times = list(trace.offsets.values())
    return Report(
        rows=len(trace.rows),
        unreadable=tuple(line for line in trace.lines if line.fault),
        empty=sum(line.empty for line in trace.rows),
        out_of_order=sum(later < earlier for earlier, later in zip(times, times[1:], strict=False)),
        values=sum(accepted.values()) + sum(rejected.values()),
        accepted=accepted,
        rejected=rejected,
        examples=tuple(not_taken),
        gaps=tuple(_gaps(read, monitor, trace.length)),
    )


def _gaps(read: Sequence[tuple[timedelta, RowRead]], monitor: Monitor, length: timedelta) -> Iterable[Gap]:
    """Of the whole monitor, then of each fact that is not measured only now and then; from the beginning to the end of the file."""
    yield from gaps_between([timedelta(), *(at for at, _ in read), length], monitor)
    facts = dict.fromkeys(channel.fact.name for channel in monitor.channels.values() if not channel.spot)
    for fact in facts:
        taken = [at for at, found in read for reading in found.readings if reading.fact == fact]
        yield from gaps_between([timedelta(), *taken, length], monitor, fact) if taken else ()


def gaps_between(times: Iterable[timedelta], monitor: Monitor, fact: str = "") -> list[Gap]:
    """Where two neighbours lie farther apart than a row may be late."""
    ordered = sorted(times)
    return [Gap(before, after, fact) for before, after in zip(ordered, ordered[1:], strict=False) if after - before > monitor.silent_after]
