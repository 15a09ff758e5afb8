"""Every number of a rule or of the dose block moved by its smallest step, up and down: what still comes true did not look at that number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from decimal import Decimal
from typing import Any

from kairn.library.facts import FACTS
from kairn.pathway.assess import assess
from kairn.pathway.scenario import Expected, Scenario
from kairn.pathway.spec import differences
from kairn.protocol.check import parts_of
from kairn.protocol.conditions import Flagged
from kairn.protocol.rule import DoseLimits, Protocol, Rule, RuleKind
from kairn.terms.numbers import TYPED_STEP
from kairn.terms.quantity import Quantity
from kairn.terms.times import Duration

SMALLEST = Duration(Decimal(1), "s")
READ = ("applies", "condition", "schedule", "override")


@dataclass(frozen=True)
class Mutant:
    """A rule with one number moved; `moved` says which and how far."""

    rule: Rule
    moved: str


def mutants_of(rule: Rule) -> Iterator[Mutant]:
    """The rule with each of its limits, windows, counts and lengths moved by the smallest step, both ways."""
    for name in READ:
        for moved, changed in _moved(getattr(rule, name), name, None):
            yield Mutant(replace(rule, **{name: changed}), moved)


def mutants_of_dose(limits: DoseLimits) -> Iterator[tuple[str, DoseLimits]]:
    """What moved and the dose block with it, for each of its numbers both ways; an amount moves by the last digit that can be typed."""
    for field in fields(limits):
        value = getattr(limits, field.name)
        for moved, changed in _moved(value, f"infusion.{field.name}", _typed_step(value)):
            yield moved, replace(limits, **{field.name: changed})


def _typed_step(value: Any) -> Quantity | None:
    first = value[0] if isinstance(value, tuple) and value else value
    return Quantity(TYPED_STEP, first.unit) if isinstance(first, Quantity) else None


def _moved(part: Any, path: str, step: Quantity | None) -> Iterator[tuple[str, Any]]:
    if isinstance(part, Quantity | Duration | int) and not isinstance(part, bool):
        yield from ((f"{path}: {part} to {changed}", changed) for changed in _steps(part, step))
    elif isinstance(part, tuple):
        for i, item in enumerate(part):
            yield from ((moved, (*part[:i], changed, *part[i + 1 :])) for moved, changed in _moved(item, f"{path}[{i}]", step))
    elif is_dataclass(part) and not isinstance(part, type):
        of = _step_of(part)
        for field in fields(part):
            yield from ((moved, replace(part, **{field.name: changed})) for moved, changed in _moved(getattr(part, field.name), f"{path}.{field.name}", of))


def _step_of(part: Any) -> Quantity | None:
    """The step of the fact a condition asks for; None where it asks for none, or for a share of another value."""
    fact = None if getattr(part, "relative", False) else FACTS.get(getattr(part, "fact", ""))
    return Quantity(fact.step, fact.unit) if fact else None


def _steps(number: Quantity | Duration | int, step: Quantity | None) -> Iterator[Quantity | Duration | int]:
    for sign in (1, -1):
        if isinstance(number, int):
            if number + sign >= 0:
                yield number + sign
        elif isinstance(number, Duration):
            yield Duration(Decimal(int(number.delta / SMALLEST.delta) + sign), SMALLEST.unit)
        elif step:
            exact = number.to(step.unit)
            yield Quantity(Decimal(exact.numerator) / Decimal(exact.denominator) + sign * step.value, step.unit)
        else:
            yield Quantity(number.value + sign, number.unit)


def survives(mutant: Mutant, protocol: Protocol, scenarios: tuple[Scenario, ...]) -> bool:
    """Whether every scenario that asks for the rule still comes true with the number moved."""
    asked = [scenario for scenario in scenarios if asks(scenario.expected, mutant.rule.id)]
    other = alone(protocol, mutant.rule)
    return not any(differences(only(scenario, mutant.rule.id), assess(other, scenario.history, scenario.now)) for scenario in asked)


def alone(protocol: Protocol, rule: Rule) -> Protocol:
    """The protocol with this rule only, and the flags it asks for."""
    asks_flags = any(isinstance(part, Flagged) for whole in (rule.applies, rule.condition) if whole for part in parts_of(whole))
    flags = (each for each in protocol.rules if each.kind is RuleKind.FLAG and each.id != rule.id) if asks_flags else ()
    return replace(protocol, rules=(*flags, rule))


def asks(expected: Expected, rule: str) -> bool:
    """Whether something under `then` speaks of the rule."""
    named = (*expected.rules, *expected.due, *expected.flags, *expected.overrides)
    return rule in expected.holds or any(name.partition("@")[0] == rule for name in named)


def only(scenario: Scenario, rule: str) -> Scenario:
    """The scenario with nothing under `then` but what speaks of that rule."""
    kept = scenario.expected

    def mine(held: dict[str, str]) -> dict[str, str]:
        return {name: value for name, value in held.items() if name.partition("@")[0] == rule}

    holds = tuple(hold for hold in kept.holds if hold == rule)
    asked = Expected(rules=mine(kept.rules), holds=holds, due=mine(kept.due), flags=mine(kept.flags), overrides=mine(kept.overrides))
    return replace(scenario, expected=asked)
