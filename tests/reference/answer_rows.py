"""Answers written as rows of values, and what a score says of itself, for the vectors beside this file."""

from __future__ import annotations

from kairn.instruments.score import Score


def row(text: str) -> dict[str, str]:
    """`1 0 - 2` as q1=1, q2=0, q3 blank, q4=2."""
    return {f"q{place}": value for place, value in enumerate(text.split(), start=1) if value != "-"}


def same(value: int, times: int) -> str:
    """One value for each of so many items."""
    return " ".join([str(value)] * times)


def told(found: Score) -> tuple[str | None, str]:
    """Total and band."""
    return None if found.total is None else str(found.total), found.band
