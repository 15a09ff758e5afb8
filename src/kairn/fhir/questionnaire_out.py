"""An instrument, an answering and its score as FHIR R4: Questionnaire, QuestionnaireResponse, Observation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from kairn.fhir.canonical import LOINC, UCUM, canonical, checked_id, system
from kairn.instruments.answers import read_answers
from kairn.instruments.score import Score
from kairn.instruments.shapes import AnyWhere, EveryWhere, Instrument, Item, ItemAtLeast, Method, Option, Scale, Where
from kairn.instruments.wording import Wording
from kairn.terms.numbers import plain_text
from kairn.terms.problem import unreadable
from kairn.terms.strict_json import NumberText

HL7 = "http://hl7.org/fhir/StructureDefinition/"
ORDINAL = f"{HL7}ordinalValue"
CALCULATED = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-calculatedExpression"
ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
Json = dict[str, Any]


def to_questionnaire(instrument: Instrument, wording: Wording) -> Json:
    """The instrument as an R4 Questionnaire in these words: linkId = our key, weights as ordinalValue, the total computed.

    In our own wording it carries no LOINC code of the instrument. Numbers are NumberText; write it with `write_json`.
    """
    official = wording.kind == "official"
    return _without_empty(
        {
            "resourceType": "Questionnaire",
            "id": checked_id(instrument.name),
            "url": canonical("Questionnaire", instrument.name),
            "version": instrument.version,
            "title": wording.title,
            "status": "active",
            "subjectType": ["Patient"],
            "description": wording.note,
            "purpose": f"{instrument.purpose}. {instrument.caution}".strip(),
            "copyright": wording.notice,
            "derivedFrom": [f"urn:sha256:{wording.pack}"] if wording.pack else [],
            "code": _codes(instrument.codes.get("panel", "") if official else ""),
            "item": [
                *_intro(wording),
                *(_item(item, wording, official) for item in instrument.items if item.key in wording.items),
                *_total(instrument, official),
            ],
        }
    )


def _intro(wording: Wording) -> list[Json]:
    return [{"linkId": "about", "type": "display", "text": wording.intro}] if wording.intro else []


def _item(item: Item, wording: Wording, official: bool) -> Json:
    words = wording.options[item.key]
    return _without_empty(
        {
            "linkId": item.key,
            "code": _codes(item.loinc if official else ""),
            "prefix": item.number,
            "text": wording.items[item.key],
            "type": "choice",
            "enableWhen": list(_enabled(item.asked_when)) if item.asked_when else [],
            "enableBehavior": _behaviour(item.asked_when),
            "required": not item.optional,
            "answerOption": [_option(item, option, words[option.value], official) for option in item.options if option.value in words],
        }
    )


def _option(item: Item, option: Option, words: str, official: bool) -> Json:
    weight = [{"url": ORDINAL, "valueDecimal": _number(option.number)}] if option.number is not None else []
    return _without_empty({"extension": weight, "valueCoding": _coding(item, option, words, official)})


def _coding(item: Item, option: Option, words: str, official: bool) -> Json:
    if official and option.loinc:
        return {"system": LOINC, "code": option.loinc, "display": words}
    return {"system": system("answer"), "code": option.value, "display": words}


def _enabled(where: Where) -> list[Json]:
    match where:
        case ItemAtLeast(item, amount):
            return [{"question": item, "operator": "=", "answerCoding": {"system": system("answer"), "code": plain_text(amount)}}]
        case AnyWhere(of) | EveryWhere(of):
            return [condition for part in of for condition in _enabled(part)]
        case _:
            raise unreadable("a follow-up question that depends on a scale", "one that depends on answers", "Ask it always.", "asked_when")


def _behaviour(where: Where | None) -> str:
    if isinstance(where, AnyWhere):
        return "any"
    return "all" if isinstance(where, EveryWhere) else ""


def _total(instrument: Instrument, official: bool) -> list[Json]:
    """The total, read-only; with the expression where a sum of weights is the whole of it."""
    if not instrument.total:
        return []
    scale = instrument.scales[instrument.total]
    extension = [{"url": CALCULATED, "valueExpression": {"language": "text/fhirpath", "expression": _sum_of(scale)}}] if _is_sum(instrument, scale) else []
    shown = {
        "extension": extension,
        "linkId": "total",
        "code": _codes(scale.loinc if official else ""),
        "text": scale.label,
        "type": "decimal",
        "readOnly": True,
    }
    return [_without_empty(shown)]


def _is_sum(instrument: Instrument, scale: Scale) -> bool:
    weighed = all(option.number is not None for key in scale.items for option in instrument.item(key).options)
    return scale.method is Method.SUM and not scale.reversed and scale.times == 1 and scale.only_when is None and weighed


def _sum_of(scale: Scale) -> str:
    """A form that fills itself in shows this; Kairn never rests on it, since the sum of a part is not a total."""
    links = " or ".join(f"linkId='{key}'" for key in scale.items)
    return f"%resource.item.where({links}).answer.value.weight().sum()"


def to_response(instrument: Instrument, wording: Wording, answers: Mapping[str, str], complete: bool, patient: str, authored: datetime) -> Json:
    """An answering as a QuestionnaireResponse; a skipped item is left out and never 0. Raises Unreadable for wrong answers.

    patient: a reference such as `Patient/12`. The rater of an instrument that a clinician answers is not the source.
    """
    read = read_answers(instrument, answers)
    return {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": f"{canonical('Questionnaire', instrument.name)}|{instrument.version}",
        "status": "completed" if complete else "in-progress",
        "subject": {"reference": patient},
        "authored": authored.isoformat(),
        **({"source": {"reference": patient}} if instrument.rater == "patient" else {}),
        "item": [_answered(instrument.item(key), value, wording) for key, value in read.items()],
    }


def _answered(item: Item, value: str, wording: Wording) -> Json:
    words = wording.options[item.key].get(value, value)
    coding = _coding(item, item.option(value), words, wording.kind == "official")
    return {"linkId": item.key, "text": wording.items[item.key], "answer": [{"valueCoding": coding}]}


def to_observation(instrument: Instrument, score: Score, official: bool, patient: str, at: datetime, response: str = "") -> Json:
    """A score as an Observation: the total with its band, subscales as components, and a reason where there is no total.

    patient, response: references. In our own wording (`official` False) it carries no LOINC code of the instrument.
    """
    total = instrument.scales.get(instrument.total) if instrument.total else None
    return _without_empty(
        {
            "resourceType": "Observation",
            "status": "final" if score.complete else "preliminary",
            "category": [{"coding": [{"system": CATEGORY, "code": "survey"}]}],
            "code": _score_code(instrument, total.loinc if total and official else "", official),
            "subject": {"reference": patient},
            "effectiveDateTime": at.isoformat(),
            **(_value(score.total) if total else {"valueCodeableConcept": {"text": score.band}} if score.band else {}),
            "interpretation": [{"text": score.band}] if score.band and total else [],
            "note": [{"text": note} for note in score.notes],
            "derivedFrom": [{"reference": response}] if response else [],
            "component": [_component(instrument.scales[name], value, official) for name, value in score.subscales.items()],
        }
    )


def _score_code(instrument: Instrument, loinc: str, official: bool) -> Json:
    own = {"system": system("instrument"), "code": instrument.name}
    return {"coding": [*_codes(loinc), own], "text": instrument.title if official else instrument.check_list}


def _component(scale: Scale, value: Decimal | None, official: bool) -> Json:
    return {
        "code": {"coding": [*_codes(scale.loinc if official else ""), {"system": system("scale"), "code": scale.name}], "text": scale.label},
        **_value(value),
    }


def _value(value: Decimal | None) -> Json:
    if value is None:
        return {"dataAbsentReason": {"coding": [{"system": ABSENT, "code": "not-performed"}], "text": "Not every item that it needs was answered."}}
    return {"valueQuantity": {"value": _number(value), "unit": "{score}", "system": UCUM, "code": "{score}"}}


def _codes(code: str) -> list[Json]:
    return [{"system": LOINC, "code": code}] if code else []


def _number(value: Decimal) -> NumberText:
    return NumberText(plain_text(value))


def _without_empty(body: Json) -> Json:
    return {name: value for name, value in body.items() if value not in ("", [], None)}
