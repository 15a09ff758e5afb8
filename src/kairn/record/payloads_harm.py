"""What an event can say of harm: an unwanted event from its onset to its end, and that somebody goes home with a mild one."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from kairn.record.payloads import Moment, Payload, YesNo
from kairn.record.shapes import Signature

Severity = Literal["mild", "moderate", "severe"]
Outcome = Literal["open", "resolved", "resolved-with-after-effects", "unknown"]
Related = Literal["related", "possibly", "not-related", "not-assessed"]


class AdverseEventNoted(Payload, frozen=True):
    """Something unwanted happened, whatever its cause; or, with `follows`, how an earlier one stands now, told whole.

    It is dated by its onset, and what follows by when that was seen. `kind` and `criteria` are names of library/adverse_events.yaml; `what` tells it in words.
    """

    KIND = "adverse-event.noted"
    SCHEMA = 2
    severity: Severity
    kind: str = "other"
    what: str = ""
    visit: UUID | None = None
    action: str = ""
    outcome: Outcome = "open"
    resolved_at: Moment | None = None
    serious: YesNo = "unknown"
    criteria: tuple[str, ...] = ()
    related: Related = "not-assessed"
    follows: UUID | None = None


class AdverseEventHandedOver(Payload, frozen=True):
    """A mild one lasts, and the person goes home with it, told whom to call. A prescriber signs that."""

    KIND = "adverse-event.handed-over"
    DECISION = True
    follows: UUID
    visit: UUID
    call: str
    signature: Signature
