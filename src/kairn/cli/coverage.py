"""The report of `kairn scenarios --coverage`: for each rule what scenarios ask of it, and which of its numbers could move unseen."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from kairn.pathway.casebook import load_scenarios
from kairn.pathway.coverage import asked_of, possible_answers
from kairn.pathway.mutants import asks, mutants_of, mutants_of_dose, survives
from kairn.pathway.scenario import Scenario, scenario_files
from kairn.protocol.rule import DoseLimits, Protocol, Rule
from kairn.terms.problem import unreadable

Excuses = Mapping[str, Mapping[str, Mapping[str, str]]]
"""A part (`numbers` or `answers`) -> rule -> the move or the answer -> why it cannot be seen."""
PARTS = ("numbers", "answers")


@dataclass(frozen=True)
class Covered:
    """One rule: the answers it can give, those that nothing asks for, how many cases speak of it, moves of its numbers, and those that pass unseen."""

    rule: str
    kind: str
    can: frozenset[str]
    left: frozenset[str]
    cases: int
    moves: int
    unseen: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Whether nothing is left over."""
        return not self.left and not self.unseen


def stories_with(protocol: Protocol, cases: Path | None) -> tuple[Scenario, ...]:
    """Every story that ships, and every scenario or case of a folder. Raises Unreadable with file and line."""
    paths = (*scenario_files(), *(sorted(cases.glob("*.yaml")) if cases else ()))
    return tuple(story for path in paths for story in load_scenarios(path, protocol))


def coverage_of(protocol: Protocol, stories: tuple[Scenario, ...]) -> tuple[Covered, ...]:
    """Every rule of the protocol in its order."""
    asked = asked_of(stories)
    return tuple(_covered(rule, protocol, stories, asked.get(rule.id, frozenset())) for rule in protocol.rules)


def _covered(rule: Rule, protocol: Protocol, stories: tuple[Scenario, ...], asked: frozenset[str]) -> Covered:
    mine = tuple(story for story in stories if asks(story.expected, rule.id))
    mutants = tuple(mutants_of(rule))
    unseen = tuple(mutant.moved for mutant in mutants if survives(mutant, protocol, mine))
    can = possible_answers(rule)
    return Covered(rule.id, rule.kind.value, can, can - asked, len(mine), len(mutants), unseen)


def read_excuses(path: Path) -> Excuses:
    """A TOML file of tables [numbers.RULE] and [answers.RULE]. Raises Unreadable."""
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise unreadable(f"excuses that cannot be read ({fault})", "a TOML file", "Correct the line.", str(path)) from None
    odd = next((part for part, rules in found.items() if part not in PARTS or not isinstance(rules, dict)), "")
    if odd:
        raise unreadable(f"the table {odd!r}", " or ".join(f"[{part}.RULE]" for part in PARTS), "Correct its name.", str(path))
    return found


def excusing(found: Iterable[Covered], excused: Excuses) -> tuple[Covered, ...]:
    """The rules without the moves and answers that are excused."""
    return tuple(_less(one, *(excused.get(part, {}).get(one.rule, {}) for part in PARTS)) for one in found)


def _less(one: Covered, numbers: Mapping[str, str], answers: Mapping[str, str]) -> Covered:
    seen = tuple(moved for moved in one.unseen if moved not in numbers)
    return replace(one, can=one.can - set(answers), left=one.left - set(answers), unseen=seen)


def coverage_words(found: Iterable[Covered], limits: DoseLimits) -> str:
    """A line for each rule with something left over, the totals, and what was not looked at."""
    rules = tuple(found)
    lines = [line for one in rules for line in _left_over(one)]
    can, left = sum(len(one.can) for one in rules), sum(len(one.left) for one in rules)
    moves, unseen = sum(one.moves for one in rules), sum(len(one.unseen) for one in rules)
    totals = [
        f"{sum(one.whole for one in rules)} of {len(rules)} rules have nothing left over.",
        f"{can - left} of {can} answers are asked for.",
        f"{moves - unseen} of {moves} moves of a number by its smallest step are noticed or excused.",
        f"Not covered: {len(tuple(mutants_of_dose(limits)))} moves of the numbers under `infusion` (dose, limits, duration, series, weight). No "
        "scenario weighs them; the clinic does when a plan or an order is signed.",
    ]
    return "\n".join([*lines, *totals])


def _left_over(one: Covered) -> list[str]:
    asked = [f"{one.rule}: nothing asks for {', '.join(sorted(one.left))}"] if one.left else []
    return [*asked, *(f"{one.rule}: unseen, {moved}" for moved in one.unseen)]


def coverage_json(found: Iterable[Covered]) -> str:
    """Every rule as JSON."""
    return json.dumps([asdict(one) | {"can": sorted(one.can), "left": sorted(one.left)} for one in found], indent=2)
