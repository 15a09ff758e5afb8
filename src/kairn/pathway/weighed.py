"""What weighing one condition gives: an answer, what it rests on, and when it may change by itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from kairn.pathway.standing import Finding
from kairn.terms.answer import Answer


@dataclass(frozen=True)
class Weighed:
    """An answer, its findings, and the moments after now at which it may change with no new event."""

    answer: Answer
    findings: tuple[Finding, ...] = ()
    changes: tuple[datetime, ...] = ()


def resting_on(answer: Answer, findings: Iterable[Finding], now: datetime, also: Iterable[datetime] = ()) -> Weighed:
    """An answer that may change when one of its findings goes stale, or at another moment still ahead."""
    found = tuple(findings)
    stale = [f.good_until for f in found if f.good_until is not None and f.good_until > now]
    return Weighed(answer, found, (*stale, *(at for at in also if at > now)))
