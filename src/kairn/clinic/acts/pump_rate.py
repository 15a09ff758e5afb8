"""At the chair: the rate of the running pump set anew by hand, recorded as it was; one beyond the order is asked twice and calls a prescriber."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from kairn.clinic.acts.context import Context
from kairn.clinic.acts.given import Ran, ran
from kairn.clinic.acts.outcome import Outcome, Refused, refused, refused_field
from kairn.clinic.acts.perform import Act, Case, perform
from kairn.clinic.acts.urgent import urgent_task
from kairn.library.products import STOCK
from kairn.pathway.standing import Visit
from kairn.record.payloads import OrderSigned, Payload, PumpRateSet, TaskOpened
from kairn.terms.answer import Answer
from kairn.terms.numbers import typed_dose
from kairn.terms.quantity import Quantity, parse_quantity

FIELD, UNIT = "rate", "mL/h"
HALTS = ("pause", "stop")


def set_rate(
    context: Context, patient: UUID, *, event_id: UUID, visit: UUID, rate: str, reason: str = "", ran_so: bool = False, occurred_at: datetime | None = None
) -> Outcome:
    """The rate the pump was set to, in mL/h as typed. A slower one is recorded as it is.

    A faster one than the order allows, or a faster one while the protocol's limit is to pause or stop, is refused until somebody says that the pump ran
    so (`ran_so`); then it is recorded and an urgent task opens, for what happened can always be recorded. What waited on a tablet is never a faster one.
    """

    said = PumpRateSet(visit, rate, reason)
    return perform(
        context, Act("visit.chart", patient, event_id, lambda case: set_anew(case, said, ran_so=ran_so), visit=visit, occurred_at=occurred_at, charts=True)
    )


def set_anew(case: Case, said: PumpRateSet, *, ran_so: bool = True) -> list[Payload] | Refused:
    """A rate set anew and what follows from it; `ran_so` is that somebody says the pump ran at it, whatever the order allows."""
    found = case.visit(said.visit)
    order = found.order.payload if found.order and isinstance(found.order.payload, OrderSigned) else None
    if order is None:
        return refused("policy", "No order is signed for this visit, so nobody knows what a rate means. Record what happened as a note.")
    before = _running(case, found, order)
    if before is None:
        return refused_field(FIELD, "By the record the pump did not run then, so it had no rate. Record its start first, or correct the time.")
    typed = _typed(said.rate_ml)
    if isinstance(typed, Refused):
        return typed
    task = urgent_task(case, "too-fast", said.visit)
    why = "" if case.earlier else _too_fast(case, said.visit, order, before.rate, typed)
    waited = case.context.entered_at is not None and typed.to(UNIT) <= before.rate.to(UNIT)
    if why and not ran_so and not waited:
        return refused_field(FIELD, why)
    known = any(opened.task == task.task for _, opened in case.history.all(TaskOpened))
    return [replace(said, rate_ml=typed.text), *([task] if why or known else [])]


def _running(case: Case, visit: Visit, order: OrderSigned) -> Ran | None:
    """The stretch in which the pump ran at the moment of the entry; None where it stood still. A form that comes again finds the one it began."""
    mine = [event for event in case.history.live if getattr(event.payload, "visit", None) == visit.id]
    return next((one for one in ran(mine, order, case.context.now) if one.since <= case.at and (one.until is None or case.at <= one.until)), None)


def _typed(rate: str) -> Quantity | Refused:
    """The rate in the pump's own steps; no rate at all is a pause or a stop."""
    value, step = typed_dose(rate.strip().removesuffix(UNIT).strip(), FIELD), STOCK.rounding.rate_ml.value
    if value == 0:
        return refused_field(FIELD, "Saw 0; expected a rate. Where the pump stands still, record it as paused or stopped.")
    if value % step:
        return refused_field(FIELD, f"Saw {value}; expected a rate in the pump's steps of {step} {UNIT}. Read it from the pump again.")
    return parse_quantity(f"{value} {UNIT}")


def _too_fast(case: Case, visit: UUID, order: OrderSigned, before: Quantity, typed: Quantity) -> str:
    """Why a rate is asked again, in sentences; empty where it needs no second look."""
    ordered, new = parse_quantity(order.rate_ml), typed.to(UNIT)
    if case.context.entered_at and new > before.to(UNIT):
        return f"Saw {typed}, faster than the {before} before, entered without the clinic, where a faster rate is not judged. Record it at the chair now."
    says = "No more is ordered while the pump runs. Where it ran so all the same, say so below: it is recorded, and a prescriber is asked to look."
    if new > ordered.to(UNIT):
        return f"Saw {typed}; the order allows {ordered}. {says}"
    halted = [hold for hold in case.standing.holds if hold.verdict.visit == visit and hold.verdict.answer is Answer.YES and hold.level.value in HALTS]
    if new > before.to(UNIT) and halted:
        return f"Saw {typed}, faster than the {before} before, while the protocol's limit is met: {halted[0].verdict.rule.title}. {says}"
    return ""
