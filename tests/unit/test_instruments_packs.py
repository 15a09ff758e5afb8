"""Official packs: a Questionnaire in any of FHIR's spellings is read against the instrument, and one that is not the instrument is refused by name."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.observation import Observation
from fhir.resources.R4B.questionnaire import Questionnaire
from fhir.resources.R4B.questionnaireresponse import QuestionnaireResponse

from kairn.fhir.questionnaire import read_pack
from kairn.fhir.questionnaire_out import to_observation, to_questionnaire, to_response
from kairn.fhir.write_json import write_json
from kairn.instruments.definition import INSTRUMENTS, instrument
from kairn.instruments.packs import keep_pack, kept_pack, kept_packs, shown_pack
from kairn.instruments.score import score
from kairn.instruments.wording import Wording, own_wording
from kairn.terms.problem import Unreadable

Body = dict[str, Any]
NOTICE = "A notice of the owner."
HL7 = "http://hl7.org/fhir/StructureDefinition/"
AT = datetime(2026, 11, 22, 9, tzinfo=UTC)


def words_for(name: str) -> Wording:
    """Invented words for every item and answer, standing in for an owner's."""
    found = instrument(name)
    items = {item.key: f"Question {item.number}" for item in found.items}
    options = {item.key: {option.value: f"Answer {option.value}" for option in item.options} for item in found.items}
    return Wording(found.name, "official", found.title, NOTICE, items, options)


def pack(name: str = "phq-9") -> Body:
    """A pack as Kairn itself would write it."""
    read: Body = json.loads(write_json(to_questionnaire(instrument(name), words_for(name))))
    return read


def raw(body: Body) -> bytes:
    """The bytes of a pack."""
    return json.dumps(body).encode()


def asked(body: Body) -> list[Body]:
    """The questions of a pack, without the computed total."""
    return [item for item in body["item"] if item["linkId"] not in ("total", "about")]


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_what_goes_out_comes_back(name: str) -> None:
    out = pack(name)
    Questionnaire.model_validate(out)
    read = read_pack(raw(out), name)
    assert (read.wording.items, read.wording.options, read.wording.notice) == (words_for(name).items, words_for(name).options, NOTICE)
    assert read.wording.kind == "official" and len(read.digest) == 64


def test_our_own_words_go_out_without_the_instruments_codes() -> None:
    for name, found in INSTRUMENTS.items():
        own = own_wording(found)
        if own:
            out = write_json(to_questionnaire(found, own))
            Questionnaire.model_validate_json(out)
            assert "loinc" not in out, name
            assert (found.licence.terms == "own") or "not comparable" in out
    assert "44260-8" in json.dumps(pack("phq-9"))


def test_the_total_is_computed_only_where_a_sum_of_weights_is_the_whole_of_it() -> None:
    assert "weight().sum()" in json.dumps(pack("phq-9"))
    for name in ("dast-10", "who-5", "qids-sr16", "pc-ptsd-5", "peg", "use-calendar"):
        assert "calculatedExpression" not in json.dumps(pack(name)), name


def as_item_weight(body: Body) -> None:
    """The newer name, on the coding."""
    for item in asked(body):
        for option in item["answerOption"]:
            option["valueCoding"]["extension"] = [{"url": f"{HL7}itemWeight", "valueDecimal": option.pop("extension")[0]["valueDecimal"]}]


def as_stu3(body: Body) -> None:
    """STU3: `option`, and the older name."""
    for item in asked(body):
        item["option"] = item.pop("answerOption")
        for option in item["option"]:
            option["extension"][0]["url"] = f"{HL7}questionnaire-ordinalValue"


def as_contained(body: Body) -> None:
    """Answers in a value set that the pack contains."""
    options = asked(body)[0]["answerOption"]
    concepts = [{**option["valueCoding"], "extension": [{"url": f"{HL7}valueset-ordinalValue", **_value(option)}]} for option in options]
    body["contained"] = [{"resourceType": "ValueSet", "id": "days", "compose": {"include": [{"concept": [_concept(one) for one in concepts]}]}}]
    for item in asked(body):
        if len(item["answerOption"]) == len(options) and item["linkId"] != "difficulty":
            item.pop("answerOption")
            item["answerValueSet"] = "#days"


def _value(option: Body) -> Body:
    return {"valueDecimal": option["extension"][0]["valueDecimal"]}


def _concept(coding: Body) -> Body:
    return {name: value for name, value in coding.items() if name != "system"}


def as_integers(body: Body) -> None:
    """Bare integers as answers."""
    for item in asked(body):
        item["answerOption"] = [{"valueInteger": int(option["extension"][0]["valueDecimal"])} for option in item["answerOption"]]


def as_answer_codes(body: Body) -> None:
    """No weights, but the answers' own LOINC codes."""
    for item in asked(body)[:9]:
        for option in item["answerOption"]:
            option.pop("extension")


def as_groups(body: Body) -> None:
    """Questions inside a group with an introduction, beside texts that are no questions."""
    body["item"] = [
        {"linkId": "g", "type": "group", "text": "About two weeks.", "item": [*body["item"], {"linkId": "remark", "type": "text", "text": "Remark"}]}
    ]


def as_numbers(body: Body) -> None:
    """No code and no key of ours: numbered questions."""
    for place, item in enumerate(asked(body), start=1):
        item.pop("code", None)
        item["linkId"] = f"/{place}"


def as_strangers(body: Body) -> None:
    """Nothing but the order says which question is which."""
    body["item"] = asked(body)[:9]
    for place, item in enumerate(body["item"]):
        item.pop("code", None)
        item["linkId"] = f"stranger{place}x"


SPELLINGS = [as_item_weight, as_stu3, as_contained, as_integers, as_answer_codes, as_groups, as_numbers, as_strangers]


@pytest.mark.parametrize("respell", SPELLINGS)
def test_every_spelling_of_fhir_is_the_same_pack(respell: Callable[[Body], None]) -> None:
    body = pack()
    respell(body)
    read = read_pack(raw(body), "phq-9").wording
    assert read.items["self-harm"] == "Question 9"
    assert list(read.options["self-harm"]) == ["0", "1", "2", "3"]


def test_the_words_above_the_questions_are_kept() -> None:
    body = pack()
    as_groups(body)
    assert read_pack(raw(body)).wording.intro == "About two weeks."


def test_a_yes_no_question_may_be_a_boolean() -> None:
    body = pack("asq")
    for item in asked(body):
        item["type"] = "boolean"
        item.pop("answerOption")
    assert read_pack(raw(body)).wording.options["wish"] == {"0": "No", "1": "Yes"}


def test_a_line_may_be_a_bare_number() -> None:
    body = pack("ebi")
    for item in asked(body):
        item["type"] = "integer"
        item.pop("answerOption")
    assert len(read_pack(raw(body)).wording.options["q8"]) == 101


def test_a_form_that_offers_only_the_two_ends_is_the_same_where_the_instrument_says_so() -> None:
    body = pack("bam-r")
    for item in asked(body):
        if item["linkId"] == "income":
            item["answerOption"] = [item["answerOption"][0], item["answerOption"][-1]]
    assert list(read_pack(raw(body)).wording.options["income"]) == ["0", "4"]


def lost(key: str) -> Callable[[Body], None]:
    """A pack without one item."""
    return lambda body: body.update(item=[item for item in body["item"] if item["linkId"] != key])


def nine(change: Callable[[Body], object]) -> Callable[[Body], None]:
    """A pack whose item 9 is changed."""

    def changed(body: Body) -> None:
        change(next(item for item in body["item"] if item["linkId"] == "self-harm"))

    return changed


def eight_strangers(body: Body) -> None:
    """Eight questions that do not say which they are."""
    as_strangers(body)
    body["item"].pop()


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lost("self-harm"), r"no item 9 \(self-harm\).*all 9 items of PHQ-9"),
        (lost("mood"), r"no item 2 \(mood\)"),
        (eight_strangers, r"8 questions that do not say which items they are.*the 9 items"),
        (lambda body: body["item"].append(copy.deepcopy(body["item"][1])), r"two questions for item"),
        (lambda body: body["item"].append({**copy.deepcopy(body["item"][1]), "linkId": "appendix", "code": []}), r"does not have \(appendix\)"),
        (nine(lambda item: item["answerOption"].pop()), r"the answers 0, 1, 2 of item 9 \(self-harm\)"),
        (nine(lambda item: item["answerOption"][3]["extension"][0].update(valueDecimal=4)), r"the weight 4 on the answer"),
        (nine(lambda item: item["answerOption"][3]["extension"][0].update(valueDecimal=2)), r"the answers 0, 1, 2 of item 9"),
        (nine(lambda item: [(option.pop("extension"), option["valueCoding"].update(code="x")) for option in item["answerOption"]]), r"no weight on the answer"),
        (nine(lambda item: item.pop("text")), r"no words for the item self-harm"),
        (nine(lambda item: item.update(type="integer") or item.pop("answerOption")), r"no answers of item 9"),
        (nine(lambda item: item.update(answerValueSet="http://example.org/vs") or item.pop("answerOption")), r"a value set elsewhere"),
        (lambda body: body.update(resourceType="Bundle"), r"'Bundle'.*Questionnaire"),
        (lambda body: body.update(item="none"), r"expected a list"),
    ],
)
def test_a_pack_that_is_not_the_instrument_is_refused(spoil: Callable[[Body], object], words: str) -> None:
    body = pack()
    spoil(body)
    with pytest.raises(Unreadable, match=words):
        read_pack(raw(body), "phq-9")


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'{"resourceType": "Questionnaire"}', b'{"a": 1, "a": 2}', b"\xff"])
def test_garbage_is_refused(text: bytes) -> None:
    with pytest.raises(Unreadable):
        read_pack(text)


@pytest.mark.parametrize(
    "said",
    [{"code": [{"system": "http://loinc.org", "code": "44249-1"}]}, {"name": "PHQ9"}, {"title": "PHQ-9"}, {"url": "http://example.org/Questionnaire/phq-9"}],
)
def test_a_pack_says_which_instrument_it_is(said: Body) -> None:
    body = {name: value for name, value in pack().items() if name not in ("code", "title", "url", "id")}
    with pytest.raises(Unreadable, match="--for"):
        read_pack(raw(body))
    assert read_pack(raw(body | said)).instrument.name == "phq-9"


def test_without_a_notice_the_one_we_keep_is_shown() -> None:
    read = read_pack(raw({name: value for name, value in pack().items() if name != "copyright"}))
    assert read.wording.notice == instrument("phq-9").licence.notice
    assert read.notes


def test_packs_are_kept_under_their_digest(tmp_path: Path) -> None:
    first, second = raw(pack()), raw(pack() | {"title": "PHQ-9, second printing"})
    assert shown_pack(tmp_path, "phq-9") is None
    digests = [keep_pack(tmp_path, "phq-9", one) for one in (first, second)]
    assert shown_pack(tmp_path, "phq-9") == second
    assert kept_pack(tmp_path, "phq-9", digests[0]) == first
    assert sorted(kept_packs(tmp_path)) == sorted(("phq-9", digest) for digest in digests)
    (tmp_path / "packs" / "phq-9" / f"{digests[1]}.json").write_bytes(first)
    with pytest.raises(Unreadable, match="altered"):
        shown_pack(tmp_path, "phq-9")
    for absent in ("0" * 64, "../phq-9/shown"):
        with pytest.raises(Unreadable, match="no pack"):
            kept_pack(tmp_path, "phq-9", absent)


def test_a_skipped_item_is_left_out_of_a_response_and_is_never_zero() -> None:
    found = instrument("phq-9")
    out = to_response(found, words_for("phq-9"), {"q1": "0", "q9": "2"}, False, "Patient/12", AT)
    QuestionnaireResponse.model_validate(out)
    assert [(item["linkId"], item["answer"][0]["valueCoding"]["code"]) for item in out["item"]] == [("interest", "LA6568-5"), ("self-harm", "LA6570-1")]
    assert (out["status"], out["source"]) == ("in-progress", {"reference": "Patient/12"})
    assert "source" not in to_response(instrument("cows"), words_for("cows"), {"q1": "0"}, False, "Patient/12", AT)


def test_a_score_as_an_observation() -> None:
    found = instrument("phq-9")
    whole = score(found, {f"q{n}": "1" for n in range(1, 10)})
    out = json.loads(write_json(to_observation(found, whole, True, "Patient/12", AT, "QuestionnaireResponse/3")))
    Observation.model_validate(out)
    assert (out["valueQuantity"]["value"], out["code"]["coding"][0]["code"], out["interpretation"][0]["text"], out["status"]) == (9, "44261-6", "mild", "final")
    own = json.loads(write_json(to_observation(found, whole, False, "Patient/12", AT)))
    assert "loinc" not in json.dumps(own)


def test_a_score_that_cannot_be_made_says_why_instead() -> None:
    found = instrument("cows")
    out = json.loads(write_json(to_observation(found, score(found, {"q1": "0"}), True, "Patient/12", AT)))
    Observation.model_validate(out)
    assert "valueQuantity" not in out
    assert out["dataAbsentReason"]["coding"][0]["code"] == "not-performed"
    assert out["status"] == "preliminary"


def test_scales_and_levels_without_a_total() -> None:
    bam, screen = instrument("bam-r"), instrument("asq")
    out = json.loads(write_json(to_observation(bam, score(bam, {"q4": "1", "q5": "0", "q6": "0"}), True, "Patient/12", AT)))
    Observation.model_validate(out)
    assert [("valueQuantity" in part, "dataAbsentReason" in part) for part in out["component"]] == [(True, False), (False, True), (False, True)]
    level = json.loads(write_json(to_observation(screen, score(screen, {}), True, "Patient/12", AT)))
    Observation.model_validate(level)
    assert level["valueCodeableConcept"] == {"text": "indeterminate"}
