"""The course of withdrawal of one person, pure: scores, use, medicines and infusions on one line of time, and how withdrawal usually runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import cast
from uuid import UUID

from kairn.library.substances import BOOK, PARTS, Span, Start, Substance
from kairn.pathway.course import course_of, visits_of
from kairn.pathway.ground import Ground
from kairn.pathway.standing import Visit
from kairn.pathway.taken import value_of
from kairn.protocol.rule import Protocol
from kairn.record.event import Event
from kairn.record.history import History
from kairn.record.payloads_care import MedicineTaken, UseReported

SCORE = "cows"
MOUD = ("moud-start", "moud")


@dataclass(frozen=True)
class Infusion:
    """One infusion as recorded; `ended` None while it runs, or where no stop was recorded."""

    visit: UUID
    started: datetime
    ended: datetime | None


@dataclass(frozen=True)
class Scored:
    """One score of withdrawal. `after` names the infusion it was rated during or too soon after: then it also shows the infusion."""

    event: Event
    value: Decimal
    after: Infusion | None


@dataclass(frozen=True)
class Used:
    """The latest thing said of one substance; `at` None: never, or not known."""

    event: Event
    substance: Substance
    said: UseReported


@dataclass(frozen=True)
class Stretch:
    """One part (onset, peak, lasts) of the usual course as times for this person. `begins` None: no source says from when."""

    part: str
    span: Span
    begins: datetime | None
    ends: datetime


@dataclass(frozen=True)
class Usual:
    """How withdrawal from one substance usually runs, counted from its latest use; it differs between people."""

    substance: Substance
    since: datetime
    note: str
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True)
class Withdrawal:
    """Everything on record of the withdrawal of one person, each list by time."""

    scores: tuple[Scored, ...]
    uses: tuple[Used, ...]
    marks: tuple[tuple[datetime, Substance], ...]
    moud: tuple[tuple[Event, MedicineTaken], ...]
    comfort: tuple[tuple[Event, MedicineTaken], ...]
    infusions: tuple[Infusion, ...]
    usual: tuple[Usual, ...]
    starts: tuple[Start, ...]


def withdrawal_of(history: History, now: datetime) -> Withdrawal:
    """What stands of withdrawal at `now`. A use told of later than `now` is not looked at before its time."""
    visits = visits_of(history)
    infusions = tuple(_infusions(visits, now))
    ground = Ground(cast(Protocol, None), history, now, course_of(history), visits)  # readings are looked up, no rule is weighed
    taken = [(event, said) for event, said in _by_time(history.all(MedicineTaken)) if event.occurred_at <= now]
    uses = tuple(_uses(history, now))
    return Withdrawal(
        scores=tuple(
            Scored(one.event, value, _confounding(one.event.occurred_at, infusions))
            for one in ground.series(SCORE, None) if (value := value_of(one)) is not None
        ),
        uses=uses,
        marks=tuple(sorted({(said.latest_at, BOOK.substances[said.substance]) for _, said in _reports(history, now) if said.latest_at}, key=_when)),
        moud=tuple((event, said) for event, said in taken if said.purpose in MOUD),
        comfort=tuple((event, said) for event, said in taken if said.purpose not in MOUD),
        infusions=infusions,
        usual=tuple(_usual(uses)),
        starts=tuple(one for one in BOOK.starts if one.of_class in {use.substance.of_class for use in uses if use.said.latest_at}),
    )  # fmt: skip


def _by_time(found: list[tuple[Event, MedicineTaken]]) -> list[tuple[Event, MedicineTaken]]:
    return sorted(found, key=lambda one: (one[0].occurred_at, str(one[0].id)))


def _when(mark: tuple[datetime, Substance]) -> tuple[datetime, str]:
    return mark[0], mark[1].name


def _infusions(visits: tuple[Visit, ...], now: datetime) -> Iterable[Infusion]:
    for visit in visits:
        if visit.infusion_started and visit.infusion_started <= now:
            yield Infusion(visit.id, visit.infusion_started, _ended(visit))


def _ended(visit: Visit) -> datetime | None:
    """When it ended; an infusion whose stop was never recorded was over at the latest when the visit left its phase."""
    if visit.pump in ("running", "paused") and visit.phase == "infusion":
        return None
    return visit.infusion_ended or (None if visit.phase == "infusion" else visit.phase_since)


def _confounding(at: datetime, infusions: tuple[Infusion, ...]) -> Infusion | None:
    """The infusion that was running at that time, or had ended less than the library's time before."""
    near = [one for one in infusions if one.started <= at and (one.ended is None or at < one.ended + BOOK.again_after.delta)]
    return near[-1] if near else None


def _reports(history: History, now: datetime) -> list[tuple[Event, UseReported]]:
    told = [(event, said) for event, said in history.all(UseReported) if event.occurred_at <= now and said.substance in BOOK.substances]
    return sorted(told, key=lambda one: (one[0].occurred_at, str(one[0].id)))


def _uses(history: History, now: datetime) -> Iterable[Used]:
    """The latest report of each substance: what was said last counts, also where it takes an earlier time back."""
    latest = {said.substance: Used(event, BOOK.substances[said.substance], said) for event, said in _reports(history, now)}
    known = [one for one in latest.values() if one.said.latest_at]
    yield from sorted(known, key=lambda one: (cast(datetime, one.said.latest_at), one.substance.name), reverse=True)
    yield from (one for one in latest.values() if not one.said.latest_at)


def _usual(uses: tuple[Used, ...]) -> Iterable[Usual]:
    """The usual course of each class of opioid, once, counted from the latest use of any of its substances."""
    drawn: set[str] = set()
    for use in uses:
        of_class, since = BOOK.classes[use.substance.of_class], use.said.latest_at
        if since is None or not of_class.course or of_class.name in drawn:
            continue
        drawn.add(of_class.name)
        yield Usual(use.substance, since, of_class.note, tuple(_stretch(part, of_class.course[part], since) for part in PARTS if part in of_class.course))


def _stretch(part: str, span: Span, since: datetime) -> Stretch:
    return Stretch(part, span, since + span.low.delta if span.low else None, since + span.high.delta)
