"""Events as a case writes them: what shows that something happened, what speaks against it, and one of each thing that is counted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

SECOND = timedelta(seconds=1)
NURSE, PRESCRIBER, COORDINATOR = "nurse Nia Okafor", "prescriber Marta Lind", "coordinator Sam Ortiz"


def ago(length: timedelta) -> str:
    """A time before now as a case writes it."""
    seconds = int(length.total_seconds())
    return f"-{seconds} s" if seconds else "now"


def span(length: timedelta) -> str:
    """A length as people say it."""
    seconds = int(length.total_seconds())
    for name, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds // size} {name}"
        if seconds > size and (seconds + 1) % size == 0:
            return f"1 s short of {(seconds + 1) // size} {name}"
        if seconds > size and (seconds - 1) % size == 0:
            return f"{(seconds - 1) // size} {name} and 1 s"
    return f"{seconds} s"


def counted(what: str, number: int, length: timedelta) -> list[dict[str, Any]]:
    """The events that make one more of what is counted, so long ago."""
    visit = f"more {number}"
    booked = {"event": "visit.booked", "at": ago(length + SECOND), "by": COORDINATOR, "visit": visit, "purpose": "infusion", "starts_at": ago(length),
              "minutes": "180", "chair": "9", "number": "1"}  # fmt: skip
    made: dict[str, list[dict[str, Any]]] = {
        "infusions": [booked, {"event": "pump.started", "at": ago(length), "by": NURSE, "visit": visit, "rate_ml": "60 mL/h"},
                      {"event": "pump.stopped", "at": ago(length - SECOND), "by": NURSE, "visit": visit}],
        "adverse-events": [{"event": "adverse-event.noted", "at": ago(length), "by": NURSE, "what": "headache", "severity": "mild"}],
        "severe-adverse-events": [{"event": "adverse-event.noted", "at": ago(length), "by": NURSE, "what": "fainting", "severity": "severe"}],
        "lapses": [{"event": "observed", "at": ago(length), "by": NURSE, "readings": {"lapse": "yes"}}],
        "missed-visits": [booked, {"event": "visit.cancelled", "at": ago(length), "by": COORDINATOR, "visit": visit, "reason": "Did not come"}],
    }  # fmt: skip
    return made[what]


SHOWN: dict[str, dict[str, Any]] = {
    "assessment-eligible": {"event": "assessment.signed", "by": PRESCRIBER, "eligible": "yes", "summary": "Seen and signed."},
    "plan-signed": {"event": "plan.signed", "by": PRESCRIBER, "infusions": "6", "spacing_days": "3", "dose": "0.5 mg/kg", "weight_basis": "actual",
                    "duration": "40 min", "goals": "Fewer days of use"},
    "care-plan-signed": {"event": "care-plan.signed", "by": PRESCRIBER, "problems": [], "agreed_with_person": "true"},
    "escort-confirmed": {"event": "escort.named", "by": COORDINATOR, "visit": "this", "name": "Jo Reyes", "phone": "555 0134", "state": "confirmed"},
    "escort-present": {"event": "escort.named", "by": COORDINATOR, "visit": "this", "name": "Jo Reyes", "phone": "555 0134", "state": "present"},
    "open-urgent-task": {"event": "task.opened", "by": NURSE, "task": "urgent", "what": "Call back", "owner": "nurse", "due_at": "+1 h", "urgent": "true"},
    "open-adverse-event": {"event": "adverse-event.noted", "by": NURSE, "visit": "this", "what": "headache", "severity": "mild"},
    "support-given": {"event": "drug.given", "by": NURSE, "visit": "this", "drug": "oxygen", "dose": "2 L/min"},
    "infusion-started": {"event": "pump.started", "by": NURSE, "visit": "this", "rate_ml": "60 mL/h"},
    "infusion-ended": {"event": "pump.stopped", "by": NURSE, "visit": "this", "reason": "Dose complete"},
    "in-treatment": {"event": "stage.entered", "by": PRESCRIBER, "stage": "treatment"},
    "visit-booked": {"event": "visit.booked", "by": COORDINATOR, "visit": "another", "purpose": "infusion", "starts_at": "+2 d",
                     "minutes": "180", "number": "1"},
}  # fmt: skip
AGAINST: dict[str, list[dict[str, Any]]] = {
    "assessment-eligible": [{"event": "assessment.signed", "by": PRESCRIBER, "eligible": "no", "summary": "Not now."}],
    "consent-current": [{"event": "consent.withdrawn", "by": "patient", "reason": "Changed my mind"}],
    "escort-confirmed": [{**SHOWN["escort-confirmed"], "state": "cancelled"}, {**SHOWN["escort-confirmed"], "state": "asked"}],
    "escort-present": [{**SHOWN["escort-present"], "state": "cancelled"}, {**SHOWN["escort-present"], "state": "asked"}],
    "in-treatment": [{"event": "stage.entered", "by": PRESCRIBER, "stage": "withdrawn"}, {"event": "stage.entered", "by": PRESCRIBER, "stage": "planning"}],
    "visit-booked": [{"event": "visit.cancelled", "by": COORDINATOR, "visit": "this", "reason": "Rain"}],
}
KIND = {"assessment-eligible": "assessment.signed", "consent-current": "consent.signed", "plan-signed": "plan.signed", "care-plan-signed": "care-plan.signed",
         "escort-confirmed": "escort.named", "escort-present": "escort.named", "order-signed": "order.signed", "visit-booked": "visit.booked",
         "infusion-started": "pump.started", "infusion-ended": "pump.stopped", "first-infusion": "pump.started", "support-given": "drug.given",
         "open-urgent-task": "task.opened"}  # fmt: skip
