"""A protocol as a FHIR R4 Bundle (PlanDefinition, Library, ValueSets, Questionnaires), and the protocol again from the PlanDefinition's own structure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from kairn.fhir.canonical import canonical, system
from kairn.fhir.node import Node
from kairn.fhir.plan_definition_head import guards_of, parts, read_consent, read_infusion, read_moves, read_names, read_summary, step_ids, write_head
from kairn.fhir.plan_definition_library import instruments_of, write_library, write_questionnaires, write_value_sets
from kairn.fhir.plan_definition_parts import Written, chosen, concept, concepts, document, documents, filled, of_kind, own_code
from kairn.fhir.plan_definition_rule import read_rule, write_rule
from kairn.protocol.rule import Protocol, Rule, Use
from kairn.terms.problem import unreadable
from kairn.terms.strict_json import NumberText

_HASH, _ID = "content-hash", "protocol"
_CONTEXT = "http://terminology.hl7.org/CodeSystem/usage-context-type"
_TYPE = "http://terminology.hl7.org/CodeSystem/plan-definition-type"
_SERVERS_OWN = ("id", "meta", "text")
"""Parts of a resource that a FHIR server gives itself; they say nothing of the protocol."""


def to_fhir(protocol: Protocol) -> Written:
    """The protocol as a collection Bundle; numbers are NumberText, for `write_json`.

    Raises Unreadable for what FHIR, or the reading back, could not hold exactly; nothing is ever written with a part lost.
    """
    bundle = _write(protocol)
    if _read(_plan_of(Node(bundle, "Bundle"))) != protocol:
        raise unreadable(
            f"something in {protocol.id} that does not come back from FHIR as it was", "texts without spaces around them, and plain names", "Correct it."
        )
    return bundle


def from_fhir(bundle: Any) -> Protocol:
    """The protocol of a Bundle (or of a PlanDefinition alone), as `read_json` gives it. Raises Unreadable with the place of the first fault.

    Every part of the PlanDefinition must say what the protocol says: one that would not be written so again is refused, never passed over.
    """
    plan = _plan_of(Node(bundle, str(bundle.get("resourceType", "")) if isinstance(bundle, dict) else "the file"))
    protocol = _read(plan)
    unlike = next(differences(_own(plan.value), _own(_plan_of(Node(_write(protocol), "")).value), plan.place), None)
    if unlike:
        place, seen, expected = unlike
        raise unreadable(seen, expected, "Export the protocol again, or take out what Kairn does not write.", place)
    return protocol


def _write(protocol: Protocol) -> Written:
    resources = [_plan(protocol), write_library(protocol), *write_value_sets(protocol), *write_questionnaires(protocol)]
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"fullUrl": canonical(each["resourceType"], each["id"]), "resource": each} for each in resources],
    }


def _plan(protocol: Protocol) -> Written:
    steps = step_ids(protocol)
    actions = [*write_head(protocol), *(_section(file, list(rules), steps) for file, rules in groupby(protocol.rules, key=lambda rule: rule.file))]
    _once(actions)
    names = [{"system": system(_ID), "value": protocol.id}, *([{"system": system(_HASH), "value": protocol.content_hash}] if protocol.content_hash else [])]
    instruments = [{"type": "depends-on", "resource": canonical("Questionnaire", name)} for name in instruments_of(protocol)]
    return filled(
        resourceType="PlanDefinition",
        id=protocol.id,
        url=canonical("PlanDefinition", protocol.id),
        identifier=names,
        version=protocol.version,
        title=protocol.title,
        type={"coding": [{"system": _TYPE, "code": "clinical-protocol"}]},
        status="draft",
        useContext=[{"code": {"system": _CONTEXT, "code": "workflow"}, "valueCodeableConcept": concept("use", protocol.use)}],
        description=protocol.lead,
        relatedArtifact=instruments,
        library=[f"{canonical('Library', protocol.id)}|{protocol.version}"],
        action=actions,
    )


def _section(file: str, rules: list[Rule], steps: dict[str, str]) -> Written:
    """The rules of one file, in its order."""
    title = file.rpartition("/")[2].removesuffix(".yaml").replace("-", " ")
    papers = documents(document("derived-from", display=file))
    return filled(title=title, code=concepts(part="rules"), documentation=papers, action=[write_rule(rule, steps.__getitem__) for rule in rules])


def _once(actions: list[Written]) -> None:
    """Refuse an id that two actions would share."""
    twice = [name for name, count in Counter(_ids(actions)).items() if count > 1]
    if twice:
        raise unreadable(f"the id {twice[0]!r} twice among stages, steps and rules", "each id once", "Rename one of them in the protocol.")


def _ids(actions: list[Written]) -> Iterator[str]:
    for action in actions:
        if "id" in action:
            yield action["id"]
        yield from _ids(action.get("action", []))


def _plan_of(root: Node) -> Node:
    if root.get("resourceType").text() == "PlanDefinition":
        return root
    found = [each.get("resource") for each in root.get("entry").each() if each.get("resource", "resourceType").text() == "PlanDefinition"]
    if len(found) != 1:
        raise unreadable(f"{len(found)} PlanDefinitions", "exactly one", "Give the Bundle of one protocol.", root.place)
    return found[0]


def _read(plan: Node) -> Protocol:
    guards = guards_of(plan)
    rules = tuple(read_rule(action, _file_of(section), guards) for section in parts(plan, "rules") for action in section.get("action").each())
    consent, teach_back = read_consent(plan)
    infusion, route = read_infusion(plan)
    use = plan.get("useContext").first().get("valueCodeableConcept", "coding")
    return Protocol(
        id=_identifier(plan, _ID),
        version=plan.get("version").text(),
        title=plan.get("title").text(),
        summary=read_summary(plan),
        stages=read_names(plan, "stages", "stage"),
        exits=read_names(plan, "exits", "exit"),
        moves=read_moves(plan),
        rules=rules,
        infusion=infusion,
        consent=consent,
        content_hash=_identifier(plan, _HASH),
        teach_back=teach_back,
        use=chosen(use, own_code(use.each(), "use"), Use),
        route=route,
        by_id={rule.id: rule for rule in rules},
    )


def _file_of(section: Node) -> str:
    papers = of_kind(section.get("documentation"), "derived-from")
    return papers[0].get("display").text() if papers else ""


def _identifier(plan: Node, of: str) -> str:
    return next((each.get("value").text() for each in plan.get("identifier").each() if each.get("system").text() == system(of)), "")


def _own(resource: Written) -> Written:
    return {name: value for name, value in resource.items() if name not in _SERVERS_OWN}


def differences(seen: Any, expected: Any, place: str) -> Iterator[tuple[str, str, str]]:
    """Where two FHIR values differ: the place, what stands in the first, and what stands in the second; numbers digit for digit."""
    if isinstance(seen, dict) and isinstance(expected, dict):
        for name in dict.fromkeys([*seen, *expected]):
            yield from differences(seen.get(name), expected.get(name), f"{place}.{name}")
    elif isinstance(seen, list) and isinstance(expected, list) and len(seen) == len(expected):
        for index, pair in enumerate(zip(seen, expected, strict=True)):
            yield from differences(*pair, f"{place}[{index}]")
    elif seen != expected or isinstance(seen, NumberText) != isinstance(expected, NumberText) or isinstance(seen, bool) != isinstance(expected, bool):
        yield place, _shown(seen), _shown(expected)


def _shown(value: Any) -> str:
    match value:
        case None:
            return "nothing"
        case dict():
            return "an object"
        case list():
            return f"a list of {len(value)}"
        case NumberText() | bool():
            return str(value)
        case _:
            return repr(value)
