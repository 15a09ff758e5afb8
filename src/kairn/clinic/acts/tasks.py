"""Tasks: something somebody must do, with an owner and a clock; a task closes only with an outcome."""

from __future__ import annotations

from datetime import datetime
from typing import cast, get_args
from uuid import UUID

from kairn.clinic.acts.check import needed, one_of, zoned
from kairn.clinic.acts.context import Context
from kairn.clinic.acts.outcome import Outcome, Refused, refused
from kairn.clinic.acts.perform import Act, Case, perform
from kairn.record.payloads import Payload, Role, TaskClosed, TaskOpened

CLOSE_ANY_URGENT = ("prescriber", "clinic-lead")


def open_task(
    context: Context, patient: UUID, *, event_id: UUID, what: str, owner: str, due_at: datetime, urgent: bool = False, visit: UUID | None = None
) -> Outcome:
    """Open a task for a role. The task's id is the `event_id` that opened it."""

    def build(case: Case) -> list[Payload]:
        if visit is not None:
            case.visit(visit)
        role = cast(Role, one_of(owner, get_args(Role), "owner"))
        return [TaskOpened(event_id, needed(what, "what", "what is to be done"), role, zoned(due_at, "due_at"), urgent, visit)]

    return perform(context, Act("task.close", patient, event_id, build))


def close_task(context: Context, patient: UUID, *, event_id: UUID, task: UUID, how: str) -> Outcome:
    """Close a task by saying how it was done, or why it is no longer needed."""

    def build(case: Case) -> list[Payload] | Refused:
        outcome = needed(how, "how", "how it was done, or why it is no longer needed")
        opened = next((opened for _, opened in case.history.all(TaskOpened) if opened.task == task), None)
        if opened is None:
            return refused("input", "Saw a task that this person does not have; expected one of theirs. Open the list again and choose it there.")
        closed = next((event for event, payload in case.history.all(TaskClosed) if payload.task == task), None)
        if closed and case.earlier is None:
            return refused("policy", f"That task was closed already by {closed.by.name}.")
        return _not_theirs(case, opened) or [TaskClosed(task, outcome)]

    return perform(context, Act("task.close", patient, event_id, build))


def _not_theirs(case: Case, task: TaskOpened) -> Refused | None:
    """An urgent task asks for the judgement of somebody in particular, and closing it can open the way home."""
    may = {task.owner, *CLOSE_ANY_URGENT}
    if not task.urgent or case.context.user.roles & may:
        return None
    return refused("permission", f"This urgent task is for a {task.owner.replace('-', ' ')}. That role, a prescriber or the clinic lead closes it.")
