"""Closing a day of the drug ledger: nothing unexplained, nothing without its second name; what is entered later opens it again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from kairn.clinic.acts.context import Context
from kairn.clinic.acts.drug_account import DrugAccount
from kairn.clinic.acts.outcome import Outcome, Reason, Refused, refused, refused_field
from kairn.clinic.acts.stock import RECORD
from kairn.clinic.acts.stock_entry import Form, Said, days_stream, enter
from kairn.clinic.acts.stock_reads import Kept, Span, kept_of, shelf, zone_of
from kairn.clinic.ledger import read
from kairn.record.event import Event
from kairn.record.history import History
from kairn.record.payloads import EnteredInError
from kairn.record.payloads_stock import LotBalance, StockDayClosed
from kairn.record.stock import volume_text, waiting


@dataclass(frozen=True)
class Day:
    """One day as it stands: what was kept of it, what stops it from being closed, who closed it, and whether something came since. `seq`: its book."""

    kept: Kept
    stops: tuple[str, ...]
    closed: Event | None
    changed: bool
    seq: int

    @property
    def is_closed(self) -> bool:
        """Whether it was closed and still stands as it was then."""
        return self.closed is not None and not self.changed and not self.stops


def day_of(context: Context, day: date) -> Day | Refused:
    """A day by the clinic's clock."""
    kept = kept_of(context, Span(day, day, zone_of(context)))
    if isinstance(kept, Refused):
        return kept
    book = read.history(days_stream(context.clinic))
    said = [event for event, payload in book.all(StockDayClosed) if payload.day == day]
    closed = said[-1] if said else None
    return Day(kept, tuple(_stops(kept)), closed, bool(closed and any(_since(kept, closed))), book.seq)


def _stops(kept: Kept) -> Iterable[str]:
    for visit, whose in kept.whose.items():
        told = unsettled(kept.accounts[visit]) if visit in kept.accounts else ("the visit is in no book any more, so nothing of it is accounted for.",)
        yield from (f"{whose.name}: {said}" for said in told)
    for lot in kept.lots.values():
        for variance in lot.variances:
            if variance.of and kept.span.holds(variance.of) and not variance.settled:
                yield f"Lot {lot.received.lot if lot.received else ''}: the count differs by {volume_text(variance.difference)} and nobody explained it."
    alone = sum(kept.span.holds(entry) for history in kept.histories.values() for entry in waiting(history))
    if alone:
        yield f"{alone} {'entry waits' if alone < 2 else 'entries wait'} for a second person."


def unsettled(found: DrugAccount) -> Iterable[str]:
    """What an account still waits for, in sentences."""
    if not found.over:
        yield "the pump is not recorded as stopped, so the account is open."
    elif found.unexplained:
        told = " by two people" if found.account.variance.explained else ""
        yield f"{_unexplained(found)}, and it is not explained{told}."


def _unexplained(found: DrugAccount) -> str:
    missing = found.account.difference
    if found.account.closes:
        return "the pump is recorded as having run without a start, so nobody knows what was given"
    return f"{volume_text(missing)} are not accounted for" if missing > 0 else f"{volume_text(-missing)} more are accounted for than were drawn"


def _since(kept: Kept, closed: Event) -> Iterable[Event]:
    """What was recorded of that day after it was closed."""
    for history in kept.histories.values():
        yield from (event for event in history.events if event.recorded_at > closed.recorded_at and _of_that_day(history, event, kept.span))


def _of_that_day(history: History, event: Event, span: Span) -> bool:
    struck = history.get(event.payload.event) if isinstance(event.payload, EnteredInError) else None
    return span.holds(struck or event) and not isinstance(event.payload, StockDayClosed)


def close_day(context: Context, *, event_id: UUID, expected_seq: int, day: date | None) -> Outcome:
    """Close a day: refused while anything of it is unexplained, open, or without its second name. `expected_seq`: the book as the page showed it."""

    def build(earlier: Event | None) -> list[Said] | Refused:
        if day is None or day > context.now.astimezone(zone_of(context)).date():
            return refused_field("day", "Saw no day that has come; expected today or a day before. Choose the day.")
        if earlier is not None and isinstance(earlier.payload, StockDayClosed) and earlier.payload.day == day:
            return [Said(book, earlier.payload)]
        return _closing(context, day) or [Said(book, StockDayClosed(day, _balances(context)))]

    book = days_stream(context.clinic)
    return enter(context, Form(RECORD, event_id, build, expected_seq={book: expected_seq}))


def _closing(context: Context, day: date) -> Refused | None:
    """Why that day cannot be closed now, None where it can."""
    found = day_of(context, day)
    if isinstance(found, Refused):
        return found
    if found.stops:
        return Refused("policy", tuple(Reason(said) for said in found.stops))
    if found.is_closed and found.closed:
        return refused("policy", f"{found.closed.by.name} closed that day, and nothing has come since.")
    return None


def _balances(context: Context) -> tuple[LotBalance, ...]:
    """What the book says of every lot now, those with nothing left left out."""
    listed = shelf(context)
    kept = () if isinstance(listed, Refused) else listed
    return tuple(LotBalance(each.stream, volume_text(each.lot.amount)) for each in kept if each.lot.amount)
