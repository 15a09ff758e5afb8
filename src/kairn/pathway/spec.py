"""Compare what a scenario expects with what stands."""

from __future__ import annotations

from collections.abc import Iterator

from kairn.pathway.scenario import Scenario
from kairn.pathway.standing import MoveKind, Standing
from kairn.terms.answer import Answer


def differences(scenario: Scenario, standing: Standing) -> list[str]:
    """A sentence for everything expected that does not stand; empty when the scenario comes true."""
    return [*_stage(scenario, standing), *_phases(scenario, standing), *_moves(scenario, standing), *_rules(scenario, standing),
            *_holds(scenario, standing), *_due(scenario, standing), *_flags(scenario, standing), *_as_needed(scenario, standing),
            *_overrides(scenario, standing)]  # fmt: skip


def _stage(scenario: Scenario, standing: Standing) -> Iterator[str]:
    if scenario.expected.stage and scenario.expected.stage != standing.course.stage:
        yield f"stage: expected {scenario.expected.stage}, stands {standing.course.stage}"


def _phases(scenario: Scenario, standing: Standing) -> Iterator[str]:
    for name, phase in scenario.expected.phases.items():
        visit = standing.visit(scenario.visits[name]) if name in scenario.visits else None
        if visit is None or visit.phase != phase:
            yield f"visit {name}: expected phase {phase}, stands {visit.phase if visit else 'no such visit'}"


def _moves(scenario: Scenario, standing: Standing) -> Iterator[str]:
    """`consent` names a stage; `infusion@third` a phase of a visit; `ready@third` and `resume@third` the other two."""
    for name, answer in scenario.expected.moves.items():
        to, _, visit = name.partition("@")
        kind = MoveKind.STAGE if not visit else {"ready": MoveKind.READY, "resume": MoveKind.RESUME}.get(to, MoveKind.PHASE)
        move = standing.move(kind, "running" if kind is MoveKind.RESUME else to, scenario.visits.get(visit))
        stands = move.answer.value if move else "no such move"
        if stands != answer:
            blocking = ", ".join(verdict.rule.id for verdict in move.blocking) if move else ""
            yield f"move {name}: expected {answer}, stands {stands}{f' ({blocking})' if blocking else ''}"


def _rules(scenario: Scenario, standing: Standing) -> Iterator[str]:
    for name, answer in scenario.expected.rules.items():
        rule, _, visit = name.partition("@")
        verdict = standing.verdict(rule, scenario.visits.get(visit))
        stands = "not weighed" if verdict is None else "does not apply" if verdict.applies is Answer.NO else verdict.answer.value
        if stands != answer:
            yield f"rule {name}: expected {answer}, stands {stands}"


def _holds(scenario: Scenario, standing: Standing) -> Iterator[str]:
    held = [hold.verdict.rule.id for hold in standing.holds if hold.verdict.answer is Answer.YES]
    for rule in scenario.expected.holds:
        if rule not in held:
            yield f"hold {rule}: expected, stands {', '.join(held) or 'none'}"


def _due(scenario: Scenario, standing: Standing) -> Iterator[str]:
    names = {visit: name for name, visit in scenario.visits.items()}
    states = {(due.rule.id if due.rule else due.what): due.state.value for due in standing.due}
    states |= {f"{due.rule.id}@{names[due.visit]}": due.state.value for due in standing.due if due.rule and due.visit in names}
    for name, state in scenario.expected.due.items():
        if states.get(name, "none") != state:
            yield f"due {name}: expected {state}, stands {states.get(name, 'none')}"


def _flags(scenario: Scenario, standing: Standing) -> Iterator[str]:
    """`yes` a flag speaks, `unknown` it is not known whether it should, `no` it is silent."""
    heard = {flag.verdict.rule.id: "yes" if Answer.UNKNOWN not in (flag.verdict.applies, flag.verdict.answer) else "unknown" for flag in standing.flags}
    for rule, answer in scenario.expected.flags.items():
        if heard.get(rule, "no") != answer:
            yield f"flag {rule}: expected {answer}, stands {heard.get(rule, 'no')}"


def _as_needed(scenario: Scenario, standing: Standing) -> Iterator[str]:
    stands = {f"{move.to}@{name}": move.answer.value for move in standing.as_needed for name, visit in scenario.visits.items() if visit == move.visit}
    for name, answer in scenario.expected.as_needed.items():
        if stands.get(name, "none") != answer:
            yield f"as needed {name}: expected {answer}, stands {stands.get(name, 'none')}"


def _overrides(scenario: Scenario, standing: Standing) -> Iterator[str]:
    """`yes` an override of the rule is in force, `no` none is."""
    for name, expected in scenario.expected.overrides.items():
        rule, _, visit = name.partition("@")
        verdict = standing.verdict(rule, scenario.visits.get(visit))
        stands = "yes" if verdict and verdict.override else "no"
        if stands != expected:
            yield f"override of {name}: expected {expected}, stands {stands}"
