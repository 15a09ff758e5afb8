"""From a bundle to events: what is taken as received, what is left and why, what a second look changes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from kairn.fhir.report import Outcome
from kairn.record.payloads import AllergyNoted, Coding, ConditionNoted, DeathRecorded, EncounterNoted, MedicationNoted, Observed, Reading, Referred
from kairn.terms.problem import Unreadable
from tests import bundles
from tests.bundle_walks import measured, of, recorded, taken, walked
from tests.bundles import LOINC, SIXTEEN, bundle, person, weight


def only(raw: bytes, kind: str = "Observation") -> tuple[Outcome, str]:
    """What became of the one resource of that type."""
    (line,) = (line for line in taken(raw).report.lines if line.type == kind)
    return line.outcome, line.reason


def test_everything_of_a_living_adult() -> None:
    found = taken(bundles.living_adult())
    assert of(found, ConditionNoted)[0].code == Coding(bundles.SNOMED, "5602001", "Opioid abuse (disorder)")
    assert of(found, MedicationNoted)[0].state == "active"
    assert of(found, AllergyNoted)[0].reaction == "rash"
    assert of(found, EncounterNoted)[0].ended == datetime(2024, 3, 5, 10, tzinfo=UTC)
    assert [payload.source for payload in of(found, Referred)] == ["import"]
    assert found.report.count(Outcome.TAKEN) == 7 and found.report.count(Outcome.LEFT, "Claim") == 1
    assert found.report.summary() == "8 entries: 7 taken, 1 left."


def test_who_the_person_is() -> None:
    person = taken(bundles.living_adult()).demographics
    assert (person.name, person.birth_date.isoformat() if person.birth_date else "", person.sex) == ("Nadia Ife Okafor", "1986-04-12", "female")
    assert person.phone == "555-0102"


def test_birth_date_and_sex_become_readings_and_the_name_does_not() -> None:
    found = taken(bundle(person()))
    (facts,) = of(found, Observed)
    assert facts.readings == (Reading("birth_date", "1986-04-12"), Reading("sex", "female"))
    assert "Okafor" not in str(found.drafts)


def test_a_value_is_kept_as_received() -> None:
    (event,) = (draft for draft in taken(bundle(person(), weight())).drafts if isinstance(draft.payload, Observed) and draft.payload.code)
    assert isinstance(event.payload, Observed)
    assert event.payload.readings == (Reading("weight", SIXTEEN, "kg"),)
    assert (event.payload.method, event.occurred_at) == ("import", datetime(2024, 3, 5, 9, 30, tzinfo=UTC))


@pytest.mark.parametrize("code", ["55284-4", "85354-9"])
def test_blood_pressure_under_either_code(code: str) -> None:
    found = taken(bundle(person(), bundles.blood_pressure(code=code)))
    readings = {reading.fact: reading.value for payload in of(found, Observed) for reading in payload.readings}
    assert (readings["systolic"], readings["diastolic"]) == ("124.134551400282", "83")


def test_half_a_panel_is_taken_and_the_other_half_named() -> None:
    panel = bundles.blood_pressure()
    del panel["component"][0]["valueQuantity"]["value"]
    outcome, reason = only(bundle(person(), panel))
    assert outcome is Outcome.TAKEN and "without this part" in reason


QUANTITY = {"value": bundles.number("83"), "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"}
LEFT: dict[str, tuple[dict[str, Any], str]] = {
    "no unit": ({"valueQuantity": {"value": bundles.number("83")}}, "no unit"),
    "another kind of unit": ({"valueQuantity": QUANTITY | {"code": "cm"}}, "weight"),
    "nineteen digits": ({"valueQuantity": QUANTITY | {"value": bundles.number("83.14531190501731234")}}, "digits"),
    "an exponent": ({"valueQuantity": QUANTITY | {"value": bundles.number("8.3e1")}}, "plain number"),
    "a bound": ({"valueQuantity": QUANTITY | {"comparator": "<"}}, "bound"),
    "no value": ({"valueQuantity": None, "dataAbsentReason": {"text": "refused"}}, "refused"),
    "no time": ({"effectiveDateTime": None}, "when"),
    "the future": ({"effectiveDateTime": "2099-01-01T00:00:00Z"}, "future"),
    "not final": ({"status": "preliminary"}, "final"),
    "in error at once": ({"status": "entered-in-error"}, "error"),
    "about a fetus": ({"focus": [{"display": "fetus"}]}, "other than the patient"),
    "about nobody": ({"subject": None}, "about this patient"),
    "a modifier": ({"modifierExtension": [{"url": "urn:not", "valueBoolean": True}]}, "modifier"),
    "another code": ({"code": bundles.concept(LOINC, "72166-2", "Tobacco smoking status")}, "72166-2 (Tobacco smoking status)"),
}


@pytest.mark.parametrize("name", LEFT)
def test_what_cannot_be_used_is_left_with_its_reason(name: str) -> None:
    changes, words = LEFT[name]
    outcome, reason = only(bundle(person(), {key: value for key, value in (weight() | changes).items() if value is not None}))
    assert outcome is Outcome.LEFT and words in reason


@pytest.mark.parametrize("name", bundles.malformed())
def test_a_malformed_value_refuses_the_whole_with_its_place(name: str) -> None:
    raw, place = bundles.malformed()[name]
    with pytest.raises(Unreadable) as refused:
        taken(raw)
    assert refused.value.problem.where == f"nadia.json: {place}"


def test_the_dead_are_recorded_and_not_referred() -> None:
    found = taken(bundles.dead_adult())
    (event,) = (draft for draft in found.drafts if isinstance(draft.payload, DeathRecorded))
    assert event.occurred_at == datetime(2024, 6, 1, 8, tzinfo=UTC)
    assert isinstance(event.payload, DeathRecorded) and event.payload.cause == "Drug overdose"
    assert not of(found, Referred)
    assert found.report.notes == ("The person died on 2024-06-01.",)


def test_a_death_without_a_time_stands_and_says_so() -> None:
    found = taken(bundle(person(deceasedBoolean=True)))
    assert "not given" in of(found, DeathRecorded)[0].cause
    assert any("does not say when" in note for note in found.report.notes)
    assert not taken(bundle(person(deceasedBoolean=True)), recorded(found)).drafts


def test_silence_does_not_undo_a_death_but_the_source_can() -> None:
    dead, silent, alive = bundle(person(deceasedDateTime="2024-06-01")), bundle(person()), bundle(person(deceasedBoolean=False))
    history, _ = walked(dead, silent)
    assert history.latest(DeathRecorded)
    history, _ = walked(dead, silent, alive)
    assert not history.latest(DeathRecorded) and history.latest(Referred)


def test_a_child_is_imported_like_anyone() -> None:
    found = taken(bundles.child())
    assert found.demographics.birth_date and measured(recorded(found)) == ["31.5"]


def test_a_year_alone_is_no_birth_date() -> None:
    found = taken(bundle(person(birthDate="1986")))
    assert found.demographics.birth_date is None
    assert [reading.fact for payload in of(found, Observed) for reading in payload.readings] == ["sex"]
    assert found.report.notes == ("No whole date of birth is given, so age is unknown.",)


def test_a_day_without_an_hour_is_its_earliest_moment() -> None:
    assert of(taken(bundle(person(), bundles.allergy())), AllergyNoted)
    (event,) = (draft for draft in taken(bundle(person(), bundles.allergy())).drafts if isinstance(draft.payload, AllergyNoted))
    assert event.occurred_at == datetime(2019, 2, 1, tzinfo=UTC)


def test_an_end_in_the_year_9999_is_an_end_not_known() -> None:
    visit = bundles.encounter(period={"start": bundles.WHEN, "end": "9999-12-31T23:59:59-12:00"})
    with pytest.raises(Unreadable):
        taken(bundle(person(), visit))
    assert of(taken(bundle(person(), bundles.encounter(period={"start": bundles.WHEN, "end": "9999-12-31"}))), EncounterNoted)[0].ended is None


def test_a_code_that_a_rule_knows_is_preferred() -> None:
    both = {"coding": [{"system": "urn:local", "code": "x9", "display": "OUD"}, {"system": bundles.SNOMED, "code": "5602001"}], "text": "Opioid abuse"}
    assert of(taken(bundle(person(), bundles.condition() | {"code": both})), ConditionNoted)[0].code == Coding(bundles.SNOMED, "5602001", "Opioid abuse")


@pytest.mark.parametrize("where", ["bundle", "contained"])
def test_a_medicine_may_be_named_by_reference(where: str) -> None:
    drug = {"resourceType": "Medication", "id": "drug", "code": bundles.concept(bundles.RXNORM, "6813", "Methadone")}
    order = bundles.medicine() | {"medicationReference": {"reference": "#drug" if where == "contained" else "Medication/drug"}}
    del order["medicationCodeableConcept"]
    raw = bundle(person(), order | {"contained": [drug]}) if where == "contained" else bundle(person(), order, drug)
    assert of(taken(raw), MedicationNoted)[0].code.code == "6813"


def test_a_corrected_medication_corrects_the_order_that_names_it() -> None:
    order = bundles.medicine(medicationReference={"reference": "Medication/drug"})
    del order["medicationCodeableConcept"]
    drugs = [{"resourceType": "Medication", "id": "drug", "code": {"text": words}} for words in ("Methadone", "Naltrexone")]
    history, _ = walked(*(bundle(person(), order, drug) for drug in drugs))
    assert [payload.code.display for _, payload in history.all(MedicationNoted)] == ["Naltrexone"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"doNotPerform": True}, "not to give"), ({"intent": "proposal"}, "proposal"), ({"status": "draft"}, "draft"), ({"status": "cancelled"}, "cancelled")],
)
def test_what_was_never_a_medicine_is_left(changes: dict[str, Any], words: str) -> None:
    outcome, reason = only(bundle(person(), bundles.medicine(**changes)), "MedicationRequest")
    assert outcome is Outcome.LEFT and words in reason


def test_an_unconfirmed_condition_is_unknown_and_a_refuted_one_is_left() -> None:
    unsure = bundles.condition(verificationStatus={"coding": [{"code": "provisional"}]})
    assert of(taken(bundle(person(), unsure)), ConditionNoted)[0].state == "unknown"
    assert only(bundle(person(), bundles.condition(verificationStatus={"coding": [{"code": "refuted"}]})), "Condition")[0] is Outcome.LEFT


def test_a_page_of_a_search_says_that_there_is_more() -> None:
    found = taken(bundle(person(), type="searchset", link=[{"relation": "next", "url": "https://hospital.example/fhir?page=2"}]))
    assert "more pages" in found.report.notes[0]
