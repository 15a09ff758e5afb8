"""The lanes of withdrawal: scores over their bands, use, medicines, infusions, and how withdrawal usually runs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from kairn.clinic.screens.forms.clock import Clock
from kairn.clinic.screens.lanes import Band, Point, Row, Span, lanes
from kairn.instruments.definition import INSTRUMENTS
from kairn.library.facts import FACTS
from kairn.library.sources import SOURCES
from kairn.library.substances import BOOK
from kairn.pathway.withdrawal import SCORE, Infusion, Scored, Stretch, Usual, Withdrawal
from kairn.terms.numbers import plain_text

WINDOWS = {"1": timedelta(days=1), "3": timedelta(days=3), "10": timedelta(days=10), "30": timedelta(days=30)}
PARTS = {"onset": "begins", "peak": "strongest", "lasts": "over"}
UNSURE = "also shows the infusion"


def window(found: Withdrawal, now: datetime, asked: str) -> str:
    """Which window is shown: the one asked for, else the smallest whose past holds every use and score of this withdrawal."""
    if asked in WINDOWS:
        return asked
    begun = min([at for at, _ in found.marks] + [one.event.occurred_at for one in found.scores], default=now)
    since = max((one.since for one in found.usual), default=begun)
    return next((name for name, whole in WINDOWS.items() if now - since <= _past(whole)), "30")


def _past(whole: timedelta) -> timedelta:
    return whole * 2 / 3


def drawn(found: Withdrawal, clock: Clock, chosen: str) -> dict[str, Any]:
    """All lanes on one axis; two thirds of it lie before now."""
    whole = WINDOWS[chosen]
    start = clock.now - _past(whole)
    end = start + whole
    rows = [
        _scores(found, start),
        *(_usual(one, start, end) for one in found.usual),
        *_happened(found, start, end),
        *_infusions(found.infusions, start, clock.now),
    ]
    return lanes(rows, start=start, end=end, now=clock.now, zone=clock.zone)


def bands() -> tuple[Band, ...]:
    """The bands of the score as its instrument's file states them."""
    return tuple(Band(band.low, band.name) for band in INSTRUMENTS[SCORE].bands)


def band_of(value: Decimal) -> str:
    """The word of the band a score falls in."""
    return next((band.words for band in reversed(bands()) if band.low <= value), "")


def _scores(found: Withdrawal, start: datetime) -> Row:
    low, high = FACTS[SCORE].plausible
    points = [_point(one) for one in found.scores if one.event.occurred_at >= start]
    latest = found.scores[-1] if found.scores else None
    highest = max([point.value for point in points if point.value is not None], default=low)
    top = min([band.low for band in bands() if band.low > highest], default=high)  # the axis ends where the next graver band begins
    value, age = (plain_text(latest.value), latest.event.occurred_at) if latest else ("", None)
    return Row("COWS", "scores", points, "", low, min(high, top + 1), value=value, age=age, note=_legend(found), bands=bands())


def _legend(found: Withdrawal) -> str:
    if any(one.after for one in found.scores):
        return f"Broken diamond: rated during an infusion or within {BOOK.again_after} after it, so it {UNSURE} too."
    return ""


def _point(one: Scored) -> Point:
    late = one.event.recorded_at if one.event.late else None
    return Point(one.event.occurred_at, one.value, recorded=late, words=band_of(one.value), unsure=UNSURE if one.after else "")


def _usual(one: Usual, start: datetime, end: datetime) -> Row:
    spans = [_span(stretch) for stretch in one.stretches]
    return Row(
        f"Usual course, {_short(one.substance.label)}",
        "spans",
        note="Differs between people. Not measured.",
        spans=[each for each in spans if each.end > start and each.start < end],
    )


def _span(stretch: Stretch) -> Span:
    words = PARTS[stretch.part] + (", or later" if stretch.span.more else "")
    cited = stretch.span.cited
    source = f"{SOURCES[cited.source].citation}: {cited.locator}. Grade: {cited.grade}."
    return Span(stretch.begins or stretch.ends, stretch.ends, words, "usual", source)


def _happened(found: Withdrawal, start: datetime, end: datetime) -> Iterable[Row]:
    uses = [Point(at, words=_short(substance.label)) for at, substance in found.marks if start <= at <= end]
    yield Row("Use, as told", "events", uses, note="" if uses else "none told of in this time")
    for label, taken in (("Medicine for opioid use disorder", found.moud), ("Comfort medicines", found.comfort)):
        points = [
            Point(event.occurred_at, words=f"{said.drug} {said.dose}", recorded=event.recorded_at if event.late else None)
            for event, said in taken if start <= event.occurred_at <= end
        ]  # fmt: skip
        yield Row(label, "events", points, note="" if points else "none recorded in this time")


def _short(label: str) -> str:
    return label.partition(",")[0]


def _infusions(infusions: tuple[Infusion, ...], start: datetime, now: datetime) -> Iterable[Row]:
    spans = [span for one in infusions for span in _ran(one, now) if span.end >= start]
    if spans:
        yield Row("Infusions", "spans", spans=spans, note=f"and the {BOOK.again_after} in which a score also shows them")


def _ran(one: Infusion, now: datetime) -> Iterable[Span]:
    yield Span(one.started, one.ended or now, "infusion", "ran")
    if one.ended:
        yield Span(one.ended, one.ended + BOOK.again_after.delta, "", "after")
