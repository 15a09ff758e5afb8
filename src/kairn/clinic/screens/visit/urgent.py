"""The urgent tasks of the person at a visit as lines, whichever visit they came from."""

from __future__ import annotations

from dataclasses import dataclass

from kairn.clinic.screens.forms import words
from kairn.clinic.screens.visit.seat import Seat, until


@dataclass(frozen=True)
class UrgentLine:
    """One urgent task: what it is, who does it and until when."""

    what: str
    owner: str
    by: str


def urgent_of(seat: Seat) -> tuple[UrgentLine, ...]:
    """Every urgent task of the person, soonest first."""
    found = sorted((due for due in (*seat.due(), *seat.urgent_beside()) if due.urgent), key=lambda due: due.due_at)
    return tuple(UrgentLine(words.capital(due.what), due.owner.replace("-", " "), until(seat, due)) for due in found)
