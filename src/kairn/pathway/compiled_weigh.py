"""The commonest conditions as functions made ready once: limits in the fact's own unit, each value read once; the rarer ones are weighed plainly."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from kairn.pathway.assess import _override
from kairn.pathway.compiled_index import IndexedGround
from kairn.pathway.standing import Finding, FindingState, Verdict, Visit
from kairn.pathway.weigh import _join, weigh
from kairn.pathway.weigh_facts import _in
from kairn.pathway.weighed import Weighed
from kairn.protocol.conditions import AnyOf, AtLeast, AtMost, Between, Condition, EveryOf, Is, Known, Not
from kairn.protocol.rule import Rule
from kairn.terms.answer import Answer, any_of, every

Weigh = Callable[[IndexedGround, Visit | None], Weighed]
Judge = Callable[[IndexedGround, Visit | None], tuple[Verdict, tuple[datetime, ...]]]
Looked = AtMost | AtLeast | Between | Is | Known

YES = Weighed(Answer.YES)


def judge_of(rule: Rule) -> Judge:
    """A rule as a function of ground and visit: its verdict, and the moments at which that may change by itself."""
    applies, condition = (_made_ready(part) if part else None for part in (rule.applies, rule.condition))

    def judge(ground: IndexedGround, visit: Visit | None) -> tuple[Verdict, tuple[datetime, ...]]:
        whom = applies(ground, visit) if applies else YES
        what = condition(ground, visit) if condition else YES
        override = _override(rule, ground, visit) if rule.override else None
        changes = whom.changes + what.changes + ((override.expires_at,) if override else ())
        findings = what.findings if whom.answer is Answer.YES else whom.findings + what.findings
        return Verdict(rule, whom.answer, what.answer, findings, visit.id if visit else None, override), changes

    return judge


def _made_ready(condition: Condition) -> Weigh:
    match condition:
        case AtMost(fact, limit):
            return _comparison(condition, None, _in(limit, fact))
        case AtLeast(fact, limit):
            return _comparison(condition, _in(limit, fact), None)
        case Between(fact, low, high):
            return _comparison(condition, _in(low, fact), _in(high, fact))
        case Is():
            return _looked(condition, lambda ground, found: Answer.of(found.value in condition.values))
        case Known():
            return _looked(condition, lambda ground, found: Answer.YES)
        case EveryOf(of):
            parts = [_made_ready(part) for part in of]
            return lambda ground, visit: _join(every, (part(ground, visit) for part in parts))
        case AnyOf(of):
            parts = [_made_ready(part) for part in of]
            return lambda ground, visit: _join(any_of, (part(ground, visit) for part in parts))
        case Not(of):
            return _opposite(_made_ready(of))
        case _:
            return lambda ground, visit: weigh(condition, ground, visit)


def _opposite(inner: Weigh) -> Weigh:
    def weighed(ground: IndexedGround, visit: Visit | None) -> Weighed:
        found = inner(ground, visit)
        return Weighed(~found.answer, found.findings, found.changes)

    return weighed


def _comparison(condition: AtMost | AtLeast | Between, low: Decimal | None, high: Decimal | None) -> Weigh:
    def answered(ground: IndexedGround, found: Finding) -> Answer:
        value = ground.index.value(found.fact, found.value, found.unit)
        return Answer.of((low is None or low <= value) and (high is None or value <= high))

    return _looked(condition, answered)


def _looked(condition: Looked, answered: Callable[[IndexedGround, Finding], Answer]) -> Weigh:
    """Look the fact up; what is not good is unknown."""
    fact, within, here = condition.fact, condition.within, condition.this_visit
    missing = Weighed(Answer.UNKNOWN, (Finding(fact, FindingState.MISSING),))

    def weighed(ground: IndexedGround, visit: Visit | None) -> Weighed:
        if here and visit is None:
            return missing
        found = ground.finding(fact, within, visit.id if here and visit else None)
        until = found.good_until
        changes = (until,) if until is not None and until > ground.now else ()
        return Weighed(answered(ground, found) if found.state is FindingState.GOOD else Answer.UNKNOWN, (found,), changes)

    return weighed
