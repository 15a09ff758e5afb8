"""Every case of every case book comes true; together they ask every rule for every answer, and no number can move unseen."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

import pytest

from kairn.pathway.assess import assess
from kairn.pathway.casebook import load_scenarios
from kairn.pathway.coverage import uncovered
from kairn.pathway.mutants import mutants_of, survives
from kairn.pathway.scenario import Scenario, scenario_files
from kairn.pathway.spec import differences
from kairn.protocol.load import load_protocol
from kairn.protocol.rule import Protocol, Rule

ASKED = 120
HERE = Path(__file__).parent
BOOKS = tuple(sorted((HERE / "cases").glob("*.yaml")))
PROTOCOL = load_protocol("iv-ketamine-oud", "1.0")
EXCUSED = tomllib.loads((HERE / "equivalent.toml").read_text("utf-8"))
"""Under `numbers`, rule -> moves that change no answer at all; under `answers`, rule -> answers it cannot give; each with the reason."""


@cache
def scenarios(protocol: Protocol = PROTOCOL) -> tuple[Scenario, ...]:
    """Every story and every case."""
    return tuple(scenario for path in (*scenario_files(), *BOOKS) for scenario in load_scenarios(path, protocol))


@pytest.mark.parametrize("book", BOOKS, ids=lambda path: path.stem)
def test_every_case_comes_true(book: Path) -> None:
    wrong = [
        f"{case.id} {case.title}: {line}" for case in load_scenarios(book, PROTOCOL) for line in differences(case, assess(PROTOCOL, case.history, case.now))
    ]
    assert wrong == []


def test_there_are_enough_of_them() -> None:
    assert len(scenarios()) >= ASKED


def test_every_rule_is_asked_for_every_answer_it_can_give() -> None:
    left = {rule: sorted(answers - set(EXCUSED["answers"].get(rule, {}))) for rule, answers in uncovered(PROTOCOL, scenarios()).items()}
    assert {rule: answers for rule, answers in left.items() if answers} == {}


@pytest.mark.parametrize("rule", PROTOCOL.rules, ids=lambda rule: rule.id)
def test_no_number_can_move_unseen(rule: Rule) -> None:
    excused = EXCUSED["numbers"].get(rule.id, {})
    alive = [mutant.moved for mutant in mutants_of(rule) if mutant.moved not in excused and survives(mutant, PROTOCOL, scenarios())]
    assert alive == []


def test_every_excuse_is_still_needed() -> None:
    named = [rule for rule in PROTOCOL.rules if rule.id in EXCUSED["numbers"]]
    moved = {(rule.id, mutant.moved) for rule in named for mutant in mutants_of(rule) if survives(mutant, PROTOCOL, scenarios())}
    assert {(rule, move) for rule, excused in EXCUSED["numbers"].items() for move in excused} <= moved
    assert {(rule, answer) for rule, excused in EXCUSED["answers"].items() for answer in excused} <= {
        (rule, answer) for rule, answers in uncovered(PROTOCOL, scenarios()).items() for answer in answers
    }
