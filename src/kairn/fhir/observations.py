"""Vitals and laboratory values, read from FHIR Observations by LOINC code, value and unit kept as received."""

from __future__ import annotations

from datetime import datetime

from kairn.fhir.chart_lists import IN_ERROR
from kairn.fhir.found import Arrival, Found, Left, Reading, Withdrawn, best_coding
from kairn.fhir.node import Node
from kairn.library.facts import FACTS, Fact, check_reading
from kairn.record import payloads
from kairn.record.payloads import Coding, Observed
from kairn.terms.problem import Unreadable

LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
CAUSE_OF_DEATH = "69453-9"
_BY_LOINC = {code: fact for fact in FACTS.values() for code in fact.loinc}
_WITHDRAWN = {"entered-in-error": IN_ERROR, "cancelled": "the source cancelled it"}
_SETTLED = ("final", "amended", "corrected")


def read_observation(arrival: Arrival) -> Reading:
    """An Observation with one value or with components. Raises Unreadable on malformed values."""
    body = arrival.body
    said = body.get("status").text()
    moment = body.get("effectiveDateTime").moment() or body.get("effectiveInstant").moment() or body.get("effectivePeriod", "start").moment()
    parts = [body, *body.get("component").each()]
    codings = body.get("code").codings()
    read = [_part(part) for part in parts if part is not body or _has_value(part)]
    if said in _WITHDRAWN:
        return Withdrawn(_WITHDRAWN[said])
    if said not in _SETTLED:
        return Left("its value is not final")
    if _loinc(codings, CAUSE_OF_DEATH):
        return Left("the cause of death is kept with the recorded death")
    if next(body.get("focus").each(), None):
        return Left("it is about somebody or something other than the patient")
    return _observed(arrival, read or [_no_value(body)], moment, codings)


def cause_of_death(body: Node) -> str:
    """The cause in words where this Observation states one that holds, else empty."""
    holds = body.get("status").text() in _SETTLED and _loinc(body.get("code").codings(), CAUSE_OF_DEATH)
    return (body.get("valueCodeableConcept").words() or body.get("valueString").text()) if holds else ""


def _observed(arrival: Arrival, read: list[payloads.Reading | str], moment: datetime | None, codings: list[Coding]) -> Reading:
    readings = tuple(part for part in read if isinstance(part, payloads.Reading))
    reasons = list(dict.fromkeys(part for part in read if isinstance(part, str)))
    if not readings:
        return Left("; ".join(reasons))
    if len({reading.fact for reading in readings}) != len(readings):
        return Left("it gives two values of one fact, and nobody can say which holds")
    if moment is None:
        return Left("it does not say when it was measured")
    payload = Observed(readings, method="import", origin=arrival.origin, code=_own_code(arrival.body, codings))
    return Found(payload, moment, "; ".join(reasons))


def _part(part: Node) -> payloads.Reading | str:
    """A reading of one fact, or why there is none. Raises Unreadable on malformed values."""
    quantity = part.get("valueQuantity")
    value = quantity.get("value").number() or part.get("valueInteger").number()
    unit = _unit(quantity)
    fact = next((_BY_LOINC[coding.code] for coding in part.get("code").codings() if coding.system == LOINC and coding.code in _BY_LOINC), None)
    if fact is None:
        return f"no fact that Kairn keeps has the code {_said(part.get('code'))}"
    if not value:
        return _no_value(part)
    if quantity.get("comparator").text():
        return f"{fact.label}: only a bound is given, not a value"
    return _reading(fact, value, unit)


def _reading(fact: Fact, value: str, unit: str) -> payloads.Reading | str:
    if not unit and not fact.unit.startswith("{"):
        return f"{fact.label}: no unit is given"
    try:
        check_reading(fact.name, value, unit)
    except Unreadable as fault:
        return f"{fact.label}: saw {fault.problem.seen}, expected {fault.problem.expected}"
    return payloads.Reading(fact.name, value, unit)


def _unit(quantity: Node) -> str:
    coded, shown = quantity.get("code").text(), quantity.get("unit").text()
    return coded if coded and quantity.get("system").text() in (UCUM, "") else shown


def _has_value(part: Node) -> bool:
    return any(name.startswith("value") for name in part.value)


def _no_value(part: Node) -> str:
    why = part.get("dataAbsentReason").words()
    return f"no number is given ({why})" if why else "no number is given"


def _loinc(codings: list[Coding], code: str) -> bool:
    return any((coding.system, coding.code) == (LOINC, code) for coding in codings)


def _own_code(body: Node, codings: list[Coding]) -> Coding | None:
    return next((coding for coding in codings if coding.system == LOINC), None) or best_coding(body.get("code"))


def _said(concept: Node) -> str:
    codings = concept.codings()
    coding = next((coding for coding in codings if coding.system == LOINC), codings[0] if codings else None)
    words = concept.words()
    return f"{coding.code} ({words})" if coding else words or "of nothing"
