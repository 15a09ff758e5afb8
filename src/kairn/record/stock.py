"""What stock adds up to: one lot on the shelf and one visit's drug account, as pure functions of their streams, in exact fractions of a millilitre."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import chain
from uuid import UUID

from kairn.library.products import STOCK
from kairn.record.event import Event
from kairn.record.history import History
from kairn.record.payloads import EnteredInError
from kairn.record.payloads_stock import (
    EntryWitnessed,
    StockCounted,
    StockDayClosed,
    StockDrawn,
    StockLeft,
    StockReceived,
    StockReturned,
    StockWasted,
    VarianceExplained,
)  # fmt: skip
from kairn.terms.quantity import parse_quantity, rounded_text

NOTHING = Fraction(0)
ALONE = (EntryWitnessed, StockDayClosed)
"""What one person enters without a second one."""


def volume_of(text: str) -> Fraction:
    """A recorded volume in mL, exact. Raises Unreadable."""
    return parse_quantity(text).to("mL")


def volume_text(volume: Fraction) -> str:
    """A volume as people read it: mL, rounded once half to even to the step of the library."""
    return rounded_text(volume, STOCK.rounding.volume)


# --- two people ------------------------------------------------------------------------------------------------------


def second_of(history: History, entry: Event) -> Event | None:
    """The first confirmation of an entry by somebody else than whoever entered or sent it; None while it waits for one."""
    alone = {entry.by.id, entry.sent_by.id}
    said = (event for event, payload in history.all(EntryWitnessed) if payload.entry == entry.id)
    return next((event for event in said if event.by.id not in alone and event.sent_by.id not in alone), None)


def waiting(history: History) -> tuple[Event, ...]:
    """The entries that count, corrections among them, and have no second name yet."""
    strikes = [event for event in history.struck.values() if not _strikes_a_name(history, event)]
    entries = sorted((*history.live, *strikes), key=lambda event: event.seq)
    return tuple(event for event in entries if not isinstance(event.payload, ALONE) and second_of(history, event) is None)


def _strikes_a_name(history: History, strike: Event) -> bool:
    struck = history.get(strike.payload.event) if isinstance(strike.payload, EnteredInError) else None
    return struck is not None and isinstance(struck.payload, EntryWitnessed)


# --- a lot on the shelf ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """One entry of a lot in the order it happened: what it changed, and what there was then, in mL."""

    event: Event
    change: Fraction
    after: Fraction


@dataclass(frozen=True)
class Variance:
    """A difference and what it belongs to. It is settled when it is nothing, or when two people explained exactly it."""

    of: Event | None
    difference: Fraction
    explained: Event | None = None
    second: Event | None = None

    @property
    def settled(self) -> bool:
        """Whether nobody has to say anything more of it."""
        return self.second is not None


@dataclass(frozen=True)
class Lot:
    """One lot: what it is, every step, and the differences its counts found. Amounts in mL."""

    received: StockReceived | None
    steps: tuple[Step, ...]
    came_in: Fraction
    variances: tuple[Variance, ...]

    @property
    def amount(self) -> Fraction:
        """What the book says there is."""
        return self.steps[-1].after if self.steps else NOTHING

    @property
    def lowest(self) -> Fraction:
        """The least there ever was, replayed in the order things happened; below nothing where more was taken than was there."""
        return min((step.after for step in self.steps), default=NOTHING)

    @property
    def expires(self) -> date | None:
        """The day after which it is not used."""
        return self.received.expires if self.received else None


def lot_of(history: History) -> Lot:
    """A lot as its stream says; late entries take their place by when they happened, and a count is the truth from its moment on."""
    steps: list[Step] = []
    for event in sorted(history.live, key=lambda event: (event.occurred_at, event.seq)):
        before = steps[-1].after if steps else NOTHING
        change = _change(event, before)
        if change is not None:
            steps.append(Step(event, change, before + change))
    found = history.latest(StockReceived)
    counts = [step for step in steps if isinstance(step.event.payload, StockCounted)]
    came_in = sum((step.change for step in steps if isinstance(step.event.payload, StockReceived) or (step in counts and step.change > 0)), NOTHING)
    variances = tuple(_variance(history, step.event, step.change, (None, step.event.id)) for step in counts if step.change)
    return Lot(found[1] if found else None, tuple(steps), came_in, variances)


def _change(event: Event, before: Fraction) -> Fraction | None:
    """What an entry changes on the shelf; None where it says nothing of it."""
    match event.payload:
        case StockReceived(volume=volume) | StockReturned(volume=volume):
            return volume_of(volume)
        case StockDrawn(volume=volume) | StockWasted(volume=volume, visit=None):
            return -volume_of(volume)
        case StockCounted(volume=volume):
            return volume_of(volume) - before
        case _:
            return None


def _variance(history: History, of: Event | None, difference: Fraction, about: tuple[UUID | None, UUID | None]) -> Variance:
    """The difference with an explanation that says exactly it; `about` is the visit or the count. One with a second name comes first."""
    told = [event for event, payload in history.all(VarianceExplained) if (payload.visit, payload.count) == about and _says(payload, difference)]
    for event in reversed(told):
        if (second := second_of(history, event)) is not None:
            return Variance(of, difference, event, second)
    return Variance(of, difference, told[-1] if told else None)


def _says(payload: VarianceExplained, difference: Fraction) -> bool:
    return payload.difference == volume_text(difference)


# --- a visit's drug account ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Account:
    """drawn = infused + left in line and bag + wasted + returned, of one visit, in mL.

    `infused` is exact from the pump's recorded times. `reading` is what the scales cannot show: half a graduation for each volume read off one.
    """

    visit: UUID
    entries: tuple[Event, ...]
    drawn: Fraction
    infused: Fraction
    left: Fraction
    wasted: Fraction
    returned: Fraction
    reading: Fraction
    variance: Variance
    waiting: tuple[Event, ...]

    @property
    def difference(self) -> Fraction:
        """What was drawn and is not accounted for; below nothing where more is accounted for than was drawn."""
        return self.variance.difference

    @property
    def closes(self) -> bool:
        """Whether the difference is no more than the scales can show."""
        return abs(self.difference) <= self.reading

    @property
    def explained(self) -> bool:
        """Whether it closes, or two people explained exactly this difference."""
        return self.closes or self.variance.settled


def account_of(visit: UUID, streams: Sequence[History], infused: Fraction) -> Account:
    """The account of a visit from all streams of stock that speak of it; `infused` in mL comes from the pump's recorded times."""
    entries = _entries(visit, streams)
    drawn, left, wasted, returned = (_total(entries, kind) for kind in (StockDrawn, StockLeft, StockWasted, StockReturned))
    difference = drawn - infused - left - wasted - returned
    told = [_variance(each, None, difference, (visit, None)) for each in streams]
    variance = max(told, key=lambda each: (each.settled, each.explained is not None), default=Variance(None, difference))
    lacks = {event.id for each in streams for event in waiting(each)}
    return Account(
        visit, entries, drawn, infused, left, wasted, returned, _reading(entries), variance,
        tuple(event for event in entries if event.id in lacks) + tuple(_corrections(streams, visit, lacks)),
    )  # fmt: skip


def out_of(visit: UUID, streams: Iterable[History]) -> dict[UUID, Fraction]:
    """What is out of each lot that was drawn from for a visit, in mL: drawn, less what went back to it and what was wasted of it.

    Waste that names no lot is of the only one drawn from by then; where there were several it may be of any, and is of none here.
    """
    out: dict[UUID, Fraction] = {}
    for event in _entries(visit, streams):
        match event.payload:
            case StockDrawn(volume=volume):
                out[event.stream] = out.get(event.stream, NOTHING) + volume_of(volume)
            case StockReturned(volume=volume):
                out[event.stream] = out.get(event.stream, NOTHING) - volume_of(volume)
            case StockWasted(volume=volume, lot=lot):
                wasted = lot or (next(iter(out)) if len(out) == 1 else None)
                if wasted is not None:
                    out[wasted] = out.get(wasted, NOTHING) - volume_of(volume)
    return out


def _entries(visit: UUID, streams: Iterable[History]) -> tuple[Event, ...]:
    """What stock says of a visit, in the order it happened."""
    found = chain.from_iterable(_of_visit(each, visit) for each in streams)
    return tuple(sorted(found, key=lambda event: (event.occurred_at, event.recorded_at, event.seq)))


def _of_visit(history: History, visit: UUID) -> Iterable[Event]:
    return (event for event in history.live if getattr(event.payload, "visit", None) == visit)


def _corrections(streams: Sequence[History], visit: UUID, lacks: set[UUID]) -> Iterable[Event]:
    """Strikes of this visit's entries that wait for a second name."""
    for history in streams:
        for target, strike in history.struck.items():
            entry = history.get(target)
            if strike.id in lacks and entry is not None and getattr(entry.payload, "visit", None) == visit:
                yield strike


def _total(entries: Iterable[Event], kind: type[StockDrawn | StockLeft | StockWasted | StockReturned]) -> Fraction:
    return sum((volume_of(event.payload.volume) for event in entries if isinstance(event.payload, kind)), NOTHING)


def _reading(entries: Iterable[Event]) -> Fraction:
    """Half a graduation for each volume that was read off a scale."""
    steps = (getattr(event.payload, "graduation", "") for event in entries)
    return sum((volume_of(step) / 2 for step in steps if step), NOTHING)


# --- who stands by whom ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pair:
    """How often one person stood by another, of how many entries of that other that anybody stood by."""

    first: str
    second: str
    times: int
    of: int


def pairs_of(histories: Iterable[History], counts: Callable[[Event], bool] = lambda entry: True) -> tuple[Pair, ...]:
    """Who stood by whom and how often, most often first; `counts` chooses the entries that are looked at. Names are those recorded."""
    named: dict[str, str] = {}
    times: dict[tuple[str, str], int] = {}
    for history in histories:
        for entry in history.events:
            second = second_of(history, entry) if counts(entry) and not isinstance(entry.payload, ALONE) else None
            if second is not None:
                named |= {entry.by.id: entry.by.name, second.by.id: second.by.name}
                times[entry.by.id, second.by.id] = times.get((entry.by.id, second.by.id), 0) + 1
    of = {first: sum(count for pair, count in times.items() if pair[0] == first) for first, _ in times}
    found = [Pair(named[first], named[second], count, of[first]) for (first, second), count in times.items()]
    return tuple(sorted(found, key=lambda pair: (-pair.times, pair.first, pair.second)))
