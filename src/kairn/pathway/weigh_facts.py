"""Weigh conditions on facts: a value against limits, a choice, a band, a change, a run of readings, an age."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import assert_never

from kairn.instruments.definition import INSTRUMENTS
from kairn.instruments.score import may_answer, part_of
from kairn.library.facts import FACTS
from kairn.pathway.ground import Ground
from kairn.pathway.standing import Finding, FindingState, Visit
from kairn.pathway.taken import Taken, found_in, latest_of, value_of
from kairn.pathway.weighed import Weighed, resting_on
from kairn.protocol.conditions import Age, AnyOf, AtLeast, AtMost, Band, Between, Change, Is, Known, Repeated
from kairn.terms.answer import Answer, any_of
from kairn.terms.quantity import Quantity, unit_of

Comparison = AtMost | AtLeast | Between


def weigh_known(condition: Known, ground: Ground, visit: Visit | None) -> Weighed:
    """Known is yes or unknown, never no: what is not known may still be so."""
    found = _look(condition, ground, visit)
    return resting_on(Answer.YES if found.state is FindingState.GOOD else Answer.UNKNOWN, [found], ground.now)


def weigh_comparison(condition: Comparison, ground: Ground, visit: Visit | None) -> Weighed:
    """The latest value against its limits."""
    found = _look(condition, ground, visit)
    if found.state is not FindingState.GOOD:
        return resting_on(Answer.UNKNOWN, [found], ground.now)
    taken = next(t for t in reversed(ground.series(condition.fact, None)) if t.event.id == found.event and t.reading.value == found.value)
    value = value_of(taken)
    assert value is not None
    return resting_on(Answer.of(_holds(condition, value)), [found], ground.now)


def weigh_choice(condition: Is, ground: Ground, visit: Visit | None) -> Weighed:
    """The latest choice among those named."""
    found = _look(condition, ground, visit)
    answer = Answer.of(found.value in condition.values) if found.state is FindingState.GOOD else Answer.UNKNOWN
    return resting_on(answer, [found], ground.now)


def weigh_band(condition: Band, ground: Ground, visit: Visit | None) -> Weighed:
    """The band of the latest complete answering; unknown where the answers give none."""
    wanted = visit.id if condition.this_visit and visit else None
    scored = ground.scored(condition.instrument, wanted) if visit or not condition.this_visit else []
    if not scored:
        return Weighed(Answer.UNKNOWN, (Finding(condition.instrument, FindingState.MISSING),))
    event, answered, score = scored[-1]
    band = part_of(score, "band") or ""
    usable = band != "" and may_answer(INSTRUMENTS[condition.instrument], answered.wording, "band", band)
    until = event.occurred_at + condition.within.delta if condition.within else None
    state = FindingState.STALE if until and ground.now >= until else FindingState.GOOD if usable else FindingState.UNUSABLE
    found = Finding(condition.instrument, state, event.id, band, "", event.occurred_at, until, event.by.name)
    return resting_on(Answer.of(band in condition.bands) if state is FindingState.GOOD else Answer.UNKNOWN, [found], ground.now)


def _look(condition: Comparison | Is | Known, ground: Ground, visit: Visit | None) -> Finding:
    if condition.this_visit and visit is None:
        return Finding(condition.fact, FindingState.MISSING)
    return ground.finding(condition.fact, condition.within, visit.id if condition.this_visit and visit else None)


def _holds(condition: Comparison, value: Decimal) -> bool:
    match condition:
        case AtMost(fact, limit):
            return value <= _in(limit, fact)
        case AtLeast(fact, limit):
            return value >= _in(limit, fact)
        case Between(fact, low, high):
            return _in(low, fact) <= value <= _in(high, fact)
        case _:
            assert_never(condition)


@cache
def _in(limit: Quantity, fact: str) -> Decimal:
    exact = limit.to(FACTS[fact].unit)
    return Decimal(exact.numerator) / Decimal(exact.denominator)


def weigh_change(condition: Change, ground: Ground, visit: Visit | None) -> Weighed:
    """The latest value against the one before this infusion, or before the first infusion of all."""
    start = _baseline_ends(condition, ground, visit)
    series = ground.series(condition.fact, visit.id if condition.since == "infusion" and visit else None)
    before = [taken for taken in series if start is not None and taken.event.occurred_at <= start]
    if not before or (condition.since == "series" and series[-1] is before[-1]):
        return Weighed(Answer.UNKNOWN, (Finding(condition.fact, FindingState.MISSING),))
    findings = [latest_of(before, None, ground.now), latest_of(series, condition.within, ground.now)]
    first, latest = value_of(before[-1]), value_of(series[-1])
    if first is None or latest is None or any(found.state is not FindingState.GOOD for found in findings):
        return resting_on(Answer.UNKNOWN, findings, ground.now)
    return resting_on(_changed(condition, first, latest), findings, ground.now)


def _baseline_ends(condition: Change, ground: Ground, visit: Visit | None) -> datetime | None:
    if condition.since == "infusion":
        return visit.infusion_started if visit else None
    return min((each.infusion_started for each in ground.visits if each.infusion_started), default=None)


def _changed(condition: Change, first: Decimal, latest: Decimal) -> Answer:
    change = Fraction(latest - first if condition.direction == "rise" else first - latest)
    if not condition.relative:
        amount = condition.amount.to(FACTS[condition.fact].unit)
    elif first == 0:
        return Answer.UNKNOWN
    else:
        amount = Fraction(condition.amount.value) * unit_of(condition.amount.unit)[1] * Fraction(first)
    return Answer.of(change >= amount if condition.at_least else change <= amount)


def weigh_repeated(condition: Repeated, ground: Ground, visit: Visit | None) -> Weighed:
    """Successive sets of readings, latest first, each of which meets the comparison (or one of several), as long as they do."""
    parts = _comparisons(condition)
    latest = _any([weigh_comparison(part, ground, visit) for part in parts])
    if condition.ever:
        return _ever(condition, latest, ground, visit)
    if latest.answer is not Answer.YES:
        return latest
    run = run_of(condition, ground, visit)
    return Weighed(Answer.of(_enough(condition, run)), (*latest.findings, *run[1 : condition.times]), latest.changes)


def run_of(condition: Repeated, ground: Ground, visit: Visit | None) -> list[Finding]:
    """The latest sets of readings that each meet the comparison, latest first, up to one that does not. Half a set that meets none says nothing."""
    parts, run = _comparisons(condition), list[Finding]()
    for at in sorted({taken.event.occurred_at for part in parts for taken in _of(part, ground, visit)}, reverse=True):
        here = [(part, taken) for part in parts for taken in _of(part, ground, visit) if taken.event.occurred_at == at]
        met = [found_in(taken, None, ground.now) for part, taken in here if _met(part, taken)]
        if met:
            run.append(met[0])
        elif _whole(parts, [taken for _, taken in here]):
            break
    return run


def _enough(condition: Repeated, run: list[Finding]) -> bool:
    """Whether a run of findings, latest or oldest first, is as many and as far apart as asked."""
    times = [found.at for found in run if found.at is not None]
    return len(run) >= condition.times and abs(times[0] - times[-1]) >= condition.apart.delta * (condition.times - 1)


def _ever(condition: Repeated, latest: Weighed, ground: Ground, visit: Visit | None) -> Weighed:
    """A run that was once enough stands while its readings do; without one the latest readings say no, or that it is not known."""
    if visit is None and any(part.this_visit for part in _comparisons(condition)):
        return latest
    stood, run = list[Finding](), list[Finding]()
    for good, whole in _sets(condition, ground, visit):
        run = [*run, good[0]] if good else [] if whole else run
        stood = run if run and _enough(condition, run) else stood
    if stood:
        return resting_on(Answer.YES, stood, ground.now)
    return Weighed(Answer.UNKNOWN if latest.answer is Answer.UNKNOWN else Answer.NO, latest.findings, latest.changes)


def _sets(condition: Repeated, ground: Ground, visit: Visit | None) -> list[tuple[list[Finding], bool]]:
    """Sets of readings taken together, oldest first: of each, the findings that still stand and meet a comparison, and whether it is whole."""
    taken = [(part, one) for part in _comparisons(condition) for one in _of(part, ground, visit)]
    found = [(one.event.occurred_at, part, one, found_in(one, part.within, ground.now)) for part, one in taken]
    return [
        (
            [finding for when, part, one, finding in found if when == at and finding.state is FindingState.GOOD and _met(part, one)],
            _whole(_comparisons(condition), [one for when, _, one, _ in found if when == at]),
        )
        for at in sorted({when for when, *_ in found})
    ]


def _whole(parts: list[Comparison], taken: list[Taken]) -> bool:
    """Whether a set has a value of every fact that is compared: a systolic alone speaks neither for nor against the diastolic beside it."""
    return {part.fact for part in parts} <= {one.reading.fact for one in taken if value_of(one) is not None}


def _comparisons(condition: Repeated) -> list[Comparison]:
    of = condition.of.of if isinstance(condition.of, AnyOf) else (condition.of,)
    return [part for part in of if isinstance(part, AtMost | AtLeast | Between)]


def _of(part: Comparison, ground: Ground, visit: Visit | None) -> list[Taken]:
    return ground.series(part.fact, visit.id if part.this_visit and visit else None)


def _met(part: Comparison, taken: Taken) -> bool:
    value = value_of(taken)
    return value is not None and _holds(part, value)


def _any(parts: list[Weighed]) -> Weighed:
    return Weighed(any_of(p.answer for p in parts), tuple(f for p in parts for f in p.findings), tuple(c for p in parts for c in p.changes))


def weigh_age(condition: Age, ground: Ground) -> Weighed:
    """Completed years; unknown without a date of birth that can be read."""
    found = ground.finding("birth_date", None, None)
    if found.state is not FindingState.GOOD:
        return resting_on(Answer.UNKNOWN, [found], ground.now)
    try:
        born = datetime.fromisoformat(found.value).replace(tzinfo=ground.now.tzinfo)
    except ValueError:
        return resting_on(Answer.UNKNOWN, [found], ground.now)
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
