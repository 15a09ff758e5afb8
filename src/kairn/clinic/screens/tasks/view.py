"""Open tasks of everybody one cares for, most urgent first; a task closes only with an outcome."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from kairn.clinic.acts.boards import Board, today
from kairn.clinic.acts.context import Context, context_of
from kairn.clinic.acts.outcome import Done, Refused
from kairn.clinic.acts.tasks import close_task
from kairn.clinic.people.words import ROLES
from kairn.clinic.screens.forms.answers import Again, again, event_id, fresh, onward
from kairn.clinic.screens.forms.clock import Clock, clock_of
from kairn.clinic.screens.forms.desk import address

SHOWN = 500


@dataclass(frozen=True)
class TaskLine:
    """One open task."""

    id: str
    what: str
    person: str
    href: str
    owner: str
    until: str
    by: str
    level: str
    close: str
    again: Again


@dataclass(frozen=True)
class TasksPage:
    """All open tasks, narrowed to one owner where asked."""

    tasks: tuple[TaskLine, ...]
    filters: tuple[tuple[str, str, bool], ...]
    url: str
    again: Again
    known: str


@require_safe
def tasks(request: HttpRequest) -> HttpResponse:
    """The list; `owner` narrows it to one role."""
    return _show(request)


@require_POST
def task_close(request: HttpRequest, patient: UUID, task: UUID) -> HttpResponse:
    """Close a task by saying how it was done."""
    outcome = close_task(context_of(request.user), patient, event_id=event_id(request), task=task, how=request.POST.get("how", ""))  # type: ignore[arg-type]
    if isinstance(outcome, Done):
        messages.success(request, "Task closed.")
        return onward(address("tasks"))
    return _show(request, outcome, str(task))


def _show(request: HttpRequest, refused: Refused | None = None, task: str = "") -> HttpResponse:
    context = context_of(request.user)  # type: ignore[arg-type]
    board = today(context, limit=SHOWN)
    if isinstance(board, Refused):
        return render(request, "people/refused.html", {"break_glass": ""}, status=403)
    owner = request.GET.get("owner", "")
    shown = again(refused, request.POST) if refused else fresh()
    lines = [line for line in _lines(board, context, shown, task) if not owner or line.owner == owner.replace("-", " ")]
    filters = (("", "Everybody's", not owner), *((role, role.replace("-", " ").capitalize(), role == owner) for role in ROLES if role in request.user.roles))  # type: ignore[union-attr]
    page = TasksPage(tuple(lines), filters, address("tasks"), shown, clock_of(context.user, context.now).when(context.now))
    return render(request, "kairn/tasks.html", {"page": page}, status=shown.status)


def _lines(board: Board, context: Context, shown: Again, task: str) -> list[TaskLine]:
    clock: Clock = clock_of(context.user, context.now)
    found = []
    for row in board.rows:
        for due in [*([row.due] if row.due else []), *row.tasks]:
            if due.task:
                level = "high" if due.urgent else "medium" if due.state == "late" else ""
                mine = shown if str(due.task) == task else Again(event_id=fresh().event_id)
                person = address("patient", row.patient)
                found.append((not due.urgent, due.due_at, TaskLine(
                    str(due.task), due.what, row.name, person, due.owner.replace("-", " "), due.due_at.isoformat(), f"by {clock.when(due.due_at)}", level,
                    address("task_close", row.patient, due.task), mine)))  # fmt: skip
    return [line for _, _, line in sorted(found, key=lambda each: each[:2])]
