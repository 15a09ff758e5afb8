"""What people do on the shelf: receive, count, waste, explain a count, stand by an entry, strike one out; each entry waits for a second person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from kairn.clinic.acts.check import needed
from kairn.clinic.acts.context import Context
from kairn.clinic.acts.outcome import Outcome, Refused, refused, refused_field
from kairn.clinic.acts.stock_entry import WITNESS, Form, Said, Typed, enter, known_lot, lot_stream, not_found, not_this_difference, of_this_stock
from kairn.clinic.ledger import read
from kairn.library.products import PRODUCTS
from kairn.record.event import Event
from kairn.record.history import History
from kairn.record.payloads import EnteredInError
from kairn.record.payloads_stock import (
    EntryWitnessed,
    StockCounted,
    StockDayClosed,
    StockReceived,
    StockWasted,
    VarianceExplained,
)  # fmt: skip
from kairn.record.stock import NOTHING, lot_of, second_of, volume_text
from kairn.terms.problem import unreadable

RECORD = "stock.record"
TWO_PEOPLE = "You entered this yourself. A second person stands by it: ask a colleague who is signed in as themselves."
TWICE = "{} stands by that entry already."


def receive(
    context: Context, *, event_id: UUID, product: str, lot: str, expires: date | None, volume: str, supplier: str = "", occurred_at: datetime | None = None
) -> Outcome:
    """Some of a lot came in. The concentration is the product's; a lot that is known keeps its product, concentration and expiry."""

    def build(earlier: Event | None) -> list[Said] | Refused:
        if product not in PRODUCTS:
            raise unreadable(f"{product!r}", f"one of {', '.join(PRODUCTS)}", "Choose the product.", "product")
        if expires is None:
            raise unreadable("nothing", "the day printed on the container", "Type it.", "expires")
        number = needed(lot, "lot", "the number printed on the container")
        said = StockReceived(product, number, expires, PRODUCTS[product].concentration.text, Typed(volume).text, supplier.strip())
        stream = lot_stream(context.clinic, product, number)
        return _another_lot(read.history(stream), said) or [Said(stream, said)]

    return enter(context, Form(RECORD, event_id, build, occurred_at=occurred_at))


def _another_lot(history: History, said: StockReceived) -> Refused | None:
    known = lot_of(history).received
    if known is None or (known.expires, known.concentration) == (said.expires, said.concentration):
        return None
    return refused_field(
        "lot", f"Lot {said.lot} is known with {known.concentration}, expiring {known.expires}. Correct what was typed, or strike out what was received."
    )


def count(context: Context, *, event_id: UUID, lot: UUID, volume: str, occurred_at: datetime | None = None) -> Outcome:
    """A lot was counted. What is counted is what there is from then on; a difference from the book waits to be explained."""

    def build(earlier: Event | None) -> list[Said] | Refused:
        counted = Typed(volume, field="counted", none=True).text
        return [Said(lot, StockCounted(counted))] if known_lot(context, lot) else not_found("a lot")

    return enter(context, Form(RECORD, event_id, build, occurred_at=occurred_at))


def waste_from_shelf(context: Context, *, event_id: UUID, lot: UUID, typed: Typed, reason: str, occurred_at: datetime | None = None) -> Outcome:
    """Some of a lot was thrown away without having been drawn for anybody: broken, expired."""

    def build(earlier: Event | None) -> list[Said] | Refused:
        why = needed(reason, "reason", "why it was thrown away")
        return [Said(lot, StockWasted(typed.text, why, typed.graduation))] if known_lot(context, lot) else not_found("a lot")

    return enter(context, Form(RECORD, event_id, build, occurred_at=occurred_at))


def explain_count(context: Context, *, event_id: UUID, lot: UUID, counted: UUID, difference: str, reason: str) -> Outcome:
    """Why a count differs from the book. `difference` is what the page showed; where it is another one by now, nothing is recorded."""

    def build(earlier: Event | None) -> list[Said] | Refused:
        why = needed(reason, "reason", "why there is a difference")
        if not known_lot(context, lot):
            return not_found("a lot")
        found = next((each for each in lot_of(read.history(lot)).variances if each.of is not None and each.of.id == counted), None)
        if earlier is None and (stop := not_this_difference(volume_text(found.difference if found else NOTHING), difference)):
            return stop
        return [Said(lot, VarianceExplained(difference, why, count=counted))]

    return enter(context, Form(RECORD, event_id, build))


def witness(context: Context, *, event_id: UUID, entries: Sequence[UUID]) -> Outcome:
    """Stand by entries of somebody else, signed in as oneself: one's own name beside theirs."""

    def build(earlier: Event | None) -> list[Said] | Refused:
        said: list[Said] = []
        for entry in dict.fromkeys(entries):
            found = of_this_stock(context, entry)
            if found is None or isinstance(found.payload, EntryWitnessed | StockDayClosed):
                return not_found("an entry")
            if earlier is None and (stop := _no_second(context, found)):
                return stop
            said.append(Said(found.stream, EntryWitnessed(entry)))
        return said or refused("input", "Nothing was chosen, so nothing was recorded. Choose the entries you stand by.")

    return enter(context, Form(WITNESS, event_id, build))


def _no_second(context: Context, entry: Event) -> Refused | None:
    if context.author.id in (entry.by.id, entry.sent_by.id):
        return refused("permission", TWO_PEOPLE)
    second = second_of(read.history(entry.stream), entry)
    return refused("policy", TWICE.format(second.by.name)) if second else None


def strike(context: Context, *, event_id: UUID, entry: UUID, reason: str) -> Outcome:
    """Strike out an entry of stock made in error; it stays readable, and the strike too waits for a second person."""

    def build(earlier: Event | None) -> list[Said] | Refused:
        why = needed(reason, "reason", "what is wrong with the entry")
        found = of_this_stock(context, entry)
        if found is None:
            return not_found("an entry")
        return (_kept(found) if earlier is None else None) or [Said(found.stream, EnteredInError(entry, why))]

    return enter(context, Form(RECORD, event_id, build))


def _kept(entry: Event) -> Refused | None:
    if isinstance(entry.payload, EntryWitnessed):
        return refused("policy", "A second name is not struck out. Strike out the entry it stands by.")
    struck = read.history(entry.stream).struck.get(entry.id)
    return refused("policy", f"That entry was struck out already by {struck.by.name}.") if struck else None
