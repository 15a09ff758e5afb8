"""What is said of bad input: what was seen, what was expected, what to do, and where."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One fault in what somebody gave us, in words for that person."""

    seen: str
    expected: str
    mend: str
    where: str = ""

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}saw {self.seen}; expected {self.expected}. {self.mend}"


class Unreadable(ValueError):
    """Input that cannot be taken; carries the problem as a value."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def unreadable(seen: str, expected: str, mend: str, where: str = "") -> Unreadable:
    """An exception to raise, from the four parts of its sentence."""
    return Unreadable(Problem(seen, expected, mend, where))
