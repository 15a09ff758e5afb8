"""Striking out what was entered in error, where nothing rests on it; what was struck out stays readable."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid5

from kairn.clinic.acts.check import needed
from kairn.clinic.acts.context import Context
from kairn.clinic.acts.outcome import Outcome, Refused, refused
from kairn.clinic.acts.perform import Act, Case, perform
from kairn.clinic.acts.urgent import urgent_task
from kairn.clinic.ledger.read import history as read_history
from kairn.library.urgent_tasks import URGENT_TASKS
from kairn.pathway.standing import Visit
from kairn.record.event import Event
from kairn.record.history import History
from kairn.record.payloads import (
    ConsentWithdrawn,
    EnteredInError,
    NoteWritten,
    Observed,
    OrderSigned,
    Payload,
    PhaseEntered,
    PumpStarted,
    TaskClosed,
    TaskOpened,
    VisitBooked,
    VisitEnded,
)  # fmt: skip
from kairn.record.payloads_hands import CareHandedOver, CareTakenOver

NEVER: dict[type, str] = {
    TaskOpened: "A task is not struck out: close it by saying how it was done, or why it is no longer needed.",
    ConsentWithdrawn: "A withdrawal of consent is not struck out. Where the person consents after all, take consent anew.",
    CareTakenOver: "A hand-over that was signed is not struck out: nobody would stand elsewhere by it. Offer the person back, or take the visit under Shift.",
}
CARRIES = (VisitBooked, PhaseEntered, PumpStarted)
ON = ("running", "paused")
AFTERWARDS = ("recovery", "closed")
"""The phases a stop or an ending enters. What is seen in them is seen whatever the phase, so that only a later phase or ending rests on them."""
RESTS_ON_NOTHING = (NoteWritten, TaskOpened, TaskClosed, EnteredInError)
TASKS = (*(f"urgent {key}" for key in URGENT_TASKS), "claim")
"""The names from which the tasks that open with an entry have their ids."""


def strike_out(context: Context, patient: UUID, *, event_id: UUID, event: UUID, reason: str) -> Outcome:
    """Strike out an entry of this chart, with the phase it entered; it stays readable. Striking out a strike puts back what it had struck out.

    A visit that is put back in the book while its chair was given away comes back without a chair, and an urgent task asks for one.
    """

    def build(case: Case) -> list[Payload] | Refused:
        return refusal(case, event) or _struck(case, event, needed(reason, "reason", "why the entry is wrong"))

    def build_without_chair(case: Case) -> list[Payload] | Refused:
        stop, why = refusal(case, event), needed(reason, "reason", "why the entry is wrong")
        return stop or [*_struck(case, event, why), *_without_chair(case, event)]

    outcome = perform(context, Act("entry.strike", patient, event_id, build, event=event))
    if isinstance(outcome, Refused) and outcome.chair_taken:
        return perform(context, Act("entry.strike", patient, event_id, build_without_chair, event=event, always=True))
    return outcome


def take_back(context: Context, patient: UUID, *, event_id: UUID, event: UUID, reason: str, within: timedelta) -> Outcome:
    """Undo: strike out what oneself has just recorded, and the phase that the same tap entered where nothing rests on it.

    What is older, somebody else's or a decision is struck out with a reason of its own.
    """

    def build(case: Case) -> list[Payload] | Refused:
        return refusal(case, event) or _not_just_now(case, event, within) or _struck(case, event, reason)

    return perform(context, Act("entry.strike", patient, event_id, build, event=event))


def _not_just_now(case: Case, event_id: UUID, within: timedelta) -> Refused | None:
    event = case.history.get(event_id)
    if event is None or case.earlier is not None:
        return None
    if type(event.payload).DECISION or isinstance(event.payload, EnteredInError):
        return refused("policy", "Not undone: this entry decides something. Strike it out here with a reason.")
    if event.by.id != case.context.author.id:
        return refused("policy", f"Not undone: {event.by.name} recorded this. Strike it out here with a reason.")
    if event.recorded_at + within < case.context.now:
        return refused("policy", "Not undone: the time for that is over. Strike it out here with a reason.")
    return None


def _struck(case: Case, event: UUID, reason: str) -> list[Payload]:
    return [EnteredInError(event, reason), *struck_with(case, event, reason)]


def struck_with(case: Case, event_id: UUID, reason: str) -> list[Payload]:
    """The strikes that go with that of an entry: of the phases entered in one batch with it on which nothing rests, or of the strikes made with a strike."""
    event = case.history.get(event_id)
    if event is None:
        return []
    kind = EnteredInError if isinstance(event.payload, EnteredInError) else PhaseEntered
    return [EnteredInError(each.id, reason) for each in beside(case.history, event) if isinstance(each.payload, kind) and not _carries(case.history, each)]


def beside(history: History, event: Event) -> list[Event]:
    """What was recorded in one batch with an entry, after it, and counts still."""
    return [each for each in came_with(history, event) if each.id not in history.struck]


def came_with(history: History, event: Event) -> list[Event]:
    """What was recorded in one batch with an entry, after it, struck out or not."""
    tasks = {uuid5(event.id, name) for name in TASKS}
    later = (each for each in history.events if each.seq > event.seq)
    return [each for each in later if each.id in tasks or each.id == uuid5(event.id, f"{each.kind} {each.seq - event.seq}")]


def stays(patient: UUID, event: UUID) -> list[Event]:
    """What came in one batch with an entry that was struck out and was not struck out with it, for whoever struck it out."""
    history = read_history(patient)
    struck = history.get(event)
    return beside(history, struck) if struck else []


def refusal(case: Case, event_id: UUID) -> Refused | None:
    """Why an entry is not struck out, None where it can be."""
    event = case.history.get(event_id)
    if event is None:
        return refused("input", "Saw an entry that is not in this chart; expected one of its entries. Open the chart again and choose it there.")
    if case.earlier is not None:
        return None
    if event_id in case.history.struck:
        return refused("policy", f"That entry was struck out already by {case.history.struck[event_id].by.name}.")
    if type(event.payload) in NEVER:
        return refused("policy", NEVER[type(event.payload)])
    return _carries(case.history, event) or _taken(case.history, event) or _weighed_now(case, event) or _ends_while_it_runs(case, event)


def _taken(history: History, event: Event) -> Refused | None:
    """An offer is withdrawn while it waits; what somebody signed for stays as it was offered."""
    if not isinstance(event.payload, CareHandedOver) or all(said.follows != event.id for _, said in history.all(CareTakenOver)):
        return None
    return refused("policy", "Somebody has signed for this hand-over. Write a note that says what was wrong with it.")


def _carries(history: History, event: Event) -> Refused | None:
    """Later entries of the visit stand on its booking, its phases, the start of its pump and the order the pump ran by."""
    if not isinstance(event.payload, CARRIES) and not _ran_by(history, event):
        return None
    visit = getattr(event.payload, "visit", None)
    later = [each for each in history.live if each.seq > event.seq and getattr(each.payload, "visit", None) == visit]
    afterwards = isinstance(event.payload, PhaseEntered) and event.payload.phase in AFTERWARDS
    resting = [each for each in later if _rests(each, afterwards=afterwards)]
    if not resting:
        return None
    return refused("policy", f"{len(resting)} later entries of this visit rest on that one. Strike those out first, or write a note that says what is wrong.")


def _rests(later: Event, *, afterwards: bool) -> bool:
    """Whether a later entry of the visit stands on an earlier one; `afterwards`, on a phase that a stop or an ending entered."""
    return isinstance(later.payload, PhaseEntered | VisitEnded) if afterwards else not isinstance(later.payload, RESTS_ON_NOTHING)


def _weighed_now(case: Case, event: Event) -> Refused | None:
    """A reading that a visit under way is weighed by is taken back by whoever took it, or by a prescriber."""
    if not isinstance(event.payload, Observed):
        return None
    open_ = {visit.id for visit in case.standing.visits if visit.phase != "closed" and not visit.cancelled}
    cited = {finding.event for verdict in case.standing.verdicts if verdict.visit in open_ for finding in verdict.findings}
    mine = event.by.id == case.context.author.id or "prescriber" in case.context.user.roles
    if mine or not (event.payload.visit in open_ or event.id in cited):
        return None
    return refused("policy", f"A visit under way is weighed by this reading. {event.by.name}, who took it, or a prescriber can strike it out.")


def _ends_while_it_runs(case: Case, event: Event) -> Refused | None:
    """An ending is not put back over a pump that is on by the record: nobody would watch it any more."""
    said = event.payload
    ended = case.history.get(said.event) if isinstance(said, EnteredInError) else None
    if ended is None or not isinstance(ended.payload, VisitEnded) or case.visit(ended.payload.visit).pump not in ON:
        return None
    return refused("policy", "By the record the pump is on, so the ending is not put back. Record first that it was stopped, then strike this strike out.")


def _ran_by(history: History, event: Event) -> bool:
    """Whether an entry is an order, and the pump was started after it."""
    said = event.payload
    return isinstance(said, OrderSigned) and any(each.seq > event.seq and one.visit == said.visit for each, one in history.all(PumpStarted))


def _without_chair(case: Case, event_id: UUID) -> list[Payload]:
    """The visits that come back, in the book at their time and in no chair, and the task to find them one."""
    kept = [visit for visit in case.standing.visits if visit.chair and visit.id in _coming_back(case.history, event_id)]
    if not kept:
        return []
    return [*(_booked_again(visit) for visit in kept), urgent_task(case, "chair-lost", kept[0].id)]


def _coming_back(history: History, event_id: UUID) -> set[UUID]:
    """The visit the entry speaks of; every visit where it speaks of none."""
    event = history.get(event_id)
    while event is not None and isinstance(event.payload, EnteredInError):
        event = history.get(event.payload.event)
    visit = getattr(event.payload, "visit", None) if event else None
    return {visit} if visit else {payload.visit for _, payload in history.all(VisitBooked)}


def _booked_again(visit: Visit) -> VisitBooked:
    return VisitBooked(visit.id, visit.purpose, visit.starts_at, visit.minutes, "", visit.number)  # type: ignore[arg-type]
