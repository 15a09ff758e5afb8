"""Which pauses and stops nobody can judge now, and what would have to be measured or asked for that."""

from __future__ import annotations

from dataclasses import dataclass

from kairn.clinic.screens.chair.readings import vitals_facts
from kairn.clinic.screens.forms import words
from kairn.clinic.screens.parts import WAITS
from kairn.clinic.screens.visit.seat import Seat
from kairn.pathway.standing import Finding, FindingState, Hold
from kairn.protocol.rule import Level
from kairn.record.payloads import Observed
from kairn.terms.answer import Answer

HOLDING = (Level.PAUSE, Level.STOP)
NOT_YET, NOT_KNOWN = "Not measured yet", "Not known"


@dataclass(frozen=True)
class NotKnown:
    """What is missing under one word, in the order the protocol asks."""

    word: str
    parts: tuple[str, ...]

    @property
    def what(self) -> str:
        """All of it as one text."""
        return ", ".join(self.parts)


def not_known(seat: Seat) -> tuple[NotKnown, ...]:
    """A line for what was never measured before the first set of this phase, which is nobody's fault, and one for everything else."""
    waiting = [(hold, _waits(hold)) for hold in unknown_holds(seat) if hold.level in HOLDING]
    states = dict.fromkeys((finding.fact, finding.state) for _, findings in waiting for finding in findings)
    calm = [] if _measured(seat) else [words.label(fact) for fact, state in states if state is FindingState.MISSING]
    told = [f"{words.label(fact)} ({WAITS[state]})" for fact, state in states if words.label(fact) not in calm]
    told += [hold.verdict.rule.title for hold, findings in waiting if not findings]
    return tuple(NotKnown(word, tuple(what)) for word, what in ((NOT_KNOWN, told), (NOT_YET, calm)) if what)


def unknown_holds(seat: Seat) -> list[Hold]:
    """The holds of this visit that are unknown."""
    return [hold for hold in seat.standing.holds if hold.verdict.visit == seat.visit.id and hold.verdict.answer is Answer.UNKNOWN]


def _waits(hold: Hold) -> list[Finding]:
    return [finding for finding in hold.verdict.findings if finding.state in WAITS]


def _measured(seat: Seat) -> bool:
    """Whether any vital sign was taken since this phase began."""
    facts = set(vitals_facts(seat))
    return any(
        isinstance(event.payload, Observed) and event.occurred_at >= seat.visit.phase_since and facts & {one.fact for one in event.payload.readings}
        for event in seat.events
    )
