"""Checks of duties: owners that exist, facts that exist, times in order, follow-up without gaps."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

from kairn.library.facts import FACTS
from kairn.protocol.check_found import fault, head_fault
from kairn.protocol.rule import Protocol, Rule, Use
from kairn.protocol.words import MOMENTS
from kairn.terms.problem import Problem

OWNERS = ("prescriber", "nurse", "therapist", "coordinator", "clinic-lead")
FOLLOW_UP = "follow-up-entered"


def duty_without_owner(protocol: Protocol) -> Iterator[Problem]:
    """A duty of somebody who is no role of a clinic: nobody would see it."""
    for rule in protocol.rules:
        if rule.schedule and rule.schedule.owner not in OWNERS:
            yield fault(rule, f"the owner {rule.schedule.owner!r}", f"one of {', '.join(OWNERS)}", "Name a role.")


def duty_asks_unknown(protocol: Protocol) -> Iterator[Problem]:
    """A duty that asks for a fact, or counts from a moment, that the library does not know: it could never be done."""
    for rule in protocol.rules:
        for name in rule.schedule.facts if rule.schedule else ():
            if name not in FACTS or FACTS[name].kind == "prediction":
                yield fault(rule, f"the fact {name!r} to be asked", "a fact of library/facts.yaml that can be asked", "Correct it or add it there.")
        if rule.schedule and rule.schedule.after and rule.schedule.after not in MOMENTS:
            yield fault(rule, f"the moment {rule.schedule.after!r}", f"one of {', '.join(MOMENTS)}", "Choose one.")


def grace_too_long(protocol: Protocol) -> Iterator[Problem]:
    """A duty that is not late before it is due again."""
    for rule in protocol.rules:
        schedule = rule.schedule
        if schedule and schedule.every and schedule.grace and schedule.grace.delta > schedule.every.delta:
            yield fault(rule, f"{schedule.grace} of grace on an interval of {schedule.every}", "a grace no longer than the interval", "Shorten `grace`.")


def window_inverted(protocol: Protocol) -> Iterator[Problem]:
    """A duty whose time ends before it begins, or that never ends."""
    for rule in protocol.rules:
        schedule = rule.schedule
        if schedule is None or schedule.every is not None:
            continue
        if schedule.within is None:
            yield fault(rule, f"a duty after {schedule.after} without an end", "`within`", "Say by when it is late.")
        elif schedule.opens and schedule.opens.delta >= schedule.within.delta:
            yield fault(rule, f"open from {schedule.opens} and late at {schedule.within}", "a window that opens before it ends", "Swap or mend them.")


def follow_up_gap(protocol: Protocol) -> Iterator[Problem]:
    """A clinic's protocol without follow-up, or with a gap in it more than twice as long as the time it has lasted."""
    due = sorted((rule for rule in protocol.rules if _is_follow_up(rule)), key=_end)
    if not due and protocol.use is Use.CLINIC:
        yield head_fault(protocol, "rules", "no follow-up", f"duties after {FOLLOW_UP}", "Write when people are seen after the series.")
    for earlier, later in pairwise(due):
        opens = later.schedule.opens.delta if later.schedule and later.schedule.opens else _end(later)
        gap = opens - _end(earlier)
        if gap > 2 * _end(earlier):
            yield fault(later, f"{gap.days} days without contact after {earlier.id}", "gaps of at most twice the time lasted", "Add a contact between.")


def _is_follow_up(rule: Rule) -> bool:
    return rule.schedule is not None and rule.schedule.after == FOLLOW_UP and rule.schedule.within is not None


def _end(rule: Rule) -> timedelta:
    assert rule.schedule is not None and rule.schedule.within is not None
    return rule.schedule.within.delta
