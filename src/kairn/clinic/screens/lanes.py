"""What the lanes component draws: rows of points on one time axis, with limits, gaps and the line of now, as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any, Literal

Kind = Literal["line", "pressure", "bars", "steps", "due", "events"]


@dataclass(frozen=True)
class Point:
    """One reading: `value` (for pressure the systolic, with `lower` the diastolic), or `words` for an event or a due mark.

    `recorded` is given only where it differs from `at`; such a point is drawn open. `state` is due's: due, done, late, missed, refused, blank.
    """

    at: datetime
    value: Decimal | None = None
    lower: Decimal | None = None
    recorded: datetime | None = None
    words: str = ""
    state: str = "done"
    level: str = ""


@dataclass(frozen=True)
class Limit:
    """A limit of the protocol: a dotted line at `at` with its words, and stone beyond it on `side`."""

    at: Decimal
    side: Literal["above", "below"]
    words: str


@dataclass(frozen=True)
class Row:
    """One lane. `low` and `high` are the axis; `gaps` are sets that were missed; `value`, `note` and `age` (its instant) are the label column."""

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


def lanes(rows: Sequence[Row], *, start: datetime, end: datetime, now: datetime, zone: tzinfo) -> dict[str, Any]:
    """The plain dict that `<c-lanes>` takes; times become seconds, and words in the clinic's zone."""
    times = {"from": start.timestamp(), "to": end.timestamp(), "now": now.timestamp(), "offset": _offset(now, zone)}
    return times | {"rows": [_row(row, zone) for row in rows]}


def _offset(now: datetime, zone: tzinfo) -> float:
    shift = now.astimezone(zone).utcoffset()
    return shift.total_seconds() if shift else 0


def _row(row: Row, zone: tzinfo) -> dict[str, Any]:
    plain = {key: value for key, value in asdict(row).items() if key in ("label", "kind", "unit", "value", "stale", "note")}
    drawn = {"low": _number(row.low), "high": _number(row.high), "base": _number(row.base), "age": row.age.isoformat() if row.age else ""}
    return (
        plain
        | drawn
        | {
            "points": [_point(point) for point in row.points],
            "limits": [{"at": float(limit.at), "side": limit.side, "words": limit.words} for limit in row.limits],
            "gaps": [gap.timestamp() for gap in row.gaps],
            "table": [_cell(point, zone) for point in row.points if point.state != "due"],
            "said": _said(row, zone),
        }
    )


def _point(point: Point) -> dict[str, Any]:
    late = point.recorded.timestamp() if point.recorded else None
    return {
        "t": point.at.timestamp(),
        "v": _number(point.value),
        "w": _number(point.lower),
        "late": late,
        "words": point.words,
        "state": point.state,
        "level": point.level,
    }


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _cell(point: Point, zone: tzinfo) -> dict[str, str]:
    return {"at": clock(point.at, zone), "value": shown(point), "recorded": clock(point.recorded, zone) if point.recorded else "at once"}


def clock(at: datetime, zone: tzinfo) -> str:
    """Hours and minutes in the clinic's zone."""
    return f"{at.astimezone(zone):%H:%M}"


def shown(point: Point) -> str:
    """A point's value as text: 148/88, 97, or its words."""
    if point.value is None:
        return point.words or point.state
    return f"{point.value}/{point.lower}" if point.lower is not None else str(point.value)


def _said(row: Row, zone: tzinfo) -> str:
    told = ", ".join(f"{shown(point)} at {clock(point.at, zone)}" for point in row.points) or "nothing recorded"
    missed = "".join(f"; missed at {clock(gap, zone)}" for gap in row.gaps)
    return told + missed + "".join(f"; {limit.words}" for limit in row.limits)
