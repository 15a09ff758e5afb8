"""A monitor's file: CSV, plain or gzip, one row a minute, as rows; a line that is no row says why."""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from kairn.library.monitors import Monitor
from kairn.monitor.row import Sent, shown
from kairn.terms.numbers import measured_value
from kairn.terms.problem import Unreadable, unreadable
from kairn.terms.times import instant

LARGEST = 64 * 1024 * 1024
SECONDS, INSTANT = "t_s", "time"
_GZIP = b"\x1f\x8b"
_NAMED_UNIT = re.compile(r"(?P<name>[^\[]+?) *\[(?P<unit>\S+)\]")


@dataclass(frozen=True)
class Line:
    """One line of a file: when, by its own clock or in seconds from its beginning; its channels; or why it is no row."""

    number: int
    at: datetime | timedelta
    channels: dict[str, Sent]
    fault: str = ""

    @property
    def empty(self) -> bool:
        """Whether nothing was sent."""
        return not self.fault and not any(sent.value.strip() for sent in self.channels.values())


@dataclass(frozen=True)
class Trace:
    """A whole file. `relative`: its times are lengths from its beginning, and say nothing of the day."""

    lines: tuple[Line, ...]
    relative: bool

    @property
    def rows(self) -> tuple[Line, ...]:
        """The lines that are rows."""
        return tuple(line for line in self.lines if not line.fault)

    @property
    def length(self) -> timedelta:
        """From its earliest row to its latest."""
        offsets = self.offsets
        return max(offsets.values()) if offsets else timedelta()

    @property
    def began(self) -> datetime:
        """The moment of its earliest row, by the file's own clock. Only of a file that has one."""
        return min(line.at for line in self.rows if isinstance(line.at, datetime))

    @property
    def offsets(self) -> dict[int, timedelta]:
        """Number of each row -> how long after the earliest one it was."""
        first = min((line.at for line in self.rows), default=timedelta())
        return {line.number: line.at - first for line in self.rows}  # type: ignore[operator, misc]


def read_trace(raw: bytes, monitor: Monitor, where: str = "") -> Trace:
    """The rows of a file. Raises Unreadable for what is no such file at all.

    The first line names the columns: `t_s` (seconds) or `time` (instants with their zone), then the channels, each `HR` or `HR [/min]`.
    A column without a unit has the one this kind of monitor sends; one of an unknown channel without it has none.
    """
    text = _text(raw, where)
    try:
        table = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as fault:
        raise unreadable(f"a table that cannot be read ({fault})", "comma-separated values", "Save it as CSV again.", where) from None
    if not table:
        raise unreadable("an empty file", "a line that names the columns, then one line a minute", "Name another file.", where)
    header = [column.strip(" ") for column in table[0]]
    place = _place_of_time(header, where)
    channels = [_channel(column, monitor) for column in header]
    lines = tuple(_lines(table[1:], header, place, channels))
    return Trace(lines, header[place] == SECONDS)


def _text(raw: bytes, where: str) -> str:
    if len(raw) > LARGEST:
        raise unreadable(f"{len(raw):,} bytes", f"at most {LARGEST:,} bytes", "Cut the file into smaller ones.", where)
    try:
        plain = _unpacked(raw) if raw.startswith(_GZIP) else raw
        text = plain.decode("utf-8-sig")
    except (OSError, EOFError, zlib.error):
        raise unreadable("a broken gzip file, or one that unpacks to too much", f"at most {LARGEST:,} bytes", "Pack it again.", where) from None
    except UnicodeDecodeError as fault:
        raise unreadable(f"a byte that is not UTF-8 at position {fault.start}", "UTF-8 text", "Save the file as UTF-8.", where) from None
    if "\x00" in text:
        raise unreadable("a NUL character", "text", "Save it as CSV again.", where)
    return text


def _unpacked(raw: bytes) -> bytes:
    with gzip.open(io.BytesIO(raw)) as packed:
        plain = packed.read(LARGEST + 1)
    if len(plain) > LARGEST:
        raise OSError
    return plain


def _place_of_time(header: Sequence[str], where: str) -> int:
    twice = sorted({column for column in header if header.count(column) > 1})
    if twice:
        raise unreadable(f"the column {shown(twice[0])!r} twice", "each column once", "Remove one of them.", where)
    named = [place for place, column in enumerate(header) if column in (SECONDS, INSTANT)]
    if len(named) != 1:
        seen = f"{len(named)} columns of time among {shown(', '.join(header))!r}"
        raise unreadable(seen, f"one: {SECONDS} or {INSTANT}", "Name it in the first line.", where)
    return named[0]


def _channel(column: str, monitor: Monitor) -> tuple[str, str]:
    """Name and unit of a column."""
    named = _NAMED_UNIT.fullmatch(column)
    if named:
        return named["name"], named["unit"]
    known = monitor.channel(column)
    return column, known.unit if known else ""


def _lines(table: Sequence[Sequence[str]], header: Sequence[str], place: int, channels: Sequence[tuple[str, str]]) -> Iterator[Line]:
    for number, cells in enumerate(table, start=2):
        if len(cells) != len(header):
            yield Line(number, timedelta(), {}, f"saw {len(cells)} cells, expected {len(header)}")
            continue
        try:
            at = _seconds(cells[place].strip(" ")) if header[place] == SECONDS else instant(cells[place].strip(" "))
        except Unreadable as fault:
            yield Line(number, timedelta(), {}, f"saw {fault.problem.seen} for the time, expected {fault.problem.expected}")
            continue
        values = ((name, unit, cell) for here, ((name, unit), cell) in enumerate(zip(channels, cells, strict=True)) if here != place)
        yield Line(number, at, {name: Sent(cell.strip(" "), unit) for name, unit, cell in values})


def _seconds(text: str) -> timedelta:
    """Seconds to the microsecond. Raises Unreadable for what is no length of a file."""
    seconds = measured_value(text)
    try:
        return timedelta(microseconds=int((seconds * 1_000_000).to_integral_value()))
    except OverflowError:
        raise unreadable(f"{text!r}", "seconds from the beginning", "Correct the time.") from None


def plain_seconds(length: timedelta) -> Decimal:
    """A length in seconds."""
    return Decimal(length // timedelta(microseconds=1)) / 1_000_000
