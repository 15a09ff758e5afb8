"""What an append answers: values, never exceptions, so that a screen can say each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from kairn.record.event import Event


@dataclass(frozen=True)
class Appended:
    """The events are in the record, in the order of the drafts. `repeated`: all of them had been there already."""

    events: tuple[Event, ...]
    repeated: bool = False

    def seq(self, stream: UUID) -> int:
        """The highest seq this batch holds in that stream, 0 where it holds none."""
        return max((event.seq for event in self.events if event.stream == stream), default=0)


@dataclass(frozen=True)
class Stale:
    """A decision was taken on an older chart: `seq_seen` was shown, `seq_now` is true. Nothing was stored."""

    stream: UUID
    seq_seen: int
    seq_now: int


@dataclass(frozen=True)
class Conflict:
    """That event id already stands in the record with another body. Nothing was stored."""

    event: UUID


@dataclass(frozen=True)
class Clash:
    """The database itself refused: two visits in one chair, more drawn than there is, or one person for two. Nothing was stored."""

    what: Literal["chair", "balance", "second"]
    sentence: str


Answer = Appended | Stale | Conflict | Clash
