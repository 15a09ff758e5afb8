"""What is to be done, by when: the protocol's duties and the tasks people opened."""

from __future__ import annotations

from datetime import datetime

from kairn.pathway.ground import Ground
from kairn.pathway.happenings import moment
from kairn.pathway.standing import Due, DueState, Verdict, Visit
from kairn.pathway.taken import latest_usable
from kairn.protocol.rule import Schedule
from kairn.record.payloads import ContactMade, TaskClosed, TaskOpened
from kairn.terms.answer import Answer


def dues_of(ground: Ground, duties: list[tuple[Verdict, Visit | None]]) -> list[Due]:
    """Every duty that applies (or may) and every open task, soonest first. After a death there is none."""
    if ground.course.stage == "died":
        return []
    found = [due for verdict, visit in duties if verdict.applies is not Answer.NO for due in _due(ground, verdict, visit)]
    return sorted([*found, *_tasks(ground)], key=lambda due: (due.due_at, due.what, str(due.visit)))


def _due(ground: Ground, verdict: Verdict, visit: Visit | None) -> list[Due]:
    schedule = verdict.rule.schedule
    assert schedule is not None
    if schedule.every:
        return [_repeating(ground, verdict, visit, schedule)]
    anchor, _ = moment(schedule.after, ground, visit)
    if anchor is None or _done(ground, verdict, visit, anchor):
        return []
    opens_at = anchor + schedule.opens.delta if schedule.opens else anchor
    due_at = anchor + schedule.within.delta if schedule.within else opens_at
    return [_due_at(ground, verdict, visit, due_at, due_at, opens_at)]


def _repeating(ground: Ground, verdict: Verdict, visit: Visit | None, schedule: Schedule) -> Due:
    assert schedule.every is not None
    begun = visit.phase_since if visit else ground.course.since or ground.now
    times = [_latest_taken(ground, fact, visit) for fact in schedule.facts]
    taken = [at for at in times if at is not None]
    if len(taken) == len(times) and taken:
        due_at = min(taken) + schedule.every.delta
    else:
        due_at = begun + schedule.every.delta if visit else begun
    late_at = due_at + schedule.grace.delta if schedule.grace else due_at
    return _due_at(ground, verdict, visit, due_at, late_at, due_at)


def _latest_taken(ground: Ground, fact: str, visit: Visit | None) -> datetime | None:
    """When the fact was latest recorded so that rules can rest on it, or said to be refused or not taken: either satisfies its clock."""
    visit_id = visit.id if visit else None
    taken = latest_usable(ground.series(fact, visit_id))
    skipped = [t.event.occurred_at for t in ground.skipped.get(fact, ()) if t.event.occurred_at <= ground.now and (visit_id is None or t.visit == visit_id)]
    return max([*skipped, *([taken] if taken else [])], default=None)


def _done(ground: Ground, verdict: Verdict, visit: Visit | None, anchor: datetime) -> bool:
    """A duty is done when somebody was reached for it, for this visit where there is one."""
    return any(
        payload.duty == verdict.rule.id and payload.how != "no-answer" and (payload.visit == visit.id if visit else event.occurred_at >= anchor)
        for event, payload in ground.history.all(ContactMade)
    )


def _due_at(ground: Ground, verdict: Verdict, visit: Visit | None, due_at: datetime, late_at: datetime, opens_at: datetime) -> Due:
    schedule = verdict.rule.schedule
    assert schedule is not None
    return Due(schedule.do, schedule.owner, due_at, state_at(ground.now, late_at, opens_at), verdict.rule, visit.id if visit else None,
               facts=schedule.facts, opens_at=opens_at, late_at=late_at)  # fmt: skip


def state_at(now: datetime, late_at: datetime, opens_at: datetime) -> DueState:
    """Ahead until it opens, due until it is late."""
    if now >= late_at:
        return DueState.LATE
    return DueState.DUE if now >= opens_at else DueState.AHEAD


def _tasks(ground: Ground) -> list[Due]:
    closed = {payload.task for _, payload in ground.history.all(TaskClosed)}
    opened = [(event, payload) for event, payload in ground.history.all(TaskOpened) if payload.task not in closed]
    return [
        Due(
            task.what,
            task.owner,
            task.due_at,
            DueState.LATE if ground.now >= task.due_at else DueState.DUE,
            visit=task.visit,
            task=task.task,
            urgent=task.urgent,
            late_at=task.due_at,
        )
        for _, task in opened
    ]
