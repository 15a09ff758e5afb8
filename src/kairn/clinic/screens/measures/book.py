"""The answerings of one person: the latest save of each, with its score; and totals that were typed without answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from kairn.instruments.change import Change, change
from kairn.instruments.definition import INSTRUMENTS
from kairn.instruments.score import Score
from kairn.instruments.shapes import Instrument
from kairn.library.facts import FACTS, weighed
from kairn.pathway.scored import BROUGHT, score_of
from kairn.record.event import Event
from kairn.record.history import History
from kairn.record.payloads import ContactMade, Observed
from kairn.record.payloads_care import InstrumentAnswered
from kairn.terms.problem import Unreadable


@dataclass(frozen=True)
class Entry:
    """One answering as it was saved latest; `saves` is how often."""

    event: Event
    said: InstrumentAnswered
    found: Instrument
    score: Score
    saves: int

    @property
    def at(self) -> datetime:
        """When it was answered."""
        return self.event.occurred_at

    @property
    def answers(self) -> dict[str, str]:
        """Item -> value."""
        return {one.item: one.value for one in self.said.answers}


@dataclass(frozen=True)
class Total:
    """One total on the line of an instrument: from answers, or typed without them (`entry` None)."""

    at: datetime
    value: Decimal
    entry: Entry | None
    recorded: datetime


def entries(history: History) -> tuple[Entry, ...]:
    """Every answering this Kairn can score, oldest first."""
    latest: dict[UUID, tuple[Event, InstrumentAnswered]] = {}
    saves: dict[UUID, int] = {}
    for event, said in history.all(InstrumentAnswered):
        latest[said.response] = (event, said)
        saves[said.response] = saves.get(said.response, 0) + 1
    made = [
        Entry(event, said, INSTRUMENTS[said.instrument], found, saves[said.response])
        for event, said in latest.values()
        if (found := score_of(said)) is not None
    ]
    return tuple(sorted(made, key=lambda one: (one.at, str(one.event.id))))


def of_response(history: History, response: UUID) -> Entry | None:
    """One answering by its id."""
    return next((one for one in entries(history) if one.said.response == response), None)


def finished(of: Iterable[Entry], name: str, wording: str = "") -> list[Entry]:
    """The finished ones of one instrument (in one wording where told), oldest first."""
    return [one for one in of if one.said.instrument == name and one.said.complete and wording in ("", one.said.wording)]


def totals(history: History, of: Iterable[Entry], name: str, wording: str) -> list[Total]:
    """The totals of an instrument in one wording on the line of time; typed ones stand with the official words, or with ours where the form is ours."""
    typed_as = "own" if INSTRUMENTS[name].licence.terms == "own" else "official"
    made = [Total(one.at, one.score.total, one, one.event.recorded_at) for one in finished(of, name, wording) if one.score.total is not None]
    typed = _typed(history, name) if wording == typed_as else []
    return sorted([*made, *typed], key=lambda one: one.at)


def _typed(history: History, name: str) -> list[Total]:
    facts = {fact.name: fact for fact in BROUGHT.get(name, ()) if fact.of and fact.of[1] == "total"}
    told: list[tuple[Event, Any]] = [*history.all(Observed), *history.all(ContactMade)]
    read = [(event, reading) for event, payload in told for reading in payload.readings if reading.fact in facts]
    return [Total(event.occurred_at, value, None, event.recorded_at) for event, reading in read if (value := _value(reading.fact, reading)) is not None]


def _value(fact: str, reading: Any) -> Decimal | None:
    try:
        return weighed(FACTS[fact], reading.value, reading.unit)
    except Unreadable:
        return None


def baseline(of: Iterable[Entry], after: Entry) -> Entry | None:
    """The first finished answering of the same instrument in the same words, before this one; only like is compared with like."""
    earlier = [one for one in finished(of, after.said.instrument, after.said.wording) if one.at < after.at]
    return earlier[0] if earlier else None


def moved(of: Iterable[Entry], after: Entry) -> tuple[Entry, Change] | None:
    """How far an answering lies from the first one, with that first one; None where there is none."""
    before = baseline(of, after)
    return (before, change(after.found, before.answers, after.answers)) if before else None
