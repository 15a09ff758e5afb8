"""The exported logic asked of somebody else: an independent engine of FHIRPath answers yes, no and unknown as Kairn does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import fhirpathpy
import pytest
from hypothesis import HealthCheck, given, settings

from kairn.fhir.fhirpath import write
from kairn.fhir.plan_definition_library import leaves
from kairn.fhir.plan_definition_logic import tree_of
from kairn.pathway.assess import _asked
from kairn.pathway.course import course_of, visits_of
from kairn.pathway.ground import Ground
from kairn.pathway.scenario import load_scenario, scenario_files
from kairn.pathway.standing import Visit
from kairn.pathway.weigh import weigh
from kairn.protocol.conditions import AnyOf, Condition, EveryOf, Not, Repeated, SomeOf
from kairn.protocol.rule import Rule
from kairn.record.history import History
from kairn.terms.answer import Answer
from tests.laws.fhir_record import Record, member_of, without_units
from tests.laws.people import NOW, PROTOCOL, histories
from tests.laws.test_pathway_grammar import EVER, JOINED, MINUTE, history, read, taken


def with_runs(condition: Condition | None) -> Iterator[Condition]:
    """The leaves of a condition, and the runs of readings among what joins them."""
    yield from leaves(condition)
    match condition:
        case Repeated():
            yield condition
        case EveryOf(of) | AnyOf(of) | SomeOf(_, of):
            for inner in of:
                yield from with_runs(inner)
        case Not(of):
            yield from with_runs(of)
        case _:
            return


MEMBER_OF = {"userInvocationTable": {"memberOf": {"fn": member_of, "arity": {0: [], 1: ["String"]}}}}
LEAVES = [leaf for rule in PROTOCOL.rules for part in (rule.applies, rule.condition) for leaf in with_runs(part)]
STORIES = 10
_compiled: dict[str, Any] = {}


def ask(condition: Condition, variables: dict[str, Any]) -> Answer:
    """What the engine answers; no answer at all is unknown."""
    text = write(tree_of(condition))
    if text not in _compiled:
        _compiled[text] = fhirpathpy.compile(without_units(text), options=MEMBER_OF)
    found = _compiled[text]({}, {name: [item for item in items if spoken_of(item, text)] for name, items in variables.items()})
    assert found in ([], [True], [False]), found
    return Answer.of(found[0] if found else None)


def spoken_of(item: Any, text: str) -> bool:
    """Whether an expression can speak of an item at all: the engine is slow, and looks at everything it is given."""
    names = [item[key] for key in ("fact", "what", "instrument", "drug", "name", "list") if key in item] if isinstance(item, dict) else []
    return all(f"'{name}'" in text for name in names)


def unlike(ground: Ground, rules: list[tuple[Rule, Visit | None]]) -> tuple[list[tuple[str, Answer, Answer, str]], Counter[Answer]]:
    """Rules on which the engine and Kairn differ, and how often each answer was given."""
    records: dict[Any, dict[str, Any]] = {}
    found, seen = [], Counter[Answer]()
    for rule, visit in rules:
        key = visit.id if visit else None
        records[key] = records.get(key) or Record(ground, visit, LEAVES).variables()
        for condition in filter(None, (rule.applies, rule.condition)):
            ours, theirs = weigh(condition, ground, visit).answer, ask(condition, records[key])
            seen[ours] += 1
            if ours is not theirs:
                found.append((rule.id, ours, theirs, write(tree_of(condition))))
    return found, seen


def ground_of(history: History, now: datetime) -> Ground:
    return Ground(PROTOCOL, history, now, course_of(history), visits_of(history))


def test_another_engine_answers_every_rule_of_a_story_alike() -> None:
    answers = Counter[Answer]()
    files = scenario_files()
    for path in files[:: max(1, len(files) // STORIES)]:
        story = load_scenario(path, PROTOCOL)
        ground = ground_of(story.history, story.now)
        found, seen = unlike(ground, list(_asked(ground)))
        assert not found, (path.stem, found[:3])
        answers += seen
    assert min(answers[answer] for answer in Answer) > STORIES, answers


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(histories())
def test_another_engine_answers_alike_at_the_limits(history: History) -> None:
    ground = ground_of(history, NOW)
    found, _ = unlike(ground, list(_asked(ground)))
    assert not found, found[:3]


@pytest.mark.parametrize("text", [JOINED, EVER])
def test_another_engine_takes_half_a_pressure_alike(text: str) -> None:
    condition, answers = read(text), Counter[Answer]()
    first, last = taken(9 * MINUTE, systolic="186", diastolic="112"), taken(4 * MINUTE, systolic="184", diastolic="111")
    for between in ({"systolic": "150"}, {"systolic": "150", "diastolic": "90"}, {"diastolic": "115"}):
        for after in ({"systolic": "172"}, {"systolic": "172", "diastolic": "90"}, {"systolic": "181"}):
            ground = ground_of(history(first, taken(6 * MINUTE, **between), last, taken(MINUTE, **after)), NOW)
            ours = weigh(condition, ground, None).answer
            assert ours is ask(condition, Record(ground, None, list(with_runs(condition))).variables()), (between, after)
            answers[ours] += 1
    assert answers[Answer.YES] and answers[Answer.NO]
