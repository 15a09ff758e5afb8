"""A protocol as FHIR: valid by an independent library, sound where that library does not look, and refused with a sentence where it is not ours."""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from fhir.resources.R4B import get_fhir_model_class
from fhirpathpy.parser import parse
from pydantic import BaseModel

from kairn.cli.protocol_export import export, import_fhir
from kairn.fhir.canonical import BASE
from kairn.fhir.fhirpath import read, write
from kairn.fhir.plan_definition import from_fhir, to_fhir
from kairn.fhir.plan_definition_conditions import read_condition
from kairn.fhir.plan_definition_logic import tree_of
from kairn.fhir.write_json import write_json
from kairn.instruments.definition import INSTRUMENTS
from kairn.instruments.wording import own_wording
from kairn.protocol.conditions import AnyOf, AtMost, Count, EveryOf, Happened, Listed, Not, Repeated, Since, SomeOf
from kairn.protocol.load import load_protocol
from kairn.protocol.rule import Protocol
from kairn.terms.problem import Unreadable
from kairn.terms.quantity import parse_quantity
from kairn.terms.strict_json import NumberText, read_json
from kairn.terms.times import parse_duration

NAME = ("iv-ketamine-oud", "1.0")
LOW = AtMost("spo2", parse_quantity("91 %"), parse_duration("12 min"), this_visit=True)


@cache
def shipped() -> Protocol:
    return load_protocol(*NAME)


@cache
def text() -> str:
    return write_json(to_fhir(shipped()))


@cache
def bundle() -> Any:
    """Do not change; copy it first."""
    return read_json(text())


def resources(kind: str) -> list[Any]:
    return [entry["resource"] for entry in bundle()["entry"] if entry["resource"]["resourceType"] == kind]


def plan() -> Any:
    return resources("PlanDefinition")[0]


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every object inside a value, itself included."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects(inner)


def actions(parent: Any) -> Iterator[dict[str, Any]]:
    for action in parent.get("action", []):
        yield action
        yield from actions(action)


def rule_action(name: str, of: Any = None) -> Any:
    return next(action for action in actions(of or plan()) if action.get("id") == name)


def a_gate(of: Any) -> Any:
    return next(action for action in actions(of) if action.get("relatedAction") and action.get("documentation"))


def expressions() -> list[str]:
    return [each["expression"] for each in objects(plan()) if isinstance(each.get("expression"), str)]


def model_faults(model: Any, place: str) -> Iterator[str]:
    """Codes outside the closed lists that FHIR binds; the library knows the lists and does not hold a value against them."""
    for name, field in type(model).model_fields.items():
        value = getattr(model, name, None)
        listed = (field.json_schema_extra or {}).get("enum_values")
        for index, each in enumerate(value if isinstance(value, list) else [value]):
            if listed and "+" not in listed and isinstance(each, str) and each not in listed:
                yield f"{place}.{name}: {each!r} is none of {listed}"
            if isinstance(each, BaseModel):
                yield from model_faults(each, f"{place}.{name}[{index}]")


def test_every_resource_is_valid_by_an_independent_library() -> None:
    kinds = Counter(entry["resource"]["resourceType"] for entry in bundle()["entry"])
    assert kinds["PlanDefinition"] == kinds["Library"] == 1
    assert kinds["ValueSet"] > 1 and kinds["Questionnaire"] > 1
    model = get_fhir_model_class("Bundle").model_validate_json(text())
    assert len(model.entry) == len(bundle()["entry"])
    faults = list(model_faults(model, "Bundle"))
    assert not faults, faults[:5]


def test_the_independent_library_is_strict() -> None:
    for spoil in ({"action": [{"titel": "x"}]}, {"status": None}, {"action": [{"condition": [{"expression": {"language": "text/fhirpath"}}]}]}):
        with pytest.raises(ValueError, match="validation error"):
            get_fhir_model_class("PlanDefinition").model_validate_json(write_json(plan() | spoil))
    spoilt = get_fhir_model_class("PlanDefinition").model_validate_json(write_json(plan() | {"action": [{"requiredBehavior": "perhaps"}]}))
    assert list(model_faults(spoilt, "PlanDefinition"))


def test_nothing_is_written_that_only_r4b_has() -> None:
    """Of what is written here R4B changed one thing against R4: a PlanDefinition's subject may be a canonical there."""
    assert "subjectCanonical" not in plan()


def test_each_id_stands_once() -> None:
    for whole in resources("PlanDefinition"):
        twice = [name for name, count in Counter(each["id"] for each in objects(whole) if "id" in each).items() if count > 1]
        assert not twice
    full = [entry["fullUrl"] for entry in bundle()["entry"]]
    assert len(set(full)) == len(full)
    for questionnaire in resources("Questionnaire"):
        links = [each["linkId"] for each in objects(questionnaire) if "linkId" in each]
        assert len(set(links)) == len(links), questionnaire["id"]


def test_every_address_of_ours_is_in_the_bundle() -> None:
    here = {entry["resource"]["url"] for entry in bundle()["entry"]}
    kinds = tuple(f"{BASE}/{kind}/" for kind in ("PlanDefinition", "Library", "ValueSet", "Questionnaire"))
    spoken = [part for expression in expressions() for part in expression.split("'") if part.startswith(kinds)]
    asked = [value for each in objects(bundle()) for part in each.values() for value in (part if isinstance(part, list) else [part])]
    named = {value.partition("|")[0] for value in [*spoken, *asked] if isinstance(value, str) and value.startswith(kinds)}
    without_words = {f"{BASE}/Questionnaire/{name}" for name, instrument in INSTRUMENTS.items() if own_wording(instrument) is None}
    assert spoken
    assert named - here <= without_words


def test_every_related_action_is_there_and_every_gate_guards_one() -> None:
    ids = {action["id"] for action in actions(plan()) if "id" in action}
    related = [each["actionId"] for action in actions(plan()) for each in action.get("relatedAction", [])]
    assert related and set(related) <= ids
    for rule in shipped().rules:
        assert bool(rule.guards) == ("relatedAction" in rule_action(rule.id)), rule.id


def test_every_variable_of_an_expression_is_a_parameter_of_the_library() -> None:
    def variables(node: Any) -> Iterator[str]:
        if node.get("type") == "ExternalConstant":
            yield node["children"][0]["text"]
        for child in node.get("children", []):
            yield from variables(child)

    named = {parameter["name"] for parameter in resources("Library")[0]["parameter"]}
    used = {name for expression in set(expressions()) for name in variables(parse(expression))}
    assert {"readings", "happenings", "dose"} <= used <= named


def test_every_fact_asked_for_is_data_the_library_requires() -> None:
    required = {coding["code"] for each in objects(resources("Library")[0]) for coding in each.get("code", []) if isinstance(each.get("code"), list)}
    asked = {part.split("'")[1] for expression in expressions() for part in expression.split("fact = ")[1:]}
    assert asked - {"birth_date"} <= required
    assert "8480-6" in required


def test_the_infusion_says_its_limits_where_fhir_has_a_place() -> None:
    infusion = next(action for action in actions(plan()) if action.get("title") == "Infusion")
    limits = shipped().infusion
    repeat = infusion["timingTiming"]["repeat"]
    assert repeat["count"] == str(limits.infusions) and isinstance(repeat["count"], NumberText)
    assert (repeat["period"], repeat["periodMax"], repeat["periodUnit"]) == (*map(str, limits.spacing_days), "d")
    assert [each["requiredBehavior"] for each in infusion["action"]] == ["must", "must-unless-documented"]
    hard = infusion["action"][0]["condition"][0]["expression"]["expression"]
    assert hard == f"%dose.select($this >= {limits.hard[0].value} '{limits.hard[0].unit}' and $this <= {limits.hard[1].value} '{limits.hard[1].unit}')"


def test_who_may_set_a_gate_aside_is_an_action_under_it() -> None:
    rule = next(rule for rule in shipped().rules if rule.override)
    assert rule.override is not None
    written = rule_action(rule.id)
    assert written["requiredBehavior"] == "must-unless-documented"
    assert [part["role"]["coding"][0]["code"] for part in written["action"][0]["participant"]] == list(rule.override.roles)
    never = next(rule for rule in shipped().rules if rule.guards and not rule.override)
    assert rule_action(never.id)["requiredBehavior"] == "must"
    assert "action" not in rule_action(never.id)


def test_a_citation_is_a_related_artifact_in_full() -> None:
    found = [each for each in objects(plan()) if each.get("type") == "citation" and each.get("label") == "dakwar2019"]
    assert found[0]["url"] == "https://doi.org/10.1176/appi.ajp.2019.18101123"
    assert found[0]["display"] and found[0]["citation"].startswith("Dakwar 2019")


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (LOW, "%readings.where(fact = 'spo2' and visit and age < 12 'min').last().value <= 91 '%'"),
        (Not(Happened("order-signed")), "%happenings.where(what = 'order-signed').answer.not()"),
        (Since("infusion-ended", None, parse_duration("0.5 h")), "%moments.where(name = 'infusion-ended').age < 0.5 'h'"),
        (Count("infusions", 6, parse_duration("30 d")), "%counted.where(what = 'infusions' and age < 30 'd').count() <= 6"),
        (
            EveryOf((AnyOf((Happened("a"), Happened("b"))), Happened("c"))),
            "(%happenings.where(what = 'a').answer or %happenings.where(what = 'b').answer) and %happenings.where(what = 'c').answer",
        ),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else "",
)  # fmt: skip
def test_a_condition_reads_as_written(condition: Any, expected: str) -> None:
    assert write(tree_of(condition)) == expected
    assert read_condition(expected, "here") == condition


@pytest.mark.parametrize(
    "foreign",
    [
        "1 'mg' or", "%readings..last()", "now() - 3 days", "%a.b", "true", "{}", "%readings.where(fact = 'x').last().value > 5 'mg'",
        "%readings.where(fact = 'x').first().value <= 5 'mg'", "%readings.where(fact = 'x').last().value <= 5",
        "%readings.where(fact = 'x').last().value <= 5 'mgg'",
        "%readings.where(fact = 'x').last().value<=5 'mg'", "%readings.where(fact = 'x' and colour = 'red').last().value <= 5 'mg'", "'unfinished",
        "%readings.where(age < 3 'mo' and fact = 'x').last().value <= 5 'mg'", "a and b or", "(%x", "%age.select($this >= 18 'a' and $this <= 65)",
        "%moments.where(name = 'x').age >= 1 'h' xor true", "1 + 2 - 3", "((((" * 4000,
    ],
)  # fmt: skip
def test_an_expression_that_is_not_ours_is_refused_with_a_place(foreign: str) -> None:
    with pytest.raises(Unreadable) as fault:
        read_condition(foreign, "PlanDefinition.action[0]")
    assert fault.value.problem.where.startswith("PlanDefinition.action[0]")


@pytest.mark.parametrize(
    "unsayable",
    [
        EveryOf(()), AnyOf(()), SomeOf(1, ()), Since("x", None, None), Since("x", parse_duration("1 h"), parse_duration("2 h")),
        Count("x", 1, parse_duration("1 d"), "y"), Listed("songs", "x", None), Listed("medicines", "no such id!", None),
        Repeated(AnyOf((Happened("x"),)), 2, parse_duration("1 h")),  # type: ignore[arg-type]
    ],
    ids=repr,
)  # fmt: skip
def test_what_the_grammar_cannot_say_is_not_written(unsayable: Any) -> None:
    with pytest.raises(Unreadable):
        tree_of(unsayable)


@pytest.mark.parametrize("tree", ["'it\\'s \\\\ here'", "'caf\u00e9 \\n'", "-0.50 'Cel'", "a.b(c, {}, true)", "(a or b) and c in ('x' | 'y')"])
def test_an_expression_is_written_as_it_was_read(tree: str) -> None:
    assert write(read(tree)) == tree


def test_a_decimal_keeps_its_digits() -> None:
    limit = parse_quantity("0.50 mg/kg")
    found = read_condition(write(tree_of(AtMost("weight", limit, None))), "here")
    assert isinstance(found, AtMost)
    assert str(found.limit.value) == "0.50"


CHANGES: dict[str, Callable[[Any], Any]] = {
    "a part beside ours": lambda changed: changed.update(purpose="x"),
    "a description that the sentences of the summary do not make": lambda changed: changed.update(description="x"),
    "another status": lambda changed: changed.update(status="active"),
    "an expression in another language": lambda changed: a_gate(changed)["condition"][0]["expression"].update(language="text/cql"),
    "a rule of no kind": lambda changed: a_gate(changed).pop("code"),
    "no infusion": lambda changed: changed["action"].remove(next(each for each in changed["action"] if each["title"] == "Infusion")),
    "a gate that guards nothing known": lambda changed: a_gate(changed)["relatedAction"][0].update(actionId="nowhere"),
    "a number in quotes": lambda changed: next(each for each in objects(changed) if "periodMax" in each).update(periodMax="7"),
    "a list for a text": lambda changed: changed.update(title=["x"]),
    "a text for a list": lambda changed: changed.update(action="x"),
    "nothing for a line": lambda changed: a_gate(changed)["documentation"].pop(),
    "an extension of somebody else's": lambda changed: a_gate(changed)["extension"].append({"url": "http://x", "valueCode": "y"}),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_plan_that_is_not_ours_is_refused_with_a_sentence(change: Callable[[Any], Any]) -> None:
    changed = copy.deepcopy(plan())
    change(changed)
    with pytest.raises(Unreadable) as fault:
        from_fhir(changed)
    assert fault.value.problem.where


@pytest.mark.parametrize("other", [{"resourceType": "Bundle", "entry": []}, {"resourceType": "Patient"}, [], "x", {}])
def test_what_holds_no_plan_is_refused(other: Any) -> None:
    with pytest.raises(Unreadable):
        from_fhir(other)


def test_what_a_server_gives_itself_is_let_be() -> None:
    changed = copy.deepcopy(plan())
    changed.update(id="4711", meta={"versionId": "3"}, text={"status": "generated", "div": "<div/>"})
    assert from_fhir(changed) == shipped()


@pytest.mark.parametrize(
    "change", [{"id": "no id!"}, {"title": " x "}, {"rules": "twice"}, {"infusion": "none"}], ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_what_could_not_come_back_is_not_written(change: dict[str, Any]) -> None:
    protocol = shipped()
    made = {"rules": (protocol.rules[0], protocol.rules[0]), "infusion": replace(protocol.infusion, infusions=0)}
    with pytest.raises(Unreadable):
        to_fhir(replace(protocol, **{name: made.get(name, value) for name, value in change.items()}))


def test_json_is_written_as_it_is_read() -> None:
    value = read_json('{"a": [1.50, 0, "1.50", true, null, {}, [], "é\\n"]}')
    again = read_json(write_json(value))
    assert again == value
    assert [type(part) for part in again["a"]] == [type(part) for part in value["a"]]
    assert "1.50," in write_json(value)


def test_the_command_line_says_where_it_cannot_write(tmp_path: Path) -> None:
    said = CliRunner().invoke(export, ["krupitsky-2007", "--to", str(tmp_path / "no" / "x.json")])
    assert said.exit_code == 1 and "Name another with --to" in said.output


def test_the_command_line_writes_and_compares(tmp_path: Path) -> None:
    run, file = CliRunner(), tmp_path / "out.json"
    assert run.invoke(export, [NAME[0], "--to", str(file)]).exit_code == 0
    assert file.read_text("utf-8") == text()
    same = run.invoke(import_fhir, [str(file), "--check"])
    assert same.exit_code == 0 and "No differences" in same.output
    file.write_text(text().replace("Supervised intravenous ketamine", "Intravenous ketamine", 1), "utf-8")
    other = run.invoke(import_fhir, [str(file), "--check"])
    assert other.exit_code == 1 and "1 difference" in other.output
    file.write_text("{", "utf-8")
    assert run.invoke(import_fhir, [str(file)]).exit_code == 2
    assert run.invoke(export, ["nowhere"]).exit_code == 2


def test_the_command_line_says_it_to_a_script(tmp_path: Path) -> None:
    run, file = CliRunner(), tmp_path / "out.json"
    file.write_text(text(), "utf-8")
    alone, same = (run.invoke(import_fhir, [str(file), "--json", *more]) for more in ((), ("--check",)))
    assert (alone.exit_code, json.loads(alone.output)["differences"]) == (0, None)
    assert (same.exit_code, json.loads(same.output)["differences"]) == (0, [])
    assert json.loads(same.output)["content"] == load_protocol(*NAME).content_hash
    file.write_text(text().replace("Supervised intravenous ketamine", "Intravenous ketamine", 1), "utf-8")
    other = run.invoke(import_fhir, [str(file), "--json", "--check"])
    assert (other.exit_code, len(json.loads(other.output)["differences"])) == (1, 1)
    file.write_text("{", "utf-8")
    broken = run.invoke(import_fhir, [str(file), "--json"])
    assert broken.exit_code == 2 and "expected" in json.loads(broken.output)["sentence"]


def test_a_code_that_differs_in_a_set_is_a_difference(tmp_path: Path) -> None:
    changed = copy.deepcopy(bundle())
    values = next(entry["resource"] for entry in changed["entry"] if entry["resource"].get("compose"))
    values["compose"]["include"][0]["concept"][0]["code"] += "1"
    file = tmp_path / "x.json"
    file.write_text(write_json(changed), "utf-8")
    said = CliRunner().invoke(import_fhir, [str(file), "--check"])
    assert said.exit_code == 1 and "compose.include[0].concept[0].code" in said.output
