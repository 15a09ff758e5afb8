"""What a monitor sent in one stretch, as one line of a timeline; each row alone stands under a filter of its own."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from itertools import chain, groupby
from uuid import UUID

from kairn.clinic.screens.forms import words
from kairn.clinic.screens.forms.clock import Clock
from kairn.clinic.screens.forms.telling import Moment, moment
from kairn.library.facts import FACTS, weighed
from kairn.record.event import Event
from kairn.record.payloads import Observed
from kairn.record.payloads_monitor import MonitorRejected
from kairn.terms.numbers import plain_text
from kairn.terms.problem import Unreadable

MEASURE = "measure"


def sent_by_device(event: Event) -> bool:
    """Whether an entry came from a monitor and not from a person."""
    said = event.payload
    return isinstance(said, MonitorRejected) or (isinstance(said, Observed) and said.method == "device")


def stretches(events: Sequence[Event], struck: Container[UUID]) -> Iterator[tuple[Event, ...]]:
    """Each entry alone, but neighbours that a monitor sent at one visit together; what was struck out stands alone."""

    def stretch(event: Event) -> tuple[str, UUID | None]:
        sent = sent_by_device(event) and event.id not in struck
        return ("monitor", getattr(event.payload, "visit", None)) if sent else ("", event.id)

    return (tuple(run) for _, run in groupby(events, stretch))


def stretch_moment(run: Sequence[Event], clock: Clock) -> Moment:
    """A stretch, newest first, as one line: since when, how many rows, the lowest and highest of each measure, and how many values were not taken."""
    rows = [event.payload for event in run if isinstance(event.payload, Observed)]
    refused = sum(len(event.payload.values) for event in run if isinstance(event.payload, MonitorRejected))
    said = [*_ranges(rows), *([f"not taken: {refused} value{'s' if refused > 1 else ''}"] if refused else [])]
    title = f"Monitor: {len(rows)} row{'' if len(rows) == 1 else 's'} since {clock.hour(run[-1].occurred_at)}"
    return replace(moment(run[0], clock), title=title, detail="; ".join(said), more="", count=0)


def _ranges(rows: Sequence[Observed]) -> Iterator[str]:
    """Each measure from its lowest to its highest, in its own unit; what cannot be read as that is left out here."""
    held: dict[str, list[Decimal]] = {}
    for reading in chain.from_iterable(row.readings for row in rows):
        fact = FACTS.get(reading.fact)
        if fact and fact.kind == MEASURE:
            with suppress(Unreadable):
                held.setdefault(fact.name, []).append(weighed(fact, reading.value, reading.unit))
    for name, values in held.items():
        low, high = plain_text(min(values)), plain_text(max(values))
        yield f"{words.label(name)} {low}{f' to {high}' if low != high else ''} {words.unit(FACTS[name].unit)}".rstrip()
