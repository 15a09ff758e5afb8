"""One visit for another program: what was measured, done to the pump, given, and what went wrong, as it was received and with both times."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from kairn.clinic.acts.strengths import drawn_otherwise
from kairn.clinic.screens.chair.readings import unusable_in
from kairn.clinic.screens.chair.volume import UNIT, typed
from kairn.clinic.screens.forms import words
from kairn.clinic.screens.visit.seat import Seat
from kairn.library.facts import FACTS
from kairn.record.adverse import AdverseEvent, adverse_events
from kairn.record.event import Event
from kairn.record.payloads import DrugGiven, Observed, Payload, PumpPaused, PumpRateSet, PumpStarted, PumpStopped, Reading
from kairn.record.payloads_harm import AdverseEventNoted

FORMAT, VERSION = "kairn-visit", 1
PUMP: dict[type, str] = {PumpStarted: "started", PumpRateSet: "rate set", PumpPaused: "paused", PumpStopped: "stopped"}
ORDERED = ("drug", "dose_per_kg", "weight", "weight_basis", "dose_weight", "dose", "concentration", "volume", "duration", "rate_mg", "rate_ml")
JUDGED = ("kind", "what", "severity", "serious", "related", "action", "outcome")


def visit_record(seat: Seat, warning: str = "") -> dict[str, Any]:
    """The visit as JSON values: times in UTC, amounts as text with their units, nothing rounded. `warning` says where the clinic is no ordinary one."""
    history = seat.desk.chart.history
    return {
        "format": FORMAT, "version": VERSION, "warning": warning, "made_at": _at(seat.clock.now), "made_for": seat.desk.context.author.name,
        "entry": seat.desk.chart.seq, "patient": _patient(seat), "visit": _visit(seat), "order": _order(seat), "drawn_of_another_strength": _drawn(seat),
        "readings": [_reading(event, event.payload, one) for event in seat.events if isinstance(event.payload, Observed) for one in event.payload.readings],
        "without_a_value": [_blank(event, fact, why) for event in seat.events for why in ("refused", "not_taken") for fact in getattr(event.payload, why, ())],
        "pump": [_pump(event) for event in seat.events if type(event.payload) in PUMP],
        "medicines": [_given(event, event.payload) for event in seat.events if isinstance(event.payload, DrugGiven)],
        "unwanted_events": [_unwanted(one) for one in adverse_events(history) if one.visit == seat.visit.id],
        "struck_out": [_struck(event, history.struck[event.id]) for event in history.events if event.id in history.struck and _is_here(seat, event)],
    }  # fmt: skip


def _at(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat() if at else None


def _entry(event: Event) -> dict[str, Any]:
    """What every entry has: when it happened, when it was recorded, by whom and through whom."""
    times = {"occurred_at": _at(event.occurred_at), "recorded_at": _at(event.recorded_at)}
    return {"event": str(event.id), **times, "by": event.by.name, "role": event.by.role, "sent_by": event.sent_by.name}


def _patient(seat: Seat) -> dict[str, Any]:
    person = seat.desk.chart.patient
    return {"id": str(person.id), "name": person.name, "birth_date": person.birth_date.isoformat() if person.birth_date else None, "sex": person.sex}


def _visit(seat: Seat) -> dict[str, Any]:
    visit, standing = seat.visit, seat.standing
    times = {"starts_at": visit.starts_at, "infusion_started": visit.infusion_started, "infusion_ended": visit.infusion_ended}
    protocol = {"name": standing.protocol, "version": standing.version, "content_hash": standing.content_hash} if seat.protocol else None
    told = {"id": str(visit.id), "purpose": visit.purpose, "phase": visit.phase, "ending": visit.ending, "chair": visit.chair, "time_zone": seat.clock.zone.key}
    return told | {name: _at(at) for name, at in times.items()} | {"protocol": protocol}


def _order(seat: Seat) -> dict[str, str] | None:
    return {name: str(getattr(seat.order, name)) for name in ORDERED} if seat.order else None


def _drawn(seat: Seat) -> list[dict[str, str]]:
    """The lots of which some is out for this visit and whose strength is not the ordered one: amounts in mg by the order are wrong for what ran of them."""
    found = drawn_otherwise(seat.desk.context.clinic, seat.visit.id, seat.order)
    return [{"lot": one.lot, "concentration": one.drawn, "ordered": one.ordered} for one in found]


def _reading(event: Event, said: Observed, one: Reading) -> dict[str, Any]:
    known = FACTS.get(one.fact)
    told = {"fact": one.fact, "label": words.label(one.fact), "value": one.value, "unit": one.unit or (known.unit if known else "")}
    return _entry(event) | told | {"method": said.method, "usable": not unusable_in(one), "paper": said.paper}


def _blank(event: Event, fact: str, why: str) -> dict[str, Any]:
    return _entry(event) | {"fact": fact, "why": why}


def _pump(event: Event) -> dict[str, Any]:
    said = event.payload
    shown = typed(getattr(said, "volume_shown", ""))
    return _entry(event) | {
        "what": PUMP[type(said)], "rate": getattr(said, "rate_ml", ""), "volume_shown": f"{shown} {UNIT}" if shown else "",
        "reason": getattr(said, "reason", ""), "paper": getattr(said, "paper", ""),
    }  # fmt: skip


def _given(event: Event, said: DrugGiven) -> dict[str, Any]:
    return _entry(event) | {"drug": said.drug, "dose": said.dose, "reason": said.reason, "paper": said.paper}


def _unwanted(one: AdverseEvent) -> dict[str, Any]:
    """One of them from its onset to the latest word, and every word on it."""
    home = one.handed_over
    return {
        "label": words.unwanted(one.now), "onset_at": _at(one.first.occurred_at), "over_at": _at(one.over_at), "open": one.is_open.value,
        "worst": one.worst, **_judged(one.now), "call": home.call if home else "",
        "told": [_entry(event) | _word(event.payload) for event in one.told],
    }  # fmt: skip


def _word(said: Payload) -> dict[str, Any]:
    """One word on it: how it stood then, or whom the person was told to call."""
    return _judged(said) if isinstance(said, AdverseEventNoted) else {"call": getattr(said, "call", "")}


def _judged(said: AdverseEventNoted) -> dict[str, Any]:
    return {name: getattr(said, name) for name in JUDGED} | {"criteria": list(said.criteria), "resolved_at": _at(said.resolved_at)}


def _is_here(seat: Seat, event: Event) -> bool:
    return getattr(event.payload, "visit", None) == seat.visit.id


def _struck(event: Event, strike: Event) -> dict[str, Any]:
    """What an earlier file may hold and what counts no more."""
    told = {"kind": event.kind, "reason": getattr(strike.payload, "reason", ""), "struck_at": _at(strike.recorded_at), "struck_by": strike.by.name}
    return _entry(event) | told
