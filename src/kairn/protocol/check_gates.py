"""Checks of gates: that each can open and can shut, asks for fresh facts, and that what a course of ketamine must never leave out is asked."""

from __future__ import annotations

from collections.abc import Iterator

from kairn.library.facts import FACTS
from kairn.protocol.check_found import fault, gates, head_fault, met, probes
from kairn.protocol.conditions import (
    AtLeast,
    AtMost,
    Band,
    Between,
    Change,
    Condition,
    Flagged,
    Happened,
    Is,
    Known,
    Listed,
    Not,
    Repeated,
    Since,
    SinceUse,
    Unrecognised,
)  # fmt: skip
from kairn.protocol.ladder import holds
from kairn.protocol.parts import conditions_of, parts_of
from kairn.protocol.rule import Protocol, Rule, RuleKind, Severity, Use
from kairn.terms.problem import Problem

LASTING = ("sex",)
"""Facts that stay true: a gate may ask for them without saying how fresh they must be."""
MEDICINES_FOR_OUD = ("methadone", "buprenorphine", "naltrexone", "opioid-agonist")


def contradiction(protocol: Protocol) -> Iterator[Problem]:
    """A condition that no value of one of its facts can meet: a gate that never opens, a hold or a flag that never speaks."""
    for rule in protocol.rules:
        for name, condition in (("applies", rule.applies), ("condition", rule.condition)):
            for fact in _compared(condition) if condition else ():
                if condition and all(holds(condition, fact, value, lasting=True) is False for value in probes(fact, rule)):
                    yield fault(rule, f"a `{name}` that no value of {FACTS[fact].label} meets", "limits that some value can meet", "Correct one of them.")


def _compared(condition: Condition) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.fact for part in parts_of(condition) if isinstance(part, AtMost | AtLeast | Between | Is)))


def asks_nothing(protocol: Protocol) -> Iterator[Problem]:
    """A comparison that every plausible value meets: it looks like a limit and is none."""
    for rule in protocol.rules:
        for part in conditions_of(rule):
            if isinstance(part, AtMost | AtLeast | Between | Is) and set(met(part, part.fact, tried := probes(part.fact, rule))) == set(tried):
                yield fault(rule, f"a limit for {FACTS[part.fact].label} that every plausible value meets", "one that some value fails", "Correct it.")


def stale_for_ever(protocol: Protocol) -> Iterator[Problem]:
    """A gate that asks for a fact without saying how old it may be: a value of years ago would open it."""
    for rule in gates(protocol):
        for part in parts_of(rule.condition) if rule.condition else ():
            if isinstance(part, AtMost | AtLeast | Between | Is | Known | Band) and part.within is None and not part.this_visit and _name(part) not in LASTING:
                yield fault(rule, f"{_name(part)} of any age", "`within`, or `visit: this`", "Say how old the fact may be.")
            elif isinstance(part, Listed | Unrecognised | SinceUse) and part.within is None:
                yield fault(rule, f"{_name(part)} however long ago it was asked", "`within`", "Say how old the review may be.")


def _name(part: AtMost | AtLeast | Between | Is | Known | Band | Listed | Unrecognised | SinceUse) -> str:
    match part:
        case Band(instrument):
            return instrument
        case Listed(_, code_set):
            return f"the list that should name {code_set}"
        case Unrecognised():
            return "the list of medicines"
        case SinceUse(name):
            return f"the latest use of {name}"
        case _:
            return part.fact


VISIT_MOMENTS = ("infusion-started", "infusion-ended", "visit-ended")
NOT_YET = {"booked": ("infusion-started", "infusion-ended", "visit-ended"), "pre-flight": ("infusion-started", "infusion-ended", "visit-ended"),
           "infusion": ("infusion-ended", "visit-ended"), "recovery": ("visit-ended",), "closed": ()}  # fmt: skip


def cannot_occur(protocol: Protocol) -> Iterator[Problem]:
    """A rule that waits for something of a visit where there is no visit, or for what has not come yet in the phase it is weighed in."""
    for rule in protocol.rules:
        for part in conditions_of(rule):
            seen = _impossible(rule, part)
            if seen:
                yield fault(rule, seen, "what can be known when the rule is weighed", "Correct `while`, or ask for something else.")


def _impossible(rule: Rule, part: Condition) -> str:
    phases = rule.while_.phases
    if not phases and (getattr(part, "this_visit", False) or (isinstance(part, Since) and part.moment in VISIT_MOMENTS)):
        return "something of this visit in a rule that is weighed without one"
    if not phases and isinstance(part, Change) and part.since == "infusion":
        return "a change since this infusion in a rule that is weighed without a visit"
    waits = part.moment if isinstance(part, Since) else part.what if isinstance(part, Happened) and rule.kind is RuleKind.GATE and part.this_visit else ""
    if phases and waits and all(waits in NOT_YET[phase] for phase in phases):
        return f"{waits} in {', '.join(phases)}, where it has not come yet"
    if isinstance(part, Change) and part.since == "infusion" and phases and all(phase in ("booked", "pre-flight") for phase in phases):
        return f"a change since this infusion in {', '.join(phases)}, before it"
    return ""


def moud_required(protocol: Protocol) -> Iterator[Problem]:
    """Medication for opioid use disorder as a condition for ketamine, or being without it."""
    for rule in gates(protocol):
        shut = [value for value in FACTS["moud_status"].choices if rule.condition and holds(rule.condition, "moud_status", value) is False]
        if "on" in shut or "declined" in shut:
            yield fault(rule, f"a gate shut for people whose medication for opioid use disorder is: {', '.join(shut)}",
                        "a gate that asks whether it was offered, never whether it is taken", "Ask for `known`, or for an answer of any kind.")  # fmt: skip
        elif rule.condition and any(_demands(rule.condition, name) for name in MEDICINES_FOR_OUD):
            yield fault(rule, "a gate that opens only for people who take a medication for opioid use disorder",
                        "a gate that is open to people with and without it", "Remove the medicine from the gate.")  # fmt: skip


def _demands(condition: Condition, code_set: str, *, wanted: bool = True) -> bool:
    """Whether a list must name the set for the condition to hold."""
    if isinstance(condition, Listed):
        return wanted and condition.code_set == code_set
    if isinstance(condition, Not):
        return _demands(condition.of, code_set, wanted=not wanted)
    inner = getattr(condition, "of", ())
    if not isinstance(inner, tuple):
        return False
    found = [_demands(one, code_set, wanted=wanted) for one in inner]
    return any(found) if type(condition).__name__ == "EveryOf" else bool(found) and all(found)


def moud_not_asked(protocol: Protocol) -> Iterator[Problem]:
    """A protocol for the clinic that never asks about medication for opioid use disorder."""
    read = {getattr(part, "fact", "") for rule in gates(protocol) for part in conditions_of(rule)}
    asked = {fact for rule in protocol.rules if rule.schedule for fact in rule.schedule.facts}
    if protocol.use is Use.CLINIC and "moud_status" not in read & asked:
        yield head_fault(protocol, "rules", "no gate, or no duty, that asks for moud_status", "a gate that needs it known and a duty that offers it again",
                         "Write both; being on it is never the condition.")  # fmt: skip


def naloxone_missing(protocol: Protocol) -> Iterator[Problem]:
    """Treatment, or going home, without naloxone in hand as a gate that nobody sets aside."""
    firm = {rule.guards for rule in gates(protocol) if rule.override is None and rule.condition and holds(rule.condition, "naloxone_in_hand", "no") is False}
    if protocol.use is Use.CLINIC:
        if not any(guards.startswith("stage:") for guards in firm):
            yield head_fault(protocol, "rules", "no step of the course that needs naloxone in hand", "one, with `override: never`", "Add the gate.")
        if "ready" not in firm:
            yield head_fault(protocol, "rules", "no gate for *discharged as ready* that needs naloxone in hand", "one, with `override: never`", "Add the gate.")


def consent_not_read_again(protocol: Protocol) -> Iterator[Problem]:
    """An infusion that can start, or go on, without consent being looked at again."""
    if protocol.use is not Use.CLINIC:
        return
    before = [rule for guards in ("phase:pre-flight", "phase:infusion") for rule in gates(protocol, guards)]
    during = [rule for rule in protocol.rules if rule.kind is RuleKind.HOLD and "infusion" in rule.while_.phases]
    for rules, words in ((before, "before an infusion"), (during, "during the infusion")):
        if not any(isinstance(part, Happened) and part.what == "consent-current" for rule in rules for part in conditions_of(rule)):
            yield head_fault(protocol, "rules", f"no rule that reads consent again {words}", "one", "It can be withdrawn at any time: add the rule.")


def flag_unanswered(protocol: Protocol) -> Iterator[Problem]:
    """A flag that says *not until it is resolved*, and no gate that asks for flags of its topic."""
    asked = {part.topic for rule in gates(protocol) for part in conditions_of(rule) if isinstance(part, Flagged)}
    for rule in protocol.rules:
        if rule.says and rule.says.severity is Severity.STOP and rule.says.topic not in asked and protocol.use is Use.CLINIC:
            yield fault(rule, f"a flag of severity stop about {rule.says.topic} that no gate asks for", "a gate with `flagged`", "Add the gate or lower it.")


def repeated_in_gate(protocol: Protocol) -> Iterator[Problem]:
    """A gate that asks for repeated readings: a single bad one would open it."""
    for rule in gates(protocol):
        for part in parts_of(rule.condition) if rule.condition else ():
            if isinstance(part, Not) and isinstance(part.of, Repeated):
                yield fault(rule, "a gate that shuts only on repeated readings", "a gate that a single reading shuts", "Take `repeated` out of it.")
