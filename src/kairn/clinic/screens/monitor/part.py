"""What the chair says of a monitor: whether data come, since when they do not, and what was not taken, as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kairn.clinic.people.models import MonitorLink
from kairn.clinic.people.monitors import monitor_link
from kairn.clinic.screens.forms.stretch import sent_by_device
from kairn.clinic.screens.visit.seat import Seat
from kairn.library.monitors import BEDSIDE
from kairn.record.event import Event
from kairn.record.payloads import Observed
from kairn.record.payloads_monitor import MonitorRejected, NotTaken

OPEN = ("pre-flight", "infusion", "recovery")
FEW = 5
AHEAD = "time-ahead"


@dataclass(frozen=True)
class Refusal:
    """One value that is no reading; `times` when the same came again and again, until `at`."""

    at: str
    channel: str
    value: str
    unit: str
    said: str
    times: int
    since: str


@dataclass(frozen=True)
class MonitorPart:
    """The monitor of a visit. heard, read: when the latest row and the latest reading came, by the clinic's clock; empty where there is none.

    state: none, waiting (linked, nothing came), reading, unread (rows come, none of their values is a reading) or silent.
    late: seconds after which it is silent. clock: what is to be said of the monitor's own clock, empty where it agrees with the clinic's.
    """

    state: str
    device: str
    heard: str
    heard_at: str
    read: str
    read_at: str
    late: int
    refusals: tuple[Refusal, ...]
    more: int
    clock: str = ""


def monitor_part(seat: Seat, few: int = FEW) -> MonitorPart:
    """The monitor of the open visit now. Whether it is silent goes by when its rows came: its own clock may be wrong."""
    rows = [event for event in seat.events if sent_by_device(event)]
    heard = max((event.recorded_at for event in rows), default=None)
    read = max((event.recorded_at for event in rows if isinstance(event.payload, Observed)), default=None)
    link = monitor_link(seat.visit.id, seat.clock.now) if seat.visit.phase in OPEN else None
    refusals = _refusals(seat, rows)
    return MonitorPart(
        _state(seat, link, heard, read), link.device if link else _device(rows), *_told(seat, heard), *_told(seat, read),
        int(BEDSIDE.silent_after.total_seconds()), refusals[:few], max(len(refusals) - few, 0), _clock(rows),
    )  # fmt: skip


def _clock(rows: Sequence[Event]) -> str:
    """Of the row that came last. One that was still to come was not taken; one that is older than the silence was sent late, or by a slow clock."""
    last = max(rows, key=lambda event: event.seq, default=None)
    if last is None:
        return ""
    if isinstance(last.payload, MonitorRejected) and any(one.reason == AHEAD for one in last.payload.values):
        return f"The monitor's clock is more than {_length(BEDSIDE.ahead)} ahead of the clinic's: its rows are not taken."
    behind = last.recorded_at - last.occurred_at
    return f"The monitor's clock is {_length(behind)} behind the clinic's, or its rows come late." if behind > BEDSIDE.silent_after else ""


def _length(length: timedelta) -> str:
    """In whole minutes."""
    return f"{length // timedelta(minutes=1)} min"


def _told(seat: Seat, at: datetime | None) -> tuple[str, str]:
    return (at.isoformat(), seat.clock.when(at)) if at else ("", "")


def _state(seat: Seat, link: MonitorLink | None, heard: datetime | None, read: datetime | None) -> str:
    if seat.visit.phase not in OPEN or (heard is None and link is None):
        return "none"
    if heard is None:
        return "waiting"
    if seat.clock.now - heard > BEDSIDE.silent_after:
        return "silent"
    return "reading" if read and seat.clock.now - read <= BEDSIDE.silent_after else "unread"


def _device(rows: Sequence[Event]) -> str:
    return rows[-1].by.name.removeprefix("Monitor ") if rows else ""


def _refusals(seat: Seat, rows: Sequence[Event]) -> tuple[Refusal, ...]:
    """Newest first; the same refusal of one channel again and again is one line."""
    runs: dict[tuple[str, str], list[tuple[datetime, NotTaken]]] = {}
    for event in rows:
        for one in event.payload.values if isinstance(event.payload, MonitorRejected) else ():
            runs.setdefault((one.channel, one.reason), []).append((event.occurred_at, one))
    ordered = sorted(runs.values(), key=lambda run: run[-1][0], reverse=True)
    return tuple(_refusal(seat, run) for run in ordered)


def _refusal(seat: Seat, run: Sequence[tuple[datetime, NotTaken]]) -> Refusal:
    at, one = run[-1]
    since = seat.clock.when(run[0][0]) if len(run) > 1 else ""
    return Refusal(seat.clock.when(at), one.channel, one.value, one.unit, one.said, len(run), since)
