"""What the pages of the shelf show, as plain values."""

from __future__ import annotations

from dataclasses import dataclass

from kairn.clinic.acts.stock_reads import Shelf
from kairn.clinic.screens.forms.answers import Again
from kairn.clinic.screens.forms.clock import Clock
from kairn.clinic.screens.stock.told import Line, line, signed
from kairn.library.products import PRODUCTS
from kairn.record.payloads_stock import EntryWitnessed, StockCounted
from kairn.record.stock import Step, volume_text


@dataclass(frozen=True)
class LotLine:
    """One lot in the list."""

    id: str
    product: str
    lot: str
    expires: str
    expired: bool
    amount: str
    counted: str
    waits: int
    unexplained: int


@dataclass(frozen=True)
class StockPage:
    """The shelf, and what waits for a second person."""

    lots: tuple[LotLine, ...]
    empty: tuple[LotLine, ...]
    waiting: tuple[Line, ...]
    again: Again
    records: bool
    known: str

    @property
    def others(self) -> bool:
        """Whether any entry that waits is somebody else's."""
        return any(not one.mine for one in self.waiting)


@dataclass(frozen=True)
class StepLine:
    """One entry of a lot with what it changed and what there was then."""

    line: Line
    change: str
    after: str


@dataclass(frozen=True)
class Unexplained:
    """A count that differs from the book and what has been said of it so far."""

    count: str
    at: str
    difference: str
    told: str
    again: Again


@dataclass(frozen=True)
class LotPage:
    """One lot: its entries, and the forms."""

    lot: LotLine
    concentration: str
    came_in: str
    steps: tuple[StepLine, ...]
    unexplained: tuple[Unexplained, ...]
    counting: Again
    wasting: Again
    again: Again
    records: bool
    measured: tuple[tuple[str, str], ...]


def lot_line(each: Shelf, clock: Clock) -> LotLine:
    """A lot in one line."""
    lot = each.lot
    said = lot.received
    counts = [step.event for step in lot.steps if isinstance(step.event.payload, StockCounted)]
    expired = bool(lot.expires and lot.expires < clock.local(clock.now).date())
    product = PRODUCTS[said.product].label if said and said.product in PRODUCTS else said.product if said else ""
    return LotLine(
        str(each.stream), product, said.lot if said else "", f"{lot.expires:%Y-%m-%d}" if lot.expires else "", expired, volume_text(lot.amount),
        clock.when(counts[-1].occurred_at) if counts else "", len(each.waiting), sum(not variance.settled for variance in lot.variances),
    )  # fmt: skip


def step_lines(each: Shelf, clock: Clock, reader: str) -> tuple[StepLine, ...]:
    """Every entry of a lot, newest first; corrections and explanations change nothing by themselves."""
    steps: dict[object, Step] = {step.event.id: step for step in each.lot.steps}
    listed = [event for event in each.history.events if not isinstance(event.payload, EntryWitnessed)]
    made = []
    for event in sorted(listed, key=lambda event: (event.occurred_at, event.seq), reverse=True):
        step = steps.get(event.id)
        told = line(event, each.history, clock, reader)
        made.append(StepLine(told, signed(step.change) if step else "", volume_text(step.after) if step else ""))
    return tuple(made)
