"""Ordering one infusion: dose from the weight measured at this visit, amounts from the product, limits from the protocol."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kairn.clinic.acts.amounts import Amounts, amounts_of
from kairn.clinic.acts.context import Context
from kairn.clinic.acts.dose_weights import DoseWeight, basis_of, dose_weight, plan_outdated
from kairn.clinic.acts.limits import amount, within_limits
from kairn.clinic.acts.outcome import Outcome, Refused, refused, refused_field
from kairn.clinic.acts.perform import Act, Case, perform
from kairn.clinic.acts.permission import permitted
from kairn.clinic.acts.standings import stand
from kairn.clinic.acts.weights import weight_question
from kairn.clinic.ledger.read import history as read_history
from kairn.library.products import PRODUCTS
from kairn.pathway.standing import Visit
from kairn.protocol.rule import DoseLimits
from kairn.record.event import Event
from kairn.record.history import History
from kairn.record.payloads import NoteWritten, OrderSigned, Payload, PlanSigned, Signature
from kairn.record.payloads_care import ProtocolAssigned
from kairn.terms.problem import Unreadable

OPEN_PHASES = ("booked", "pre-flight")


@dataclass(frozen=True)
class Wanted:
    """What somebody asks to order; empty fields are taken from the signed plan."""

    visit: UUID
    product: str
    dose_per_kg: str | None = None
    duration: str | None = None
    reason: str = ""
    weight_reason: str = ""
    second_reader: str = ""


@dataclass(frozen=True)
class Worked:
    """An order worked out: the weight its dose is made from, and its amounts."""

    weight: DoseWeight
    amounts: Amounts


def preview_order(
    context: Context, patient: UUID, *, visit: UUID, product: str, dose_per_kg: str | None = None, duration: str | None = None
) -> Worked | Refused:
    """What an order would say now, for the page on which it is signed; neither a soft limit nor a question about the weight stops it."""
    allowed = permitted(context, "clinical.read", patient)
    if isinstance(allowed, Refused):
        return allowed
    history = read_history(patient)
    case = Case(context, patient, visit, history, stand(context.clinic, history, context.now), context.now)
    try:
        return _worked(case, Wanted(visit, product, dose_per_kg, duration, "preview", "preview", "preview"))
    except Unreadable as fault:
        return refused_field(fault.problem.where, str(fault))


def sign_order(  # noqa: PLR0913
    context: Context, patient: UUID, *, event_id: UUID, expected_seq: int, visit: UUID, product: str, dose_per_kg: str | None = None,
    duration: str | None = None, reason: str = "", weight_reason: str = "", second_reader: str = "",
) -> Outcome:  # fmt: skip
    """Sign the order of one infusion. `product` is a key of the library's stocked products; dose and duration default to the signed plan.

    Outside the soft limits, or away from the plan, it needs a reason; outside the hard limits nobody can sign it. A weight far from the
    one before it needs a reason of its own, and farther still the name of a second person who read the scale.
    """
    wanted = Wanted(visit, product, dose_per_kg, duration, reason.strip(), weight_reason.strip(), second_reader.strip())

    def build(case: Case) -> list[Payload] | Refused:
        found = _worked(case, wanted)
        return found if isinstance(found, Refused) else [_order(wanted, found, case.signature()), *_notes(case, wanted)]

    return perform(context, Act("order.sign", patient, event_id, build, expected_seq=expected_seq))


def _order(wanted: Wanted, found: Worked, signature: Signature) -> OrderSigned:
    made, weight = found.amounts, found.weight
    # An order made from the measured weight names no other, and reads as orders always did.
    named = () if weight.basis == "actual" else (weight.basis, weight.used.text)
    return OrderSigned(
        wanted.visit, PRODUCTS[wanted.product].drug, made.dose_per_kg, weight.measured.text, made.dose, made.concentration, made.volume, made.duration,
        made.rate_mg, made.rate_ml, signature, *named,
    )  # fmt: skip


def _notes(case: Case, wanted: Wanted) -> list[Payload]:
    """What was written beside the order, so that it stands in the chart."""
    said = [f"Order outside the usual limits or the plan: {wanted.reason}"] if wanted.reason else []
    question = weight_question(case.history, wanted.visit, case.standing.now)
    if question:
        read_by = f" Read a second time by {wanted.second_reader}." if wanted.second_reader else ""
        said.append(f"{question.text} {wanted.weight_reason}{read_by}")
    return [NoteWritten(text, wanted.visit) for text in said]


def _worked(case: Case, wanted: Wanted) -> Worked | Refused:
    plan, protocol, visit = case.latest(PlanSigned), case.protocol, case.visit(wanted.visit)
    if protocol is None:
        return refused("policy", case.found.why)
    if stop := _not_now(case, visit) or (None if plan else refused("policy", "No plan of the series is signed. Sign the plan first.")):
        return stop
    assert plan is not None
    dose, duration = wanted.dose_per_kg or plan.dose, wanted.duration or plan.duration
    if wrong := _product(wanted.product, protocol.infusion) or within_limits(protocol.infusion, dose, duration, wanted.reason):
        return wrong
    if _differs(dose, duration, plan) and not wanted.reason.strip():
        return refused_field("reason", f"The plan says {plan.dose} over {plan.duration}. Write why this infusion is another one.")
    weight = _weight(case, wanted, plan, protocol.infusion)
    if isinstance(weight, Refused):
        return weight
    return Worked(weight, amounts_of(amount(dose, "dose"), weight.used, amount(duration, "duration"), PRODUCTS[wanted.product]))


def _weight(case: Case, wanted: Wanted, plan: PlanSigned, limits: DoseLimits) -> DoseWeight | Refused:
    """The weight to dose by, on the basis the plan was signed for, as long as that basis still holds."""
    now = case.standing.now
    basis = basis_of(case.history, limits, now)
    if isinstance(basis, Refused):
        return basis
    if wrong := plan_outdated(plan, basis):
        return wrong
    weight = dose_weight(case.history, wanted.visit, plan.weight_basis, limits, now)
    return weight if isinstance(weight, Refused) else _weight_unsure(case, wanted) or weight


def _weight_unsure(case: Case, wanted: Wanted) -> Refused | None:
    question = weight_question(case.history, wanted.visit, case.standing.now)
    if question is None:
        return None
    if not wanted.weight_reason:
        return refused_field("weight_reason", f"{question.text} Weigh again, or write what explains it.")
    if question.second_reader and not wanted.second_reader:
        return refused_field("second_reader", f"{question.text} A second person must read the scale: write their name.")
    if wanted.second_reader and _same_name(wanted.second_reader, case.context.author.name):
        return refused_field("second_reader", "That is your own name. Somebody else than who signs the order must have read the scale: write their name.")
    return None


def _same_name(one: str, other: str) -> bool:
    return one.casefold().split() == other.casefold().split()


def _not_now(case: Case, visit: Visit) -> Refused | None:
    if stop := case.ended():
        return stop
    if visit.purpose != "infusion":
        return refused("policy", "This visit was booked for something else than an infusion.")
    if case.earlier is None and (visit.cancelled or visit.phase not in OPEN_PHASES):
        return refused("policy", f"An infusion is ordered before it starts; this visit is in phase {visit.phase}.")
    return None


def _product(key: str, limits: DoseLimits) -> Refused | None:
    fitting = [product for product in PRODUCTS.values() if product.drug == limits.drug]
    if key in {product.key for product in fitting}:
        return None
    return refused_field("product", f"Saw {key!r}; expected one of {', '.join(product.label for product in fitting)}.")


def _differs(dose: str, duration: str, plan: PlanSigned) -> bool:
    return amount(dose, "dose").to("mg/kg") != amount(plan.dose, "dose").to("mg/kg") or amount(duration, "duration").to("min") != amount(
        plan.duration, "duration"
    ).to("min")


def standing_order(history: History, visit: UUID) -> tuple[Event, OrderSigned] | Refused:
    """The order an infusion may be given by: the latest of the visit, neither struck out nor older than the plan or the protocol."""
    orders = [(event, event.payload) for event in history.events if isinstance(event.payload, OrderSigned) and event.payload.visit == visit]
    if not orders:
        return refused("policy", "No order is signed for this infusion.")
    event, order = orders[-1]
    if event.id in history.struck:
        return refused("policy", "The latest order was struck out, and no older one takes its place. A prescriber must sign a new order.")
    plan = history.latest(PlanSigned)
    if plan and plan[0].seq > event.seq:
        return refused("policy", "The plan was signed anew after this order. A prescriber must sign a new order.")
    moved = history.latest(ProtocolAssigned)
    if moved and moved[0].seq > event.seq:
        return refused("policy", "The person was moved to another protocol after this order. A prescriber must sign a new order.")
    return event, order


def order_to_give(history: History, visit: UUID, limits: DoseLimits, now: datetime) -> OrderSigned | Refused:
    """The order the pump may be started by now: it stands, its weight is that of the visit, and it lies within the hard limits."""
    found = standing_order(history, visit)
    if isinstance(found, Refused):
        return found
    order = found[1]
    if wrong := _made_otherwise(history, order, limits, now):
        return wrong
    # The reason for a soft limit stands with the order; only the hard limits are asked again.
    return within_limits(limits, order.dose_per_kg, order.duration, "signed with the order") or order


def _made_otherwise(history: History, order: OrderSigned, limits: DoseLimits, now: datetime) -> Refused | None:
    """The refusal where the order would be made from another weight now: another basis was decided, or weight, height or sex differ from then."""
    basis = basis_of(history, limits, now)
    if isinstance(basis, Refused):
        return basis
    if basis.name != order.weight_basis:
        changed = f"The order was made from {order.weight_basis} weight; now a dose is made from {basis.name} weight, {basis.because}."
        return refused("policy", f"{changed} A prescriber must sign plan and order anew.")
    weight = dose_weight(history, order.visit, order.weight_basis, limits, now)
    if isinstance(weight, Refused):
        return weight
    for what, then, here in (("", order.weight, weight.measured.text), (f" to make the dose from ({order.weight_basis})", order.made_from, weight.used.text)):
        if then != here:
            return refused("policy", f"The order was made for {then}, the weight{what} of this visit is {here}. A prescriber must sign a new order.")
    return None
