"""The urgent tasks that open by themselves: what is to be done, by whom, within how long."""

from __future__ import annotations

from dataclasses import dataclass

from kairn.library.reader import LIBRARY, Node, read_yaml
from kairn.library.sources import SOURCES
from kairn.terms.times import Duration, parse_duration


@dataclass(frozen=True)
class UrgentTask:
    """One urgent task: its words, its owner (a role) and its clock."""

    key: str
    what: str
    owner: str
    within: Duration


def read_urgent_tasks(root: Node) -> dict[str, UrgentTask]:
    """All urgent tasks by key. Raises Unreadable with the line of the fault."""
    parts = root.fields(("source", "tasks"))
    cited = parts["source"].texts()[0]
    if cited not in SOURCES:
        raise parts["source"].fault(f"the source {cited!r}", "a key of library/sources.yaml", "Add the source there or correct the key.")
    return {task.key: task for task in map(_task, parts["tasks"].items())}


def _task(entry: Node) -> UrgentTask:
    fields = entry.fields(("task", "what", "owner", "within"))
    within = parse_duration(fields["within"].text(), fields["within"].where)
    return UrgentTask(fields["task"].text(), fields["what"].text(), fields["owner"].text(), within)


URGENT_TASKS: dict[str, UrgentTask] = read_urgent_tasks(read_yaml(LIBRARY / "urgent_tasks.yaml")) | read_urgent_tasks(read_yaml(LIBRARY / "urgent_calls.yaml"))
"""The first file is part of every protocol's content and its hash, the second is not."""
