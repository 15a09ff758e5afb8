"""What an editor is told: the schemas are current, take every shipped file, and refuse what the reader refuses for its shape."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from kairn.cli.protocol_readings import schema_text
from kairn.cli.schemas import SCHEMAS
from kairn.instruments.definition import FOLDER
from kairn.library.reader import LIBRARY, Node, read_yaml
from kairn.pathway.scenario import scenario_files
from kairn.protocol import load
from kairn.protocol.read_condition import READERS
from kairn.terms.problem import Unreadable

from .wrong_protocols import HERE, built, examples

KEPT = Path(__file__).resolve().parents[2] / "docs" / "schemas"
CASES = Path(__file__).resolve().parents[1] / "spec" / "cases"
VALIDATORS = {name: Draft202012Validator(make()) for name, make in SCHEMAS.items()}
PROTOCOLS = sorted(load.PROTOCOLS.glob("*/*/protocol.yaml"))
RULES = sorted({*load.PROTOCOLS.glob("*/*/*.yaml"), *(LIBRARY / "interactions").glob("*.yaml")} - set(PROTOCOLS))
FILES = [
    *(("protocol", path) for path in [*PROTOCOLS, HERE / "small" / "1" / "protocol.yaml"]),
    *(("rules", path) for path in [*RULES, HERE / "small" / "1" / "rules.yaml"]),
    *(("scenario", path) for path in [*scenario_files(), *sorted(CASES.glob("*.yaml"))]),
    *(("instrument", path) for path in sorted(FOLDER.glob("*.yaml"))),
]


def plain(node: Node) -> Any:
    """A file as a schema sees it, every value as text."""
    if isinstance(node.value, dict):
        return {name: plain(value) for name, value in node.value.items()}
    return [plain(item) for item in node.value] if isinstance(node.value, list) else node.value


def faults(name: str, value: Any) -> list[str]:
    return [f"{error.json_path}: {error.message[:200]}" for error in VALIDATORS[name].iter_errors(value)]


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_schema_is_sound_and_the_kept_one_is_current(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name]())
    assert (KEPT / f"{name}.json").read_text("utf-8") == schema_text(name), f"write it again: kairn protocol schema {name} > docs/schemas/{name}.json"


@pytest.mark.parametrize(("name", "path"), FILES, ids=lambda one: one.stem if isinstance(one, Path) else one)
def test_every_shipped_file_passes_its_schema(name: str, path: Path) -> None:
    assert faults(name, plain(read_yaml(path))) == []


SHAPES = ("unknown-field", "missing-field", "field-of-another-kind", "missing-unit", "odd-number", "unknown-fact", "unknown-choice", "unknown-condition",
          "unknown-source", "prediction-weighed")  # fmt: skip


@pytest.mark.parametrize("name", SHAPES)
def test_what_the_reader_refuses_for_its_shape_the_schema_refuses(tmp_path: Path, name: str) -> None:
    folder = built(tmp_path, examples()[name].wrong) / "small" / "1"
    assert faults("rules", plain(read_yaml(folder / "rules.yaml")))


CONDITIONS = {
    "at_most": {"fact": "systolic", "limit": "159 mm[Hg]"}, "at_least": {"fact": "systolic", "limit": "90 mm[Hg]", "within": "30 min", "visit": "this"},
    "between": {"fact": "systolic", "low": "90 mm[Hg]", "high": "159 mm[Hg]"}, "is": {"fact": "moud_status", "value": ["on", "declined"]},
    "band": {"instrument": "phq-9", "is": ["mild"]}, "known": {"fact": "sex"},
    "change": {"fact": "spo2", "since": "series", "fall_at_least": "3 %", "of": "baseline"},
    "repeated": {"of": {"at_most": {"fact": "spo2", "limit": "89 %"}}, "times": "2", "apart": "1 min"}, "listed": {"code_set": "stroke", "within": "90 d"},
    "unrecognised": {"within": "90 d"}, "age": {"low": "18 a", "high": "65 a"}, "since": {"moment": "infusion-ended", "at_least": "2 h"},
    "since_use": {"class": "alcohol", "at_most": "24 h"}, "given": {"drug": "ondansetron", "at_most": "1"}, "happened": {"what": "plan-signed"},
    "count": {"what": "infusions", "at_most": "5", "window": "28 d"}, "flagged": {"topic": "interaction", "severity": "stop"},
    "every": [{"known": {"fact": "sex"}}], "any_of": [{"known": {"fact": "sex"}}], "some": {"at_least": "1", "of": [{"known": {"fact": "sex"}}]},
    "not": {"known": {"fact": "sex"}},
}  # fmt: skip


def rule(condition: Any) -> list[dict[str, Any]]:
    said = {"rule": "r", "title": "T", "kind": "hold", "level": "stop", "while": "always", "condition": condition, "source": ["local-rules", "here"]}
    return [said | {"grade": "low", "rationale": "R.", "not_considered": "N."}]


def node(value: Any) -> Node:
    if isinstance(value, dict):
        return Node({name: node(one) for name, one in value.items()}, "f", 1)
    return Node([node(one) for one in value] if isinstance(value, list) else value, "f", 1)


def spoilt(value: Any) -> Iterator[Any]:
    """The value with one field too many, or one too few, at every depth."""
    if isinstance(value, dict):
        yield {**value, "surprise": "yes"}
        for name in value:
            yield {other: deepcopy(one) for other, one in value.items() if other != name}
            yield from ({**value, name: inner} for inner in spoilt(value[name]))
    elif isinstance(value, list):
        yield from ([*value[:at], inner, *value[at + 1 :]] for at, one in enumerate(value) for inner in spoilt(one))


def refused(told: list[dict[str, Any]]) -> bool:
    try:
        load._rule(node(told[0]))
    except Unreadable:
        return True
    return False


def test_every_condition_has_its_example() -> None:
    assert set(CONDITIONS) == set(READERS)


@pytest.mark.parametrize("name", CONDITIONS)
def test_fields_too_many_or_too_few_are_judged_alike(name: str) -> None:
    told = rule({name: CONDITIONS[name]})
    assert not refused(told) and faults("rules", told) == []
    changed = list(spoilt(told[0]))
    assert len(changed) > len(told[0])
    for one in changed:
        assert bool(faults("rules", [one])) is refused([one]), one


@pytest.mark.parametrize("path", PROTOCOLS, ids=lambda path: f"{path.parts[-3]} {path.parts[-2]}")
def test_a_head_with_a_field_too_many_is_refused(path: Path) -> None:
    whole = plain(read_yaml(path))
    for name in (None, "consent", "infusion"):
        spoiled = deepcopy(whole)
        (spoiled[name] if name else spoiled)["surprise"] = "yes"
        assert faults("protocol", spoiled)
    for name in load.HEAD_NEEDS:
        assert faults("protocol", {other: value for other, value in whole.items() if other != name})


def test_a_scenario_with_an_unknown_fact_field_or_event_is_refused() -> None:
    path = next(path for path in scenario_files() if path.stem == "ben-pressure-high")
    whole = plain(read_yaml(path))
    for change in ({"event": "magic"}, {"surprise": "yes"}, {"readings": {"aura": "1"}}):
        spoiled = deepcopy(whole)
        entry = next(entry for entry in spoiled["given"] if entry.get("event") == "observed")
        entry.update(change)
        assert faults("scenario", spoiled), change
    assert faults("scenario", {**whole, "then": {"rules": {"x": "perhaps"}}})


def test_schemas_are_told_apart_by_their_names() -> None:
    assert len({json.loads(schema_text(name))["$id"] for name in SCHEMAS}) == len(SCHEMAS)
