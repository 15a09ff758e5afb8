"""The upload page as plain values: for each file what was taken, left or refused, and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kairn.clinic.exchange.arrivals import Arrived
from kairn.fhir.report import WORDS, ImportReport, Outcome


@dataclass(frozen=True)
class Row:
    """One FHIR type: how many entries had each outcome; none is an empty cell."""

    what: str
    counts: tuple[str, ...]


@dataclass(frozen=True)
class Why:
    """A reason, how many entries it holds for, and what became of them."""

    count: int
    what: str
    outcome: str
    reason: str


@dataclass(frozen=True)
class FileShown:
    """What became of one file."""

    file: str
    taken: bool
    sentence: str
    person: str = ""
    chart: str = ""
    new_person: bool = False
    events: str = ""
    rows: tuple[Row, ...] = ()
    why: tuple[Why, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class UploadPage:
    """The page; `columns` are the heads of the table."""

    files: tuple[FileShown, ...] = ()
    columns: tuple[str, ...] = tuple(WORDS.values())

    @property
    def any_taken(self) -> bool:
        """Whether at least one file was taken."""
        return any(each.taken for each in self.files)


def file_shown(arrived: Arrived, chart: str) -> FileShown:
    """One file as the page shows it; `chart` is the address of the person's page, or empty."""
    done = arrived.imported
    if done is None:
        return FileShown(arrived.file, False, arrived.sentence)
    new = "no new event" if not done.events else f"{len(done.events)} new event{'' if len(done.events) == 1 else 's'}"
    return FileShown(
        arrived.file, True, done.report.summary(), done.name, chart, done.created, new,
        tuple(_rows(done.report)), tuple(_why(done.report)), done.report.notes,
    )  # fmt: skip


def _rows(report: ImportReport) -> Iterable[Row]:
    for what, counts in report.table():
        yield Row(what, tuple(str(counts[outcome] or "") for outcome in WORDS))
    yield Row("All", tuple(str(report.count(outcome)) for outcome in WORDS))


def _why(report: ImportReport) -> Iterable[Why]:
    order = list(Outcome)
    for line in sorted(report.reasons(), key=lambda line: order.index(line.outcome)):
        yield Why(line.count, line.type, WORDS[line.outcome], line.reason)
