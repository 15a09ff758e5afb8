"""What an event can say of stock: what came, was drawn, is left, wasted, returned or counted, who stood by, and a day closed; frozen once shipped.

Volumes are text with a unit (`50 mL`). `graduation` is the step of the scale a volume was read off, empty for a whole container as labelled.
A lot, a visit's drug account and the clinic's book of days are each a stream of kind `stock`.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

import msgspec

from kairn.record.payloads import Payload


class StockReceived(Payload, frozen=True):
    """Some of one lot came in. The concentration is the product's own at that time, never typed."""

    KIND = "stock.received"
    product: str
    lot: str
    expires: date
    concentration: str
    volume: str
    supplier: str = ""


class StockDrawn(Payload, frozen=True):
    """Some of a lot was drawn for a visit."""

    KIND = "stock.drawn"
    visit: UUID
    volume: str
    graduation: str = ""


class StockReturned(Payload, frozen=True):
    """Some of what was drawn for a visit went back to its lot."""

    KIND = "stock.returned"
    visit: UUID
    volume: str
    graduation: str = ""
    reason: str = ""


class StockLeft(Payload, frozen=True):
    """What was measured in line and bag after the infusion and goes with them; not counted as wasted once more."""

    KIND = "stock.left"
    visit: UUID
    volume: str
    graduation: str = ""


class StockWasted(Payload, frozen=True):
    """Some was thrown away: of what was drawn for a visit, from the lot that is named where it was said, or, without a visit, of the lot on the shelf."""

    KIND = "stock.wasted"
    SCHEMA = 2
    volume: str
    reason: str
    graduation: str = ""
    visit: UUID | None = None
    lot: UUID | None = None


class StockCounted(Payload, frozen=True):
    """A lot was counted on the shelf. From then on this is what there is; what the book said otherwise is a variance."""

    KIND = "stock.counted"
    volume: str


class VarianceExplained(Payload, frozen=True):
    """Why there is a difference, of a visit's account or of a count (its event). It holds for exactly this difference, rounded as shown."""

    KIND = "stock.variance-explained"
    difference: str
    reason: str
    visit: UUID | None = None
    count: UUID | None = None


class EntryWitnessed(Payload, frozen=True):
    """A second person, signed in as themselves, stands by an entry of the same stream."""

    KIND = "stock.witnessed"
    entry: UUID


class LotBalance(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What the book said of one lot when a day was closed."""

    lot: UUID
    volume: str


class StockDayClosed(Payload, frozen=True):
    """A day of the drug ledger was closed: everything explained, every entry with its second name."""

    KIND = "stock.day-closed"
    DECISION = True
    day: date
    balances: tuple[LotBalance, ...]
