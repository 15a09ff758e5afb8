"""Checks of overrides: who may set a rule aside, for how long, and what nobody may."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from kairn.protocol.check_found import fault, gates
from kairn.protocol.conditions import Condition
from kairn.protocol.parts import parts_of
from kairn.protocol.rule import Protocol, Rule, RuleKind
from kairn.terms.problem import Problem

DECIDERS = ("prescriber", "clinic-lead")
OF_THE_COURSE = (*DECIDERS, "therapist")
"""Who decides at a visit, and who may decide on a step of the course."""
NEVER_ASIDE = {
    "capacity": "without capacity there is no consent", "suicide_intent": "intent needs help first", "naloxone_in_hand": "it saves lives and costs little",

    "hypersensitivity_ketamine": "an absolute contraindication", "aneurysmal_disease": "an absolute contraindication",
    "intracerebral_haemorrhage": "an absolute contraindication", "psychosis_active": "an absolute contraindication",
    "consent-current": "nobody starts without it",
    "order-signed": "nobody starts without it", "other-infusion-running": "two at once double the dose",
}  # fmt: skip
"""Facts and happenings behind which a gate stays shut, whoever decides, and why."""


def hold_overridden(protocol: Protocol) -> Iterator[Problem]:
    """A hold that may be set aside: a hold lifts when its value does, and not before."""
    for rule in protocol.rules:
        if rule.kind is RuleKind.HOLD and rule.override is not None:
            yield fault(rule, "a hold that may be set aside", "holds without override", "Remove `override`; a hold lifts when its value does.")


def override_forbidden(protocol: Protocol) -> Iterator[Problem]:
    """A gate that may be set aside though it asks for what nobody can do without, or for an absolute contraindication."""
    for rule in gates(protocol):
        asked = [name for part in (parts_of(rule.condition) if rule.condition else ()) if (name := _subject(part)) in NEVER_ASIDE]
        if rule.override and asked and not rule.guards.startswith("prn:"):
            yield fault(rule, f"an override of a gate on {asked[0]} ({NEVER_ASIDE[asked[0]]})", "never", "Ask for it in a gate of its own.")


def _subject(part: Condition) -> str:
    return str(getattr(part, "fact", "") or getattr(part, "what", ""))


def override_by_whom(protocol: Protocol) -> Iterator[Problem]:
    """An override by somebody who does not decide on treatment."""
    for rule in protocol.rules:
        deciders = OF_THE_COURSE if rule.guards.startswith("stage:") else DECIDERS
        for role in rule.override.roles if rule.override else ():
            if role not in deciders:
                yield fault(rule, f"an override by {role!r}", f"one of {', '.join(deciders)}", "Name a role that decides on treatment.")


def override_too_long(protocol: Protocol) -> Iterator[Problem]:
    """An override that outlasts every fact it sets aside: newer values would be set aside unseen."""
    for rule in gates(protocol):
        windows = _windows(protocol, rule)
        if rule.override and windows and rule.override.lasts.delta > max(windows):
            yield fault(rule, f"an override of {rule.override.lasts} on facts that count for {max(windows)} at the most", "an override no longer than that",
                        "Shorten `lasts`.")  # fmt: skip


def _windows(protocol: Protocol, rule: Rule) -> list[timedelta]:
    """How long the facts of a rule count; for a rule about this visit, the longest that any fact of a visit counts at the same gate."""
    own = _within(rule, of_visit=False)
    if any(getattr(part, "this_visit", False) for part in (parts_of(rule.condition) if rule.condition else ())):
        return [*own, *(length for other in gates(protocol, rule.guards) for length in _within(other, of_visit=True))]
    return own


def _within(rule: Rule, *, of_visit: bool) -> list[timedelta]:
    parts = parts_of(rule.condition) if rule.condition else ()
    return [part.within.delta for part in parts if getattr(part, "within", None) and (getattr(part, "this_visit", False) or not of_visit)]  # type: ignore[union-attr]
