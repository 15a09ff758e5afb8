"""Entries of stock in words: what happened, how much, by whom, and who stood by."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from django.urls import reverse

from kairn.clinic.acts.stock_entry import WHOLE
from kairn.clinic.screens.forms.clock import Clock
from kairn.library.syringes import SYRINGES
from kairn.record.event import Event
from kairn.record.history import History
from kairn.record.payloads import EnteredInError, Payload
from kairn.record.payloads_stock import (
    StockCounted,
    StockDayClosed,
    StockDrawn,
    StockLeft,
    StockReceived,
    StockReturned,
    StockWasted,
    VarianceExplained,
)  # fmt: skip
from kairn.record.stock import second_of, volume_text

MEASURED = ((WHOLE, "Whole container, as labelled"), *((one.key, f"{one.holds} syringe, steps of {one.graduation}") for one in SYRINGES.values()))
WHAT: dict[type[Payload], str] = {
    StockReceived: "Received", StockDrawn: "Drawn for a visit", StockReturned: "Returned to the shelf", StockLeft: "Left in line and bag",
    StockCounted: "Counted", VarianceExplained: "Difference explained", EnteredInError: "Struck out", StockDayClosed: "Day closed",
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One entry. `second` is empty while it waits; `mine`: the reader entered it; `struck`: why it counts no more; `strike`: where it is struck out."""

    id: str
    at: str
    recorded: str
    what: str
    volume: str
    detail: str
    by: str
    second: str
    mine: bool
    struck: str
    strike: str


def line(event: Event, history: History, clock: Clock, reader: str) -> Line:
    """An entry of a stream as one line."""
    second, struck = second_of(history, event), history.struck.get(event.id)
    what, volume, detail = tell(event, history, clock)
    return Line(
        str(event.id), clock.when(event.occurred_at), clock.when(event.recorded_at) if event.late else "", what, volume, detail, event.by.name,
        second.by.name if second else "", event.by.id == reader, getattr(struck.payload, "reason", "") if struck else "",
        "" if struck else reverse("stock_strike", args=[event.id]),
    )  # fmt: skip


def tell(event: Event, history: History, clock: Clock) -> tuple[str, str, str]:
    """What, how much, and the rest of it."""
    match event.payload:
        case StockReceived(volume=volume, lot=lot, supplier=supplier):
            return "Received", volume, f"lot {lot}{f', from {supplier}' if supplier else ''}"
        case StockWasted(volume=volume, reason=reason, visit=visit):
            return "Wasted" if visit else "Wasted from the shelf", volume, f"{_read(event)}{reason}"
        case VarianceExplained(difference=difference, reason=reason):
            return "Difference explained", difference, reason
        case EnteredInError(event=target, reason=reason):
            struck = history.get(target)
            of = tell(struck, history, clock) if struck else ("an entry", "", "")
            return f"Struck out: {of[0].lower()} {of[1]}", "", reason
        case StockDayClosed(day=day):
            return f"Day closed: {clock.day(day)}", "", ""
        case said:
            return WHAT.get(type(said), said.KIND), getattr(said, "volume", ""), f"{_read(event)}{getattr(said, 'reason', '')}"


def _read(event: Event) -> str:
    graduation = getattr(event.payload, "graduation", "")
    return f"read to {graduation}. " if graduation else ""


def signed(volume: Fraction) -> str:
    """A change with its sign."""
    return f"+{volume_text(volume)}" if volume > 0 else volume_text(volume).replace("-", "−")
