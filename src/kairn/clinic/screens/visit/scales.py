"""The scales a visit's rules ask for, to be answered item by item instead of as a total."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kairn.clinic.screens.forms.desk import address
from kairn.clinic.screens.visit.seat import Seat
from kairn.instruments.definition import INSTRUMENTS
from kairn.library.facts import FACTS


@dataclass(frozen=True)
class ScaleLine:
    """One scale, and where its items are asked."""

    label: str
    url: str


def scales_of(seat: Seat, facts: Iterable[str]) -> tuple[ScaleLine, ...]:
    """The scales among these facts, each once, for a reader who may fill them in."""
    if not seat.desk.may("instrument_answer"):
        return ()
    names = dict.fromkeys(of[0] for fact in facts if fact in FACTS and (of := FACTS[fact].of))
    return tuple(ScaleLine(INSTRUMENTS[name].title, f"{address('instrument_answer', seat.desk.patient, name)}?visit={seat.visit.id}") for name in names)
