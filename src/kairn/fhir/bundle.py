"""A patient Bundle, opened: one patient, every resource with its place, or refused whole."""

from __future__ import annotations

from collections import Counter

from kairn.fhir.node import Node
from kairn.fhir.references import check_references
from kairn.fhir.resource import PatientBundle, Resource
from kairn.fhir.unpack import MAX_BYTES, unpack
from kairn.terms.problem import unreadable
from kairn.terms.strict_json import read_json

TYPES = ("transaction", "batch", "collection", "searchset", "document")
MAX_DEPTH = 60
CONTAINERS = frozenset({dict, list})


def open_bundle(raw: bytes, where: str = "") -> PatientBundle:
    """The bundle in these bytes (plain or gzip). Raises Unreadable with the place; nothing of a faulty bundle is taken."""
    return bundle_of(read_json(unpack(raw, where), where, MAX_BYTES), where)


def bundle_of(value: object, where: str = "") -> PatientBundle:
    """The bundle in a value that `read_json` has read. Raises Unreadable with the place."""
    root = Node(value, where or "Bundle")
    if not isinstance(root.value, dict) or root.get("resourceType").value != "Bundle":
        raise root.fault("a FHIR R4 Bundle")
    _check_depth(root)
    bundle = _bundle(root, where)
    check_references(bundle)
    return bundle


def _bundle(root: Node, where: str) -> PatientBundle:
    kind = root.get("type").text()
    if kind not in TYPES:
        raise root.get("type").fault(f"a bundle of type {', '.join(TYPES)}")
    entries = list(Node(root.get("entry").value, f"{root.place}: entry").each())
    resources = tuple(_resource(entry) for entry in entries if entry.get("resource"))
    _check_unique(resources, root)
    more = any(link.get("relation").text() == "next" for link in root.get("link").each())
    return PatientBundle(where, kind, _patient(resources, root), resources, len(entries) - len(resources), more)


def _resource(entry: Node) -> Resource:
    body = entry.get("resource")
    kind = body.get("resourceType").text()
    if not kind:
        raise body.fault("a resource that names its resourceType")
    full_url = entry.get("fullUrl").text()
    named = body.get("id").text()
    return Resource(kind, named or full_url.removeprefix("urn:uuid:").rpartition("/")[2], full_url, body)


def _patient(resources: tuple[Resource, ...], root: Node) -> Resource:
    patients = [resource for resource in resources if resource.type == "Patient"]
    if len(patients) == 1 and patients[0].id:
        return patients[0]
    seen = f"{len(patients)} Patients" if len(patients) != 1 else "a Patient with neither id nor fullUrl"
    raise unreadable(seen, "a bundle about exactly one Patient that has an id", "Export one person's record at a time.", root.place)


def _check_unique(resources: tuple[Resource, ...], root: Node) -> None:
    names = [(resource, name) for resource in resources for name in (resource.full_url, resource.label if resource.id else "") if name]
    for name, times in Counter(name for _, name in names).items():
        if times > 1:
            again = [resource.body.place for resource, other in names if other == name]
            raise unreadable(
                f"{name} {times} times", "each resource once", "Nobody can say which of them holds; export the record again.", " and ".join(again[:2])
            )


def _check_depth(root: Node) -> None:
    level = [root.value]
    for _ in range(MAX_DEPTH):
        level = [child for item in level for child in (item.values() if type(item) is dict else item) if type(child) in CONTAINERS]
        if not level:
            return
    raise unreadable(f"a record nested more than {MAX_DEPTH} deep", "ordinary nesting", "Export the record again.", root.place)
