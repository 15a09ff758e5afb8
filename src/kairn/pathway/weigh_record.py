"""Weigh conditions on the record: lists of the chart, moments, use, medicines given, happenings and counts."""

from __future__ import annotations

from datetime import datetime, timedelta

from kairn.library.medicines import recognised
from kairn.library.substances import SUBSTANCES
from kairn.pathway.counted import names
from kairn.pathway.ground import Ground
from kairn.pathway.happenings import count_of, happening, moment
from kairn.pathway.standing import Finding, FindingState, Visit
from kairn.pathway.weighed import Weighed, resting_on
from kairn.protocol.conditions import Count, Given, Happened, Listed, Since, SinceUse, Unrecognised
from kairn.record.event import Event
from kairn.record.payloads import Coding, DrugGiven
from kairn.record.payloads_care import MedicineTaken, UseReported
from kairn.terms.answer import Answer, every
from kairn.terms.times import Duration

REVIEWS = {"conditions": "conditions_reviewed", "medicines": "medicines_reviewed", "allergies": "allergies_reviewed"}


def weigh_listed(condition: Listed, ground: Ground) -> Weighed:
    """An entry of the set is yes; none is no only on a list that somebody reviewed."""
    return _entries(condition.code_set, ground.listed(condition.code_set), condition.what, condition.within, ground)


def weigh_unrecognised(condition: Unrecognised, ground: Ground) -> Weighed:
    """An active medicine the books do not name is yes."""
    strange = [(event, code) for event, code in ground.active("medicines") if not recognised(code.system, code.code, code.display)]
    return _entries("medicine-unrecognised", strange, "medicines", condition.within, ground)


def _entries(name: str, entries: list[tuple[Event, Coding]], what: str, within: Duration | None, ground: Ground) -> Weighed:
    if entries:
        shown = [Finding(name, FindingState.GOOD, event.id, code.display or code.code, "", event.occurred_at, None, event.by.name) for event, code in entries]
        return Weighed(Answer.YES, tuple(shown))
    reviewed = ground.finding(REVIEWS[what], within, None)
    looked = reviewed.state is FindingState.GOOD and reviewed.value == "yes"
    return resting_on(Answer.NO if looked else Answer.UNKNOWN, [reviewed], ground.now)


def weigh_since(condition: Since, ground: Ground, visit: Visit | None) -> Weighed:
    """Time since a moment; unknown while it has not been."""
    at, event = moment(condition.moment, ground, visit)
    if at is None:
        return Weighed(Answer.UNKNOWN, (Finding(condition.moment, FindingState.MISSING),))
    length = condition.at_least or condition.at_most
    assert length is not None
    threshold = at + length.delta
    passed = ground.now >= threshold
    found = Finding(condition.moment, FindingState.GOOD, event, at.isoformat(), "", at)
    return Weighed(Answer.of(passed is (condition.at_least is not None)), (found,), (threshold,) if threshold > ground.now else ())


def weigh_since_use(condition: SinceUse, ground: Ground) -> Weighed:
    """Time since the latest use of any substance of a class; each must have been asked about lately enough."""
    length = condition.at_least or condition.at_most
    assert length is not None
    names = [substance.name for substance in SUBSTANCES.values() if substance.of_class == condition.substance_class]
    parts = [_clear_of(name, length.delta, condition.within, ground) for name in names]
    clear = every(part.answer for part in parts)
    findings, changes = tuple(f for part in parts for f in part.findings), tuple(c for part in parts for c in part.changes)
    return Weighed(clear if condition.at_least else ~clear, findings, changes)


def _clear_of(substance: str, length: timedelta, within: Duration | None, ground: Ground) -> Weighed:
    """Whether at least `length` has passed since this substance was used, as the person says."""
    told = [(e, p) for e, p in ground.history.all(UseReported) if p.substance == substance and e.occurred_at <= ground.now]
    reports = sorted(told, key=lambda one: (one[0].occurred_at, one[0].id.int))
    if not reports:
        return Weighed(Answer.UNKNOWN, (Finding(f"use of {substance}", FindingState.MISSING),))
    event, latest = reports[-1]
    used = max((p.latest_at for _, p in reports if p.latest_at), default=None)
    until = event.occurred_at + within.delta if within else None
    stale = until is not None and ground.now >= until
    asked = latest.never or latest.latest_at is not None
    state = FindingState.STALE if stale else FindingState.GOOD if asked else FindingState.UNUSABLE
    said = used.isoformat() if used else "never" if latest.never else ""
    found = Finding(f"use of {substance}", state, event.id, said, "", event.occurred_at, until, event.by.name)
    if used and ground.now < used + length:
        return resting_on(Answer.NO, [found], ground.now, [used + length])
    return resting_on(Answer.YES if state is FindingState.GOOD else Answer.UNKNOWN, [found], ground.now)


def weigh_given(condition: Given, ground: Ground, visit: Visit | None) -> Weighed:
    """Doses given in a window, or at this visit."""
    if condition.window is None and visit is None:
        return Weighed(Answer.UNKNOWN, (Finding(condition.drug, FindingState.MISSING),))
    here = None if condition.window or visit is None else visit.id
    given = [event for event, payload in ground.history.all(DrugGiven) if names(payload.drug, condition.drug) and here in (None, payload.visit)]
    given += [event for event, payload in ground.history.all(MedicineTaken) if condition.window and names(payload.drug, condition.drug)]
    return _at_most(condition.drug, given, condition.at_most, condition.window, ground)


def weigh_happened(condition: Happened, ground: Ground, visit: Visit | None) -> Weighed:
    """Whether a named thing is on record, and lately enough."""
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
    return resting_on(answer, findings or [Finding(condition.what, FindingState.MISSING)], ground.now)


def weigh_count(condition: Count, ground: Ground) -> Weighed:
    """How many there were, ever, in a window, or since the latest reading of a fact."""
    events = count_of(condition.what, ground)
    if condition.since:
        series = ground.series(condition.since, None)
        events = [event for event in events if not series or event.occurred_at > series[-1].event.occurred_at]
    return _at_most(condition.what, events, condition.at_most, condition.window, ground)


def _at_most(name: str, events: list[Event], cap: int, window: Duration | None, ground: Ground) -> Weighed:
    ordered = sorted((event for event in events if event.occurred_at <= ground.now), key=lambda e: (e.occurred_at, e.id.int))
    inside = [event for event in ordered if window is None or event.occurred_at > ground.now - window.delta]
    findings = tuple(Finding(name, FindingState.GOOD, event.id, "", "", event.occurred_at, None, event.by.name) for event in inside)
    leaving: list[datetime] = [event.occurred_at + window.delta for event in inside] if window else []
    return resting_on(Answer.of(len(inside) <= cap), findings, ground.now, leaving)
