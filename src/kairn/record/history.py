"""The immutable history of one stream, in the order it was learned."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar
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

    def all(self, payload: type[P]) -> list[tuple[Event, P]]:
        """Live events of one payload type with their payload, by seq."""
        return [(event, event.payload) for event in self.live if isinstance(event.payload, payload)]

    def latest(self, payload: type[P]) -> tuple[Event, P] | None:
        """The live event of that type with the highest seq, or None."""
        found = self.all(payload)
        return found[-1] if found else None

    def get(self, event_id: UUID) -> Event | None:
        """The event with that id, struck out or not."""
        return next((event for event in self.events if event.id == event_id), None)
