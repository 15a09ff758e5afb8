"""Former visits of a clinic, written straight into its ledger: how long somebody sat from the pump's stop to the end."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from kairn.clinic.acts.projection import projector
from kairn.clinic.ledger.answers import Appended
from kairn.clinic.ledger.append import append
from kairn.record.event import Draft, Event
from kairn.record.payloads import Ending, Payload, PhaseEntered, PumpStarted, PumpStopped, Referred, Signature, VisitBooked, VisitEnded

if TYPE_CHECKING:
    from tests.clinic.acts_walk import Walk

SIGNED = Signature("iv-ketamine-oud", "1.0", "0" * 64, "test", 0)


def went_home(walk: Walk, minutes: int, ending: Ending = "ready", *, ran: bool = True, clinic: UUID | None = None, at: datetime | None = None) -> list[Event]:
    """A former visit of somebody of the clinic that ended so many minutes after its pump was stopped."""
    who, visit, stop = uuid4(), uuid4(), (at or walk.now) - timedelta(days=1)
    told: list[tuple[float, Payload]] = [
        (-90, Referred("self")), (-80, VisitBooked(visit, "infusion", stop - timedelta(hours=1), 300)),
        *([(-40, PumpStarted(visit, "60 mL/h", SIGNED)), (0, PumpStopped(visit))] if ran else []),
        (minutes, VisitEnded(visit, ending, SIGNED)), (minutes, PhaseEntered(visit, "closed", SIGNED)),
    ]  # fmt: skip
    drafts = [Draft(uuid4(), who, stop + timedelta(minutes=after), walk.context("nurse").author, payload) for after, payload in told]
    answer = append(clinic or walk.clinic, drafts, expected_seq={who: 0}, project=projector(clinic or walk.clinic, walk.now))
    assert isinstance(answer, Appended)
    return list(answer.events)
