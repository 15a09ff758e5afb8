"""Moments, happenings and counts by the names the grammar gives them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from kairn.pathway.ground import Ground
from kairn.pathway.standing import Visit
from kairn.protocol.words import READINGS
from kairn.record.adverse import adverse_events
from kairn.record.event import Event
from kairn.record.payloads import (
    AssessmentSigned,
    ConsentSigned,
    ConsentWithdrawn,
    DrugGiven,
    EscortNamed,
    PlanSigned,
    PumpStarted,
    PumpStopped,
    StageEntered,
    TaskClosed,
    TaskOpened,
    VisitBooked,
    VisitCancelled,
    VisitEnded,
)  # fmt: skip
from kairn.record.payloads_care import CarePlanSigned
from kairn.terms.answer import Answer

Anchor = type[PumpStarted] | type[PumpStopped] | type[VisitEnded]
Found = tuple[Answer, list[Event]]
"""yes with the events that show it; no or unknown with the events that speak against it, if any."""


def moment(name: str, ground: Ground, visit: Visit | None) -> tuple[datetime | None, UUID | None]:
    """When a named moment was, and the event that says so; (None, None) while it has not been."""
    if name in ("follow-up-entered", "stage-entered"):
        return _stage_moment(name, ground, visit)
    if visit is None:
        return None, None
    if name == "earlier-infusion-ended":
        earlier = [
            v for v in ground.visits if v.id != visit.id and v.infusion_ended and (visit.infusion_started is None or v.infusion_ended <= visit.infusion_started)
        ]
        return _of_visit(ground, max(earlier, key=lambda v: (v.infusion_ended, v.id)).id, PumpStopped) if earlier else (None, None)
    kinds: dict[str, Anchor] = {"infusion-started": PumpStarted, "infusion-ended": PumpStopped, "visit-ended": VisitEnded}
    return _of_visit(ground, visit.id, kinds[name])


def _stage_moment(name: str, ground: Ground, visit: Visit | None) -> tuple[datetime | None, UUID | None]:
    if name == "stage-entered" and visit is not None:
        return visit.phase_since, None
    if name == "stage-entered":
        return ground.course.since, ground.course.event
    entered = [event for event, payload in ground.history.all(StageEntered) if payload.stage == "follow-up"]
    return (entered[-1].occurred_at, entered[-1].id) if entered else (None, None)


def _of_visit(ground: Ground, visit: UUID, kind: Anchor) -> tuple[datetime | None, UUID | None]:
    events = [event for event, payload in ground.history.all(kind) if payload.visit == visit]
    if not events:
        return None, None
    found = min(events, key=lambda e: e.occurred_at) if kind is PumpStarted else max(events, key=lambda e: e.occurred_at)
    return found.occurred_at, found.id


def happening(name: str, ground: Ground, visit: Visit | None) -> Found:
    """Whether a named thing is on record."""
    return _HAPPENINGS[name](ground, visit)


def count_of(name: str, ground: Ground) -> list[Event]:
    """The events a named count counts."""
    if name.endswith(READINGS):
        return [taken.event for taken in ground.series(name.removesuffix(READINGS), None)]
    return _COUNTED[name](ground)


def _infusions(ground: Ground) -> list[Event]:
    """The first start of each visit."""
    first: dict[UUID, Event] = {}
    for event, payload in ground.history.all(PumpStarted):
        if payload.visit not in first or event.occurred_at < first[payload.visit].occurred_at:
            first[payload.visit] = event
    return list(first.values())


def _adverse_events(ground: Ground) -> list[Event]:
    return [one.first for one in adverse_events(ground.history)]


def _severe_adverse_events(ground: Ground) -> list[Event]:
    """Severe when it began or at any time after."""
    return [one.first for one in adverse_events(ground.history) if one.worst == "severe"]


def _lapses(ground: Ground) -> list[Event]:
    return [taken.event for taken in ground.series("lapse", None) if taken.reading.value == "yes"]


def _missed(ground: Ground) -> list[Event]:
    infusions = {visit.id for visit in ground.visits if visit.purpose == "infusion"}
    cancelled = [event for event, payload in ground.history.all(VisitCancelled) if payload.visit in infusions]
    return cancelled + [event for event, payload in ground.history.all(VisitEnded) if payload.ending == "left-unseen" and payload.visit in infusions]


def _yes_if(events: list[Event]) -> Found:
    return (Answer.YES if events else Answer.NO), events


def _assessment(ground: Ground, visit: Visit | None) -> Found:
    signed = ground.history.latest(AssessmentSigned)
    if signed is None:
        return Answer.UNKNOWN, []
    return Answer(signed[1].eligible), [signed[0]]


def _consent(ground: Ground, visit: Visit | None) -> Found:
    signed = ground.history.latest(ConsentSigned)
    if signed is None:
        return Answer.UNKNOWN, []
    event, payload = signed
    withdrawn = [taken_back for taken_back, _ in ground.history.all(ConsentWithdrawn) if taken_back.seq > event.seq]
    right = {key: answer for _, answer, key in ground.protocol.teach_back}
    understood = {reading.fact: reading.value for reading in payload.teach_back}
    current = (payload.document, payload.version) == ground.protocol.consent and understood == right
    return Answer.of(current and not withdrawn), [*withdrawn, event]


def _plan(ground: Ground, visit: Visit | None) -> Found:
    signed = ground.history.latest(PlanSigned)
    return (Answer.YES, [signed[0]]) if signed else (Answer.UNKNOWN, [])


def _booked(ground: Ground, visit: Visit | None) -> Found:
    ahead = {v.id for v in ground.visits if v.purpose == "infusion" and v.phase == "booked" and not v.cancelled}
    return _yes_if([event for event, payload in ground.history.all(VisitBooked) if payload.visit in ahead])


def _order(ground: Ground, visit: Visit | None) -> Found:
    return (Answer.YES, [visit.order]) if visit and visit.order else (Answer.UNKNOWN, [])


def _escort(*states: str) -> Callable[[Ground, Visit | None], Found]:
    def found(ground: Ground, visit: Visit | None) -> Found:
        said = [(event, payload) for event, payload in ground.history.all(EscortNamed) if visit and payload.visit == visit.id]
        if not said:
            return Answer.UNKNOWN, []
        event, payload = said[-1]
        return (Answer.NO if payload.state == "cancelled" else Answer.YES if payload.state in states else Answer.UNKNOWN), [event]

    return found


def _infusion(kind: type[PumpStarted] | type[PumpStopped]) -> Callable[[Ground, Visit | None], Found]:
    return lambda ground, visit: _yes_if([event for event, payload in ground.history.all(kind) if visit and payload.visit == visit.id])


def _first_infusion(ground: Ground, visit: Visit | None) -> Found:
    others = [event for event, payload in ground.history.all(PumpStarted) if visit is None or payload.visit != visit.id]
    return (Answer.NO, others[:1]) if others else (Answer.YES, [])


def _other_infusion(ground: Ground, visit: Visit | None) -> Found:
    others = {v.id for v in ground.visits if (visit is None or v.id != visit.id) and v.pump in ("running", "paused")}
    return _yes_if([event for event, payload in ground.history.all(PumpStarted) if payload.visit in others])


def _urgent_task(ground: Ground, visit: Visit | None) -> Found:
    closed = {payload.task for _, payload in ground.history.all(TaskClosed)}
    return _yes_if([event for event, payload in ground.history.all(TaskOpened) if payload.urgent and payload.task not in closed])


def _adverse_event(ground: Ground, visit: Visit | None) -> Found:
    """Yes while one is open, unknown while of one nobody knows whether it is, else no."""
    here = [one for one in adverse_events(ground.history) if visit and one.visit == visit.id]
    found = next((answer for answer in (Answer.YES, Answer.UNKNOWN) if any(one.is_open is answer for one in here)), Answer.NO)
    return found, [] if found is Answer.NO else [one.latest for one in here if one.is_open is found]


def _in_treatment(ground: Ground, visit: Visit | None) -> Found:
    event = ground.history.get(ground.course.event) if ground.course.event else None
    return Answer.of(ground.course.stage == "treatment"), [event] if event else []


def _care_plan(ground: Ground, visit: Visit | None) -> Found:
    signed = ground.history.latest(CarePlanSigned)
    return (Answer.YES, [signed[0]]) if signed else (Answer.UNKNOWN, [])


def _support_given(ground: Ground, visit: Visit | None) -> Found:
    return _yes_if([event for event, payload in ground.history.all(DrugGiven) if visit and payload.visit == visit.id])


_COUNTED: dict[str, Callable[[Ground], list[Event]]] = {
    "infusions": _infusions,
    "adverse-events": _adverse_events,
    "severe-adverse-events": _severe_adverse_events,
    "lapses": _lapses,
    "missed-visits": _missed,
}

_HAPPENINGS: dict[str, Callable[[Ground, Visit | None], Found]] = {
    "in-treatment": _in_treatment,
    "assessment-eligible": _assessment,
    "consent-current": _consent,
    "plan-signed": _plan,
    "visit-booked": _booked,
    "order-signed": _order,
    "escort-confirmed": _escort("confirmed", "present"),
    "escort-present": _escort("present"),
    "infusion-started": _infusion(PumpStarted),
    "infusion-ended": _infusion(PumpStopped),
    "first-infusion": _first_infusion,
    "other-infusion-running": _other_infusion,
    "open-urgent-task": _urgent_task,
    "open-adverse-event": _adverse_event,
    "support-given": _support_given,
    "care-plan-signed": _care_plan,
}
