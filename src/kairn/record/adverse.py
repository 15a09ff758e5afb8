"""Adverse events, each from its onset to the latest word on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kairn.record.event import Event
from kairn.record.history import History
from kairn.record.payloads_harm import AdverseEventHandedOver, AdverseEventNoted, Severity
from kairn.terms.answer import Answer

WORST_LAST: tuple[Severity, ...] = ("mild", "moderate", "severe")
OPEN = {"open": Answer.YES, "unknown": Answer.UNKNOWN}


@dataclass(frozen=True)
class AdverseEvent:
    """One of them: every event that tells of it, its onset first, then in the order learned."""

    told: tuple[Event, ...]

    @property
    def first(self) -> Event:
        """The event that noted it; its time is the onset."""
        return self.told[0]

    @property
    def latest(self) -> Event:
        """The latest word on it."""
        return self.told[-1]

    @property
    def notes(self) -> tuple[AdverseEventNoted, ...]:
        """What was said of it, oldest first."""
        return tuple(event.payload for event in self.told if isinstance(event.payload, AdverseEventNoted))

    @property
    def now(self) -> AdverseEventNoted:
        """How it stands."""
        return self.notes[-1]

    @property
    def visit(self) -> UUID | None:
        """The visit at which it began."""
        return self.notes[0].visit

    @property
    def worst(self) -> Severity:
        """As bad as it ever was."""
        return max((note.severity for note in self.notes), key=WORST_LAST.index)

    @property
    def handed_over(self) -> AdverseEventHandedOver | None:
        """With whom to call the person went home with it; None once there is a newer word."""
        said = self.latest.payload
        return said if isinstance(said, AdverseEventHandedOver) else None

    @property
    def is_open(self) -> Answer:
        """Yes while it lasts and stands with nobody, unknown while nobody knows, else no."""
        return Answer.NO if self.handed_over else OPEN.get(self.now.outcome, Answer.NO)

    @property
    def over_at(self) -> datetime | None:
        """When it was over, where that is known."""
        return self.now.resolved_at


def adverse_events(history: History) -> list[AdverseEvent]:
    """Every adverse event on record, in the order learned; what tells of one that was struck out counts no more."""
    found: dict[UUID, list[Event]] = {}
    for event, about in _told(history):
        if about is None:
            found[event.id] = [event]
    for event, about in _told(history):
        if about in found:
            found[about].append(event)
    return [AdverseEvent(tuple(told)) for told in found.values()]


def _told(history: History) -> Iterator[tuple[Event, UUID | None]]:
    """Each event that tells of one, with the id of the one it follows."""
    for event in history.live:
        match event.payload:
            case AdverseEventNoted() | AdverseEventHandedOver():
                yield event, event.payload.follows
