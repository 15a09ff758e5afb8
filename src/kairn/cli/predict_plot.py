"""A predicted course as a small SVG: curves with their bands, two axes, and what it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from kairn.pharmacology.arrays import Floats
from kairn.pharmacology.prediction import Band

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 720, 360, 64, 40, 150, 48
COLOURS = ("#1f5f8b", "#8a4f1d", "#3d6b35")
DASHES = ("none", "6 3", "2 3")
STEPS = (1, 2, 5)
TICKS = 6


@dataclass(frozen=True)
class Curve:
    """A line by name in ng/mL, and its band where there is one."""

    name: str
    values: Floats
    band: Band | None = None


@dataclass(frozen=True)
class Frame:
    """Where values lie on the paper."""

    most_minutes: float
    most_level: float

    def x(self, minute: float) -> float:
        """Across."""
        return LEFT + (WIDTH - LEFT - RIGHT) * minute / self.most_minutes

    def y(self, level: float) -> float:
        """Down."""
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * level / self.most_level

    def points(self, minutes: Floats, levels: Floats) -> str:
        """A line's points."""
        return " ".join(f"{self.x(minute):.1f},{self.y(level):.1f}" for minute, level in zip(minutes.tolist(), levels.tolist(), strict=True))


def drawn_svg(title: str, minutes: Floats, curves: Sequence[Curve]) -> str:
    """The whole picture as SVG text; levels from 0, so that a band never looks narrower than it is."""
    tops = [curve.values.max() if curve.band is None else curve.band.high.max() for curve in curves]
    frame = Frame(float(minutes[-1]), max(float(max(tops)), 1.0))
    parts = [*_axes(frame), *(part for place, curve in enumerate(curves) for part in _curve(frame, minutes, curve, place))]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12" role="img">'
    named = f'<title>{escape(title)}</title><text x="{LEFT}" y="{TOP // 2}">{escape(title)}</text>'
    return "\n".join([head, named, *parts, "</svg>"]) + "\n"


def _axes(frame: Frame) -> Iterator[str]:
    for minute in ticks(frame.most_minutes):
        yield f'<text x="{frame.x(minute):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{minute:g}</text>'
    for level in ticks(frame.most_level):
        y = frame.y(level)
        yield f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#d0d0d0"/>'
        yield f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{level:g}</text>'
    yield f'<text x="{LEFT}" y="{HEIGHT - 10}">minutes</text><text x="{LEFT - 6}" y="{TOP - 6}" text-anchor="end">ng/mL</text>'


def _curve(frame: Frame, minutes: Floats, curve: Curve, place: int) -> Iterator[str]:
    colour, dash = COLOURS[place % len(COLOURS)], DASHES[place % len(DASHES)]
    if curve.band is not None:
        around = f"{frame.points(minutes, curve.band.high)} {frame.points(np.flip(minutes), np.flip(curve.band.low))}"
        yield f'<polygon points="{around}" fill="{colour}" fill-opacity="0.12"/>'
    yield f'<polyline points="{frame.points(minutes, curve.values)}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"/>'
    y = TOP + 18 * place
    yield f'<line x1="{WIDTH - RIGHT + 12}" x2="{WIDTH - RIGHT + 40}" y1="{y}" y2="{y}" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"/>'
    yield f'<text x="{WIDTH - RIGHT + 46}" y="{y + 4}">{escape(curve.name)}</text>'


def ticks(most: float) -> list[float]:
    """Round numbers from 0 up to the most, a handful of them."""
    size = 10.0 ** np.floor(np.log10(most / TICKS))
    step = next((size * times for times in STEPS if most / (size * times) <= TICKS), size * 10)
    return [float(step * count) for count in range(int(most / step) + 1)]
