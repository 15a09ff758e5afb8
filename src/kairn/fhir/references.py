"""References inside a bundle: whom a resource is about, and chains that bite their own tail."""

from __future__ import annotations

import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from kairn.fhir.node import Node
from kairn.fhir.resource import PatientBundle, Resource
from kairn.terms.problem import unreadable

ABOUT = ("subject", "patient", "beneficiary", "for")
LINEAGES = (("partOf", "basedOn", "derivedFrom", "replaces", "priorPrescription"), ("hasMember",))
_PATIENT = re.compile(r"(?:(?P<server>.*)/)?Patient/(?P<id>[^/?#]+)")
_ASKED = re.compile(r"Patient\?identifier=(?P<system>[^|]*)\|(?P<value>.*)")


def check_references(bundle: PatientBundle) -> None:
    """Refuse a bundle in which a resource is about another person, or that is its own origin. Raises Unreadable with the place."""
    for resource in bundle.resources:
        is_about_patient(resource, bundle)
    for fields in LINEAGES:
        _check_lineage(bundle, fields)


def is_about_patient(resource: Resource, bundle: PatientBundle) -> bool:
    """Whether the resource says it is about the bundle's patient (false: it names nobody, or no person). Raises Unreadable for another person."""
    body = resource.body
    answers = [_names_patient(reference, resource, bundle) for field in ABOUT if field in body.value for reference in _references(body.get(field))]
    return any(answers)


def resolve(reference: Node, bundle: PatientBundle) -> Resource | None:
    """The resource of this bundle that a reference names, whatever version of it, or None."""
    return bundle.index.get(reference.get("reference").text().partition("/_history/")[0])


def _references(node: Node) -> Iterator[Node]:
    """A field that holds one reference or a list of them; a text or code under the same name is no reference."""
    for item in node.each() if isinstance(node.value, list) else [node]:
        if isinstance(item.value, dict):
            yield item


def _names_patient(reference: Node, resource: Resource, bundle: PatientBundle) -> bool:
    text = reference.get("reference").text().partition("/_history/")[0]
    if not text:
        return _same_identifier(reference.get("identifier"), reference, bundle)
    if text.startswith("#"):
        return _not_a_contained_patient(text.removeprefix("#"), reference, resource)
    found = bundle.index.get(text)
    if found:
        return found is bundle.patient
    if asked := _ASKED.fullmatch(text):
        return _carries(asked["system"], asked["value"], bundle) or _stranger(reference)
    named = _PATIENT.fullmatch(text)
    if named and named["id"] == bundle.patient.id and named["server"] and not bundle.server:
        return True
    if named or text.startswith(("urn:", "Patient?")) or reference.get("type").text() == "Patient":
        return _stranger(reference)
    return False


def _stranger(reference: Node) -> bool:
    raise unreadable(
        f"a resource about {reference.get('reference').text() or 'another person'}", "resources about this bundle's one Patient",
        "Export one person's record at a time; nothing of this one was taken.", reference.place,
    )  # fmt: skip


def _same_identifier(identifier: Node, reference: Node, bundle: PatientBundle) -> bool:
    system, value = identifier.get("system").text(), identifier.get("value").text()
    if not value or _carries(system, value, bundle):
        return bool(value)
    known = {item.get("system").text() for item in bundle.patient.body.get("identifier").each()}
    return _stranger(reference) if system and system in known else False


def _carries(system: str, value: str, bundle: PatientBundle) -> bool:
    own = bundle.patient.body.get("identifier").each()
    return any((item.get("system").text(), item.get("value").text()) == (system, value) for item in own)


def _not_a_contained_patient(name: str, reference: Node, resource: Resource) -> bool:
    for inner in resource.body.get("contained").each():
        if inner.get("id").text() == name and inner.get("resourceType").text() == "Patient":
            return _stranger(reference)
    return False


def _check_lineage(bundle: PatientBundle, fields: tuple[str, ...]) -> None:
    origins = ((resource, set(_origins(resource, bundle, fields))) for resource in bundle.resources if not resource.body.value.keys().isdisjoint(fields))
    graph = {resource.body.place: found for resource, found in origins if found}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as fault:
        circle = list(dict.fromkeys(fault.args[1]))
        raise unreadable(
            f"resources that are each other's {' or '.join(fields)}, in a circle", "a chain with a beginning",
            "Correct it at the source and export the record again.", " and ".join(sorted(circle)),
        ) from None  # fmt: skip


def _origins(resource: Resource, bundle: PatientBundle, fields: tuple[str, ...]) -> Iterator[str]:
    for field in fields:
        for reference in _references(resource.body.get(field)):
            found = resolve(reference, bundle)
            if found:
                yield found.body.place
