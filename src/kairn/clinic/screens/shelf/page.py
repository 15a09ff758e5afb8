"""The shelf's page object: the invented examples, with their clocks set going from now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from kairn.clinic.screens.lanes import Band, Limit, Point, Row, Span, lanes

EXAMPLES = Path(__file__).with_name("examples.yaml")


@dataclass(frozen=True)
class ShelfPage:
    """Everything the shelf shows, as plain values."""

    examples: Mapping[str, Any]
    due: str
    due_at: str
    ago: str
    risks: tuple[Mapping[str, Any], ...]
    tasks: tuple[Mapping[str, Any], ...]
    chairs: tuple[Mapping[str, Any], ...]
    lanes: Mapping[str, Any]
    scale: tuple[tuple[str, str], ...]
    folded: Mapping[str, Any]


@cache
def examples() -> Mapping[str, Any]:
    """The file of examples, read once."""
    loaded: Mapping[str, Any] = YAML(typ="safe", pure=True).load(EXAMPLES.read_text(encoding="utf-8"))
    return loaded


def shelf_page(now: datetime) -> ShelfPage:
    """The shelf as it stands at `now` (aware)."""
    book = examples()
    due = now + timedelta(seconds=book["phase"]["due_in"])
    return ShelfPage(
        examples=book,
        due=due.isoformat(),
        due_at=f"{due:%H:%M}",
        ago=(now - timedelta(seconds=book["phase"]["ago"])).isoformat(),
        risks=tuple(_until(row, now) for row in book["risks"]),
        tasks=tuple(_until(row, now) for row in book["tasks"]),
        chairs=tuple(_next(row, now) for row in book["chairs"]),
        lanes=_lanes(book["lanes"], now),
        scale=tuple((step, step) for step in book["scale"]),
        folded={"speaking": (), "settled": [one for one in book["gates"] if one["said"] == "yes"]},
    )


def _until(row: Mapping[str, Any], now: datetime) -> Mapping[str, Any]:
    return {**row, "until": (now + timedelta(minutes=row["minutes"])).isoformat()}


def _next(row: Mapping[str, Any], now: datetime) -> Mapping[str, Any]:
    until = (now + timedelta(seconds=row["due_in"])).isoformat() if row["due_in"] != "" else ""
    return {**row, "until": until}


def _lanes(book: Mapping[str, Any], now: datetime) -> Mapping[str, Any]:
    due = Row("Vitals due", "due", [Point(_at(now, minute), state=state, words=state) for minute, state in book["due"]])
    events = Row("Events", "events", [Point(_at(now, minute), words=words) for minute, words in book["events"]])
    rows = [due, *(_row(row, now) for row in book["rows"]), _score(book["score"], now), _spans(book["spans"], now), events]
    return lanes(rows, start=_at(now, -book["before"]), end=_at(now, book["after"]), now=now, zone=UTC)


def _at(now: datetime, minutes: int) -> datetime:
    return now + timedelta(minutes=minutes)


def _score(row: Mapping[str, Any], now: datetime) -> Row:
    points = [Point(_at(now, minute), Decimal(value), unsure=unsure) for minute, value, unsure in row["points"]]
    bands = [Band(Decimal(low), words) for low, words in row["bands"]]
    return Row(
        row["label"], "scores", points, low=Decimal(row["low"]), high=Decimal(row["high"]), value=row["value"], age=_at(now, -row["ago"]),
        note=row["note"], bands=bands,
    )  # fmt: skip


def _spans(row: Mapping[str, Any], now: datetime) -> Row:
    return Row(row["label"], "spans", note=row["note"], spans=[Span(_at(now, start), _at(now, end), words, kind) for start, end, words, kind in row["of"]])


def _row(row: Mapping[str, Any], now: datetime) -> Row:
    plain = {key: row[key] for key in ("label", "kind", "unit", "value", "note")}
    return Row(
        **plain,
        stale=row.get("stale", False),
        age=_at(now, -row["ago"]),
        low=_number(row["low"]),
        high=_number(row["high"]),
        base=_number(row["base"]),
        limits=[Limit(Decimal(str(at)), side, words) for at, side, words in row["limits"]],
        gaps=[_at(now, gap) for gap in row["gaps"]],
        points=[_point(row["kind"], now, *point) for point in row["points"]],
    )


def _number(written: object) -> Decimal | None:
    return None if written == "" else Decimal(str(written))


def _point(kind: str, now: datetime, minute: int, value: object, second: int | None = None) -> Point:
    lower = _number(second) if kind == "pressure" else None
    late = _at(now, second) if second is not None and kind != "pressure" else None
    return Point(_at(now, minute), _number(value), lower, late)
