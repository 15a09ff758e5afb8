"""One sheet for the time without Kairn, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

from kairn.clinic.acts.context import Context
from kairn.clinic.acts.downtime import UnderWay
from kairn.clinic.acts.given import PUMP
from kairn.clinic.screens.chair.limits import limits
from kairn.clinic.screens.chair.readings import Latest, latest, overdue, vitals_due, vitals_facts
from kairn.clinic.screens.forms import words
from kairn.clinic.screens.forms.clock import Clock
from kairn.clinic.screens.forms.desk import Desk
from kairn.clinic.screens.handover.rows import Line, Row, cannula_rows, drug_cells, infused, open_adverse_rows, printed, row
from kairn.clinic.screens.visit.holds import holds_of
from kairn.clinic.screens.visit.seat import Band, Seat, band, is_measure, made_from, until
from kairn.clinic.screens.visit.strength import other_strengths
from kairn.library.facts import FACTS
from kairn.record.payloads import DrugGiven

GOOD_FOR = timedelta(minutes=5)
"""A sheet older than this is out of date: a newer one should have been written."""
EMPTY_ROWS = 16
GIVEN = (*PUMP, DrugGiven)


@dataclass(frozen=True)
class Seen:
    """What was last told of how the person is, such as distress: in words, with its time; empty where nobody told it."""

    label: str
    value: str
    at: str
    stale: str


@dataclass(frozen=True)
class Sheet:
    """What one sheet shows. `old_at` is the hour after which it is out of date."""

    band: Band
    chair: str
    phase: str
    written: str
    old_at: str
    seq: int
    why: str
    order: tuple[Line, ...]
    infused: str
    strengths: tuple[str, ...]
    given: tuple[Row, ...]
    cannulas: tuple[Row, ...]
    latest: tuple[Latest, ...]
    seen: tuple[Seen, ...]
    unwanted: tuple[Row, ...]
    next: str
    also_due: tuple[str, ...]
    holds: tuple[str, ...]
    limits: tuple[Line, ...]
    vitals: tuple[str, ...]
    blank: range


def sheet_of(found: UnderWay, now: datetime) -> Sheet:
    """The sheet of one visit as it stands at `now`."""
    # No reader opened this, so the desk's context is never looked at.
    seat = Seat(Desk(cast(Context, None), found.chart, Clock(now, ZoneInfo(found.zone))), found.visit)
    facts = tuple(fact for fact in vitals_facts(seat) if is_measure(fact))
    due, others = vitals_due(seat), (*seat.due(), *seat.urgent_beside())
    return Sheet(
        band=band(seat), chair=words.chair(seat.visit.chair), phase=words.PHASES[seat.visit.phase], written=printed(seat),
        old_at=seat.clock.hour(now + GOOD_FOR),
        seq=found.chart.seq, why=found.chart.why, order=_order(seat), infused=infused(seat), strengths=other_strengths(seat),
        given=tuple(row(seat, event, drug_cells(seat, event)) for event in seat.events if isinstance(event.payload, GIVEN)), cannulas=cannula_rows(seat),
        latest=latest(seat), seen=_seen(seat), unwanted=open_adverse_rows(seat),
        next=f"{due.what} {until(seat, due)}" if due else "",
        also_due=tuple(f"{words.capital(one.what)} {until(seat, one)}" for one in others if one is not due),
        holds=tuple(f"{line.word}: {line.part.title}" for line in holds_of(seat)), limits=_limits(seat, facts), vitals=tuple(map(words.head, facts)),
        blank=range(EMPTY_ROWS),
    )  # fmt: skip


def _order(seat: Seat) -> tuple[Line, ...]:
    order = seat.order
    if order is None:
        return ()
    return (
        ("Dose", f"{order.drug} {order.dose} ({order.dose_per_kg} of {made_from(order)})"), ("Volume", f"{order.volume} at {order.concentration}"),
        ("Rate", f"{order.rate_mg}, {order.rate_ml}, over {order.duration}"),
    )  # fmt: skip


def _seen(seat: Seat) -> tuple[Seen, ...]:
    """What a set of vital signs asks beside its numbers."""
    return tuple(_told(seat, fact) for fact in vitals_facts(seat) if not is_measure(fact))


def _told(seat: Seat, fact: str) -> Seen:
    label = words.capital(FACTS[fact].label)
    if fact not in seat.readings:
        return Seen(label, "", "", "")
    event, reading = seat.readings[fact][-1]
    stale = overdue(seat, event.occurred_at, fact)
    return Seen(label, words.value(reading), seat.clock.when(event.occurred_at), "out of date" if stale else "")


def _limits(seat: Seat, facts: tuple[str, ...]) -> tuple[Line, ...]:
    """The protocol's limits as the chair draws them, a line a vital sign."""
    told = ((words.head(fact), "; ".join(dict.fromkeys(limit.told for limit in limits(seat, fact)))) for fact in facts)
    return tuple((head, said) for head, said in told if said)
