"""Rules as functions made ready once: limits in the fact's own unit, each value read once; rare conditions are weighed plainly."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from kairn.pathway.assess import _override
from kairn.pathway.compiled_index import IndexedGround, taken_at
from kairn.pathway.standing import Finding, FindingState, Verdict, Visit
from kairn.pathway.weigh import raised, weigh
from kairn.pathway.weigh_facts import _changed, _in
from kairn.pathway.weigh_record import _at_most
from kairn.pathway.weighed import Weighed, resting_on
from kairn.protocol.conditions import AnyOf, AtLeast, AtMost, Between, Change, Condition, Count, EveryOf, Is, Known, Not, Repeated
from kairn.protocol.rule import Rule, RuleKind
from kairn.protocol.words import READINGS
from kairn.terms.answer import Answer

Weigh = Callable[[IndexedGround, Visit | None], Weighed]
Judge = Callable[[IndexedGround, Visit | None], tuple[Verdict, tuple[datetime, ...]]]

YES = Weighed(Answer.YES)


def judge_of(rule: Rule, *, lasting: bool = False) -> Judge:
    """A rule as a function of ground and visit: its verdict, and the moments at which that may change by itself.

    What a device shows is looked at plainly, and only by a hold that people's readings do not raise; never where the stop would be `lasting`.
    """
    device = rule.kind is RuleKind.HOLD and not lasting
    applies, condition = (_made_ready(part) if part else None for part in (rule.applies, rule.condition))

    def judge(ground: IndexedGround, visit: Visit | None) -> tuple[Verdict, tuple[datetime, ...]]:
        whom = applies(ground, visit) if applies else YES
        what = condition(ground, visit) if condition else YES
        if device and rule.condition and what.answer is not Answer.YES and ground.watched:
            what = raised(what, weigh(rule.condition, ground.watched, visit))
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
            return _looked(condition, lambda value, found: Answer.of(found.value in condition.values))
        case Known():
            return _looked(condition, lambda value, found: Answer.YES)
        case Change(since="infusion"):
            return _change(condition)
        case Count(what) if what.endswith(READINGS):
            return _readings_counted(condition)
        case Repeated():
            return _repeated(condition)
        case EveryOf(of):
            parts = [_made_ready(part) for part in of]
            return lambda ground, visit: _joined(_every, [part(ground, visit) for part in parts])
        case AnyOf(of):
            parts = [_made_ready(part) for part in of]
            return lambda ground, visit: _joined(_any, [part(ground, visit) for part in parts])
        case Not(of):
            return _opposite(_made_ready(of))
        case _:
            return lambda ground, visit: weigh(condition, ground, visit)


def _joined(combine: Callable[[list[Answer]], Answer], parts: list[Weighed]) -> Weighed:
    findings, changes = list[Finding](), list[datetime]()
    for part in parts:
        findings += part.findings
        changes += part.changes
    return Weighed(combine([part.answer for part in parts]), tuple(findings), tuple(changes))


def _every(answers: list[Answer]) -> Answer:
    return Answer.NO if Answer.NO in answers else Answer.UNKNOWN if Answer.UNKNOWN in answers else Answer.YES


def _any(answers: list[Answer]) -> Answer:
    return Answer.YES if Answer.YES in answers else Answer.UNKNOWN if Answer.UNKNOWN in answers else Answer.NO


def _opposite(inner: Weigh) -> Weigh:
    def weighed(ground: IndexedGround, visit: Visit | None) -> Weighed:
        found = inner(ground, visit)
        return Weighed(~found.answer, found.findings, found.changes)

    return weighed


def _comparison(condition: AtMost | AtLeast | Between, low: Decimal | None, high: Decimal | None) -> Weigh:
    def answered(value: Decimal | None, found: Finding) -> Answer:
        assert value is not None
        return Answer.YES if (low is None or low <= value) and (high is None or value <= high) else Answer.NO

    return _looked(condition, answered)


def _looked(condition: AtMost | AtLeast | Between | Is | Known, answered: Callable[[Decimal | None, Finding], Answer]) -> Weigh:
    """Look the fact up; what is not good is unknown."""
    fact, here = condition.fact, condition.this_visit
    within = condition.within.delta if condition.within else None
    missing = Weighed(Answer.UNKNOWN, (Finding(fact, FindingState.MISSING),))

    def weighed(ground: IndexedGround, visit: Visit | None) -> Weighed:
        if here and visit is None:
            return missing
        found, value = ground.look(fact, within, visit if here else None)
        until = found.good_until
        changes = (until,) if until is not None and until > ground.now else ()
        return Weighed(answered(value, found) if found.state is FindingState.GOOD else Answer.UNKNOWN, (found,), changes)

    return weighed


def _readings_counted(condition: Count) -> Weigh:
    """Only readings inside the window, or after the latest reading it counts from, are gone through."""
    fact, window, since = condition.what.removesuffix(READINGS), condition.window.delta if condition.window else None, condition.since

    def weighed(ground: IndexedGround, visit: Visit | None) -> Weighed:
        series = ground.series(fact, None)
        begun = ground.series(since, None) if since else []
        after = [at for at in (ground.now - window if window else None, taken_at(begun[-1]) if begun else None) if at is not None]
        counted = series[bisect_right(series, max(after), key=taken_at) :] if after else series
        return _at_most(condition.what, [taken.event for taken in counted], condition.at_most, condition.window, ground)

    return weighed


def _repeated(condition: Repeated) -> Weigh:
    """Only when the latest reading meets the comparison are the ones before it looked at, unless any run counts."""
    if condition.ever:
        return lambda ground, visit: weigh(condition, ground, visit)
    latest = _made_ready(condition.of)

    def weighed(ground: IndexedGround, visit: Visit | None) -> Weighed:
        found = latest(ground, visit)
        return found if found.answer is not Answer.YES else weigh(condition, ground, visit)

    return weighed


def _change(condition: Change) -> Weigh:
    """From the latest reading before this visit's infusion."""
    fact, within = condition.fact, condition.within.delta if condition.within else None
    missing = Weighed(Answer.UNKNOWN, (Finding(fact, FindingState.MISSING),))

    def weighed(ground: IndexedGround, visit: Visit | None) -> Weighed:
        if visit is None or visit.infusion_started is None:
            return missing
        series = ground.series(fact, visit.id)
        before = series[: bisect_right(series, visit.infusion_started, key=taken_at)]
        if not before:
            return missing
        (begun, first), (found, latest) = ground.latest(before, None), ground.look(fact, within, visit)
        usable = begun.state is FindingState.GOOD and found.state is FindingState.GOOD
        answer = _changed(condition, first, latest) if usable and first is not None and latest is not None else Answer.UNKNOWN
        return resting_on(answer, [begun, found], ground.now)

    return weighed
