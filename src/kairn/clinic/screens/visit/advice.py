"""What the protocol's flags say at a visit, and which as-needed medicines are open; neither stands in any way."""

from __future__ import annotations

from dataclasses import dataclass

from kairn.clinic.screens.forms import words
from kairn.clinic.screens.forms.gates import why_url
from kairn.clinic.screens.visit.seat import Seat, waits
from kairn.pathway.counted import AS_NEEDED, doses
from kairn.pathway.standing import Flag
from kairn.protocol.rule import Severity
from kairn.terms.answer import Answer

LEVELS = {Severity.STOP: "high", Severity.CAUTION: "medium", Severity.NOTE: "low"}


@dataclass(frozen=True)
class AdviceLine:
    """One flag that speaks: how much it matters, what happens, what to consider."""

    level: str
    title: str
    effect: str
    consider: str
    why: str


@dataclass(frozen=True)
class Advice:
    """The flags that speak at this visit, most severe first, and the titles of those nobody can tell."""

    lines: tuple[AdviceLine, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True)
class AsNeededLine:
    """One medicine given as needed: whether the next dose is open by the protocol, what it waits for, and what the counts leave of it in words."""

    name: str
    said: str
    waits: tuple[str, ...]
    doses: str


def advice_of(seat: Seat) -> Advice:
    """The flags of the course and of this visit."""
    here = [flag for flag in seat.standing.flags if flag.verdict.visit in (None, seat.visit.id)]
    speaking = [flag for flag in here if _speaks(flag)]
    return Advice(tuple(_line(seat, flag) for flag in speaking), tuple(flag.verdict.rule.title for flag in here if flag not in speaking))


def as_needed_of(seat: Seat) -> tuple[AsNeededLine, ...]:
    """The as-needed medicines of this visit, in the order of the protocol."""
    moves = [move for move in seat.standing.as_needed if move.visit == seat.visit.id]
    return tuple(AsNeededLine(words.capital(move.to), move.answer.value, waits(move), doses_left(seat, move.to)) for move in moves)


def doses_left(seat: Seat, drug: str) -> str:
    """Until when the lockout runs, and how many doses the protocol leaves at this visit."""
    found = doses(drug, seat.gates(f"{AS_NEEDED}{drug}"), seat.desk.chart.history, seat.clock.now)
    if found.barred:
        return f"not again at this visit: {found.barred} was given"
    left = f"{found.left or 'none'} of {found.most} left at this visit" if found.most is not None else ""
    return ", ".join(filter(None, (f"locked out until {seat.clock.when(found.until)}" if found.until and found.left != 0 else "", left)))


def _speaks(flag: Flag) -> bool:
    return Answer.UNKNOWN not in (flag.verdict.applies, flag.verdict.answer)


def _line(seat: Seat, flag: Flag) -> AdviceLine:
    return AdviceLine(LEVELS[flag.says.severity], flag.verdict.rule.title, flag.says.effect, flag.says.consider, why_url(seat.desk, flag.verdict))
