"""What people read of stock: the shelf, what waits for a second person, the register of a stretch of time, variances and pairs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from uuid import UUID
from zoneinfo import ZoneInfo

from kairn.clinic.acts.context import Context
from kairn.clinic.acts.drug_account import DrugAccount, drug_account
from kairn.clinic.acts.given import PUMP
from kairn.clinic.acts.lookups import patient_of_visit
from kairn.clinic.acts.outcome import Refused
from kairn.clinic.acts.permission import permitted
from kairn.clinic.acts.stock_entry import WITNESS, of_this_stock
from kairn.clinic.ledger import read
from kairn.clinic.ledger import stock as found
from kairn.clinic.people import audit
from kairn.clinic.people.care import patients
from kairn.clinic.people.may import relations
from kairn.clinic.people.visibility import visible
from kairn.record.event import Event
from kairn.record.history import History
from kairn.record.payloads_stock import EntryWitnessed
from kairn.record.stock import NOTHING, Lot, Pair, Step, Variance, lot_of, pairs_of, second_of, waiting

READ = "stock.read"
ACCOUNTS = "stock.accounts"
OVER_MIDNIGHT = timedelta(days=1)
"""How long after the end of its booking a pump may still be recorded as run."""


@dataclass(frozen=True)
class Shelf:
    """One lot on the shelf: its stream, what it adds up to, when it was counted last, and its entries that wait."""

    stream: UUID
    lot: Lot
    history: History
    waiting: tuple[Event, ...]


def shelf(context: Context) -> tuple[Shelf, ...] | Refused:
    """Every lot of the clinic, those with something left first, the one that expires soonest first."""
    allowed = permitted(context, READ, None)
    if isinstance(allowed, Refused):
        return allowed
    histories = read.histories([row.lot for row in found.lots(context.clinic)])
    kept = [Shelf(stream, lot_of(history), history, waiting(history)) for stream, history in histories.items()]
    return tuple(sorted(kept, key=lambda each: (each.lot.amount <= 0, each.lot.expires or date.max, str(each.stream))))


def one_lot(context: Context, stream: UUID) -> Shelf | Refused | None:
    """One lot of this clinic, None where there is none such."""
    listed = shelf(context)
    return listed if isinstance(listed, Refused) else next((each for each in listed if each.stream == stream), None)


def all_waiting(context: Context) -> tuple[tuple[Event, History], ...]:
    """Every entry of the clinic that waits for a second person, oldest first, with its stream; nothing for somebody who may not stand by one."""
    if isinstance(permitted(context, WITNESS, None), Refused):
        return ()
    histories = read.histories(found.streams_waiting(context.clinic)).values()
    kept = [(event, history) for history in histories for event in waiting(history)]
    return tuple(sorted(kept, key=lambda pair: pair[0].recorded_at))


def one_entry(context: Context, entry: UUID) -> tuple[Event, History] | None:
    """An entry of this clinic's stock with its stream, None for any other."""
    event = of_this_stock(context, entry)
    return (event, read.history(event.stream)) if event else None


# --- a stretch of time -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Span:
    """From the beginning of one day to the end of another, by the clinic's clock."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def start(self) -> datetime:
        """The first moment of it."""
        return datetime.combine(self.first, time(), self.zone)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return datetime.combine(self.last + timedelta(days=1), time(), self.zone)

    def covers(self, at: datetime) -> bool:
        """Whether a moment lies in this stretch."""
        return self.start <= at < self.end

    def holds(self, event: Event) -> bool:
        """Whether it happened in this stretch."""
        return self.covers(event.occurred_at)


def zone_of(context: Context) -> ZoneInfo:
    """The zone of the clinic somebody works in."""
    membership = context.user.membership
    return ZoneInfo(membership.clinic.time_zone if membership else "UTC")


@dataclass(frozen=True)
class Whose:
    """Whose visit it is: the person's name where this reader may see it, else a short code of the visit."""

    patient: UUID | None
    visit: UUID
    name: str


@dataclass(frozen=True)
class Kept:
    """All that stock says of a stretch of time."""

    span: Span
    histories: Mapping[UUID, History]
    accounts: Mapping[UUID, DrugAccount]
    whose: Mapping[UUID, Whose]

    @property
    def lots(self) -> dict[UUID, Lot]:
        """The lots among the streams."""
        found_lots = {stream: lot_of(history) for stream, history in self.histories.items()}
        return {stream: lot for stream, lot in found_lots.items() if lot.received}


def kept_of(context: Context, span: Span) -> Kept | Refused:
    """What happened in this stretch, with the account of every visit it speaks of or that ran then. One row in the log of reads with all their people."""
    allowed = permitted(context, ACCOUNTS, None)
    if isinstance(allowed, Refused):
        return allowed
    visits = _ran(context.clinic, span) | {visit: patient_of_visit(visit) for visit in found.visits_between(context.clinic, span.start, span.end)}
    charts = read.histories([patient for patient in visits.values() if patient])
    accounts = {visit: drug_account(context.clinic, charts[patient], visit, context.now) for visit, patient in visits.items() if patient}
    histories = read.histories(found.streams_between(context.clinic, span.start, span.end))
    audit.log_reads(context.user, charts, ACCOUNTS, relation="same-clinic")
    return Kept(span, histories, accounts, _whose(context, visits))


def _ran(clinic: UUID, span: Span) -> dict[UUID, UUID | None]:
    """The visits in the book whose pump was started, paused or stopped in this stretch: what ran was drawn, whether anybody said so or not."""
    booked = {row.visit: row.stream for row in read.bookings(clinic, span.start - OVER_MIDNIGHT, span.end)}
    ran = {visit for chart in read.histories(list(set(booked.values()))).values() for visit in _pumped(chart, span)}
    return {visit: patient for visit, patient in booked.items() if visit in ran}


def _pumped(chart: History, span: Span) -> Iterable[UUID]:
    return (event.payload.visit for event in chart.live if isinstance(event.payload, PUMP) and span.holds(event))


def _whose(context: Context, visits: Mapping[UUID, UUID | None]) -> dict[UUID, Whose]:
    people = patients(patient for patient in visits.values() if patient)
    seen = {one for one in people if "identity" in visible(context.user, relations(context.user, one))}
    return {
        visit: Whose(patient, visit, people[patient].name if patient in seen else f"visit {str(visit).partition('-')[0]}") for visit, patient in visits.items()
    }


# --- the register ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One line of the register: the entry, what it changed on the shelf (None: nothing there), who stood by, who struck it out."""

    event: Event
    lot: Lot | None
    step: Step | None
    second: Event | None
    struck: Event | None


def register(kept: Kept) -> tuple[Row, ...]:
    """Every entry of the stretch in the order things happened, struck-out ones too; second names stand with what they stand by."""
    lots = kept.lots
    rows = [row for stream, history in kept.histories.items() for row in _rows(history, lots.get(stream), kept.span)]
    return tuple(sorted(rows, key=lambda row: (row.event.occurred_at, row.event.recorded_at)))


def _rows(history: History, lot: Lot | None, span: Span) -> Iterable[Row]:
    steps = {step.event.id: step for step in lot.steps} if lot else {}
    for event in history.events:
        if span.holds(event) and not isinstance(event.payload, EntryWitnessed):
            yield Row(event, lot, steps.get(event.id), second_of(history, event), history.struck.get(event.id))


# --- reports ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Difference:
    """One variance: of a visit's account, or of a count of a lot."""

    variance: Variance
    visit: UUID | None = None
    lot: Lot | None = None


@dataclass(frozen=True)
class Within:
    """Differences that no scale can show, added up over accounts that close: one is nothing, many in one direction are something."""

    accounts: int
    total: Fraction


def variances(kept: Kept) -> tuple[Difference, ...]:
    """Every variance of the stretch, the unexplained first."""
    of_visits = [Difference(each.account.variance, visit=visit) for visit, each in kept.accounts.items() if each.over and not each.closes]
    of_counts = [Difference(one, lot=lot) for lot in kept.lots.values() for one in lot.variances if one.of and kept.span.holds(one.of)]
    return tuple(sorted([*of_visits, *of_counts], key=lambda each: (each.variance.settled, str(each.visit), str(each.variance.of and each.variance.of.id))))


def within(kept: Kept) -> Within:
    """What the scales hid in this stretch, added up with its sign."""
    closed = [each.account for each in kept.accounts.values() if each.over and each.closes]
    return Within(len(closed), sum((account.difference for account in closed), NOTHING))


def pairs(kept: Kept) -> tuple[Pair, ...]:
    """Who stood by whom in this stretch."""
    histories: Sequence[History] = list(kept.histories.values())
    return pairs_of(histories, kept.span.holds)
