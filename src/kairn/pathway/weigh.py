"""Weigh one condition on one ground: an answer, what it rests on, and when it may change by itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import assert_never

from kairn.library.facts import FACTS
from kairn.pathway.ground import Ground, found_in, latest_of, value_of
from kairn.pathway.happenings import count_of, happening, moment
from kairn.pathway.standing import Finding, FindingState, Visit
from kairn.protocol.conditions import (
    Age,
    AnyOf,
    AtLeast,
    AtMost,
    Between,
    ChangeFromBaseline,
    Condition,
    Count,
    EveryOf,
    Happened,
    Is,
    Known,
    Listed,
    Not,
    Repeated,
    Since,
)  # fmt: skip
from kairn.terms.answer import Answer, any_of, every
from kairn.terms.quantity import Quantity

REVIEWS = {"conditions": "conditions_reviewed", "medicines": "medicines_reviewed", "allergies": "allergies_reviewed"}


@dataclass(frozen=True)
class Weighed:
    """An answer, its findings, and the moments after now at which it may change with no new event."""

    answer: Answer
    findings: tuple[Finding, ...] = ()
    changes: tuple[datetime, ...] = ()


def weigh(condition: Condition, ground: Ground, visit: Visit | None) -> Weighed:
    """Weigh a condition for a visit, or for the course when visit is None."""
    match condition:
        case AtMost() | AtLeast() | Between():
            return _compare(condition, ground, visit)
        case Is():
            return _chosen(condition, ground, visit)
        case Known():
            found = _look(condition, ground, visit)
            return _weighed(Answer.of(True) if found.state is FindingState.GOOD else Answer.UNKNOWN, [found], ground)
        case ChangeFromBaseline():
            return _change(condition, ground, visit)
        case Repeated():
            return _repeated(condition, ground, visit)
        case Listed():
            return _listed(condition, ground)
        case Age():
            return _age(condition, ground)
        case Since():
            return _since(condition, ground, visit)
        case Happened():
            return _happened(condition, ground, visit)
        case Count():
            return _count(condition, ground)
        case EveryOf(of):
            return _join(every, [weigh(inner, ground, visit) for inner in of])
        case AnyOf(of):
            return _join(any_of, [weigh(inner, ground, visit) for inner in of])
        case Not(of):
            inner = weigh(of, ground, visit)
            return Weighed(~inner.answer, inner.findings, inner.changes)
        case _:
            assert_never(condition)


def _join(combine: object, parts: list[Weighed]) -> Weighed:
    answers = [part.answer for part in parts]
    answer = every(answers) if combine is every else any_of(answers)
    return Weighed(answer, tuple(f for part in parts for f in part.findings), tuple(c for part in parts for c in part.changes))


def _weighed(answer: Answer, findings: Iterable[Finding], ground: Ground) -> Weighed:
    found = tuple(findings)
    stale = [f.good_until for f in found if f.good_until is not None and f.good_until > ground.now]
    return Weighed(answer, found, tuple(stale))


def _look(condition: AtMost | AtLeast | Between | Is | Known, ground: Ground, visit: Visit | None) -> Finding:
    if condition.this_visit and visit is None:
        return Finding(condition.fact, FindingState.MISSING)
    return ground.finding(condition.fact, condition.within, visit.id if condition.this_visit and visit else None)


def _compare(condition: AtMost | AtLeast | Between, ground: Ground, visit: Visit | None) -> Weighed:
    found = _look(condition, ground, visit)
    if found.state is not FindingState.GOOD:
        return _weighed(Answer.UNKNOWN, [found], ground)
    taken = next(t for t in reversed(ground.series(condition.fact, None)) if t.event.id == found.event and t.reading.value == found.value)
    value = value_of(taken)
    assert value is not None
    return _weighed(Answer.of(_holds(condition, value)), [found], ground)


def _holds(condition: AtMost | AtLeast | Between, value: Decimal) -> bool:
    match condition:
        case AtMost(fact, limit):
            return value <= _in(limit, fact)
        case AtLeast(fact, limit):
            return value >= _in(limit, fact)
        case Between(fact, low, high):
            return _in(low, fact) <= value <= _in(high, fact)
        case _:
            assert_never(condition)


def _in(limit: Quantity, fact: str) -> Decimal:
    exact = limit.to(FACTS[fact].unit)
    return Decimal(exact.numerator) / Decimal(exact.denominator)


def _chosen(condition: Is, ground: Ground, visit: Visit | None) -> Weighed:
    found = _look(condition, ground, visit)
    if found.state is not FindingState.GOOD:
        return _weighed(Answer.UNKNOWN, [found], ground)
    return _weighed(Answer.of(found.value in condition.values), [found], ground)


def _change(condition: ChangeFromBaseline, ground: Ground, visit: Visit | None) -> Weighed:
    missing = Finding(condition.fact, FindingState.MISSING)
    if visit is None or visit.infusion_started is None:
        return _weighed(Answer.UNKNOWN, [missing], ground)
    series = ground.series(condition.fact, visit.id)
    before = [taken for taken in series if taken.event.occurred_at <= visit.infusion_started]
    if not before:
        return _weighed(Answer.UNKNOWN, [missing], ground)
    findings = [latest_of(before, None, ground.now), latest_of(series, condition.within, ground.now)]
    first, latest = value_of(before[-1]), value_of(series[-1])
    if first is None or latest is None or any(found.state is not FindingState.GOOD for found in findings):
        return _weighed(Answer.UNKNOWN, findings, ground)
    return _weighed(Answer.of(latest - first <= _in(condition.rise_at_most, condition.fact)), findings, ground)


def _repeated(condition: Repeated, ground: Ground, visit: Visit | None) -> Weighed:
    inner = condition.of
    latest = weigh(inner, ground, visit)
    if latest.answer is not Answer.YES:
        return latest
    series = ground.series(inner.fact, visit.id if inner.this_visit and visit else None)
    run = []
    for taken in reversed(series):
        value = value_of(taken)
        if value is None or not _holds(inner, value):
            break
        run.append(taken)
    spread = run[0].event.occurred_at - run[-1].event.occurred_at
    enough = len(run) >= condition.times and spread >= condition.apart.delta * (condition.times - 1)
    findings = [*latest.findings, *(found_in(taken, inner.within, ground.now) for taken in run[1 : condition.times])]
    return Weighed(Answer.of(enough), tuple(findings), latest.changes)


def _listed(condition: Listed, ground: Ground) -> Weighed:
    entries = ground.listed(condition.code_set)
    if entries:
        findings = [
            Finding(condition.code_set, FindingState.GOOD, event.id, code.display or code.code, "", event.occurred_at, None, event.by.name)
            for event, code in entries
        ]
        return Weighed(Answer.YES, tuple(findings))
    reviewed = ground.finding(REVIEWS[condition.what], condition.within, None)
    looked = reviewed.state is FindingState.GOOD and reviewed.value == "yes"
    return _weighed(Answer.NO if looked else Answer.UNKNOWN, [reviewed], ground)


def _age(condition: Age, ground: Ground) -> Weighed:
    found = ground.finding("birth_date", None, None)
    if found.state is not FindingState.GOOD:
        return _weighed(Answer.UNKNOWN, [found], ground)
    try:
        born = datetime.fromisoformat(found.value).replace(tzinfo=ground.now.tzinfo)
    except ValueError:
        return _weighed(Answer.UNKNOWN, [found], ground)
    years = _years(born, ground.now)
    answer = Answer.of(condition.low.to("a") <= years <= condition.high.to("a"))
    return Weighed(answer, (found,), (_birthday(born, born.year + years + 1),))


def _years(born: datetime, now: datetime) -> int:
    return now.year - born.year - ((now.month, now.day) < (born.month, born.day))


def _birthday(born: datetime, year: int) -> datetime:
    """The start of the birthday in that year; a leap-day birthday falls on 1 March in other years."""
    try:
        return born.replace(year=year)
    except ValueError:
        return born.replace(year=year, month=born.month + 1, day=1)


def _since(condition: Since, ground: Ground, visit: Visit | None) -> Weighed:
    at, event = moment(condition.moment, ground, visit)
    if at is None:
        return Weighed(Answer.UNKNOWN, (Finding(condition.moment, FindingState.MISSING),))
    length = condition.at_least or condition.at_most
    assert length is not None
    threshold = at + length.delta
    passed = ground.now >= threshold
    found = Finding(condition.moment, FindingState.GOOD, event, at.isoformat(), "", at)
    return Weighed(Answer.of(passed is (condition.at_least is not None)), (found,), (threshold,) if threshold > ground.now else ())


def _happened(condition: Happened, ground: Ground, visit: Visit | None) -> Weighed:
    answer, events = happening(condition.what, ground, visit)
    within = condition.within
    findings = [
        Finding(
            condition.what,
            FindingState.STALE if within and ground.now >= event.occurred_at + within.delta else FindingState.GOOD,
            event.id, "", "", event.occurred_at, event.occurred_at + within.delta if within else None, event.by.name,
        )
        for event in events
    ]  # fmt: skip
    if answer is Answer.YES and within and not any(f.state is FindingState.GOOD for f in findings):
        answer = Answer.UNKNOWN
    return _weighed(answer, findings or [Finding(condition.what, FindingState.MISSING)], ground)


def _count(condition: Count, ground: Ground) -> Weighed:
    events = count_of(condition.what, ground)
    window = condition.window.delta if condition.window else None
    inside = [event for event in events if window is None or event.occurred_at > ground.now - window]
    findings = tuple(Finding(condition.what, FindingState.GOOD, event.id, "", "", event.occurred_at, None, event.by.name) for event in inside)
    leaving = tuple(event.occurred_at + window for event in inside) if window else ()
    return Weighed(Answer.of(len(inside) <= condition.at_most), findings, leaving)
