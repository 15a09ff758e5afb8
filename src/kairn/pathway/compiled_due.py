"""Duties as functions made ready once: a repeating one looks only at the latest readings of each of its facts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from kairn.pathway.compiled_index import IndexedGround
from kairn.pathway.duties import _due, _due_at
from kairn.pathway.standing import Due, Verdict, Visit
from kairn.pathway.taken import latest_usable
from kairn.protocol.rule import Rule, RuleKind
from kairn.terms.answer import Answer

DueInOrder = tuple[datetime, str, str, Due]
"""What is due with what `dues_of` sorts it by."""
Dues = Callable[[IndexedGround, Verdict, Visit | None], list[DueInOrder]]


def in_order(due: Due) -> DueInOrder:
    """What is due, ready to be sorted."""
    return due.due_at, due.what, str(due.visit) if due.visit else "None", due


def dues_of_rule(rule: Rule) -> Dues | None:
    """What a duty asks for on a ground, given its verdict there; None for a rule that is no duty."""
    if rule.kind is not RuleKind.DUTY or rule.schedule is None:
        return None
    made = _repeating(rule) if rule.schedule.every else _due

    def dues(ground: IndexedGround, verdict: Verdict, visit: Visit | None) -> list[DueInOrder]:
        return [] if verdict.applies is Answer.NO else [in_order(due) for due in made(ground, verdict, visit)]

    return dues


def _repeating(rule: Rule) -> Callable[[IndexedGround, Verdict, Visit | None], list[Due]]:
    schedule = rule.schedule
    assert schedule is not None and schedule.every is not None
    every, grace = schedule.every.delta, schedule.grace.delta if schedule.grace else None

    def dues(ground: IndexedGround, verdict: Verdict, visit: Visit | None) -> list[Due]:
        begun = visit.phase_since if visit else ground.course.since or ground.now
        taken = [_latest_taken(ground, fact, visit.id if visit else None) for fact in schedule.facts]
        known = [at for at in taken if at is not None]
        due_at = min(known) + every if known and len(known) == len(taken) else begun + every if visit else begun
        return [_due_at(ground, verdict, visit, due_at, due_at + grace if grace is not None else due_at, due_at)]

    return dues


def _latest_taken(ground: IndexedGround, fact: str, visit: UUID | None) -> datetime | None:
    """When the fact was latest recorded so that rules can rest on it, or said to be refused or not taken."""
    taken = latest_usable(ground.series(fact, visit))
    skipped = (t.event.occurred_at for t in ground.skipped.get(fact, ()) if t.event.occurred_at <= ground.now and visit in (None, t.visit))
    said = max(skipped, default=None)
    return max(taken, said) if taken and said else taken or said
