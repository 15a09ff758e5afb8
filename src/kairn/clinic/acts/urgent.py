"""Urgent tasks that open in the same transaction as what calls for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import cast
from uuid import UUID

from kairn.clinic.acts.perform import Case, open_tasks
from kairn.instruments.definition import INSTRUMENTS
from kairn.instruments.skips import Alarm, alarm
from kairn.library.urgent_tasks import URGENT_TASKS
from kairn.record.history import History
from kairn.record.payloads import Reading, Role, TaskClosed, TaskOpened
from kairn.record.payloads_care import InstrumentAnswered


def urgent_task(case: Case, key: str, visit: UUID | None = None) -> TaskOpened:
    """The urgent task of that key, its clock starting now, whenever what calls for it happened."""
    return task_opened(case.derived(f"urgent {key}"), key, case.context.now, visit)


def task_opened(task: UUID, key: str, now: datetime, visit: UUID | None) -> TaskOpened:
    """The urgent task of that key with this id, its clock starting at `now`."""
    wanted = URGENT_TASKS[key]
    return TaskOpened(task, wanted.what, cast(Role, wanted.owner), now + wanted.within.delta, True, visit)


def is_open(history: History, key: str, visit: UUID) -> bool:
    """Whether the urgent task of that key waits for somebody at this visit."""
    return any((one.what, one.visit) == (URGENT_TASKS[key].what, visit) for one in open_tasks(history))


def for_readings(case: Case, readings: Sequence[Reading], visit: UUID | None = None) -> Iterable[TaskOpened]:
    """The urgent task for an answer that means suicidal plan or intent."""
    if any(map(means_harm, readings)):
        yield urgent_task(case, "suicide-intent", visit)


def for_answering(case: Case, said: InstrumentAnswered, before: InstrumentAnswered | None) -> Iterable[TaskOpened]:
    """The urgent task for an answering that raises suicide; once for each thing that was said or left out there, not once for each save."""
    raised = alarm_of(said)
    if raised.flags and (before is None or raised != alarm_of(before)):
        yield urgent_task(case, "suicide-answer", said.visit)


def alarm_of(said: InstrumentAnswered) -> Alarm:
    """What an answering raises about suicide, as it was saved."""
    return alarm(INSTRUMENTS[said.instrument], {one.item: one.value for one in said.answers}, said.skipped, said.complete)


def suicide_task_open(history: History) -> bool:
    """Whether an urgent task about suicide waits for somebody."""
    words = {URGENT_TASKS[key].what for key in ("suicide-intent", "suicide-answer")}
    closed = {said.task for _, said in history.all(TaskClosed)}
    return any(task.what in words and task.task not in closed for _, task in history.all(TaskOpened))


def means_harm(reading: Reading) -> bool:
    """Suicidal plan or intent: whoever hears it may record it, wherever."""
    return reading.fact == "suicide_intent" and reading.value == "present"
