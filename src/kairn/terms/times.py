"""Lengths of time and instants, read strictly and said plainly."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cached_property

from kairn.terms.numbers import parameter, plain_text
from kairn.terms.problem import unreadable

_UNITS = {"s": ("second", 1), "min": ("minute", 60), "h": ("hour", 3600), "d": ("day", 86400), "wk": ("week", 604800)}
_DURATION = re.compile(r"([0-9.]+) (s|min|h|d|wk)")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:[0-9]{2})", re.ASCII)


@dataclass(frozen=True)
class Duration:
    """A length of time as written, such as `30 min`."""

    amount: Decimal
    unit: str

    @cached_property
    def delta(self) -> timedelta:
        """The length as a timedelta, exact to the microsecond."""
        return timedelta(microseconds=int(self.amount * _UNITS[self.unit][1] * 1_000_000))

    def __str__(self) -> str:
        word = _UNITS[self.unit][0]
        return f"{plain_text(self.amount)} {word}{'' if self.amount == 1 else 's'}"

    @property
    def text(self) -> str:
        """The length as a protocol file writes it."""
        return f"{plain_text(self.amount)} {self.unit}"


def parse_duration(text: str, where: str = "") -> Duration:
    """A duration such as `30 min`, `24 h`, `7 d`. Raises Unreadable."""
    found = _DURATION.fullmatch(text)
    if not found:
        raise unreadable(f"{text!r}", f"a number, a space and one of {', '.join(_UNITS)}", "Write it such as `30 min`.", where)
    return Duration(parameter(found[1], where), found[2])


def instant(text: str, where: str = "") -> datetime:
    """An instant with its zone, such as `2026-11-22T09:00:00Z`, as an aware UTC datetime. Raises Unreadable."""
    if not _INSTANT.fullmatch(text):
        raise unreadable(f"{text[:40]!r}", "a date and time with its zone, such as 2026-11-22T09:00:00Z", "Add what is missing.", where)
    fraction_cut = re.sub(r"(\.[0-9]{6})[0-9]+", r"\1", text)
    try:
        return datetime.fromisoformat(fraction_cut).astimezone(UTC)
    except (ValueError, OverflowError):
        raise unreadable(f"{text!r}", "a day and hour that exist", "Correct the date or the time.", where) from None
