"""Cannulas, each from when it was placed to the latest word on it; and whether, at a moment, all of a visit are out with their sites looked at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kairn.record.event import Event
from kairn.record.history import History
from kairn.record.payloads_cannula import CannulaPlaced, CannulaRemoved, CannulaSeen

TOLD = (CannulaPlaced, CannulaSeen, CannulaRemoved)


@dataclass(frozen=True)
class Cannula:
    """One of them: the event that placed it, and every later word, oldest first by when it happened."""

    placed: Event
    later: tuple[Event, ...] = ()

    @property
    def said(self) -> CannulaPlaced:
        """What was said when it was placed."""
        assert isinstance(self.placed.payload, CannulaPlaced)
        return self.placed.payload

    @property
    def told(self) -> tuple[Event, ...]:
        """Every event that tells of it."""
        return (self.placed, *self.later)

    @property
    def looked(self) -> tuple[Event, ...]:
        """Those that say how the site looked."""
        return tuple(event for event in self.later if looks_of(event))

    @property
    def removed(self) -> Event | None:
        """The event that says it is out; of several the one learned latest. None while it lies."""
        return max((event for event in self.later if isinstance(event.payload, CannulaRemoved)), key=lambda event: event.seq, default=None)

    def lies(self, at: datetime) -> bool:
        """Whether it was in at that moment."""
        return self.placed.occurred_at <= at and (self.removed is None or at < self.removed.occurred_at)

    def settled(self, at: datetime) -> bool:
        """Whether it was out at that moment and its site looked at since."""
        out = self.removed
        return out is not None and any(out.occurred_at <= event.occurred_at <= at for event in self.looked)


def looks_of(event: Event) -> str:
    """How an event says the site looked; empty where it says nothing of that."""
    return event.payload.looks if isinstance(event.payload, CannulaSeen | CannulaRemoved) else ""


def cannulas(history: History, visit: UUID | None = None) -> list[Cannula]:
    """Every cannula on record (of one visit when given), in the order placed.

    What tells of one that was struck out, of another visit, or of a time before it was placed does not count.
    """
    placed = [event for event, said in history.all(CannulaPlaced) if visit is None or said.visit == visit]
    return [Cannula(event, tuple(_later(history, event))) for event in sorted(placed, key=_when)]


def _later(history: History, placed: Event) -> Iterable[Event]:
    words: list[tuple[Event, CannulaSeen | CannulaRemoved]] = [*history.all(CannulaSeen), *history.all(CannulaRemoved)]
    mine = (event for event, said in words if said.follows == placed.id and said.visit == getattr(placed.payload, "visit", None))
    return sorted((event for event in mine if event.occurred_at >= placed.occurred_at), key=_when)


def _when(event: Event) -> tuple[datetime, int]:
    return event.occurred_at, event.id.int


def all_out(known: Iterable[Cannula], at: datetime) -> bool:
    """Whether each of these that was placed by then was out, its site looked at since."""
    return all(one.settled(at) for one in known if one.placed.occurred_at <= at)
