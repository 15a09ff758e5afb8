"""What an import took, what it left and why, in lines that add up exactly to the entries of the bundle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """What became of one entry."""

    TAKEN = "taken"
    ALREADY_HERE = "already_here"
    CORRECTED = "corrected"
    STRUCK_OUT = "struck_out"
    LEFT = "left"


WORDS = {
    Outcome.TAKEN: "taken", Outcome.ALREADY_HERE: "already here", Outcome.CORRECTED: "corrected",
    Outcome.STRUCK_OUT: "struck out", Outcome.LEFT: "left",
}  # fmt: skip


@dataclass(frozen=True, order=True)
class Line:
    """So many entries of one FHIR type with one outcome for one reason."""

    type: str
    outcome: Outcome
    reason: str
    count: int


@dataclass(frozen=True)
class ImportReport:
    """The account of one bundle. `entries` is counted on the bundle itself, apart from the lines."""

    where: str
    entries: int
    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()

    @property
    def adds_up(self) -> bool:
        """Whether the lines account for every entry."""
        return sum(line.count for line in self.lines) == self.entries

    def count(self, outcome: Outcome, kind: str = "") -> int:
        """How many entries (of one FHIR type) had this outcome."""
        return sum(line.count for line in self.lines if line.outcome is outcome and kind in ("", line.type))

    def table(self) -> list[tuple[str, dict[Outcome, int]]]:
        """Per FHIR type, how many entries had each outcome; types in alphabetical order."""
        return [(kind, {outcome: self.count(outcome, kind) for outcome in Outcome}) for kind in sorted({line.type for line in self.lines})]

    def reasons(self) -> list[Line]:
        """The lines that carry a reason, by type, the commonest first."""
        return sorted((line for line in self.lines if line.reason), key=lambda line: (line.type, -line.count, line.reason))

    def summary(self) -> str:
        """One sentence: `309 entries: 186 taken, 123 left.`"""
        parts = [f"{self.count(outcome)} {WORDS[outcome]}" for outcome in Outcome if self.count(outcome)]
        return f"{self.entries} {'entry' if self.entries == 1 else 'entries'}: {', '.join(parts) or 'nothing to take'}."

    def plain(self) -> dict[str, Any]:
        """The report as JSON values; keys: where, entries, adds_up, totals, types, reasons, notes."""
        return {
            "where": self.where,
            "entries": self.entries,
            "adds_up": self.adds_up,
            "totals": {outcome.value: self.count(outcome) for outcome in Outcome},
            "types": {kind: {outcome.value: count for outcome, count in counts.items()} for kind, counts in self.table()},
            "reasons": [{"type": line.type, "outcome": line.outcome.value, "reason": line.reason, "count": line.count} for line in self.reasons()],
            "notes": list(self.notes),
        }


def report_of(where: str, entries: int, accounts: Iterable[tuple[str, Outcome, str]], notes: Iterable[str] = ()) -> ImportReport:
    """A report from one (type, outcome, reason) for each entry."""
    counted = Counter(accounts)
    return ImportReport(where, entries, tuple(sorted(Line(*account, count) for account, count in counted.items())), tuple(notes))
