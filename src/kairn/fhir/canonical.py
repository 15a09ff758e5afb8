"""The names Kairn gives to what it writes in FHIR: canonical addresses of resources, its own code systems, and those of others."""

from __future__ import annotations

import re

from kairn.terms.problem import unreadable

BASE = "https://kairn.example/fhir"
UCUM = "http://unitsofmeasure.org"
LOINC = "http://loinc.org"
GRADES = "http://terminology.hl7.org/CodeSystem/evidence-quality"
_ID = re.compile(r"[A-Za-z0-9.\-]{1,64}")


def canonical(kind: str, name: str) -> str:
    """The canonical address of a resource of ours, such as `.../PlanDefinition/iv-ketamine-oud`. Raises Unreadable for a name FHIR cannot use."""
    return f"{BASE}/{kind}/{checked_id(name)}"


def system(name: str) -> str:
    """The address of a code system of ours."""
    return f"{BASE}/CodeSystem/{name}"


def extension(name: str) -> str:
    """The address of an extension of ours."""
    return f"{BASE}/StructureDefinition/{name}"


def checked_id(name: str) -> str:
    """The name itself where FHIR takes it as an id. Raises Unreadable."""
    if not _ID.fullmatch(name):
        raise unreadable(f"the name {name!r}", "1 to 64 letters, digits, hyphens or dots, as an id of FHIR has", "Rename it in the protocol.")
    return name
