"""Patient bundles made for tests: ordinary ones, corrected ones, and one of every broken kind."""

from __future__ import annotations

import gzip
import json
import re
from typing import Any

LOINC, SNOMED, RXNORM = "http://loinc.org", "http://snomed.info/sct", "http://www.nlm.nih.gov/research/umls/rxnorm"
NADIA = "5b0f8a52-7a1c-4c57-9d53-1f0b4f6f2a01"
WHEN = "2024-03-05T09:30:00+00:00"
SIXTEEN = "83.14531190501731"
Resource = dict[str, Any]
_NUMBER = re.compile(r'"number:([^"]*)"')


def number(text: str) -> str:
    """A JSON number written exactly so, also where it is garbage."""
    return f"number:{text}"


def dumped(value: Any) -> bytes:
    """The value as JSON, with `number(...)` texts as bare numbers."""
    return _NUMBER.sub(r"\1", json.dumps(value, ensure_ascii=False)).encode()


def concept(system: str, code: str, words: str) -> Resource:
    """A CodeableConcept with one coding."""
    return {"coding": [{"system": system, "code": code, "display": words}], "text": words}


def person(id: str = NADIA, **more: Any) -> Resource:
    """Nadia Okafor, 38, female; `more` adds or replaces elements (None removes one)."""
    plain = {
        "resourceType": "Patient", "id": id, "gender": "female", "birthDate": "1986-04-12",
        "name": [{"use": "maiden", "family": "Abara"}, {"use": "official", "family": "Okafor", "given": ["Nadia", "Ife"]}],
        "telecom": [{"system": "phone", "value": "555-0101", "use": "home"}, {"system": "phone", "value": "555-0102", "use": "mobile"}],
        "identifier": [{"system": "urn:hospital", "value": "MR-7"}],
    }  # fmt: skip
    return {key: value for key, value in (plain | more).items() if value is not None}


def _of(kind: str, id: str, **more: Any) -> Resource:
    return {"resourceType": kind, "id": id, "subject": {"reference": f"urn:uuid:{NADIA}"}} | more


def observation(id: str, loinc: str, value: str, unit: str, *, at: str = WHEN, words: str = "value", **more: Any) -> Resource:
    """A final Observation of one number."""
    quantity = {"value": number(value), "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}
    body = {"status": "final", "code": concept(LOINC, loinc, words), "effectiveDateTime": at, "valueQuantity": quantity}
    return _of("Observation", id, **(body | more))


def weight(id: str = "weight-1", value: str = SIXTEEN, unit: str = "kg", **more: Any) -> Resource:
    """A body weight, sixteen digits unless told otherwise."""
    return observation(id, "29463-7", value, unit, words="Body Weight", **more)


def blood_pressure(id: str = "bp-1", systolic: str = "124.134551400282", diastolic: str = "83", code: str = "55284-4", **more: Any) -> Resource:
    """A blood-pressure panel with two components, under either of its codes."""
    parts = [observation("", part, value, "mm[Hg]") for part, value in (("8462-4", diastolic), ("8480-6", systolic))]
    components = [{"code": part["code"], "valueQuantity": part["valueQuantity"]} for part in parts]
    body = {"status": "final", "code": concept(LOINC, code, "Blood Pressure"), "effectiveDateTime": WHEN, "component": components}
    return _of("Observation", id, **(body | more))


def condition(id: str = "condition-1", code: str = "5602001", words: str = "Opioid abuse (disorder)", **more: Any) -> Resource:
    """An active, confirmed condition."""
    system = "http://terminology.hl7.org/CodeSystem/condition-"
    body = {
        "clinicalStatus": {"coding": [{"system": f"{system}clinical", "code": "active"}]},
        "verificationStatus": {"coding": [{"system": f"{system}ver-status", "code": "confirmed"}]},
        "code": concept(SNOMED, code, words), "onsetDateTime": WHEN,
    }  # fmt: skip
    return _of("Condition", id, **(body | more))


def medicine(id: str = "medicine-1", words: str = "Buprenorphine 8 MG", **more: Any) -> Resource:
    """An active prescription."""
    body = {"status": "active", "intent": "order", "medicationCodeableConcept": concept(RXNORM, "1819", words), "authoredOn": WHEN}
    return _of("MedicationRequest", id, **(body | more))


def allergy(id: str = "allergy-1", words: str = "Penicillin", **more: Any) -> Resource:
    """An active allergy with a reaction."""
    body = {"resourceType": "AllergyIntolerance", "id": id, "patient": {"reference": f"Patient/{NADIA}"}, "recordedDate": "2019-02", "code": {"text": words}}
    return body | {"reaction": [{"manifestation": [{"text": "rash"}]}]} | more


def encounter(id: str = "encounter-1", **more: Any) -> Resource:
    """A finished visit elsewhere."""
    body = {"status": "finished", "type": [concept(SNOMED, "185345009", "Encounter for symptom")], "period": {"start": WHEN, "end": "2024-03-05T10:00:00Z"}}
    return _of("Encounter", id, **(body | more))


def claim(id: str = "claim-1", **more: Any) -> Resource:
    """Something that Kairn does not keep."""
    return {"resourceType": "Claim", "id": id, "patient": {"reference": f"urn:uuid:{NADIA}"}} | more


def entry(resource: Resource) -> Resource:
    """A bundle's entry for a resource, with its urn:uuid address."""
    return {"fullUrl": f"urn:uuid:{resource['id']}", "resource": resource, "request": {"method": "POST", "url": resource["resourceType"]}}


def wrapped(*resources: Resource, type: str = "transaction", **more: Any) -> Resource:
    """A Bundle of these resources, as a value."""
    return {"resourceType": "Bundle", "type": type, "entry": [entry(resource) for resource in resources]} | more


def bundle(*resources: Resource, **more: Any) -> bytes:
    """A Bundle of these resources, as bytes."""
    return dumped(wrapped(*resources, **more))


def everything() -> list[Resource]:
    """One of everything, for a living adult with an opioid condition."""
    return [person(), weight(), blood_pressure(), condition(), medicine(), allergy(), encounter(), claim()]


def living_adult() -> bytes:
    """The ordinary bundle."""
    return bundle(*everything())


def dead_adult() -> bytes:
    """Someone who has died, with the cause as an Observation of its own."""
    cause = _of("Observation", "cause-1", status="final", code=concept(LOINC, "69453-9", "Cause of Death"), effectiveDateTime="2024-06-01T08:00:00Z")
    cause["valueCodeableConcept"] = concept(SNOMED, "55680006", "Drug overdose")
    return bundle(person(deceasedDateTime="2024-06-01T08:00:00Z"), weight(), condition(), cause)


def child() -> bytes:
    """A child of nine."""
    return bundle(person(birthDate="2017-05-05"), weight(value="31.5"), condition())


def in_a_circle(field: str = "hasMember") -> bytes:
    """Two Observations, each said to come of the other."""
    first, second = weight("one"), weight("two")
    first[field], second[field] = [{"reference": "urn:uuid:two"}], [{"reference": "Observation/one"}]
    return bundle(person(), first, second)


def deep(levels: int = 3000) -> bytes:
    """A resource nested beyond reason."""
    return bundle(person(), claim(extension="DEEP")).replace(b'"DEEP"', b'[{"extension":' * levels + b"[]" + b"}]" * levels)


def twice_the_key() -> bytes:
    """One object that says one thing twice."""
    return bundle(person(), weight()).replace(b'"status": "final"', b'"status": "final", "status": "entered-in-error"')


def zip_bomb(size: int) -> bytes:
    """A small gzip of many zeros."""
    return gzip.compress(b" " * size, compresslevel=9)


def broken() -> dict[str, tuple[bytes, str]]:
    """Name -> (bytes, words the refusal must hold): every way in which a bundle is refused whole."""
    stranger = weight(subject={"reference": "urn:uuid:somebody-else"})
    whole = living_adult()
    return {
        "truncated": (whole[:-40], "line 1"),
        "truncated gzip": (gzip.compress(whole)[:-12], "gzip"),
        "gzip with a tail": (gzip.compress(whole) + b"x", "gzip"),
        "not JSON": (b"MSH|^~\\&|", "line 1, column 1"),
        "not a bundle": (dumped(person()), "Bundle"),
        "a list": (b"[]", "Bundle"),
        "null": (b"null", "Bundle"),
        "nothing": (b"", "line 1"),
        "unknown type": (bundle(person(), type="history"), "transaction"),
        "no patient": (bundle(weight()), "0 Patients"),
        "two patients": (bundle(person(), person("another")), "2 Patients"),
        "another's resource": (bundle(person(), stranger), "entry[1].resource.subject"),
        "another's claim": (bundle(person(), claim(patient={"reference": "Patient/other"})), "entry[1].resource.patient"),
        "another's identifier": (bundle(person(), weight(subject={"identifier": {"system": "urn:hospital", "value": "MR-8"}})), "entry[1].resource.subject"),
        "circle of members": (in_a_circle(), "circle"),
        "circle of origins": (in_a_circle("derivedFrom"), "circle"),
        "part of itself": (bundle(person(), encounter(partOf={"reference": "Encounter/encounter-1"})), "circle"),
        "too deep": (deep(), "deep"),
        "somewhat too deep": (deep(40), "deep"),
        "key twice": (twice_the_key(), "status"),
        "address twice": (bundle(person(), weight("same"), weight("same")), "entry[1].resource and Bundle: entry[2].resource"),
        "NaN": (bundle(person(), weight(value="NaN")), "NaN"),
        "Infinity": (bundle(person(), weight(value="-Infinity")), "Infinity"),
        "overflow": (bundle(person(), weight(value="1e400")), "1e400"),
        "NUL": (whole.replace(b"Okafor", b"Oka\\u0000for"), "NUL"),
        "half a surrogate": (whole.replace(b"Okafor", b"Oka\\ud800for"), "surrogate"),
        "not UTF-8": (whole.replace(b"Okafor", b"Oka\xfffor"), "UTF-8"),
    }


def malformed() -> dict[str, tuple[bytes, str]]:
    """Name -> (bytes, the place the refusal must name): well-formed bundles with one value of a wrong shape."""
    quantity = {"unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"}
    place = "entry[1].resource"
    return {
        "quoted number": (bundle(person(), weight(valueQuantity=quantity | {"value": "83"})), f"{place}.valueQuantity.value"),
        "quoted NaN": (bundle(person(), weight(valueQuantity=quantity | {"value": "NaN"})), f"{place}.valueQuantity.value"),
        "underscores": (bundle(person(), weight(valueQuantity=quantity | {"value": "1_000"})), f"{place}.valueQuantity.value"),
        "full-width digits": (bundle(person(), weight(valueQuantity=quantity | {"value": "８３"})), f"{place}.valueQuantity.value"),
        "number as unit": (bundle(person(), weight(valueQuantity=quantity | {"value": number("83"), "code": number("1")})), f"{place}.valueQuantity.code"),
        "a day that is none": (bundle(person(), weight(at="2024-02-30")), f"{place}.effectiveDateTime"),
        "the year one": (bundle(person(), weight(at="0001")), f"{place}.effectiveDateTime"),
        "an hour without zone": (bundle(person(), weight(at="2024-02-03T10:00:00")), f"{place}.effectiveDateTime"),
        "codes not a list": (bundle(person(), weight(code={"coding": {"code": "29463-7"}})), f"{place}.code.coding"),
        "component not an object": (bundle(person(), blood_pressure(component=["x"])), f"{place}.component[0]"),
        "gender of no kind": (bundle(person(gender="femail")), "entry[0].resource.gender"),
        "born tomorrow": (bundle(person(birthDate="2099-01-01")), "entry[0].resource.birthDate"),
        "died tomorrow": (bundle(person(deceasedDateTime="2099-01-01")), "entry[0].resource.deceasedDateTime"),
        "name not a list": (bundle(person(name={"family": "Okafor"})), "entry[0].resource.name"),
    }
