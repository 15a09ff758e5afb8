"""From when on a person can be called ready to go home: the criteria that wait for time alone, walked forward with nothing new said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never
from uuid import UUID, uuid5

import msgspec

from kairn.pathway.assess import _override, _verdict
from kairn.pathway.course import course_of, visits_of
from kairn.pathway.ground import Ground
from kairn.pathway.standing import Finding, Verdict, Visit
from kairn.pathway.weigh import weigh
from kairn.pathway.weigh_facts import run_of
from kairn.pathway.weighed import Weighed
from kairn.protocol.conditions import (
    Age,
    AnyOf,
    AtLeast,
    AtMost,
    Band,
    Between,
    Change,
    Condition,
    Count,
    EveryOf,
    Flagged,
    Given,
    Happened,
    Is,
    Known,
    Listed,
    Not,
    Repeated,
    Since,
    SinceUse,
    SomeOf,
    Unrecognised,
)  # fmt: skip
from kairn.protocol.rule import Protocol, Rule, RuleKind
from kairn.record.history import History
from kairn.record.payloads import PumpStopped
from kairn.terms.answer import Answer

UNDER_WAY = ("infusion", "recovery")
Leaf = AtMost | AtLeast | Between | Is | Band | Known | Change | Repeated | Listed | Unrecognised | Age | Since | SinceUse | Given | Happened | Count | Flagged
"""A condition that holds no other."""


@dataclass(frozen=True)
class Forecast:
    """Before `earliest` no protocol's clock has run out; None where time alone never opens what it keeps shut.

    `by` are the criteria whose clock runs out last, `waits` those with no yes now that time alone does not open, with what keeps them shut.
    `ends` is when the infusion ends by its order, where it has not ended yet.
    """

    earliest: datetime | None
    by: tuple[Rule, ...]
    waits: tuple[Verdict, ...]
    ends: datetime | None = None


@dataclass(frozen=True)
class Can:
    """What a condition can still become by what may be said, when its own clock is left as it is; and when that clock moves."""

    yes: bool = True
    no: bool = True
    changes: tuple[datetime, ...] = ()


def forecast(protocol: Protocol, history: History, now: datetime, visit: UUID, ends: datetime | None = None) -> Forecast | None:
    """The forecast for an infusion visit under way. While the pump is on it is made for a stop at `ends`. None where no stop is known."""
    found = next((one for one in visits_of(history) if one.id == visit), None)
    if found is None or found.phase not in UNDER_WAY or found.purpose != "infusion" or found.cancelled or course_of(history).stage == "died":
        return None
    if found.phase == "recovery" and found.infusion_ended:
        return _forecast(Ground(protocol, history, now, course_of(history), visits_of(history)), found, now)
    return _when_stopped(protocol, history, now, found, ends) if ends and found.phase == "infusion" else None


def _when_stopped(protocol: Protocol, history: History, now: datetime, visit: Visit, ends: datetime) -> Forecast:
    """The forecast as if the pump had been stopped then. What waits besides is not asked before that."""
    stop = msgspec.structs.replace(
        history.events[-1], id=uuid5(visit.id, "stop by order"), seq=history.seq + 1, occurred_at=ends, payload=PumpStopped(visit.id)
    )
    stopped = replace(visit, phase="recovery", phase_since=ends, infusion_ended=ends, pump="stopped")
    visits = tuple(stopped if one.id == visit.id else one for one in visits_of(history))
    ground = Ground(protocol, History((*history.events, stop)), max(now, ends), course_of(history), visits)
    return replace(_forecast(ground, stopped, now), waits=(), ends=ends)


def _forecast(ground: Ground, visit: Visit, now: datetime) -> Forecast:
    rules = [rule for rule in ground.protocol.rules if _asked(rule, ground)]
    earliest, by = _walked(rules, ground, visit, now)
    shut = [verdict for verdict in (_verdict(rule, ground, visit)[0] for rule in rules) if verdict.blocks]
    then = ground.at(earliest) if earliest else ground
    waits = [one for one in shut if _verdict(one.rule, then, visit)[0].blocks]
    return Forecast(earliest, tuple(by), tuple(replace(one, findings=_missed(one, ground, visit)) for one in waits))


def _missed(verdict: Verdict, ground: Ground, visit: Visit) -> tuple[Finding, ...]:
    """The findings of a rule that keep it shut, without those that answer as they should."""
    if verdict.applies is Answer.UNKNOWN or verdict.rule.condition is None:
        return verdict.findings
    return tuple(_against(verdict.rule.condition, ground, visit))


def _against(condition: Condition, ground: Ground, visit: Visit) -> Iterable[Finding]:
    weighed = weigh(condition, ground, visit)
    if weighed.answer is Answer.YES:
        return ()
    if isinstance(condition, EveryOf):
        return (finding for inner in condition.of for finding in _against(inner, ground, visit))
    # What happened speaks by its name, and its entry here speaks against that name.
    return () if isinstance(condition, Happened) else weighed.findings


def _asked(rule: Rule, ground: Ground) -> bool:
    """Whether a rule is a criterion of going home for somebody in this stage."""
    here = not rule.while_.stages or ground.course.stage in rule.while_.stages
    return rule.kind is RuleKind.GATE and rule.guards == "ready" and "recovery" in rule.while_.phases and here


def _walked(rules: Sequence[Rule], ground: Ground, visit: Visit, since: datetime) -> tuple[datetime | None, list[Rule]]:
    """The first moment at which no clock keeps any rule shut, and the rules whose clocks were the last."""
    at: datetime | None = ground.now
    latest: list[Rule] = []
    while at is not None:
        here = ground.at(at)
        shut = [rule for rule in rules if not _open_by_time(rule, here, visit, since)]
        if not shut:
            break
        latest, at = shut, min(_ahead(rules, here, visit, since), default=None)
    return at, latest


def _ahead(rules: Iterable[Rule], ground: Ground, visit: Visit, since: datetime) -> Iterable[datetime]:
    """The moments to come at which the clock of a rule moves, or a thing dated ahead happens."""
    moments = [at for rule in rules if rule.applies for at in weigh(rule.applies, ground, visit).changes]
    moments += [at for rule in rules if rule.condition for at in can(rule.condition, ground, visit, since).changes]
    return (at for at in (*moments, *(event.occurred_at for event in ground.history.live)) if at > ground.now)


def _open_by_time(rule: Rule, ground: Ground, visit: Visit, since: datetime) -> bool:
    """Whether nothing but an answer keeps the rule shut: it does not apply, its clock has run out, or it is set aside."""
    if rule.applies and _spares(rule.applies, ground, visit, since):
        return True
    return rule.condition is None or can(rule.condition, ground, visit, since).yes or _override(rule, ground, visit) is not None


def _spares(applies: Condition, ground: Ground, visit: Visit, since: datetime) -> bool:
    """Whom a rule is for is taken as it stands: it counts while it is yes, and may turn out as no while nobody knows."""
    answer = weigh(applies, ground, visit).answer
    return answer is Answer.NO or (answer is Answer.UNKNOWN and can(applies, ground, visit, since).no)


def can(condition: Condition, ground: Ground, visit: Visit | None, since: datetime) -> Can:
    """What can still be said to a condition at this ground's moment, where readings begin at `since`."""
    match condition:
        case EveryOf(of):
            return _every([can(inner, ground, visit, since) for inner in of])
        case AnyOf(of):
            return _turned(_every([_turned(can(inner, ground, visit, since)) for inner in of]))
        case SomeOf(wanted, of):
            return _some(wanted, [can(inner, ground, visit, since) for inner in of])
        case Not(of):
            return _turned(can(of, ground, visit, since))
        case _:
            return _by_its_clock(condition, ground, visit, since)


def _by_its_clock(condition: Leaf, ground: Ground, visit: Visit | None, since: datetime) -> Can:
    """What waits for no clock can become anything."""
    match condition:
        case Since() | SinceUse():
            return _passed(weigh(condition, ground, visit), waits=condition.at_least is not None)
        case Given():
            return _fewer(weigh(condition, ground, visit))
        case Count():
            return Can() if condition.since else _fewer(weigh(condition, ground, visit))
        case Repeated():
            return _apart(condition, ground, visit, since)
        case AtMost() | AtLeast() | Between() | Is() | Band() | Known() | Change() | Listed() | Unrecognised() | Age() | Happened() | Flagged():
            return Can()
        case _:
            assert_never(condition)


def _passed(weighed: Weighed, *, waits: bool) -> Can:
    """Time that must pass keeps a yes away until it has; time that may not have passed keeps a no away."""
    if waits:
        return Can(weighed.answer is not Answer.NO, True, weighed.changes)
    return Can(True, weighed.answer is not Answer.YES, weighed.changes)


def _fewer(weighed: Weighed) -> Can:
    """What was given or counted leaves its window again and is not undone otherwise; more may always come."""
    return Can(weighed.answer is not Answer.NO, True, weighed.changes)


def _apart(condition: Repeated, ground: Ground, visit: Visit | None, since: datetime) -> Can:
    """A run of readings needs its time from the first of them, or from now where none has begun."""
    if weigh(condition, ground, visit).answer is Answer.YES:
        return Can()
    begun = [found.at for found in run_of(condition, ground, visit) if found.at is not None]
    enough = min(begun, default=since) + condition.apart.delta * (condition.times - 1)
    return Can(ground.now >= enough, True, (enough,))


def _every(parts: Sequence[Can]) -> Can:
    return Can(all(part.yes for part in parts), any(part.no for part in parts), tuple(at for part in parts for at in part.changes))


def _some(wanted: int, parts: Sequence[Can]) -> Can:
    sure = sum(not part.no for part in parts)
    return Can(sum(part.yes for part in parts) >= wanted, sure < wanted, tuple(at for part in parts for at in part.changes))


def _turned(part: Can) -> Can:
    return Can(part.no, part.yes, part.changes)
