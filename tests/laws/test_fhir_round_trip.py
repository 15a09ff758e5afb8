"""Laws of the export: what the grammar can say comes back from FHIR exactly, out of expressions that somebody else can read too."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import Any, get_args

import pytest
from fhir.resources.R4B.bundle import Bundle
from fhirpathpy.parser import parse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kairn.fhir.fhirpath import read, write
from kairn.fhir.plan_definition import from_fhir, to_fhir
from kairn.fhir.plan_definition_conditions import read_condition
from kairn.fhir.plan_definition_logic import tree_of
from kairn.fhir.write_json import write_json
from kairn.library.reader import read_yaml_text
from kairn.protocol.conditions import Condition
from kairn.protocol.load import PROTOCOLS, load_protocol
from kairn.protocol.rule import Citation, Claim, DoseLimits, FlagSays, OverrideBy, Protocol, Rule, Schedule, While
from kairn.terms.problem import Unreadable
from kairn.terms.strict_json import NumberText, read_json
from tests.laws.protocols import conditions, protocols

SHIPPED = sorted(path.relative_to(PROTOCOLS).parts for path in PROTOCOLS.glob("*/*") if (path / "protocol.yaml").is_file())
PHRASE = 60
BANNED = ("content", "contentType", "data", "div", "contained", "modifierExtension")
often = settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
seldom = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))


def back(protocol: Protocol) -> Protocol:
    """The protocol after a journey through the text of a file."""
    return from_fhir(read_json(write_json(to_fhir(protocol))))


def spelled(value: Any) -> str:
    """Every value as it is written: two decimals that are equal but written otherwise (0.5, 0.50) differ here."""
    return repr(value)


def leaves_of(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every single value of a resource with its path."""
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves_of(inner, (*path, key))
    else:
        yield path, value


def expressions(bundle: Any) -> list[str]:
    return [value for path, value in leaves_of(bundle) if path[-1] == "expression"]


@cache
def shipped(name: tuple[str, str]) -> Protocol:
    return load_protocol(*name)


@cache
def sent(name: tuple[str, str]) -> Any:
    return to_fhir(shipped(name))


@pytest.mark.parametrize("name", SHIPPED, ids="/".join)
def test_a_shipped_protocol_comes_back_exactly(name: tuple[str, str]) -> None:
    bundle = read_json(write_json(sent(name)))
    found = from_fhir(bundle)
    assert found == shipped(name)
    assert spelled(found) == spelled(shipped(name))
    assert found.by_id == shipped(name).by_id
    assert from_fhir(bundle["entry"][0]["resource"]) == found, "the PlanDefinition alone says it all"


def test_another_reader_of_fhirpath_takes_every_expression_of_the_shipped_protocols() -> None:
    found = {text for name in SHIPPED for text in expressions(sent(name)["entry"][0])}
    assert len(found) > max(len(shipped(name).rules) for name in SHIPPED)
    for text in found:
        assert parse(text)["children"], text


@often
@given(conditions)
def test_every_condition_comes_back_from_its_expression(condition: Condition) -> None:
    text = write(tree_of(condition))
    assert read(text) == tree_of(condition)
    found = read_condition(text, "here")
    assert found == condition
    assert spelled(found) == spelled(condition)


@seldom
@given(conditions)
def test_another_reader_of_fhirpath_takes_every_expression(condition: Condition) -> None:
    assert parse(write(tree_of(condition)))["children"]


@often
@given(protocols)
def test_every_protocol_comes_back_exactly(protocol: Protocol) -> None:
    found = back(protocol)
    assert found == protocol
    assert spelled(found) == spelled(protocol)


@seldom
@given(protocols)
def test_every_protocol_is_valid_fhir_and_carries_no_source(protocol: Protocol) -> None:
    bundle = to_fhir(protocol)
    Bundle.model_validate_json(write_json(bundle))
    assert not smuggled(bundle)


@pytest.mark.parametrize("name", SHIPPED, ids="/".join)
def test_no_extension_or_attachment_of_a_shipped_protocol_carries_the_source(name: tuple[str, str]) -> None:
    """Questionnaires are the instruments' own export; no protocol is read from them."""
    assert not smuggled([entry for entry in sent(name)["entry"] if entry["resource"]["resourceType"] != "Questionnaire"])


def smuggled(value: Any, place: str = "Bundle") -> list[str]:
    """Where an extension holds anything but one short typed value, or an attachment, a narrative or contained content is there at all."""
    if isinstance(value, list):
        return [fault for index, inner in enumerate(value) for fault in smuggled(inner, f"{place}[{index}]")]
    if not isinstance(value, dict):
        return []
    found = [f"{place}.{name}" for name in BANNED if name in value]
    found += [f"{place}.text"] if isinstance(value.get("text"), dict) else []
    for extension in value.get("extension", []):
        inner = [name for name in extension if name != "url"]
        texts = [str(part) for path, part in leaves_of(extension) if path != ("url",)]
        if len(inner) != 1 or not inner[0].startswith("value") or any(len(text) > PHRASE or is_grammar(text) for text in texts):
            found.append(f"{place}.extension {extension['url']}")
    return found + [fault for name, inner in value.items() for fault in smuggled(inner, f"{place}.{name}")]


def is_grammar(text: Any) -> bool:
    """Whether a text reads as a mapping or a list of YAML or JSON."""
    try:
        return isinstance(read_yaml_text(str(text), "x").value, dict | list)
    except Unreadable:
        return False


def test_the_search_for_source_text_finds_it() -> None:
    dumped = "rule: x\nkind: gate\n"
    assert is_grammar(dumped) and is_grammar('{"rule": "x"}') and not is_grammar("very-low")
    assert smuggled({"extension": [{"url": "u", "valueString": dumped}]})
    assert smuggled({"extension": [{"url": "u", "extension": [{"url": "v", "valueCode": "a"}]}]})
    assert smuggled({"entry": [{"resource": {"content": [{"contentType": "text/plain", "data": "cnVsZQ=="}]}}]})
    assert smuggled({"extension": [{"url": "u", "valueString": "word " * 40}]})


@seldom
@given(protocols, st.data())
def test_what_is_taken_out_or_changed_is_refused_or_says_something_else(protocol: Protocol, data: st.DataObject) -> None:
    bundle = read_json(write_json(to_fhir(protocol)))
    plan = bundle["entry"][0]["resource"]
    own = [(path, value) for path, value in leaves_of(plan) if path[0] not in ("id",)]
    for path, value in data.draw(st.lists(st.sampled_from(own), min_size=1, max_size=8)):
        for changed in (without(bundle, path), replaced(bundle, path, other(value))):
            try:
                assert from_fhir(changed) != protocol, path
            except Unreadable:
                continue


def other(value: Any) -> Any:
    return NumberText(f"{value}1") if isinstance(value, NumberText) else f"{value}x"


def without(bundle: Any, path: tuple[Any, ...]) -> Any:
    changed = copy.deepcopy(bundle)
    owner = inside(changed, path)
    del owner[path[-1]]
    return changed


def replaced(bundle: Any, path: tuple[Any, ...], value: Any) -> Any:
    changed = copy.deepcopy(bundle)
    inside(changed, path)[path[-1]] = value
    return changed


def inside(bundle: Any, path: tuple[Any, ...]) -> Any:
    owner = bundle["entry"][0]["resource"]
    for key in path[:-1]:
        owner = owner[key]
    return owner


def test_the_generated_protocols_say_everything_the_grammar_can() -> None:
    """A law over protocols that never say a thing would hold nothing of that thing."""
    said: set[str] = set()

    for strategy, examples in ((protocols, 150), (conditions, 300)):

        @settings(max_examples=examples, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
        @given(strategy)
        def look(value: Any) -> None:
            said.update(filled_in(value))

        look()
    parts = (Protocol, Rule, While, Schedule, OverrideBy, FlagSays, Citation, Claim, DoseLimits, *get_args(Condition))
    wanted = {f"{part.__name__}.{field.name}" for part in parts for field in dataclasses.fields(part) if field.compare}
    assert wanted <= said, sorted(wanted - said)


def filled_in(value: Any) -> Iterator[str]:
    """Each field that says something, of each part of a protocol."""
    if isinstance(value, tuple):
        for inner in value:
            yield from filled_in(inner)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            inner = getattr(value, field.name)
            if inner or isinstance(inner, int | Decimal):
                yield f"{type(value).__name__}.{field.name}"
            yield from filled_in(inner)
