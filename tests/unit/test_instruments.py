"""Instruments are read strictly, named freely, and answered exactly; a blank is never a zero and our own words never clear a suicide screen."""

from __future__ import annotations

import pytest

from kairn.instruments.answers import chosen_by, option_words
from kairn.instruments.definition import FOLDER, INSTRUMENTS, cited_sources, instrument, read_instrument
from kairn.instruments.score import asked, may_answer, part_of, score
from kairn.instruments.shapes import Basis, Cited, Instrument
from kairn.instruments.wording import own_wording
from kairn.library.reader import read_yaml_text
from kairn.library.sources import SOURCES
from kairn.terms.answer import Answer
from kairn.terms.problem import Unreadable

CORE = {
    "cows", "ocs-3", "craving-vas", "phq-9", "phq-2", "gad-7", "pc-ptsd-5", "pcl-5", "asq", "moaas", "aldrete", "padss", "bam-r", "use-calendar", "peg",
    "pgi-c", "satisfaction", "bladder-check",
}  # fmt: skip
SCORE_ONLY = {
    "c-ssrs-screener", "cadss-6", "cadss-23", "bprs-4", "sows", "oows", "dast-10", "audit-c", "who-5", "qids-sr16", "madrs", "meq30", "ebi", "rass", "icsi",
    "icpi",
}  # fmt: skip
SUICIDE = {"phq-9", "asq", "c-ssrs-screener", "qids-sr16", "madrs"}


def test_the_recommended_set_is_whole() -> None:
    assert {name for name, found in INSTRUMENTS.items() if found.wording == "own"} == CORE
    assert {name for name, found in INSTRUMENTS.items() if found.wording == "pack"} == SCORE_ONLY


def test_what_no_owner_allows_has_no_words() -> None:
    for name in SCORE_ONLY:
        assert not [word for item in INSTRUMENTS[name].items for word in (item.label, *(option.label for option in item.options)) if word]
        assert own_wording(INSTRUMENTS[name]) is None


def test_every_suicide_question_has_a_safety_flag_that_a_blank_raises() -> None:
    assert {name for name, found in INSTRUMENTS.items() if any(flag.safety for flag in found.flags.values())} == SUICIDE
    for name in SUICIDE:
        assert "safety" in score(name, {}).flags
        assert score(name, {}, finished=False).raised["safety"] is Answer.UNKNOWN


def cited(found: Instrument) -> list[Cited]:
    """Every citation of an instrument."""
    ruled = [*found.flags.values(), *found.changes, *found.conventions.values(), found.missing, found.licence]
    return [found.cited, *(one.cited for one in ruled), *(place for _, place in found.known_from), *([found.bands_cited] if found.bands_cited else [])]


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_what_was_not_read_is_a_local_judgement(name: str) -> None:
    for place in cited(INSTRUMENTS[name]):
        assert (place.basis is Basis.READ) or SOURCES[place.source].kind == "local judgement"


def test_the_sources_of_instruments_are_all_used() -> None:
    assert {key for key in SOURCES if key.startswith("scale-")} <= cited_sources() <= set(SOURCES)


@pytest.mark.parametrize(
    ("said", "name"),
    [("PHQ-9", "phq-9"), ("phq9", "phq-9"), ("phq_9", "phq-9"), ("Gad 7", "gad-7"), ("C-SSRS", "c-ssrs-screener"), ("MOAA/S", "moaas"), ("ocs", "ocs-3")],
)
def test_names_are_read_without_case_and_punctuation(said: str, name: str) -> None:
    assert instrument(said).name == name


def test_an_unknown_name_is_refused_with_those_there_are() -> None:
    with pytest.raises(Unreadable, match=r"phq-10.*cows, "):
        instrument("phq-10")


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"q10x": "1"}, r"the key 'q10x'.*q1 or interest"),
        ({"q1": "4"}, r"'4' for q1.*0 \(no days\), 1 .*blank is not a zero"),
        ({"q1": "-1"}, "'-1' for q1"),
        ({"q1": ""}, "'' for q1"),
        ({"q1": "NaN"}, "'NaN' for q1"),
        ({"q1": "1e0"}, "'1e0' for q1"),
        ({"q1": "0.5"}, "'0.5' for q1"),
        ({"q1": "١"}, "for q1"),
        ({"q1": "1_0"}, "for q1"),
        ({"q1": "unknown"}, "for q1"),
        ({"q1": "1", "interest": "1"}, "interest twice"),
    ],
)
def test_a_wrong_answer_is_refused(answers: dict[str, str], words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        score("phq-9", answers)


def test_a_value_is_one_value_however_it_is_written() -> None:
    assert score("phq-2", {"q1": "1.0", "mood": "2"}) == score("phq-2", {"q2": "2", "interest": "1"})


def test_every_value_of_every_item_is_taken_and_its_neighbours_are_not() -> None:
    for found in INSTRUMENTS.values():
        for item in found.items:
            assert all(score(found, {item.key: option.value}).instrument for option in item.options)
            for wrong in (item.lowest - 1, item.highest + 1):
                with pytest.raises(Unreadable):
                    score(found, {item.key: str(wrong)})


@pytest.mark.parametrize("value", ["3", "6"])
def test_a_gap_among_the_values_is_kept(value: str) -> None:
    with pytest.raises(Unreadable, match=r"0 \(at most 80\), 1 \(81 to 100\), 2 \(101 to 120\), 4"):
        score("cows", {"pulse": value})


@pytest.mark.parametrize(("conventions", "words"), [({"blanks": "none"}, "the convention 'blanks'.*blank-items"), ({"blank-items": "maybe"}, "prorate, none")])
def test_a_wrong_convention_is_refused(conventions: dict[str, str], words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        score("phq-9", {}, conventions)


def test_every_choice_of_every_convention_can_be_taken() -> None:
    for found in INSTRUMENTS.values():
        for convention in found.conventions.values():
            assert [instrument(found.name, {convention.name: choice}).chosen[convention.name] for choice in convention.choices] == list(convention.choices)
            assert len(convention.choices) > 1, "a choice of one is no choice"


def test_parts_of_a_score() -> None:
    found = score("phq-9", {f"q{n}": "1" for n in range(1, 10)})
    assert [part_of(found, part) for part in ("total", "symptoms", "safety", "cut-off", "band")] == ["9", "1", "yes", "no", "mild"]
    open_ = score("c-ssrs", {"q1": "0"})
    assert [part_of(open_, part) for part in ("positives", "safety", "high", "band")] == [None, "yes", None, None]
    with pytest.raises(Unreadable, match="total, band, symptoms, safety"):
        part_of(found, "sleep")


def test_a_fact_may_be_made_of_the_parts_it_names() -> None:
    assert instrument("cows").parts == ("total",)
    assert instrument("asq").parts == ("positives", "safety", "positive", "imminent")


@pytest.mark.parametrize(
    ("name", "wording", "part", "value", "may"),
    [
        ("asq", "own", "positive", "yes", True),
        ("asq", "own", "positive", "no", False),
        ("asq", "own", "imminent", "no", False),
        ("asq", "own", "safety", "no", False),
        ("asq", "own", "band", "imminent", True),
        ("asq", "own", "band", "negative", False),
        ("asq", "own", "band", "indeterminate", False),
        ("asq", "own", "positives", "0", False),
        ("asq", "official", "positive", "no", True),
        ("asq", "official", "band", "negative", True),
        ("phq-9", "own", "safety", "yes", True),
        ("phq-9", "own", "safety", "no", False),
        ("phq-9", "own", "total", "3", True),
        ("phq-9", "own", "cut-off", "no", True),
        ("c-ssrs", "own", "positive", "yes", True),
        ("c-ssrs", "own", "positive", "no", False),
        ("c-ssrs", "own", "band", "high", False),
        ("who-5", "own", "total", "20", False),
        ("c-ssrs", "official", "band", "negative", True),
        ("cows", "own", "total", "12", True),
        ("cows", "own", "band", "mild", True),
    ],
)
def test_what_our_own_words_may_answer(name: str, wording: str, part: str, value: str, may: bool) -> None:
    assert may_answer(instrument(name), wording, part, value) is may


def test_follow_up_questions_wait_for_the_answer_they_depend_on() -> None:
    found = instrument("pc-ptsd-5")
    assert [item.key for item in asked(found, {})] == ["exposure"]
    assert len(asked(found, {"exposure": "1"})) == 6
    assert [item.key for item in asked(found, {"exposure": "0"})] == ["exposure"]
    assert [item.key for item in asked(instrument("c-ssrs"), {"q2": "0"})] == ["wish", "thoughts", "behaviour-ever"]
    assert "drugs-most" not in [item.key for item in asked(instrument("bam-r"), {"q6": "4"})], "taken from records, not asked"


def test_an_answer_to_a_question_that_was_not_asked_is_never_lost() -> None:
    found = score("c-ssrs", {"q1": "0", "q2": "0", "q4": "1", "q6": "0"})
    assert (found.band, found.complete) == ("high", True)
    assert any("intent" in note for note in found.notes)


def test_only_some_answers_can_be_measured() -> None:
    with pytest.raises(Unreadable, match="by hand"):
        chosen_by(instrument("cows"), "yawning", instrument("cows").items[0].lowest)
    with pytest.raises(Unreadable, match="not negative"):
        chosen_by(instrument("cows"), "pulse", -instrument("cows").items[0].highest)


def test_values_are_told_as_a_stretch_where_they_have_no_words() -> None:
    assert option_words(instrument("ebi").items[0]) == "0 to 100"
    assert option_words(instrument("phq-2").items[0]) == "0 (no days), 1 (some days), 2 (more days than not), 3 (almost all days)"


FILE = (FOLDER / "phq-9.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('range: ["0", "27"]', 'range: ["0", "28"]', "0 to 27, which its items give"),
        ('from: "5", to: "9"', 'from: "6", to: "9"', "a gap or an overlap"),
        ('from: "5", to: "9"', 'from: "4", to: "9"', "a gap or an overlap"),
        ('to: "27"}', 'to: "26"}', "a gap or an overlap"),
        ("[kounali2022,", "[nobody2022,", "the source 'nobody2022'"),
        ('"PHQ-9", read]', '"PHQ-9", remembered]', "a local judgement"),
        ('"PHQ-9", read]', '"PHQ-9", heard]', "read, remembered, policy"),
        ("item: mood,", "item: interest,", "'interest' twice"),
        ("options: burden", "options: weight", "the options 'weight'"),
        ('label: "Tired, no energy", ', "", "without words"),
        ("rater: patient", "rater: nurse", "patient, clinician, observer"),
        ("wording: own", "wording: pack", "'interest' with words"),
        ("{item: self-harm, at_least:", "{item: harm, at_least:", "the item 'harm'"),
        ("{scale: total, at_least:", "{scale: sum, at_least:", "the scale 'sum'"),
        ("method: sum", "method: total", "sum, mean, count"),
        ("method: sum", "method: domain-max", "groups with domain-max"),
        ("{blank-items: none}", "{blank-items: zero}", "a convention of this file"),
        ("default: prorate", "default: half", "prorate, none"),
        ("fall_percent:", "drop_percent:", "drop_percent"),
        ('at_most: "2", scales: [total]', 'at_most: "2", scales: [sum]', "the scales sum"),
        ("higher: worse, loinc", "higher: sad, loinc", "worse, better, neither"),
        ("{value: \"1\", label: \"some days\"", "{value: \"0\", label: \"some days\"", "a value twice"),
        ("flag: cut-off", "flag: symptoms", "'symptoms' twice"),
        ('optional: "yes"', 'optional: "maybe"', "yes or no"),
        ("purpose:", "aim:", "the field 'aim'"),
    ],
)  # fmt: skip
def test_a_fault_in_a_file_is_refused_with_its_line(old: str, new: str, words: str) -> None:
    assert old in FILE
    assert read_instrument(read_yaml_text(FILE, "phq-9.yaml")).name == "phq-9"
    with pytest.raises(Unreadable, match=words) as caught:
        read_instrument(read_yaml_text(FILE.replace(old, new), "phq-9.yaml"))
    assert "phq-9.yaml, line " in str(caught.value)


def test_an_item_that_may_be_left_out_is_in_no_scale() -> None:
    text = FILE.replace('method: sum, range: ["0", "27"]', 'method: sum, items: [q1, q10], range: ["0", "6"]')
    with pytest.raises(Unreadable, match="may be left out"):
        read_instrument(read_yaml_text(text, "phq-9.yaml"))
