"""An entry made in the wrong chair moves in one act: struck out where it was made, and recorded where it belongs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from msgspec.structs import replace

from kairn.clinic.acts import calling, cannula
from kairn.clinic.acts.adverse import with_task
from kairn.clinic.acts.boards import running
from kairn.clinic.acts.charts import Chart
from kairn.clinic.acts.context import Context
from kairn.clinic.acts.facts import row_of
from kairn.clinic.acts.lookups import patient_of_visit
from kairn.clinic.acts.outcome import Outcome, Refused, refused
from kairn.clinic.acts.perform import Act, Case, perform_both
from kairn.clinic.acts.projection import RUNNING
from kairn.clinic.acts.pump import paused, stopped
from kairn.clinic.acts.pump_rate import set_anew
from kairn.clinic.acts.striking import refusal, struck_with
from kairn.clinic.acts.urgent import for_readings, means_harm
from kairn.clinic.ledger import read
from kairn.clinic.people.may import may
from kairn.record.event import Event
from kairn.record.history import History
from kairn.record.payloads import DrugGiven, EnteredInError, NoteWritten, Observed, Payload, PumpPaused, PumpRateSet, PumpStopped
from kairn.record.payloads_calls import PrescriberCalled
from kairn.record.payloads_cannula import CannulaPlaced, CannulaRemoved, CannulaSeen
from kairn.record.payloads_harm import AdverseEventNoted

WRONG_CHAIR = "entered in the wrong chair"
STAYS = "This entry cannot be moved: another one rests on it, or it is no observation made by hand. Strike it out instead."
AGAIN: dict[type, Callable[[Case, Any], list[Payload] | Refused]] = {
    Observed: lambda case, said: [said, *for_readings(case, said.readings, said.visit)],
    PumpPaused: paused, PumpStopped: stopped, PumpRateSet: set_anew, AdverseEventNoted: with_task,
    DrugGiven: lambda case, said: [said], NoteWritten: lambda case, said: [said], CannulaPlaced: lambda case, said: [said],
    CannulaSeen: cannula.told_here, CannulaRemoved: cannula.told_here, PrescriberCalled: calling.with_task,
}  # fmt: skip
"""What can be moved, observations only, and what is recorded of it at the right chair: the same as when it is entered there."""
OF_A_CANNULA = (CannulaSeen, CannulaRemoved)
"""What follows an earlier entry and is moved all the same: at the right chair it is about the cannula there."""


@dataclass(frozen=True)
class Place:
    """A visit under way to which an entry may belong."""

    visit: UUID
    chair: str
    given_name: str


def movable(history: History, event: Event) -> bool:
    """Whether an entry is an observation of a visit by a person that stands by itself: no decision, no later word on an earlier entry but on a cannula."""
    said = event.payload
    if type(said) not in AGAIN or getattr(said, "visit", None) is None or _rests(said):
        return False
    return getattr(said, "method", "person") == "person" and event.id not in history.struck and not _followed(history, event.id)


def _rests(said: Payload) -> bool:
    return getattr(said, "follows", None) is not None and not isinstance(said, OF_A_CANNULA)


def _followed(history: History, event: UUID) -> bool:
    return any(getattr(each.payload, "follows", None) == event for each in history.live)


def other_places(context: Context, event: Event) -> tuple[Place, ...] | Refused:
    """The other visits under way that this person sees and may chart. Writes one row in the log of reads, as the board does."""
    charts = running(context)
    if isinstance(charts, Refused):
        return charts
    return tuple(place for chart in charts for place in _places(context, chart, event))


def _places(context: Context, chart: Chart, event: Event) -> list[Place]:
    action = "note.write" if isinstance(event.payload, NoteWritten) else "visit.chart"
    if not may(context.user, action, chart.relations).granted:
        return []
    open_ = [each for each in chart.standing.visits if each.phase in RUNNING and not each.cancelled and each.id != getattr(event.payload, "visit", None)]
    return [Place(each.id, each.chair, chart.patient.given_name or chart.patient.name) for each in open_]


def move_entry(context: Context, patient: UUID, *, event_id: UUID, event: UUID, visit: UUID) -> Outcome:
    """Strike out an entry of this chart and record it at another visit, with its time and its author; who moves it is who sent it.

    It is one transaction over both charts. What follows from such an entry, an urgent task or a phase, follows at the right chair as well.
    """
    found, owner = read.event(event), patient_of_visit(visit)
    if found is None or found.stream != patient or owner is None or owner == patient:
        return refused("input", "Saw an entry or a visit that does not fit; expected one of this chart, and a visit of another person. Choose the chair again.")
    if type(found.payload) not in AGAIN:
        return refused("policy", STAYS)
    said = replace(found.payload, visit=visit)

    def strike(case: Case) -> list[Payload] | Refused:
        if stop := refusal(case, event):
            return stop
        if case.earlier is None and not movable(case.history, found):
            return refused("policy", STAYS)
        return [EnteredInError(event, WRONG_CHAIR), *struck_with(case, event, WRONG_CHAIR)]

    def record(case: Case) -> list[Payload] | Refused:
        case.visit(visit)
        return AGAIN[type(said)](case, said)

    row, again = _row(context, owner, visit, said), uuid5(event_id, "moved")
    right = Act(row, owner, again, record, visit=visit, occurred_at=found.occurred_at, by=found.by)
    return perform_both(context, Act("entry.strike", patient, event_id, strike, event=event), right)


def _row(context: Context, patient: UUID, visit: UUID, said: Payload) -> str:
    """The row of the access table that such an entry asks there."""
    if isinstance(said, NoteWritten):
        return "note.write"
    if isinstance(said, Observed):
        return row_of(context, patient, visit, [*(each.fact for each in said.readings if not means_harm(each)), *said.refused, *said.not_taken])
    return "visit.chart"
