"""At the chair: the pump started, paused, resumed and stopped by hand, and medicines given."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from kairn.clinic.acts.check import needed
from kairn.clinic.acts.context import Context
from kairn.clinic.acts.given import PUMP, flow, rate_set, slower
from kairn.clinic.acts.medicines import name_of
from kairn.clinic.acts.orders import order_to_give, standing_order
from kairn.clinic.acts.outcome import Outcome, Refused, refused, refused_field
from kairn.clinic.acts.perform import Act, Build, Case, perform
from kairn.clinic.acts.pump_check import pump_unread
from kairn.clinic.acts.strengths import wrong_strength
from kairn.clinic.acts.urgent import urgent_task
from kairn.pathway.standing import MoveKind, Visit
from kairn.protocol.rule import DoseLimits
from kairn.record.event import Event
from kairn.record.history import History
from kairn.record.payloads import DrugGiven, OrderSigned, Payload, PhaseEntered, PumpPaused, PumpStarted, PumpStopped, TaskOpened

BEFORE_RECOVERY = ("booked", "pre-flight", "infusion")


def start_infusion(context: Context, patient: UUID, *, event_id: UUID, expected_seq: int, visit: UUID) -> Outcome:
    """Start the pump at the rate of the signed order, and enter infusion: open only when every check before an infusion is yes."""

    def build(case: Case) -> list[Payload] | Refused:
        if stop := case.closed(MoveKind.PHASE, "infusion", case.visit(visit).id):
            return stop
        order = _order(case, case.visit(visit))
        if isinstance(order, Refused):
            return order
        if case.earlier is None and (unread := pump_unread(case.history, visit)):
            return unread
        signed = case.signature()
        return [PhaseEntered(visit, "infusion", signed), PumpStarted(visit, order.rate_ml, signed)]

    return perform(context, Act("infusion.start", patient, event_id, build, visit=visit, expected_seq=expected_seq))


def _order(case: Case, visit: Visit) -> OrderSigned | Refused:
    """The order as it stands, asked once more whether it can be given, and whether it has been."""
    if case.protocol is None:
        return refused("policy", case.found.why)
    if case.earlier is not None:
        known = standing_order(case.history, visit.id)
        return known if isinstance(known, Refused) else known[1]
    order = order_to_run(case.history, visit, case.protocol.infusion, case.context.now)
    return order if isinstance(order, Refused) else wrong_strength(case.context.clinic, visit, order) or order


def order_to_run(history: History, visit: Visit, infusion: DoseLimits, now: datetime) -> OrderSigned | Refused:
    """The order the pump may start or go on with: it can be given as it was signed, and has not all been given; or why not."""
    order = order_to_give(history, visit.id, infusion, now)
    return order if isinstance(order, Refused) else _all_given(history, visit, order, now) or order


def _all_given(history: History, visit: Visit, order: OrderSigned, now: datetime) -> Refused | None:
    """By the recorded times the ordered volume may have run already, or nobody knows how much has."""
    if visit.infusion_started is None and visit.pump:
        return refused("policy", "The pump is recorded as run here without a start, so nobody knows what was given. End this visit and book another one.")
    if flow(_pump_events(history, visit.id), order, now).whole:
        return refused("policy", f"By the recorded times all of the {order.volume} ordered has been given. Record the pump as stopped.")
    return None


def _pump_events(history: History, visit: UUID) -> list[Event]:
    return [event for event in history.live if isinstance(event.payload, PUMP) and event.payload.visit == visit]


def pause_pump(
    context: Context, patient: UUID, *, event_id: UUID, visit: UUID, reason: str = "", volume_shown: str = "", occurred_at: datetime | None = None
) -> Outcome:
    """The pump was paused by hand. Where no start is recorded it is recorded all the same, and an urgent task opens."""
    said = PumpPaused(visit, reason, volume_shown)
    return perform(context, Act("visit.chart", patient, event_id, lambda case: paused(case, said), visit=visit, occurred_at=occurred_at, charts=True))


def paused(case: Case, said: PumpPaused) -> list[Payload] | Refused:
    """A pause and what follows from it."""
    return _before_start(case, case.visit(said.visit).id) or [said, *_unrecorded_start(case, said.visit)]


def _before_start(case: Case, visit: UUID) -> Refused | None:
    """A pause that is said to have been before the latest start cannot be what paused it; one that waited on a tablet can have been before it."""
    if case.context.entered_at:
        return None
    started = max((event.occurred_at for event in _pump_events(case.history, visit) if isinstance(event.payload, PumpStarted)), default=None)
    if started is None or case.at >= started:
        return None
    return refused_field("occurred_at", f"Saw a time before the pump was started ({started:%Y-%m-%d %H:%M} UTC); expected one after it.")


def _unrecorded_start(case: Case, visit: UUID) -> list[Payload]:
    """The urgent task for a pump that ran here without a recorded start, once for a visit."""
    if case.visit(visit).infusion_started is not None:
        return []
    task = urgent_task(case, "unrecorded-start", visit)
    known = any(opened.visit == visit and opened.what == task.what for _, opened in case.history.all(TaskOpened))
    return [] if known else [task]


def resume_pump(context: Context, patient: UUID, *, event_id: UUID, expected_seq: int, visit: UUID) -> Outcome:
    """Start the pump again after a pause, at the rate it had and no faster than ordered: open only when no pause or stop holds and not all has been given."""

    def build(case: Case) -> list[Payload] | Refused:
        if stop := case.closed(MoveKind.RESUME, "running", case.visit(visit).id):
            return stop
        order = _order(case, case.visit(visit))
        return order if isinstance(order, Refused) else [PumpStarted(visit, _rate_again(case, visit, order), case.signature())]

    return perform(context, Act("infusion.start", patient, event_id, build, visit=visit, expected_seq=expected_seq))


def _rate_again(case: Case, visit: UUID, order: OrderSigned) -> str:
    """The rate at which the pump runs on; of a form that comes again the one that was recorded."""
    if case.earlier and isinstance(case.earlier.payload, PumpStarted):
        return case.earlier.payload.rate_ml
    return slower(rate_set(_pump_events(case.history, visit), order), order)


def stop_pump(
    context: Context, patient: UUID, *, event_id: UUID, visit: UUID, reason: str = "", volume_shown: str = "", occurred_at: datetime | None = None
) -> Outcome:
    """The pump was stopped by hand for good; the visit enters recovery. It is never refused: not for its time, not twice, not without a recorded start."""
    said = PumpStopped(visit, reason, volume_shown)
    return perform(context, Act("visit.chart", patient, event_id, lambda case: stopped(case, said), visit=visit, occurred_at=occurred_at, always=True))


def stopped(case: Case, said: PumpStopped) -> list[Payload]:
    """A stop and what follows from it."""
    found = case.visit(said.visit)
    recovers = found.purpose == "infusion" and not found.cancelled and found.phase in BEFORE_RECOVERY and case.standing.course.stage != "died"
    entered = [PhaseEntered(said.visit, "recovery", case.signature())] if recovers else []
    return [said, *entered, *_unrecorded_start(case, said.visit), *_stopped_before(case, said)]


def _stopped_before(case: Case, said: PumpStopped) -> list[Payload]:
    """The urgent task to look which stop counts, where one stands already and the pump was not started since; of paper and tablet that is asked apart."""
    if said.paper or case.context.entered_at:
        return []
    moves = [event for event in _pump_events(case.history, said.visit) if isinstance(event.payload, PumpStarted | PumpStopped)]
    return [urgent_task(case, "stopped-twice", said.visit)] if moves and isinstance(max(moves, key=lambda event: event.seq).payload, PumpStopped) else []


def give_drug(  # noqa: PLR0913
    context: Context, patient: UUID, *, event_id: UUID, visit: UUID, drug: str, dose: str, reason: str = "", meant: str = "",
    occurred_at: datetime | None = None,
) -> Outcome:  # fmt: skip
    """A support medicine or oxygen was given; `meant` answers what was asked about its name."""
    build = drug_given(visit, drug, dose, reason, meant=meant)
    return perform(context, Act("visit.chart", patient, event_id, build, visit=visit, occurred_at=occurred_at, charts=True))


def drug_given(visit: UUID, drug: str, dose: str, reason: str, paper: str = "", meant: str | None = None) -> Build:
    """What is recorded of a medicine."""

    def build(case: Case) -> list[Payload] | Refused:
        known, much = case.visit(visit).id, needed(dose, "dose", "how much was given")
        name = name_of(case, needed(drug, "drug", "what was given"), meant)
        return name if isinstance(name, Refused) else [DrugGiven(known, name, much, reason, paper)]

    return build
