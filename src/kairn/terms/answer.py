"""The three answers, and how they combine: unknown never helps."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum


class Answer(Enum):
    """Yes, no or unknown (Kleene's strong logic). There is no truth value: ask `is Answer.YES`."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"

    def __bool__(self) -> bool:
        raise TypeError("An answer is yes, no or unknown; compare it with `is Answer.YES`.")

    def __invert__(self) -> Answer:
        return _OPPOSITE[self]

    @classmethod
    def of(cls, truth: bool | None) -> Answer:
        """The answer for a truth value; None is unknown."""
        if truth is None:
            return cls.UNKNOWN
        return cls.YES if truth else cls.NO


_OPPOSITE = {Answer.YES: Answer.NO, Answer.NO: Answer.YES, Answer.UNKNOWN: Answer.UNKNOWN}


def every(answers: Iterable[Answer]) -> Answer:
    """Yes when all are yes, no when any is no, otherwise unknown. Of nothing: yes."""
    seen = set(answers)
    if Answer.NO in seen:
        return Answer.NO
    return Answer.UNKNOWN if Answer.UNKNOWN in seen else Answer.YES


def any_of(answers: Iterable[Answer]) -> Answer:
    """Yes when any is yes, no when all are no, otherwise unknown. Of nothing: no."""
    return ~every(~answer for answer in answers)
