"""What the expressions of an exported protocol rest on: one Library of variables and data, and a ValueSet for each set of codes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from kairn.fhir.canonical import canonical
from kairn.fhir.plan_definition_logic import VARIABLES
from kairn.fhir.plan_definition_parts import Written, filled, number
from kairn.fhir.plan_definition_rule import of_fact
from kairn.fhir.questionnaire_out import to_questionnaire
from kairn.instruments.definition import INSTRUMENTS
from kairn.instruments.wording import own_wording
from kairn.library.code_sets import CODE_SETS
from kairn.library.facts import FACTS
from kairn.pathway.weigh_record import REVIEWS
from kairn.protocol.conditions import (
    AnyOf,
    AtLeast,
    AtMost,
    Band,
    Between,
    Change,
    Condition,
    Count,
    EveryOf,
    Is,
    Known,
    Listed,
    Not,
    Repeated,
    SomeOf,
    Unrecognised,
)  # fmt: skip
from kairn.protocol.rule import Protocol

_RESOURCES = {"conditions": ("Condition", "code"), "medicines": ("MedicationStatement", "medication"), "allergies": ("AllergyIntolerance", "code")}
_WEIGHT, _BIRTH = "weight", "birth_date"


def leaves(condition: Condition | None) -> Iterator[Condition]:
    """The conditions that ask about something themselves, without those that only join others."""
    match condition:
        case None:
            return
        case EveryOf(of) | AnyOf(of) | SomeOf(_, of):
            for inner in of:
                yield from leaves(inner)
        case Not(of) | Repeated(of):
            yield from leaves(of)
        case _:
            yield condition


def asked(protocol: Protocol) -> list[Condition]:
    """Every leaf of every rule."""
    return [leaf for rule in protocol.rules for part in (rule.applies, rule.condition) for leaf in leaves(part)]


def facts_of(protocol: Protocol) -> list[str]:
    """The facts that rules and schedules ask for, in alphabetical order."""
    scheduled = {fact for rule in protocol.rules if rule.schedule for fact in rule.schedule.facts}
    return sorted(scheduled | {_WEIGHT} | {name for leaf in asked(protocol) for name in _facts(leaf)})


def _facts(leaf: Condition) -> Iterable[str]:
    match leaf:
        case AtMost(fact) | AtLeast(fact) | Between(fact) | Is(fact) | Known(fact) | Change(fact):
            return (fact,)
        case Listed(what):
            return (REVIEWS[what],)
        case Unrecognised():
            return (REVIEWS["medicines"],)
        case Count(_, _, _, since) if since:
            return (since,)
        case _:
            return ()


def instruments_of(protocol: Protocol) -> list[str]:
    """The instruments whose bands, totals or flags are asked for, in alphabetical order."""
    bands = {leaf.instrument for leaf in asked(protocol) if isinstance(leaf, Band)}
    scored = [FACTS[name].of for name in facts_of(protocol) if name in FACTS]
    return sorted(bands | {of[0] for of in scored if of})


def code_sets_of(protocol: Protocol) -> dict[str, str]:
    """The sets of codes that are asked for -> the list each is looked for in."""
    return {leaf.code_set: leaf.what for leaf in sorted((one for one in asked(protocol) if isinstance(one, Listed)), key=lambda one: one.code_set)}


def write_library(protocol: Protocol) -> Written:
    """The Library: what each variable of the expressions holds, and the data it is made of."""
    listed = [_on_list(name, what) for name, what in code_sets_of(protocol).items()]
    return {
        "resourceType": "Library",
        "id": protocol.id,
        "url": canonical("Library", protocol.id),
        "version": protocol.version,
        "title": f"What the rules of {protocol.id} ask of a record",
        "status": "draft",
        "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/library-type", "code": "logic-library"}]},
        "parameter": [_parameter(name, kind, words) for name, (kind, words) in VARIABLES.items()],
        "dataRequirement": [*map(_on_fact, facts_of(protocol)), *listed],
    }


def _parameter(name: str, kind: str, words: str) -> Written:
    many = {"min": number(0), "max": "*" if kind == "BackboneElement" else "1"}
    return {"name": name, "use": "in", **many, "documentation": words, "type": kind}


def _on_fact(name: str) -> Written:
    return {"type": "Patient", "mustSupport": ["birthDate"]} if name == _BIRTH else of_fact(name)


def _on_list(name: str, what: str) -> Written:
    kind, path = _RESOURCES[what]
    return {"type": kind, "codeFilter": [{"path": path, "valueSet": canonical("ValueSet", name)}]}


def write_value_sets(protocol: Protocol) -> list[Written]:
    """A ValueSet for each set of codes, with the codes the library has for it; words a set also goes by are said in its purpose."""
    return [_value_set(name) for name in code_sets_of(protocol)]


def write_questionnaires(protocol: Protocol) -> list[Written]:
    """A Questionnaire for each instrument asked for that has our own words; one whose words only a pack may bring is named and not written."""
    known = [INSTRUMENTS[name] for name in instruments_of(protocol) if name in INSTRUMENTS]
    return [to_questionnaire(instrument, wording) for instrument in known if (wording := own_wording(instrument)) is not None]


def _value_set(name: str) -> Written:
    known = CODE_SETS.get(name)
    codes = sorted(known.codes) if known else []
    included = [{"system": of, "concept": [{"code": code} for _, code in same]} for of, same in groupby(codes, key=lambda pair: pair[0])]
    words = f"An entry without a known code counts by its words: {', '.join(known.words)}." if known and known.words else ""
    address = canonical("ValueSet", name)
    return filled(
        resourceType="ValueSet", id=name, url=address, title=known.label if known else name, status="draft", purpose=words,
        compose={"include": included} if included else {},
    )  # fmt: skip
