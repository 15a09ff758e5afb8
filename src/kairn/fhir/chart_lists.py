"""Conditions, medicines, allergies and encounters, read from their FHIR resources."""

from __future__ import annotations

from kairn.fhir.found import Arrival, Found, Left, Reading, Withdrawn, best_coding, concept_code, first_moment, if_past
from kairn.fhir.node import Node
from kairn.fhir.references import resolve
from kairn.record.payloads import AllergyNoted, Coding, ConditionNoted, EncounterNoted, MedicationNoted

NO_CODE = "it says in no code and no words what it is"
IN_ERROR = "the source says it was entered in error"
_CONDITION_STATES = ("active", "recurrence", "relapse", "inactive", "remission", "resolved")
_ALLERGY_STATES = ("active", "inactive", "resolved")
_UNSURE = ("unconfirmed", "provisional", "differential")
_MEDICINE_STATES = {"active": "active", "on-hold": "on-hold", "stopped": "stopped", "completed": "completed", "unknown": "unknown", "": "unknown"}
_MEDICINE_WITHDRAWN = {"entered-in-error": IN_ERROR, "cancelled": "the source cancelled it", "not-taken": "the source says it was not taken"}
_ENCOUNTER_WITHDRAWN = {"entered-in-error": IN_ERROR, "cancelled": "the source cancelled it"}
_NOT_AN_ORDER = ("proposal", "plan", "option")


def read_condition(arrival: Arrival) -> Reading:
    """A Condition. One that is not confirmed keeps the state unknown. Raises Unreadable on malformed values."""
    body = arrival.body
    certainty = concept_code(body.get("verificationStatus"))
    code = best_coding(body.get("code"))
    onset = first_moment(body.get("onsetDateTime"), body.get("onsetPeriod", "start"))
    abated = first_moment(body.get("abatementDateTime"), body.get("abatementPeriod", "start"))
    noted = first_moment(body.get("recordedDate"))
    if certainty in ("entered-in-error", "refuted"):
        return Withdrawn(IN_ERROR if certainty == "entered-in-error" else "the source says the diagnosis was refuted")
    if code is None:
        return Left(NO_CODE)
    state = "unknown" if certainty in _UNSURE else _known(concept_code(body.get("clinicalStatus")), _CONDITION_STATES)
    payload = ConditionNoted(code, state, onset, if_past(abated, arrival.now), arrival.origin)  # type: ignore[arg-type]
    return Found(payload, onset or noted or arrival.now)


def read_medicine(arrival: Arrival) -> Reading:
    """A MedicationRequest or MedicationStatement. Raises Unreadable on malformed values."""
    body = arrival.body
    said = body.get("status").text()
    concept = _medicine(arrival)
    code, dose = best_coding(concept), _dose(body)
    started = first_moment(body.get("effectivePeriod", "start"), body.get("effectiveDateTime"), body.get("authoredOn"))
    noted = first_moment(body.get("authoredOn"), body.get("dateAsserted"))
    if said in _MEDICINE_WITHDRAWN:
        return Withdrawn(_MEDICINE_WITHDRAWN[said])
    if body.get("doNotPerform").flag():
        return Left("it says not to give the medicine")
    if said not in _MEDICINE_STATES or body.get("intent").text() in _NOT_AN_ORDER:
        return Left("it is a draft, a plan or a proposal, not a medicine ordered or taken")
    if code is None:
        return Left(NO_CODE)
    payload = MedicationNoted(code, _MEDICINE_STATES[said], dose, started, arrival.origin)  # type: ignore[arg-type]
    return Found(payload, started or noted or arrival.now, beside=(concept,))


def read_allergy(arrival: Arrival) -> Reading:
    """An AllergyIntolerance. Raises Unreadable on malformed values."""
    body = arrival.body
    certainty = concept_code(body.get("verificationStatus"))
    reactions = list(body.get("reaction").each())
    code = best_coding(body.get("code")) or next((found for found in (best_coding(item.get("substance")) for item in reactions) if found), None)
    noted = first_moment(body.get("onsetDateTime"), body.get("recordedDate"))
    if certainty in ("entered-in-error", "refuted"):
        return Withdrawn(IN_ERROR if certainty == "entered-in-error" else "the source says the allergy was refuted")
    if code is None:
        return Left(NO_CODE)
    state = _known(concept_code(body.get("clinicalStatus")), _ALLERGY_STATES)
    payload = AllergyNoted(code, state, _reactions(reactions), arrival.origin)  # type: ignore[arg-type]
    return Found(payload, noted or arrival.now)


def read_encounter(arrival: Arrival) -> Reading:
    """An Encounter, as background. Raises Unreadable on malformed values."""
    body = arrival.body
    said = body.get("status").text()
    code = best_coding(body.get("type").first()) or _class(body.get("class"))
    started, ended = body.get("period", "start").moment(), body.get("period", "end").moment()
    if said in _ENCOUNTER_WITHDRAWN:
        return Withdrawn(_ENCOUNTER_WITHDRAWN[said])
    if said == "planned":
        return Left("it is planned and has not taken place")
    if code is None:
        return Left(NO_CODE)
    if not started:
        return Left("it does not say when it began")
    return Found(EncounterNoted(code, started, if_past(ended, arrival.now), arrival.origin), started)


def _known(code: str, states: tuple[str, ...]) -> str:
    return code if code in states else "unknown"


def _medicine(arrival: Arrival) -> Node:
    """The concept that names the medicine: written here, or in a Medication inside the resource or the bundle."""
    reference = arrival.body.get("medicationReference")
    if not reference:
        return arrival.body.get("medicationCodeableConcept")
    name = reference.get("reference").text()
    for inner in arrival.body.get("contained").each():
        if name and name == f"#{inner.get('id').text()}":
            return inner.get("code")
    found = resolve(reference, arrival.bundle)
    return found.body.get("code") if found else Node({"text": reference.get("display").text()}, reference.place)


def _dose(body: Node) -> str:
    key = "dosage" if body.get("resourceType").text() == "MedicationStatement" else "dosageInstruction"
    said = [item.get("text").text() or _amount(item.get("doseAndRate").first().get("doseQuantity")) for item in body.get(key).each()]
    return "; ".join(words for words in said if words)


def _amount(quantity: Node) -> str:
    return f"{quantity.get('value').number()} {quantity.get('unit').text() or quantity.get('code').text()}".strip()


def _reactions(reactions: list[Node]) -> str:
    shown = [manifestation.words() for reaction in reactions for manifestation in reaction.get("manifestation").each()]
    return ", ".join(dict.fromkeys(words for words in shown if words))


def _class(coding: Node) -> Coding | None:
    code = coding.get("code").text()
    return Coding(coding.get("system").text(), code, coding.get("display").text()) if code else None
