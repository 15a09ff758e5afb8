"""A visit looked back on: what answered its gates when they were passed, which holds were met and until when, which sets were late or missed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from kairn.clinic.acts.charts import Chart, chart_of, open_history
from kairn.clinic.acts.context import Context
from kairn.clinic.acts.outcome import Refused
from kairn.clinic.acts.sections import seen_standing
from kairn.clinic.acts.standings import stand
from kairn.clinic.people.models import Patient
from kairn.pathway.ground import by_device
from kairn.pathway.standing import Due, DueState, Hold, Standing
from kairn.record.event import Event
from kairn.record.history import History
from kairn.record.payloads import Observed, PhaseEntered, PumpStarted, VisitEnded
from kairn.terms.answer import Answer


@dataclass(frozen=True)
class Held:
    """A hold of one visit, as it was first met; `until` is when it was known to be over, None where it was not before the visit ended."""

    hold: Hold
    since: datetime
    until: datetime | None


@dataclass(frozen=True)
class Hindsight:
    """A chart with what was weighed during one visit, as this reader may see it.

    `at_start` and `at_end` are the standings just before the pump was started and before the ending was recorded; None where that was not.
    `late` says of a set of vital signs, by its entry, what had been due; `missed` is what was due when a phase was left, and not taken.
    """

    chart: Chart
    at_start: Standing | None
    at_end: Standing | None
    held: tuple[Held, ...]
    late: Mapping[UUID, Due]
    missed: tuple[Due, ...]


def hindsight(context: Context, patient: UUID, visit: UUID, *, action: str = "clinical.read") -> Hindsight | Refused:
    """One visit looked back on. A visit that is not this person's has nothing in it."""
    opened = open_history(context, patient, action)
    if isinstance(opened, Refused):
        return opened
    allowed, history = opened
    chart = chart_of(context, Patient.objects.get(id=patient), history, context.now, allowed.relations)
    mine = [event for event in history.live if getattr(event.payload, "visit", None) == visit]
    started = next((event for event in mine if _starts(event)), None)
    ended = next((event for event in mine if _ends(event)), None)
    shown = "clinical" in chart.visible and "reasons" in chart.visible
    held = _held(context.clinic, history, visit, mine, ended) if shown else ()
    late, missed = _overdue(context.clinic, history, visit, mine) if shown else ({}, ())
    return Hindsight(chart, _before(context.clinic, history, chart, started), _before(context.clinic, history, chart, ended), held, late, missed)


def _starts(event: Event) -> bool:
    return isinstance(event.payload, PumpStarted) or (isinstance(event.payload, PhaseEntered) and event.payload.phase == "infusion")


def _ends(event: Event) -> bool:
    return isinstance(event.payload, VisitEnded) or (isinstance(event.payload, PhaseEntered) and event.payload.phase == "closed")


def _before(clinic: UUID, history: History, chart: Chart, event: Event | None) -> Standing | None:
    """The standing as it was known just before an entry, weighed when that was recorded."""
    if event is None:
        return None
    return seen_standing(stand(clinic, history.known_at(event.seq - 1), event.recorded_at).standing, chart.visible)


def _held(clinic: UUID, history: History, visit: UUID, mine: list[Event], ended: Event | None) -> tuple[Held, ...]:
    """The holds of a visit in the order they were met, weighed at each of its entries as known then. Unknown neither meets a hold nor lifts one."""
    over: list[Held] = []
    running: dict[str, Held] = {}
    for event in _entries(history, mine, ended):
        standing = stand(clinic, history.known_at(event.seq), event.recorded_at).standing
        here = {hold.verdict.rule.id: hold for hold in standing.holds if hold.verdict.visit == visit}
        over += [replace(running.pop(rule), until=event.recorded_at) for rule in [*running] if rule not in here]
        met = {rule: hold for rule, hold in here.items() if rule not in running and hold.verdict.answer is Answer.YES}
        running |= {rule: Held(hold, event.recorded_at, None) for rule, hold in met.items()}
    return tuple(sorted([*over, *running.values()], key=lambda held: held.since))


def _entries(history: History, mine: list[Event], ended: Event | None) -> Iterable[Event]:
    """The entries at which a visit is weighed: from its first phase to its ending; of those recorded in one moment the latest."""
    first = next((event.seq for event in mine if isinstance(event.payload, PhaseEntered)), None)
    if first is None:
        return []
    latest = ended.seq - 1 if ended else history.seq
    within = [event for event in history.events if first <= event.seq <= latest]
    return {event.recorded_at: event for event in within}.values()


def _overdue(clinic: UUID, history: History, visit: UUID, mine: list[Event]) -> tuple[dict[UUID, Due], tuple[Due, ...]]:
    """What had been due when a set was taken, by its entry, and what was due and not taken when a phase was left. As it happened, not as it was entered."""
    late: dict[UUID, Due] = {}
    missed: dict[datetime, Due] = {}
    for event in mine:
        due = _late_before(clinic, history, visit, event) if _is_set(event) or isinstance(event.payload, PhaseEntered | VisitEnded) else None
        if due and not isinstance(event.payload, Observed):
            missed[due.due_at] = due
        elif due and _told(event.payload) & set(due.facts):
            late[event.id] = due
    return late, tuple(missed.values())


def _late_before(clinic: UUID, history: History, visit: UUID, event: Event) -> Due | None:
    """The set of vital signs that was late just before something happened."""
    before = History.of(one for one in history.live if one.occurred_at < event.occurred_at)
    due = [one for one in stand(clinic, before, event.occurred_at).standing.due if one.visit == visit and one.facts and one.state is DueState.LATE]
    return min(due, key=lambda one: one.due_at, default=None)


def _is_set(event: Event) -> bool:
    return isinstance(event.payload, Observed) and not by_device(event)


def _told(said: object) -> set[str]:
    return {*(one.fact for one in getattr(said, "readings", ())), *getattr(said, "refused", ())}
