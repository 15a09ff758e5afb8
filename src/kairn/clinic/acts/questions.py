"""Which instruments are wanted of a person now: by a duty, by a rule in the way of the next step, because staff asked, or begun and not finished."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from kairn.clinic.acts.check import zoned
from kairn.clinic.acts.context import Context
from kairn.clinic.acts.outcome import Outcome, Refused, refused
from kairn.clinic.acts.perform import Act, Case, perform
from kairn.clinic.acts.permission import permitted
from kairn.clinic.acts.standings import stand
from kairn.clinic.acts.wordings import shown_words
from kairn.clinic.ledger.read import history as read_history
from kairn.instruments.definition import INSTRUMENTS
from kairn.library.facts import FACTS
from kairn.pathway.standing import Due, DueState, FindingState, Standing
from kairn.record.event import Event
from kairn.record.history import History
from kairn.record.payloads import Payload, TaskClosed, TaskOpened
from kairn.record.payloads_care import InstrumentAnswered

GOES_ON = timedelta(days=1)
"""Answers are gone on with for a day: they tell of one time."""


@dataclass(frozen=True)
class Question:
    """One instrument the person is to answer themselves; `begun` is the answering to go on with."""

    instrument: str
    begun: UUID | None


def due_now(standing: Standing) -> dict[str, Due]:
    """Instrument -> the earliest duty of it that is open or late; only duties a score does."""
    found: dict[str, Due] = {}
    for due in standing.due:
        for name in _instruments(due.facts) if due.state is not DueState.AHEAD else ():
            found.setdefault(name, due)
    return found


def in_the_way(standing: Standing) -> dict[str, str]:
    """Instrument -> the title of a rule that stands in the way of a next step because a score is missing or out of date."""
    blocking = [verdict for move in standing.moves for verdict in move.blocking]
    wanting = [(finding.fact, verdict.rule.title) for verdict in blocking for finding in verdict.findings if finding.state is not FindingState.GOOD]
    return {name: title for fact, title in reversed(wanting) for name in _instruments([fact])}


def _instruments(facts: Iterable[str]) -> list[str]:
    return [of[0] for fact in facts if fact in FACTS and (of := FACTS[fact].of)]


def begun(history: History, now: datetime) -> Mapping[str, tuple[Event, InstrumentAnswered]]:
    """Instrument -> the latest answering that somebody began within a day and did not finish; one for the person, under their own method, apart."""
    latest = {said.response: (event, said) for event, said in history.all(InstrumentAnswered)}
    open_ = [one for one in latest.values() if not one[1].complete and now - one[0].occurred_at < GOES_ON]
    return {key_of(said): (event, said) for event, said in open_}


def key_of(said: InstrumentAnswered) -> str:
    """Where `begun` keeps it: an answering by the person is never gone on with by staff, nor the other way."""
    return f"{said.instrument} {said.method}"


def questions_for(context: Context, patient: UUID) -> tuple[Question, ...] | Refused:
    """What the person is asked to answer themselves, what they began first; only what can be shown."""
    allowed = permitted(context, "own.read", patient)
    if isinstance(allowed, Refused):
        return allowed
    history = read_history(patient)
    standing = stand(context.clinic, history, context.now).standing
    own = {said.instrument: said.response for _, said in begun(history, context.now).values() if said.method == "patient"}
    wanted = [*own, *asked_of(history), *due_now(standing), *in_the_way(standing)]
    return tuple(Question(name, own.get(name)) for name in dict.fromkeys(wanted) if _theirs(name))


def _theirs(name: str) -> bool:
    return INSTRUMENTS[name].rater == "patient" and shown_words(INSTRUMENTS[name]).wording is not None


# --- asking the person ---


def ask_person(context: Context, patient: UUID, *, event_id: UUID, instrument: str, due_at: datetime) -> Outcome:
    """Ask the person to answer an instrument on their phone: a task of theirs, closed when they, or staff with them, have finished it."""

    def build(case: Case) -> list[Payload] | Refused:
        if instrument not in INSTRUMENTS or not _theirs(instrument):
            return refused("input", "Saw a form that people do not fill in themselves here, or that has no words to show; expected another one. Choose again.")
        if case.earlier is None and instrument in asked_of(case.history):
            return refused("policy", "The person is asked for this already.")
        return [TaskOpened(event_id, task_words(instrument), "patient", zoned(due_at, "due_at"))]

    return perform(context, Act("measures.record", patient, event_id, build))


def task_words(instrument: str) -> str:
    """How the task says which instrument it asks for."""
    return f"Answer on the phone: {INSTRUMENTS[instrument].check_list}"


def asked_of(history: History) -> list[str]:
    """The instruments the person is asked for and has not answered."""
    words = {task.what for _, task in _open(history)}
    return [name for name, found in INSTRUMENTS.items() if words and found.rater == "patient" and task_words(name) in words]


def asked_by_task(history: History, instrument: str) -> list[UUID]:
    """The open tasks that ask the person for an instrument."""
    return [task.task for _, task in _open(history) if task.what == task_words(instrument)]


def _open(history: History) -> list[tuple[Event, TaskOpened]]:
    closed = {said.task for _, said in history.all(TaskClosed)}
    return [(event, task) for event, task in history.all(TaskOpened) if task.owner == "patient" and task.task not in closed]
