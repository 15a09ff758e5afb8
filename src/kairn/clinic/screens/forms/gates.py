"""A rule and its answer as a page shows it: the part of the shelf, with the reason said once and shortly."""

from __future__ import annotations

from dataclasses import replace

from kairn.clinic.screens.forms import words
from kairn.clinic.screens.forms.desk import Desk, address
from kairn.clinic.screens.parts import WAITS, GatePart, gate_part, said
from kairn.pathway.standing import Move, MoveKind, Standing, Verdict
from kairn.protocol.say import say_rule
from kairn.terms.answer import Answer

ORDER = {"no": 0, "unknown": 1, "yes": 2}
"""What says no is read first, then what nobody can tell."""


def gate_of(desk: Desk, verdict: Verdict) -> GatePart:
    """A verdict with its facts, times and sources, its words, its evidence, and what it does not consider."""
    standing = desk.chart.standing
    protocol = f"protocol {standing.version}, content {standing.content_hash[:8]}"
    part = gate_part(verdict, zone=desk.clock.zone, label=words.label, words=say_rule(verdict.rule).partition("\n")[2], protocol=protocol)
    return replace(
        part, reason=reason_of(verdict), facts=tuple(replace(fact, label=words.capital(fact.label), value=words.plain_value(fact.value)) for fact in part.facts)
    )


def reason_of(verdict: Verdict) -> str:
    """What stands in the way: one word where the title says the rest, otherwise which facts."""
    waiting = [finding for finding in verdict.findings if finding.state in WAITS]
    if said(verdict) == Answer.YES.value or not waiting:
        return ""
    if len(verdict.findings) == 1:
        return words.capital(WAITS[waiting[0].state]) + "."
    told = [f"{WAITS[state]}: {', '.join(dict.fromkeys(words.label(one.fact) for one in waiting if one.state is state))}" for state in WAITS]
    return words.capital("; ".join(each for each in told if not each.endswith(": "))) + "."


def weighed(standing: Standing, move: Move) -> list[Verdict]:
    """The rules that guard a move, those in its way first."""
    guard = "ready" if move.kind is MoveKind.READY else f"{move.kind.value}:{move.to}"
    about = [one for one in standing.verdicts if one.rule.guards == guard and one.visit in (None, move.visit)]
    unlike = {(one.rule.id, one.visit): one for one in (*move.blocking, *about)}
    return sorted(unlike.values(), key=lambda one: (not one.blocks, ORDER[said(one)]))


def in_the_way(move: Move) -> list[Verdict]:
    """The rules in the way of a move, those that say no before those nobody can tell."""
    return sorted(move.blocking, key=lambda one: ORDER[said(one)])


def why_url(desk: Desk, verdict: Verdict) -> str:
    """The address of the page of one rule for this person."""
    visit = f"?visit={verdict.visit}" if verdict.visit else ""
    return address("rule_why", desk.patient, verdict.rule.id) + visit
