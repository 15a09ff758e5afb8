"""The one way an act goes: permission, then the chart, then policy, then one append with its projection."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import TypeVar
from uuid import UUID, uuid5

import msgspec

from kairn.clinic.acts.check import zoned
from kairn.clinic.acts.context import UNSIGNED, Context
from kairn.clinic.acts.outcome import Done, Outcome, Reason, Refused, refused, refused_by, refused_field
from kairn.clinic.acts.permission import permitted
from kairn.clinic.acts.projection import projector
from kairn.clinic.acts.standings import Stand, stand, stand_anew
from kairn.clinic.ledger import read
from kairn.clinic.ledger.answers import Answer, Appended, Clash, Conflict, Stale
from kairn.clinic.ledger.append import append
from kairn.clinic.ledger.rows import placed
from kairn.pathway.course import visit_of
from kairn.pathway.standing import MoveKind, Standing, Visit
from kairn.protocol.rule import Protocol
from kairn.record.ending import ending_of
from kairn.record.event import Author, Draft, Event
from kairn.record.history import History
from kairn.record.payloads import Payload, PumpStopped, Signature, TaskClosed, TaskOpened
from kairn.terms.answer import Answer as YesNoUnknown
from kairn.terms.problem import Unreadable

KAIRN = version("kairn")
RECORDED = "Something else was recorded under this form already. Open the page again and enter it anew."
LOCKED = "This visit ended at {at} and its record is locked. Write it as an addendum: it is kept beside the record, with its time and your name."
P = TypeVar("P", bound=Payload)


@dataclass(frozen=True)
class Case:
    """What an act looks at: one chart at one moment. `earlier` is the event already in the record when a form comes again."""

    context: Context
    patient: UUID
    event_id: UUID
    history: History
    found: Stand
    at: datetime
    earlier: Event | None = None

    @property
    def standing(self) -> Standing:
        """Where the person stands."""
        return self.found.standing

    @property
    def protocol(self) -> Protocol | None:
        """The protocol in force for this person."""
        return self.found.protocol

    def visit(self, visit: UUID) -> Visit:
        """A visit of this person. Raises Unreadable where there is none."""
        return visit_of(self.standing.visits, visit)

    def latest(self, payload: type[P]) -> P | None:
        """The latest entry of that kind that counts."""
        found = self.history.latest(payload)
        return found[1] if found else None

    def unweighed(self) -> Refused | None:
        """The refusal where no protocol is in force."""
        return refused("policy", self.found.why) if self.protocol is None else None

    def ended(self) -> Refused | None:
        """The refusal where the course has ended, so that nothing of it is signed."""
        if self.standing.course.ended and self.earlier is None:
            return refused("policy", f"The course has ended ({self.standing.course.stage}). Begin it again before anything is signed.")
        return None

    def locked(self, visit: UUID) -> Refused | None:
        """The refusal to chart at a visit that has ended. What waited on a tablet was charted before, and a form that comes again is not asked again."""
        ended = ending_of(self.history, visit)
        if ended is None or self.earlier is not None or self.context.entered_at is not None:
            return None
        return refused("locked", LOCKED.format(at=f"{ended.occurred_at:%Y-%m-%d %H:%M} UTC"))

    def closed(self, kind: MoveKind, to: str, visit: UUID | None = None) -> Refused | None:
        """The refusal where this move is not open now, with the rules in its way; None where it is. A form that comes again is not asked again."""
        if self.earlier is not None:
            return None
        move = self.standing.move(kind, to, visit)
        if move is None:
            return self.unweighed() or refused("policy", f"There is no way to {to} from here.")
        return None if move.answer is YesNoUnknown.YES else refused_by(move.blocking)

    def signature(self) -> Signature:
        """What the signer was shown; of a form that comes again, what it was then."""
        stored = getattr(self.earlier.payload, "signature", None) if self.earlier else None
        if isinstance(stored, Signature):
            return stored
        shown = self.standing
        return Signature(shown.protocol, shown.version, shown.content_hash, KAIRN, shown.seq, _blocking(shown))

    def derived(self, name: str) -> UUID:
        """The id of a further event or task of this batch."""
        return uuid5(self.event_id, name)


def _blocking(standing: Standing) -> tuple[str, ...]:
    """Rules that stood in the way of any move, or were set aside by an override."""
    waiting = {verdict.rule.id for move in standing.moves for verdict in move.blocking}
    set_aside = {verdict.rule.id for verdict in standing.verdicts if verdict.override and verdict.answer is not YesNoUnknown.YES}
    return tuple(sorted(waiting | set_aside))


Build = Callable[[Case], Sequence[Payload] | Refused]
"""The events of an act, the main one first, or why not. Raises Unreadable for input that cannot be taken."""


@dataclass(frozen=True)
class Act:
    """One act on its way: which row of the access table it asks, and what it would record.

    `expected_seq` is demanded of decisions. `always` marks what must be recordable whatever has changed since: it is built again on the newer chart.
    `charts` marks what belongs to the record of a visit and is refused once that is locked.
    `alone` asks the table for the role acted in, without the person's other roles. `by` is the author of the main event where somebody else sends it.
    """

    action: str
    patient: UUID
    event_id: UUID
    build: Build
    visit: UUID | None = None
    event: UUID | None = None
    expected_seq: int | None = None
    occurred_at: datetime | None = None
    always: bool = False
    charts: bool = False
    alone: bool = False
    by: Author | None = None


def perform(context: Context, act: Act) -> Outcome:
    """Ask the three questions in their order and append; every answer is a value."""
    if stop := _not_allowed(context, act):
        return stop
    try:
        return _settled(context, act)
    except Unreadable as fault:
        return refused_field(fault.problem.where, str(fault))


def perform_both(context: Context, first: Act, second: Act) -> Outcome:
    """Two acts on two charts in one transaction: both are in the record, or neither is. What follows from them is built again on newer charts."""
    if stop := _not_allowed(context, first) or _not_allowed(context, second):
        return stop
    try:
        return _settled_both(context, (first, second))
    except Unreadable as fault:
        return refused_field(fault.problem.where, str(fault))


def _not_allowed(context: Context, act: Act) -> Refused | None:
    allowed = permitted(context, act.action, act.patient, visit=act.visit, event=act.event, alone=act.alone)
    return allowed if isinstance(allowed, Refused) else out_of_time(context, act.occurred_at)


def out_of_time(context: Context, at: datetime | None, field: str = "occurred_at") -> Refused | None:
    """The refusal of a time that cannot be kept, or is still to come."""
    if at is None:
        return None
    try:
        zoned(at, field)
    except Unreadable as fault:
        return refused_field(field, str(fault))
    if at > context.moment:
        return refused_field(field, f"Saw {at:%Y-%m-%d %H:%M}, which is still to come; expected when it happened, now or earlier.")
    return None


def _settled(context: Context, act: Act) -> Outcome:
    while True:
        case = _case(context, act, read.history(act.patient))
        if case.earlier is None and act.expected_seq is not None and case.history.seq != act.expected_seq:
            return _stale(act.expected_seq, case.history.seq)
        if act.charts and act.visit and (stop := case.locked(act.visit)):
            return stop
        built = act.build(case)
        if isinstance(built, Refused):
            return built
        answer = _append(case, act, [*built, *_unclaimed(case, act.visit, built)])
        if not (act.always and isinstance(answer, Stale)):
            return outcome_of(answer, act.patient)


def _unclaimed(case: Case, visit: UUID | None, built: Sequence[Payload]) -> list[TaskOpened]:
    """What nobody has signed is claimed by a named person: the task for that is in the record with it, or neither is. Each stop has its own."""
    if case.context.author.id != UNSIGNED or not built:
        return []
    name = case.context.author.name
    whose = name[:1].lower() + name[1:]
    if isinstance(built[0], PumpStopped):
        return [TaskOpened(case.derived("claim"), f"Claim the stop of {case.at:%H:%M} UTC: {whose}", "nurse", case.context.now, True, visit)]
    task = TaskOpened(case.derived("claim"), f"Claim what was entered at the chair: {whose}", "nurse", case.context.now, True, visit)
    return [] if any((one.what, one.visit) == (task.what, visit) for one in open_tasks(case.history)) else [task]


def open_tasks(history: History) -> list[TaskOpened]:
    """The tasks of a person that nobody has closed."""
    closed = {done.task for _, done in history.all(TaskClosed)}
    return [one for _, one in history.all(TaskOpened) if one.task not in closed]


def perform_all(context: Context, acts: Sequence[Act]) -> Outcome:
    """Several acts on one chart in one append, all of them or none. Each sees what those before it did; on a newer chart all are built again."""
    for action, visit in dict.fromkeys((act.action, act.visit) for act in acts):
        if isinstance(allowed := permitted(context, action, acts[0].patient, visit=visit), Refused):
            return allowed
    if still_to_come := next(filter(None, (out_of_time(context, act.occurred_at) for act in acts)), None):
        return still_to_come
    try:
        return _all_settled(context, acts, acts[0].patient)
    except Unreadable as fault:
        return refused_field(fault.problem.where, str(fault))


def _all_settled(context: Context, acts: Sequence[Act], patient: UUID) -> Outcome:
    while True:
        past = read.history(patient)
        drafts = _drafts_of_all(context, acts, past)
        if isinstance(drafts, Refused):
            return drafts
        answer = append(context.clinic, drafts, expected_seq={patient: past.seq}, project=projector(context.clinic, context.now))
        # The same form sent at the same moment may have come first: then it is there now, and is read as what it repeats.
        if not isinstance(answer, Stale | Conflict) or read.head(patient) == past.seq:
            return outcome_of(answer, patient)


def _drafts_of_all(context: Context, acts: Sequence[Act], past: History) -> list[Draft] | Refused:
    """What all of them would record, each weighed on the chart as those before it leave it."""
    grown, made = past, list[Draft]()
    for act in acts:
        case = _case(context, act, grown, stand_anew)
        built = act.build(case)
        if isinstance(built, Refused):
            return built
        drafts = _drafts(case, [*built, *_unclaimed(case, act.visit, built)])
        if drafts is None:
            return refused("conflict", RECORDED)
        fresh = [draft for draft in drafts if past.get(draft.id) is None]
        grown = History((*grown.events, *(placed(draft, context.clinic, grown.seq + place, context.now) for place, draft in enumerate(fresh, 1))))
        made += drafts
    return made


def _settled_both(context: Context, acts: Sequence[Act]) -> Outcome:
    while True:
        drafts: list[Draft] = []
        wanted: dict[UUID, int] = {}
        for act in acts:
            case = _case(context, act, read.history(act.patient))
            built = act.build(case)
            if isinstance(built, Refused):
                return built
            made = _drafts(case, [*built, *_unclaimed(case, act.visit, built)], act.by)
            if made is None:
                return refused("conflict", RECORDED)
            drafts, wanted[act.patient] = [*drafts, *made], case.history.seq
        answer = append(context.clinic, drafts, expected_seq=wanted, project=projector(context.clinic, context.now))
        if not isinstance(answer, Stale):
            return outcome_of(answer, acts[0].patient)


def _case(context: Context, act: Act, history: History, weigh: Callable[[UUID, History, datetime], Stand] = stand) -> Case:
    earlier = history.get(act.event_id)
    now = context.now
    if earlier is not None:
        history, now = history.known_at(earlier.seq - 1), max(earlier.recorded_at, earlier.occurred_at)
    at = act.occurred_at or (earlier.occurred_at if earlier else context.moment)
    return Case(context, act.patient, act.event_id, history, weigh(context.clinic, history, now), at, earlier)


def _append(case: Case, act: Act, payloads: Sequence[Payload]) -> Answer:
    drafts = _drafts(case, payloads, act.by)
    if drafts is None:
        return Conflict(case.event_id)
    decides = any(type(payload).DECISION for payload in payloads)
    expected = act.expected_seq if act.expected_seq is not None else case.history.seq
    wanted = {act.patient: expected} if act.always or (decides and act.expected_seq is not None) else None
    return append(case.context.clinic, drafts, expected_seq=wanted, project=projector(case.context.clinic, case.context.now))


def _drafts(case: Case, payloads: Sequence[Payload], by: Author | None = None) -> list[Draft] | None:
    """What the act would record, the main event in the name of `by` where that is given; None where its form came before and recorded less."""
    author, sent_by = case.context.author, case.context.sent_by or case.context.author
    drafts = [Draft(_id_of(case, payload, place), case.patient, case.at, author, payload, sent_by) for place, payload in enumerate(payloads)]
    if by is not None:
        drafts[0] = msgspec.structs.replace(drafts[0], by=by)
    if case.earlier is None:
        return drafts
    stored = read.events(draft.id for draft in drafts)
    return [_with_clock_of(stored[draft.id], draft) for draft in drafts] if len(stored) == len(drafts) else None


def _id_of(case: Case, payload: Payload, place: int) -> UUID:
    """The main event has the form's id; a task's id is that of the event that opened it."""
    if isinstance(payload, TaskOpened):
        return payload.task
    return case.event_id if place == 0 else case.derived(f"{type(payload).KIND} {place}")


def _with_clock_of(event: Event, draft: Draft) -> Draft:
    """A clock that started when the form came first is not started anew, and a signature is what its signer was shown then."""
    stored, told = event.payload, draft.payload
    if isinstance(stored, TaskOpened) and isinstance(told, TaskOpened):
        return msgspec.structs.replace(draft, payload=msgspec.structs.replace(told, due_at=stored.due_at))
    signed = getattr(stored, "signature", None)
    if type(stored) is type(told) and isinstance(signed, Signature):
        return msgspec.structs.replace(draft, payload=msgspec.structs.replace(told, signature=signed))
    return draft


def outcome_of(answer: Answer, stream: UUID) -> Outcome:
    """What the ledger answered, as an act answers."""
    match answer:
        case Appended():
            return Done(tuple(event.id for event in answer.events), answer.seq(stream), answer.repeated)
        case Stale():
            return _stale(answer.seq_seen, answer.seq_now)
        case Conflict():
            return refused("conflict", RECORDED)
        case Clash():
            return Refused("conflict", (Reason(answer.sentence, field=answer.what),))


def _stale(seen: int, now: int) -> Refused:
    sentence = f"The chart has changed since this page was opened (it was at entry {seen}, it is at {now}). Look at what is new and decide again."
    return Refused("stale", refused("stale", sentence).reasons, now)
