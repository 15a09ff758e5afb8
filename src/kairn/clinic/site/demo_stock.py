"""The demonstration's drug cupboard: two lots, an account for each infusion told, a count explained and one that is not yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from uuid import UUID, uuid5

from kairn.clinic.acts.given import flow
from kairn.clinic.acts.seeding import write_past
from kairn.clinic.acts.stock_entry import account_stream, lot_stream
from kairn.library.products import PRODUCTS
from kairn.pathway.course import visits_of
from kairn.pathway.scenario import Scenario
from kairn.pathway.standing import Visit
from kairn.record.event import Author, Draft, StreamKind
from kairn.record.payloads import OrderSigned, Payload
from kairn.record.payloads_stock import EntryWitnessed, StockCounted, StockDrawn, StockLeft, StockReceived, StockWasted, VarianceExplained
from kairn.record.stock import volume_of, volume_text

FIRST, SECOND = ("ketamine-1", "KX-2207"), ("ketamine-1", "KX-2231")
RECEIVED, DRAWN, LEFT, GRADUATION, SHORT = "5000 mL", "50 mL", "2 mL", "1 mL", "1 mL"
SHELF_LIFE, STOCKED, COUNTED = timedelta(days=300), timedelta(days=300), timedelta(days=3)
BEFORE, AFTER = timedelta(minutes=2), timedelta(minutes=6)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Told:
    """One entry of the story: where it stands, what it says, when, by whom and who stood by; nobody where it still waits."""

    name: str
    stream: UUID
    payload: Payload
    at: datetime
    by: str
    second: str = ""


def stock_up(clinic: UUID, people: Mapping[str, Author], stories: Mapping[str, Scenario], now: datetime) -> int:
    """Write the cupboard's past beside the stories of the people it served; answers how many entries."""
    made: list[Draft] = []
    for one in sorted(_told(clinic, stories, now), key=lambda one: one.at):
        entry = uuid5(clinic, f"demo stock {one.name}")
        made.append(Draft(entry, one.stream, one.at, people[one.by], one.payload, stream_kind=StreamKind.STOCK))
        if one.second:
            stood = Draft(uuid5(entry, "second"), one.stream, one.at + MINUTE, people[one.second], EntryWitnessed(entry), stream_kind=StreamKind.STOCK)
            made.append(stood)
    return write_past(clinic, made, {draft.id: draft.occurred_at for draft in made}, now)


def _told(clinic: UUID, stories: Mapping[str, Scenario], now: datetime) -> Iterator[Told]:
    first, second = (lot_stream(clinic, *lot) for lot in (FIRST, SECOND))
    yield Told("first", first, _received(FIRST, now.date()), now - STOCKED, "nurse", "prescriber")
    yield Told("second", second, _received(SECOND, now.date()), now - STOCKED, "nurse", "clinic-lead")
    less = volume_text(volume_of(RECEIVED) - volume_of(SHORT))
    counted = uuid5(clinic, "demo stock counted")
    yield Told("counted", second, StockCounted(less), now - COUNTED, "nurse", "prescriber")
    explained = VarianceExplained(volume_text(-volume_of(SHORT)), "One container broke when the box was opened", count=counted)
    yield Told("explained", second, explained, now - COUNTED + AFTER, "prescriber", "clinic-lead")
    yield Told("counted again", second, StockCounted(volume_text(volume_of(less) - volume_of(SHORT))), now - AFTER, "nurse", "prescriber")
    for story in stories.values():
        for visit in visits_of(story.history):
            if visit.infusion_started and visit.order:
                yield from _account(first, story, visit)


def _account(lot: UUID, story: Scenario, visit: Visit) -> Iterator[Told]:
    """What was drawn, and once the pump has stopped what was left and wasted, to the graduation of the syringe. While it runs the draw waits."""
    ended, name = visit.infusion_ended, str(visit.id)
    yield Told(f"drawn {name}", lot, StockDrawn(visit.id, DRAWN, GRADUATION), _began(visit) - BEFORE, "nurse", "prescriber" if ended else "")
    if ended is None or visit.order is None or not isinstance(visit.order.payload, OrderSigned):
        return
    events = [event for event in story.history.live if getattr(event.payload, "visit", None) == visit.id]
    rest = volume_of(DRAWN) - flow(events, visit.order.payload, ended).volume - volume_of(LEFT)
    own = account_stream(visit.id)
    yield Told(f"left {name}", own, StockLeft(visit.id, LEFT, GRADUATION), ended + MINUTE, "nurse", "prescriber")
    wasted = StockWasted(volume_text(Fraction(round(rest))), "Rest of the syringe, into the absorbent", GRADUATION, visit.id)
    yield Told(f"wasted {name}", own, wasted, ended + MINUTE, "nurse", "prescriber")


def _began(visit: Visit) -> datetime:
    assert visit.infusion_started is not None
    return visit.infusion_started


def _received(lot: tuple[str, str], day: date) -> StockReceived:
    product, number = lot
    return StockReceived(product, number, day + SHELF_LIFE, PRODUCTS[product].concentration.text, RECEIVED, "Hospital pharmacy")
