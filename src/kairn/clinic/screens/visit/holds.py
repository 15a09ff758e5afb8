"""What the protocol says of a visit now: each hold that is met, how strongly, and why."""

from __future__ import annotations

from dataclasses import dataclass

from kairn.clinic.screens.parts import GatePart
from kairn.clinic.screens.visit.seat import Seat, gate
from kairn.pathway.ground import by_device
from kairn.pathway.standing import Verdict
from kairn.terms.answer import Answer

LEVELS = {"stop": "high", "pause": "high", "alert": "medium"}
AFTERWARDS = {"stop": "Act now", "pause": "Act now"}


@dataclass(frozen=True)
class HoldLine:
    """One thing the protocol says now: how strongly, and why; `shown_by` names the monitor where no person has measured it.

    `kind` is the rule's own level (stop, pause, alert), `level` the priority mark it carries.
    """

    kind: str
    level: str
    word: str
    part: GatePart
    shown_by: str


def holds_of(seat: Seat) -> tuple[HoldLine, ...]:
    """The holds of this visit that are met, strongest first."""
    met = [hold for hold in seat.standing.holds if hold.verdict.visit == seat.visit.id and hold.verdict.answer is Answer.YES]
    return tuple(
        HoldLine(level, LEVELS[level], asked_by(level, seat.visit.phase), gate(seat, hold.verdict), _shown_by(seat, hold.verdict))
        for hold, level in ((hold, hold.level.value) for hold in met)
    )


def asked_by(level: str, phase: str) -> str:
    """What a hold of this level asks for in a phase, in a word or two; once the pump has stopped there is nothing to pause."""
    return (AFTERWARDS if phase == "recovery" else {}).get(level, level.capitalize())


def _shown_by(seat: Seat, verdict: Verdict) -> str:
    events = (seat.desk.chart.history.get(found.event) for found in verdict.findings if found.event)
    return next((event.by.name for event in events if event and by_device(event)), "")
