"""At the chair: the pump started, paused, resumed and stopped by hand, medicines given, and what went wrong."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, cast, get_args
from uuid import UUID

from kairn.clinic.acts.check import needed, one_of, when
from kairn.clinic.acts.context import Context
from kairn.clinic.acts.limits import within_limits
from kairn.clinic.acts.orders import weight_of_visit
from kairn.clinic.acts.outcome import Outcome, Refused, refused, refused_field
from kairn.clinic.acts.perform import Act, Case, perform
from kairn.pathway.standing import MoveKind, Visit
from kairn.record.payloads import AdverseEventNoted, DrugGiven, OrderSigned, Payload, PhaseEntered, PumpPaused, PumpStarted, PumpStopped
from kairn.terms.answer import Answer

Severity = Literal["mild", "moderate", "severe"]


def start_infusion(context: Context, patient: UUID, *, event_id: UUID, expected_seq: int, visit: UUID) -> Outcome:
    """Start the pump at the rate of the signed order, and enter infusion: open only when every check before an infusion is yes."""

    def build(case: Case) -> list[Payload] | Refused:
        if stop := case.closed(MoveKind.PHASE, "infusion", case.visit(visit).id):
            return stop
        order = _order(case, case.visit(visit))
        if isinstance(order, Refused):
            return order
        signed = case.signature()
        return [PhaseEntered(visit, "infusion", signed), PumpStarted(visit, order.rate_ml, signed)]

    return perform(context, Act("infusion.start", patient, event_id, build, visit=visit, expected_seq=expected_seq))


def _order(case: Case, visit: Visit) -> OrderSigned | Refused:
    """The order as it stands, checked once more: the limits in force now, and the weight it was made from."""
    order = visit.order.payload if visit.order else None
    if not isinstance(order, OrderSigned):
        return refused("policy", "No order is signed for this infusion.")
    if case.earlier is not None or case.protocol is None:
        return order if case.protocol else refused("policy", case.found.why)
    limits = case.protocol.infusion
    weight = weight_of_visit(case.history, visit.id, limits, case.context.now)
    if isinstance(weight, Refused):
        return weight
    if weight.text != order.weight:
        return refused("policy", f"The order was made for {order.weight}, the weight of this visit is {weight.text}. A prescriber must sign a new order.")
    # The reason for a soft limit stands with the order; only the hard limits are asked again.
    return within_limits(limits, order.dose_per_kg, order.duration, "signed with the order") or order


def pause_pump(
    context: Context, patient: UUID, *, event_id: UUID, visit: UUID, reason: str = "", volume_shown: str = "", occurred_at: datetime | None = None
) -> Outcome:
    """The pump was paused by hand."""

    def build(case: Case) -> list[Payload] | Refused:
        return _not_started(case, case.visit(visit)) or [PumpPaused(visit, reason, volume_shown)]

    return perform(context, Act("visit.chart", patient, event_id, build, visit=visit, occurred_at=occurred_at))


def _not_started(case: Case, visit: Visit) -> Refused | None:
    """What cannot have happened: a pump paused or stopped that never ran, or before it did."""
    if visit.infusion_started is None:
        return refused("policy", "No pump was started at this visit.")
    if case.at < visit.infusion_started:
        return refused_field("occurred_at", f"Saw a time before the pump was started ({visit.infusion_started:%Y-%m-%d %H:%M}); expected one after it.")
    return None


def _stopped_already(case: Case, visit: Visit) -> Refused | None:
    if visit.pump != "stopped" or case.earlier is not None:
        return None
    return refused("policy", "The pump was stopped already. Strike that entry out first if its time is wrong.")


def resume_pump(context: Context, patient: UUID, *, event_id: UUID, expected_seq: int, visit: UUID) -> Outcome:
    """Start the pump again after a pause, at the rate of the order: open only when no pause or stop holds."""

    def build(case: Case) -> list[Payload] | Refused:
        if stop := case.closed(MoveKind.RESUME, "running", case.visit(visit).id):
            return stop
        order = _order(case, case.visit(visit))
        return order if isinstance(order, Refused) else [PumpStarted(visit, order.rate_ml, case.signature())]

    return perform(context, Act("infusion.start", patient, event_id, build, visit=visit, expected_seq=expected_seq))


def stop_pump(
    context: Context, patient: UUID, *, event_id: UUID, visit: UUID, reason: str = "", volume_shown: str = "", occurred_at: datetime | None = None
) -> Outcome:
    """The pump was stopped by hand for good; the visit enters recovery. It is recorded whatever else was recorded meanwhile."""

    def build(case: Case) -> list[Payload] | Refused:
        if stop := _not_started(case, case.visit(visit)) or _stopped_already(case, case.visit(visit)):
            return stop
        stopped = PumpStopped(visit, reason, volume_shown)
        move = case.standing.move(MoveKind.PHASE, "recovery", visit)
        recovers = move is not None and move.answer is Answer.YES
        return [stopped, *([PhaseEntered(visit, "recovery", case.signature())] if recovers else [])]

    return perform(context, Act("visit.chart", patient, event_id, build, visit=visit, occurred_at=occurred_at, always=True))


def give_drug(
    context: Context, patient: UUID, *, event_id: UUID, visit: UUID, drug: str, dose: str, reason: str = "", occurred_at: datetime | None = None
) -> Outcome:
    """A support medicine or oxygen was given."""

    def build(case: Case) -> list[Payload]:
        return [DrugGiven(case.visit(visit).id, needed(drug, "drug", "what was given"), needed(dose, "dose", "how much was given"), reason)]

    return perform(context, Act("visit.chart", patient, event_id, build, visit=visit, occurred_at=occurred_at))


def note_adverse_event(  # noqa: PLR0913
    context: Context, patient: UUID, *, event_id: UUID, event: str, severity: Severity, visit: UUID | None = None, action: str = "",
    resolved_at: datetime | None = None, occurred_at: datetime | None = None,
) -> Outcome:  # fmt: skip
    """Something unwanted happened, at a visit or at home, whatever its cause."""

    def build(case: Case) -> list[Payload]:
        if visit is not None:
            case.visit(visit)
        how = cast(Severity, one_of(severity, get_args(Severity), "severity"))
        return [AdverseEventNoted(needed(event, "event", "what happened"), how, visit, action, when(resolved_at, "resolved_at"))]

    return perform(context, Act("visit.chart" if visit else "aftercare.record", patient, event_id, build, visit=visit, occurred_at=occurred_at))
