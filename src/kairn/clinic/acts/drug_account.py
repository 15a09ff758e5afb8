"""The drug account of one visit: drawn, left, wasted, returned, a difference explained; what was infused comes from the pump's recorded times."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from uuid import UUID

from kairn.clinic.acts.check import needed
from kairn.clinic.acts.context import Context
from kairn.clinic.acts.given import PUMP, flow, reckoned_to
from kairn.clinic.acts.outcome import Outcome, Refused, refused, refused_field
from kairn.clinic.acts.stock_entry import Form, Said, Typed, account_stream, enter, known_lot, not_found, not_this_difference
from kairn.clinic.acts.strengths import OtherStrength, other_strengths
from kairn.clinic.ledger import read
from kairn.clinic.ledger.stock import streams_of_visit
from kairn.pathway.course import visit_of, visits_of
from kairn.pathway.standing import Visit
from kairn.record.event import Event
from kairn.record.history import History
from kairn.record.payloads import OrderSigned
from kairn.record.payloads_stock import StockDrawn, StockLeft, StockReturned, StockWasted, VarianceExplained
from kairn.record.stock import NOTHING, Account, account_of, out_of, volume_of, volume_text

RECORD = "stock.visit"
NONE_DRAWN = "Nothing is recorded as drawn from that lot for this visit, so nothing of it is there. Record first what was drawn, or choose the right lot."


@dataclass(frozen=True)
class DrugAccount:
    """One visit's account as it stands. `over`: nothing more will run, so it can be closed. `other_strength`: what is out of another than ordered."""

    visit: Visit
    account: Account
    order: OrderSigned | None
    over: bool
    other_strength: tuple[OtherStrength, ...]

    @property
    def begun(self) -> bool:
        """Whether anything was drawn or ran."""
        return bool(self.account.entries) or self.account.infused > 0 or self.untold

    @property
    def untold(self) -> bool:
        """Whether the pump is recorded as having run without a start, so that nobody knows what ran."""
        return bool(self.visit.pump) and self.visit.infusion_started is None

    @property
    def closes(self) -> bool:
        """Whether it is known what ran, and the difference is no more than the scales can show."""
        return self.account.closes and not self.untold

    @property
    def settled(self) -> bool:
        """Whether nobody has to do anything more: over, explained, and every entry with its second name."""
        return self.over and not self.unexplained and not self.account.waiting

    @property
    def unexplained(self) -> bool:
        """Whether there is something now that two people have to explain."""
        return self.over and not self.closes and not self.account.variance.settled


def drug_account(clinic: UUID, chart: History, visit: UUID, now: datetime) -> DrugAccount:
    """The account of a visit of this chart. Raises Unreadable where the chart has no such visit."""
    found = visit_of(visits_of(chart), visit)
    order = found.order.payload if found.order and isinstance(found.order.payload, OrderSigned) else None
    streams = list(read.histories(streams_of_visit(clinic, visit)).values())
    account = account_of(visit, streams, _infused(chart, found, order, now))
    return DrugAccount(found, account, order, _over(found), other_strengths(streams, visit, order))


def _infused(chart: History, visit: Visit, order: OrderSigned | None, now: datetime) -> Fraction:
    """What ran by the recorded times, in mL, exact."""
    events = [event for event in chart.live if getattr(event.payload, "visit", None) == visit.id and isinstance(event.payload, PUMP)]
    if order is None or not events:
        return Fraction(0)
    return flow(events, order, reckoned_to(visit, now)).volume


def _over(visit: Visit) -> bool:
    return visit.cancelled or visit.pump == "stopped" or visit.phase == "closed"


# --- acts ------------------------------------------------------------------------------------------------------------


def draw(context: Context, patient: UUID, *, event_id: UUID, visit: UUID, lot: UUID, typed: Typed, occurred_at: datetime | None = None) -> Outcome:
    """Some of a lot was drawn for this visit. Refused only where there was not so much: the database keeps the balance within its bounds."""

    def build(earlier: Event | None) -> list[Said] | Refused:
        _of_patient(patient, visit)
        return [Said(lot, StockDrawn(visit, typed.text, typed.graduation))] if known_lot(context, lot) else not_found("a lot")

    return enter(context, Form(RECORD, event_id, build, patient, visit, occurred_at))


@dataclass(frozen=True)
class After:
    """What was measured after the infusion; a part that was not is None. `reason` and `lot` speak of what was wasted: how, and from which lot."""

    left: Typed | None = None
    wasted: Typed | None = None
    reason: str = ""
    lot: UUID | None = None


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
            if after.lot and earlier is None and (stop := _more_than_out(context, visit, after.lot, after.wasted, "was wasted")):
                return stop
            said.append(Said(stream, StockWasted(after.wasted.text, why, after.wasted.graduation, visit, after.lot)))
        return said or refused("input", "No volume was typed, so nothing was recorded.")

    return _resting_on((account_stream(visit), after.lot), context, Form(RECORD, event_id, build, patient, visit, occurred_at))


def give_back(
    context: Context, patient: UUID, *, event_id: UUID, visit: UUID, lot: UUID, typed: Typed, reason: str, occurred_at: datetime | None = None
) -> Outcome:  # fmt: skip
    """Some of what was drawn went back to the shelf, into the lot it came from."""

    def build(earlier: Event | None) -> list[Said] | Refused:
        _of_patient(patient, visit)
        why = needed(reason, "reason", "why it went back")
        if not known_lot(context, lot):
            return not_found("a lot")
        if earlier is None and (stop := _more_than_out(context, visit, lot, typed, "went back")):
            return stop
        return [Said(lot, StockReturned(visit, typed.text, typed.graduation, why))]

    return _resting_on((lot, account_stream(visit)), context, Form(RECORD, event_id, build, patient, visit, occurred_at))


def _resting_on(streams: Iterable[UUID | None], context: Context, form: Form) -> Outcome:
    """The entry rests on what is out of a lot, and that on these streams: where one of them has grown meanwhile it is looked at anew."""
    while True:
        seen = {stream: read.head(stream) for stream in streams if stream}
        outcome = enter(context, replace(form, expected_seq=seen))
        if not isinstance(outcome, Refused) or outcome.kind != "stale":
            return outcome


def _more_than_out(context: Context, visit: UUID, lot: UUID, typed: Typed, what: str) -> Refused | None:
    """The refusal of a volume that would be more of a lot than is out of it for this visit."""
    out = out_of(visit, read.histories(streams_of_visit(context.clinic, visit)).values()).get(lot)
    if out is None:
        return refused("policy", NONE_DRAWN)
    if volume_of(typed.text) <= out:
        return None
    said = f"Saw {typed.text}; only {volume_text(max(out, NOTHING))} of that lot is out for this visit, so no more of it {what}."
    return refused_field(typed.field, f"{said} Choose the right lot, or correct the volume.")


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
    if found.closes:
        return refused("policy", "This account closes: there is nothing to explain.")
    return not_this_difference(volume_text(found.account.difference), difference)


def _of_patient(patient: UUID, visit: UUID) -> Visit:
    """The visit of this person. Raises Unreadable where it is not theirs."""
    return visit_of(visits_of(read.history(patient)), visit)
