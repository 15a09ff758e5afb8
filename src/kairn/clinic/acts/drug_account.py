"""The drug account of one visit: drawn, left, wasted, returned, a difference explained; what was infused comes from the pump's recorded times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from uuid import UUID

from kairn.clinic.acts.check import needed
from kairn.clinic.acts.context import Context
from kairn.clinic.acts.given import PUMP, flow
from kairn.clinic.acts.outcome import Outcome, Refused, refused
from kairn.clinic.acts.stock_entry import Form, Said, Typed, account_stream, enter, known_lot, not_found, not_this_difference
from kairn.clinic.ledger import read
from kairn.clinic.ledger.stock import streams_of_visit
from kairn.pathway.course import visit_of, visits_of
from kairn.pathway.standing import Visit
from kairn.record.event import Event
from kairn.record.history import History
from kairn.record.payloads import OrderSigned
from kairn.record.payloads_stock import StockDrawn, StockLeft, StockReturned, StockWasted, VarianceExplained
from kairn.record.stock import Account, account_of, lot_of, volume_text

RECORD = "stock.visit"
NONE_DRAWN = "Nothing is recorded as drawn from that lot for this visit, so nothing can go back to it. Record first what was drawn, or choose the right lot."


@dataclass(frozen=True)
class DrugAccount:
    """One visit's account as it stands. `over`: nothing more will run, so it can be closed. `other_strength`: lots that are not what was ordered."""

    visit: Visit
    account: Account
    order: OrderSigned | None
    over: bool
    other_strength: tuple[str, ...]

    @property
    def begun(self) -> bool:
        """Whether anything was drawn or ran."""
        return bool(self.account.entries) or self.account.infused > 0

    @property
    def settled(self) -> bool:
        """Whether nobody has to do anything more: over, explained, and every entry with its second name."""
        return self.over and self.account.explained and not self.account.waiting

    @property
    def unexplained(self) -> bool:
        """Whether there is a difference now that two people have to explain."""
        return self.over and not self.account.explained


def drug_account(clinic: UUID, chart: History, visit: UUID, now: datetime) -> DrugAccount:
    """The account of a visit of this chart. Raises Unreadable where the chart has no such visit."""
    found = visit_of(visits_of(chart), visit)
    order = found.order.payload if found.order and isinstance(found.order.payload, OrderSigned) else None
    streams = list(read.histories(streams_of_visit(clinic, visit)).values())
    account = account_of(visit, streams, _infused(chart, found, order, now))
    return DrugAccount(found, account, order, _over(found), _other_strength(streams, visit, order))


def _infused(chart: History, visit: Visit, order: OrderSigned | None, now: datetime) -> Fraction:
    """What ran by the recorded times, in mL, exact; a visit that is closed gives nothing more, also where nobody recorded the stop."""
    events = [event for event in chart.live if getattr(event.payload, "visit", None) == visit.id and isinstance(event.payload, PUMP)]
    if order is None or not events:
        return Fraction(0)
    return flow(events, order, min(now, visit.phase_since) if visit.phase == "closed" else now).volume


def _over(visit: Visit) -> bool:
    return visit.cancelled or visit.pump == "stopped" or visit.phase == "closed"


def _other_strength(streams: Sequence[History], visit: UUID, order: OrderSigned | None) -> tuple[str, ...]:
    """The lots drawn from whose concentration is not the one ordered, in words."""
    drawn = [lot_of(each).received for each in streams if any(said.visit == visit for _, said in each.all(StockDrawn))]
    return tuple(f"{lot.lot} ({lot.concentration})" for lot in drawn if lot and order and lot.concentration != order.concentration)


# --- acts ------------------------------------------------------------------------------------------------------------


def draw(context: Context, patient: UUID, *, event_id: UUID, visit: UUID, lot: UUID, typed: Typed, occurred_at: datetime | None = None) -> Outcome:
    """Some of a lot was drawn for this visit. Refused only where there was not so much: the database keeps the balance within its bounds."""

    def build(earlier: Event | None) -> list[Said] | Refused:
        _of_patient(patient, visit)
        return [Said(lot, StockDrawn(visit, typed.text, typed.graduation))] if known_lot(context, lot) else not_found("a lot")

    return enter(context, Form(RECORD, event_id, build, patient, visit, occurred_at))


@dataclass(frozen=True)
class After:
    """What was measured after the infusion; a part that was not is None. `reason` speaks of what was wasted."""

    left: Typed | None = None
    wasted: Typed | None = None
    reason: str = ""


def measure(context: Context, patient: UUID, *, event_id: UUID, visit: UUID, after: After, occurred_at: datetime | None = None) -> Outcome:
    """What is left in line and bag, and what was wasted of the rest: together in one form, each an entry of its own."""

    def build(earlier: Event | None) -> list[Said] | Refused:
        _of_patient(patient, visit)
        stream = account_stream(visit)
        said: list[Said] = []
        if after.left:
            said.append(Said(stream, StockLeft(visit, after.left.text, after.left.graduation)))
        if after.wasted:
            why = needed(after.reason, "reason", "how it was wasted")
            said.append(Said(stream, StockWasted(after.wasted.text, why, after.wasted.graduation, visit)))
        return said or refused("input", "No volume was typed, so nothing was recorded.")

    return enter(context, Form(RECORD, event_id, build, patient, visit, occurred_at))


def give_back(
    context: Context, patient: UUID, *, event_id: UUID, visit: UUID, lot: UUID, typed: Typed, reason: str, occurred_at: datetime | None = None
) -> Outcome:  # fmt: skip
    """Some of what was drawn went back to the shelf, into the lot it came from."""

    def build(earlier: Event | None) -> list[Said] | Refused:
        _of_patient(patient, visit)
        why = needed(reason, "reason", "why it went back")
        if not known_lot(context, lot):
            return not_found("a lot")
        if not any(said.visit == visit for _, said in read.history(lot).all(StockDrawn)):
            return refused("policy", NONE_DRAWN)
        return [Said(lot, StockReturned(visit, typed.text, typed.graduation, why))]

    return enter(context, Form(RECORD, event_id, build, patient, visit, occurred_at))


def explain(context: Context, patient: UUID, *, event_id: UUID, visit: UUID, difference: str, reason: str) -> Outcome:
    """Why the account does not close. `difference` is what the page showed; it holds for exactly that, and with a second name only."""

    def build(earlier: Event | None) -> list[Said] | Refused:
        why = needed(reason, "reason", "why there is a difference")
        if earlier is None and (stop := _not_to_explain(context, patient, visit, difference)):
            return stop
        return [Said(account_stream(visit), VarianceExplained(difference, why, visit))]

    return enter(context, Form(RECORD, event_id, build, patient, visit))


def _not_to_explain(context: Context, patient: UUID, visit: UUID, difference: str) -> Refused | None:
    found = drug_account(context.clinic, read.history(patient), visit, context.now)
    if not found.over:
        return refused("policy", "The pump is not recorded as stopped, so the difference is not known yet. Record the stop first.")
    if found.account.closes:
        return refused("policy", "This account closes: there is nothing to explain.")
    return not_this_difference(volume_text(found.account.difference), difference)


def _of_patient(patient: UUID, visit: UUID) -> Visit:
    """The visit of this person. Raises Unreadable where it is not theirs."""
    return visit_of(visits_of(read.history(patient)), visit)
