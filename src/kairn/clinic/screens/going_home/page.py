"""What a person takes home after a visit, as plain values: the words of the library with what the record says of this person."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from kairn.clinic.acts.charts import Chart
from kairn.clinic.screens.forms import words
from kairn.clinic.screens.forms.clock import Clock
from kairn.library.going_home import GOING_HOME, HomePart
from kairn.pathway.standing import Standing, Visit
from kairn.record.adverse import adverse_events
from kairn.record.ending import is_yes, naloxone_of
from kairn.record.history import History

PAPER, PHONE = "paper", "phone"
NEXT = {"infusion": "your visit at the clinic", "therapy": "your talk with your therapist", "follow-up": "your follow-up at the clinic"}
ANYBODY = "a grown-up you trust"
NAMED = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Section:
    """One part of the sheet: its title and its sentences."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class TakeHome:
    """The sheet: of which day's visit it is, and its parts in reading order."""

    day: str
    sections: tuple[Section, ...]


def take_home(chart: Chart, clock: Clock, visit: Visit, where: str) -> TakeHome:
    """The sheet of one visit; `where` it is read, on paper or on the phone, decides where the clinic's number is looked for and nothing else."""
    named = {"day": _next_day(visit, clock), "who": visit.escort if visit.escort and visit.escort_state != "cancelled" else ANYBODY}
    sections = (
        Section(filled(part.title, named), (*_recorded(part, chart, clock, visit, where), *(filled(line, named) for line in part.lines))) for part in GOING_HOME
    )
    return TakeHome(_day(clock, visit.starts_at), tuple(sections))


def latest_visit(standing: Standing) -> Visit | None:
    """The latest visit for an infusion that has come to its recovery or its end; None where there is none, or where the person died."""
    over = [one for one in standing.visits if one.purpose == "infusion" and not one.cancelled and one.phase in ("recovery", "closed") and one.ending != "died"]
    return max(over, key=lambda one: one.starts_at, default=None)


def filled(text: str, named: Mapping[str, str]) -> str:
    """A sentence with its places filled, once each: what is filled in is not read again."""
    return NAMED.sub(lambda place: named.get(place[1], place[0]), text)


def _recorded(part: HomePart, chart: Chart, clock: Clock, visit: Visit, where: str) -> tuple[str, ...]:
    """What the record says of this part, before what is always said."""
    match part.key:
        case "naloxone":
            return (part.answers[naloxone_of(chart.history, visit.id)],)
        case "next":
            if booked := tuple(_booked(chart.standing, clock, visit)):
                return part.answers["booked"], *booked
            return (part.answers["told" if is_yes(chart.history, visit.id, "next_contact_booked") else "unknown"],)
        case "watch":
            return tuple(filled(part.answers["with"], named) for named in _goes_with(chart.history, visit))
        case "help":
            return (part.answers[where],)
        case _:
            return ()


def _goes_with(history: History, visit: Visit) -> Iterable[dict[str, str]]:
    """What the person goes home with, and whom they were told to call."""
    for one in adverse_events(history):
        if one.visit == visit.id and one.handed_over:
            yield {"what": words.unwanted(one.now).lower(), "call": one.handed_over.call}


def _booked(standing: Standing, clock: Clock, visit: Visit) -> Iterable[str]:
    """Every visit in the book from now on, soonest first."""
    ahead = (one for one in standing.visits if one.phase == "booked" and not one.cancelled and one.id != visit.id and one.starts_at > clock.now)
    for one in sorted(ahead, key=lambda one: one.starts_at):
        yield f"{clock.full(one.starts_at)}: {NEXT.get(one.purpose, NEXT['follow-up'])}."


def _next_day(visit: Visit, clock: Clock) -> str:
    """The day after the visit; after the latest time on record of it, where it ran past midnight."""
    latest = max(at for at in (visit.starts_at, visit.infusion_ended, visit.phase_since) if at)
    return _day(clock, latest + timedelta(days=1))


def _day(clock: Clock, at: datetime) -> str:
    return clock.full(at).partition(",")[0]
