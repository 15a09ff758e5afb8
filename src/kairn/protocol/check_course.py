"""Checks of the course: every stage reachable and left, every move guarded where it must be, exits free."""

from __future__ import annotations

from collections.abc import Iterator

from kairn.protocol.check_found import fault, gates, head_fault
from kairn.protocol.rule import Protocol, RuleKind, Use
from kairn.terms.problem import Problem

BEFORE = {"phase:pre-flight": "booked", "phase:infusion": "pre-flight", "phase:recovery": "infusion", "ready": "recovery"}
MUST_BE_GUARDED = ("phase:infusion", "ready")


def unknown_guard(protocol: Protocol) -> Iterator[Problem]:
    """A gate that guards no move there is."""
    moves = {f"stage:{target}" for _, target in protocol.moves} | set(BEFORE)
    for rule in gates(protocol):
        if rule.guards not in moves and not rule.guards.startswith("prn:") and not _is_exit(protocol, rule.guards):
            yield fault(rule, f"a guard of {rule.guards!r}", f"one of {', '.join(sorted(moves))}, or prn:<drug>", "Name a move that exists.")


def exit_guarded(protocol: Protocol) -> Iterator[Problem]:
    """A gate before an exit or before the close of a visit: nobody is held."""
    for rule in gates(protocol):
        if _is_exit(protocol, rule.guards):
            yield fault(rule, f"a guard of {rule.guards!r}", "exits and the close of a visit without any gate", "Make it a duty or a flag.")


def _is_exit(protocol: Protocol, guards: str) -> bool:
    return guards == "phase:closed" or guards in {f"stage:{name}" for name in (*protocol.exits, "died")}


def no_way_out(protocol: Protocol) -> Iterator[Problem]:
    """A protocol that a person cannot withdraw from or decline."""
    missing = [name for name in ("declined", "withdrawn") if name not in protocol.exits]
    if missing:
        yield head_fault(protocol, "exits", f"no exit {' and no exit '.join(missing)}", "both among the exits", "Add them; they are always open.")


def gate_never_weighed(protocol: Protocol) -> Iterator[Problem]:
    """A gate that is not weighed at the time of the move it guards."""
    for rule in gates(protocol):
        kind, _, target = rule.guards.partition(":")
        origins = {origin for origin, to in protocol.moves if to == target} if kind == "stage" else {BEFORE.get(rule.guards, "")}
        origins = {"infusion", "recovery"} if kind == "prn" else origins
        held = rule.while_.stages if kind == "stage" else rule.while_.phases
        if origins - {""} and held and not origins & set(held):
            yield fault(rule, f"a gate for {rule.guards} weighed only in {', '.join(held)}", f"weighed in {' or '.join(sorted(origins))}", "Correct `while`.")


def unreachable_stage(protocol: Protocol) -> Iterator[Problem]:
    """A stage that no move leads to."""
    reached, frontier = {protocol.stages[0]}, [protocol.stages[0]]
    while frontier:
        origin = frontier.pop()
        fresh = {to for start, to in protocol.moves if start == origin} - reached
        reached |= fresh
        frontier += fresh
    for stage in protocol.stages:
        if stage not in reached:
            yield head_fault(protocol, "moves", f"the stage {stage!r} that no move reaches", "a way into every stage", "Add a move or remove the stage.")


def dead_end(protocol: Protocol) -> Iterator[Problem]:
    """A stage before the end of the course that no move leads out of."""
    leads_on = {origin for origin, _ in protocol.moves}
    for stage in protocol.stages[:-1]:
        if stage not in leads_on:
            yield head_fault(protocol, "moves", f"the stage {stage!r} with no way on", "a move out of every stage but the last", "Add a move.")


def unknown_stage(protocol: Protocol) -> Iterator[Problem]:
    """A rule weighed in a stage that the protocol does not have."""
    for rule in protocol.rules:
        for stage in rule.while_.stages:
            if stage not in protocol.stages:
                yield fault(rule, f"the stage {stage!r}", f"one of {', '.join(protocol.stages)}", "Correct `while`.")


def stage_without_rule(protocol: Protocol) -> Iterator[Problem]:
    """A stage in which no rule is weighed."""
    spoken = {stage for rule in protocol.rules for stage in rule.while_.stages}
    for stage in protocol.stages:
        if stage not in spoken:
            yield head_fault(protocol, "stages", f"no rule for the stage {stage!r}", "at least one rule in every stage", "Write one or remove the stage.")


def move_without_gate(protocol: Protocol) -> Iterator[Problem]:
    """Starting the infusion, or the signature *discharged as ready*, with nothing that guards it."""
    for guards in MUST_BE_GUARDED if protocol.use is Use.CLINIC else ():
        if not any(gates(protocol, guards)):
            yield head_fault(protocol, "rules", f"no gate for {guards}", "at least one", "Write the gates that it rests on.")


def infusion_without_stop(protocol: Protocol) -> Iterator[Problem]:
    """A protocol for the clinic in which nothing ever answers with a stop during the infusion."""
    if protocol.use is Use.CLINIC and not any(
        rule.kind is RuleKind.HOLD and rule.level == "stop" and "infusion" in rule.while_.phases for rule in protocol.rules
    ):
        yield head_fault(protocol, "rules", "no hold that stops the infusion", "at least one", "Write when it is stopped.")
