"""The immutable history of one stream, in the order it was learned."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import chain
from typing import TypeVar, cast
from uuid import UUID

from kairn.record.event import Event
from kairn.record.payloads import EnteredInError, Payload

P = TypeVar("P", bound=Payload)


@dataclass(frozen=True)
class History:
    """Events of one stream ordered by seq. `live` leaves out what was struck out."""

    events: tuple[Event, ...] = ()

    @classmethod
    def of(cls, events: Iterable[Event]) -> History:
        """A history from events in any order."""
        return cls(tuple(sorted(events, key=lambda event: event.seq)))

    @property
    def seq(self) -> int:
        """The latest seq known, 0 for an empty history."""
        return self.events[-1].seq if self.events else 0

    def known_at(self, seq: int) -> History:
        """What was known when `seq` was the latest."""
        return History(tuple(event for event in self.events if event.seq <= seq))

    def recorded_by(self, moment: datetime) -> History:
        """What stood in the record at a moment."""
        return History(tuple(event for event in self.events if event.recorded_at <= moment))

    def happened_by(self, moment: datetime) -> History:
        """What is known today to have happened by a moment, whenever it was written down; what was struck out since is struck out."""
        return History(tuple(event for event in self.events if event.occurred_at <= moment or isinstance(event.payload, EnteredInError)))

    @cached_property
    def struck(self) -> dict[UUID, Event]:
        """Struck-out event id -> the event that struck it. A strike can itself be struck out."""
        struck: dict[UUID, Event] = {}
        for event in reversed(self.events):
            if isinstance(event.payload, EnteredInError) and event.id not in struck:
                struck[event.payload.event] = event
        return struck

    @cached_property
    def live(self) -> tuple[Event, ...]:
        """Events that count: neither struck out nor themselves strikes."""
        struck = self.struck
        return tuple(e for e in self.events if e.id not in struck and not isinstance(e.payload, EnteredInError))

    @cached_property
    def _by_type(self) -> dict[type[Payload], list[tuple[Event, Payload]]]:
        """Live events sorted by type once: a protocol asks a long history for the same few types again and again."""
        found: dict[type[Payload], list[tuple[Event, Payload]]] = {}
        for event in self.live:
            found.setdefault(type(event.payload), []).append((event, event.payload))
        return found

    @cached_property
    def _by_id(self) -> dict[UUID, Event]:
        return {event.id: event for event in self.events}

    def all(self, payload: type[P]) -> list[tuple[Event, P]]:
        """Live events of one payload type with their payload, by seq."""
        kept = [entries for kind, entries in self._by_type.items() if issubclass(kind, payload)]
        found = sorted(chain.from_iterable(kept), key=_seq) if len(kept) > 1 else list(chain.from_iterable(kept))
        return cast("list[tuple[Event, P]]", found)

    def latest(self, payload: type[P]) -> tuple[Event, P] | None:
        """The live event of that type with the highest seq, or None."""
        kept = [entries[-1] for kind, entries in self._by_type.items() if issubclass(kind, payload)]
        return cast("tuple[Event, P] | None", max(kept, key=_seq, default=None))

    def get(self, event_id: UUID) -> Event | None:
        """The event with that id, struck out or not."""
        return self._by_id.get(event_id)


def _seq(entry: tuple[Event, Payload]) -> int:
    return entry[0].seq
