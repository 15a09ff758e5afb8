"""What the lanes component draws: rows of points on one time axis, with limits, gaps and the line of now, as plain values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any, Literal

Kind = Literal["line", "pressure", "bars", "steps", "due", "events", "scores", "spans", "model"]
EVERY = 10
"""Of the course of a model every so many points stands in the table, and the latest."""
MODEL_SAYS = "predicted, not measured"


@dataclass(frozen=True)
class Point:
    """One reading: `value` (for pressure the systolic, with `lower` the diastolic; None where it was not told), or `words` for an event or a due mark.

    `recorded` is given only where it differs from `at`; such a point is drawn open. `state` is due's: due, done, part, late, missed, refused, blank.
    `unsure` says in words why a score may show something else as well; it gets a mark of its own shape. So does what a `device` took by itself.
    """

    at: datetime
    value: Decimal | None = None
    lower: Decimal | None = None
    recorded: datetime | None = None
    words: str = ""
    state: str = "done"
    level: str = ""
    unsure: str = ""
    device: bool = False


@dataclass(frozen=True)
class Silence:
    """A stretch in which a monitor sent no reading of this lane, though it sends one every minute."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Band:
    """A band of a score, shaded with its words: from `low` up to where the next one begins."""

    low: Decimal
    words: str


@dataclass(frozen=True)
class Span:
    """A stretch of time with a word. `kind`: usual (an expectation, drawn as a model is), ran (measured), after (what follows it)."""

    start: datetime
    end: datetime
    words: str
    kind: Literal["usual", "ran", "after"]
    source: str = ""


@dataclass(frozen=True)
class Limit:
    """A limit of the protocol: a dotted line at `at` with its words, and stone beyond it on `side`; `told` is the same for paper, where no side is drawn."""

    at: Decimal
    side: Literal["above", "below"]
    words: str
    told: str = ""


@dataclass(frozen=True)
class Row:
    """One lane. `low` and `high` are the axis; `gaps` are sets that were missed; `value`, `note` and `age` (its instant) are the label column.

    `unsure` says that the latest reading cannot be used; the value then is the one before it. `spread` is the band about a model's points, one for each.
    """

    label: str
    kind: Kind
    points: Sequence[Point] = ()
    unit: str = ""
    low: Decimal | None = None
    high: Decimal | None = None
    limits: Sequence[Limit] = ()
    base: Decimal | None = None
    gaps: Sequence[datetime] = ()
    value: str = ""
    age: datetime | None = None
    stale: bool = False
    note: str = ""
    unsure: str = ""
    bands: Sequence[Band] = ()
    spans: Sequence[Span] = ()
    silences: Sequence[Silence] = ()
    spread: Sequence[tuple[Decimal, Decimal]] = ()


def lanes(rows: Sequence[Row], *, start: datetime, end: datetime, now: datetime, zone: tzinfo) -> dict[str, Any]:
    """The plain dict that `<c-lanes>` takes; times become seconds, and words in the clinic's zone.

    More than two days are told with their dates, and their marks of time are midnights on the clinic's wall clock.
    """
    days = end - start > timedelta(days=2)
    told = day_clock if days else clock
    times = {"from": start.timestamp(), "to": end.timestamp(), "now": now.timestamp(), "offset": _offset(now, zone)}
    return times | {"ticks": _midnights(start, end, zone) if days else None, "rows": [_row(row, zone, told) | {"aged": aged(row.age, now)} for row in rows]}


def _midnights(start: datetime, end: datetime, zone: tzinfo) -> list[tuple[float, str]]:
    """Every local midnight, told by its date; a day of a changed clock is as long as it is."""
    first = start.astimezone(zone).date()
    days = [first + timedelta(days=number) for number in range((end - start).days + 2)]
    every = [datetime(day.year, day.month, day.day, tzinfo=zone) for day in days]
    return [(at.timestamp(), f"{at.day} {at:%b}") for at in every if start <= at <= end]


def _offset(now: datetime, zone: tzinfo) -> float:
    shift = now.astimezone(zone).utcoffset()
    return shift.total_seconds() if shift else 0


def _row(row: Row, zone: tzinfo, told: Callable[[datetime, tzinfo], str]) -> dict[str, Any]:
    plain = {key: getattr(row, key) for key in ("label", "kind", "unit", "value", "stale", "note", "unsure")}
    drawn = {"low": _number(row.low), "high": _number(row.high), "base": _number(row.base), "age": row.age.isoformat() if row.age else ""}
    return (
        plain
        | drawn
        | {
            "points": [_point(point, zone, told) for point in row.points],
            "limits": [{"at": float(limit.at), "side": limit.side, "words": limit.words} for limit in row.limits],
            "gaps": [gap.timestamp() for gap in row.gaps],
            "silences": [{"from": silence.start.timestamp(), "to": silence.end.timestamp()} for silence in row.silences],
            "bands": [{"low": float(band.low), "words": band.words} for band in row.bands],
            "spans": [{"from": span.start.timestamp(), "to": span.end.timestamp(), "words": span.words, "kind": span.kind} for span in row.spans],
            "spread": [(float(low), float(high)) for low, high in row.spread],
            "table": (_course(row, zone, told) if row.kind == "model" else [_cell(point, row.kind, zone, told) for point in row.points if point.state != "due"])
            + [_stretch(span, zone, told) for span in row.spans if span.words]
            + [_silent(silence, zone, told) for silence in row.silences],
            "said": _said(row, zone, told),
        }
    )


def _point(point: Point, zone: tzinfo, told: Callable[[datetime, tzinfo], str]) -> dict[str, Any]:
    late = point.recorded.timestamp() if point.recorded else None
    return {
        "t": point.at.timestamp(),
        "at": told(point.at, zone),
        "unsure": point.unsure,
        "v": _number(point.value),
        "w": _number(point.lower),
        "late": late,
        "words": point.words,
        "state": point.state,
        "level": point.level,
        "device": point.device,
    }


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _cell(point: Point, kind: Kind, zone: tzinfo, told: Callable[[datetime, tzinfo], str]) -> dict[str, str]:
    value = f"{shown(point, kind)}, monitor" if point.device else shown(point, kind)
    return {"at": told(point.at, zone), "value": value, "recorded": told(point.recorded, zone) if point.recorded else "at once"}


def _course(row: Row, zone: tzinfo, told: Callable[[datetime, tzinfo], str]) -> list[dict[str, str]]:
    """The course of a model at a few times, each with its band."""
    some = [*list(zip(row.points, row.spread, strict=True))[:-1:EVERY], *list(zip(row.points, row.spread, strict=True))[-1:]]
    return [{"at": told(point.at, zone), "value": f"{point.value} {row.unit}, {low} to {high}", "recorded": MODEL_SAYS} for point, (low, high) in some] or [
        {"at": "", "value": row.note, "recorded": MODEL_SAYS}
    ]


def _stretch(span: Span, zone: tzinfo, told: Callable[[datetime, tzinfo], str]) -> dict[str, str]:
    return {"at": f"{told(span.start, zone)} to {told(span.end, zone)}", "value": span.words, "recorded": span.source}


def _silent(silence: Silence, zone: tzinfo, told: Callable[[datetime, tzinfo], str]) -> dict[str, str]:
    return {"at": f"{told(silence.start, zone)} to {told(silence.end, zone)}", "value": "no data from the monitor", "recorded": ""}


def aged(at: datetime | None, now: datetime) -> str:
    """How long ago something was, in the words of the ticking ages; empty where it never was."""
    if at is None:
        return ""
    gone = max(now - at, timedelta())
    if gone.days > 1:
        return f"{gone.days} days ago"
    hours, rest = divmod(gone, timedelta(hours=1))
    minutes = rest // timedelta(minutes=1)
    return f"{hours} h {minutes} min ago" if hours else f"{minutes} min ago" if minutes else "under 1 min ago"


def clock(at: datetime, zone: tzinfo) -> str:
    """Hours and minutes in the clinic's zone."""
    return f"{at.astimezone(zone):%H:%M}"


def day_clock(at: datetime, zone: tzinfo) -> str:
    """The day as well: 24 Nov 09:20."""
    local = at.astimezone(zone)
    return f"{local.day} {local:%b %H:%M}"


def shown(point: Point, kind: Kind) -> str:
    """A point's value as text: 97, 148/88, 172/- where one pressure was told without the other, or its words."""
    if point.value is None and point.lower is None:
        return point.words or point.state
    value = "/".join("-" if half is None else str(half) for half in (point.value, point.lower)) if kind == "pressure" else str(point.value)
    return ", ".join(part for part in (value, point.words, point.unsure) if part)


def _said(row: Row, zone: tzinfo, told: Callable[[datetime, tzinfo], str]) -> str:
    if row.kind == "model":
        return f"{MODEL_SAYS}; " + (f"{row.points[-1].value} {row.unit} at {told(row.points[-1].at, zone)}; " if row.points else "") + row.note
    points = [f"{shown(point, row.kind)}{' by the monitor' if point.device else ''} at {told(point.at, zone)}" for point in row.points]
    stretches = [f"{span.words} {told(span.start, zone)} to {told(span.end, zone)}" for span in row.spans]
    missed = "".join(f"; missed at {told(gap, zone)}" for gap in row.gaps)
    missed += "".join(f"; no data from the monitor {told(silence.start, zone)} to {told(silence.end, zone)}" for silence in row.silences)
    return (", ".join(points + stretches) or "nothing recorded") + missed + "".join(f"; {limit.words}" for limit in row.limits)
