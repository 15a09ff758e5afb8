"""Withdrawal, mood, trauma and suicide: totals, bands and flags worked out by hand from the published rules, at every edge and trap."""

from __future__ import annotations

from decimal import Decimal
from itertools import product

import pytest

from kairn.instruments.answers import chosen_by
from kairn.instruments.definition import instrument
from kairn.instruments.score import part_of, score
from kairn.terms.answer import Answer
from tests.reference.answer_rows import row, same, told

COWS_MOST = "4 4 5 5 4 4 5 4 4 4 5"


@pytest.mark.parametrize(
    ("answers", "total", "band"),
    [
        (same(0, 11), "0", "minimal"),
        ("4 0 0 0 0 0 0 0 0 0 0", "4", "minimal"),
        ("0 0 5 0 0 0 0 0 0 0 0", "5", "mild"),
        ("0 0 0 5 0 0 5 2 0 0 0", "12", "mild"),
        ("0 0 0 5 0 0 5 0 0 0 3", "13", "moderate"),
        ("4 4 5 5 4 0 0 2 0 0 0", "24", "moderate"),
        ("4 4 5 5 4 0 1 2 0 0 0", "25", "moderately severe"),
        ("4 4 5 5 4 4 5 4 1 0 0", "36", "moderately severe"),
        ("4 4 5 5 4 4 5 4 2 0 0", "37", "severe"),
        (COWS_MOST, "48", "severe"),
    ],
)
def test_cows_bands(answers: str, total: str, band: str) -> None:
    assert told(score("cows", row(answers))) == (total, band)


@pytest.mark.parametrize(("pulse", "value"), [("0", "0"), ("80", "0"), ("81", "1"), ("100", "1"), ("101", "2"), ("120", "2"), ("121", "4"), ("200", "4")])
def test_cows_pulse(pulse: str, value: str) -> None:
    assert chosen_by(instrument("cows"), "pulse", Decimal(pulse)) == value


COWS_VALUES = {
    "pulse": "0124", "sweating": "01234", "restlessness": "0135", "pupils": "0125", "aches": "0124", "runny-nose": "0124", "stomach": "01235",
    "tremor": "0124", "yawning": "0124", "anxiety": "0124", "gooseflesh": "035",
}  # fmt: skip


def test_cows_items_are_not_all_alike() -> None:
    found = instrument("cows")
    assert {item.key: "".join(option.value for option in item.options) for item in found.items} == COWS_VALUES


@pytest.mark.parametrize(
    ("answers", "total", "band"),
    [
        (same(0, 9), "0", "minimal"),
        ("1 1 1 1 0 0 0 0 0", "4", "minimal"),
        ("1 1 1 1 1 0 0 0 0", "5", "mild"),
        ("1 1 1 1 1 1 1 1 1", "9", "mild"),
        ("2 1 1 1 1 1 1 1 1", "10", "moderate"),
        ("2 2 2 2 2 2 2 0 0", "14", "moderate"),
        ("2 2 2 2 2 2 2 1 0", "15", "moderately severe"),
        ("3 2 2 2 2 2 2 2 2", "19", "moderately severe"),
        ("3 3 2 2 2 2 2 2 2", "20", "severe"),
        (same(3, 9), "27", "severe"),
    ],
)
def test_phq_9_bands(answers: str, total: str, band: str) -> None:
    found = score("phq-9", row(answers))
    assert told(found) == (total, band)
    assert ("cut-off" in found.flags) == (int(total) >= 10)


def test_phq_9_thoughts_of_death_count_whatever_the_total() -> None:
    found = score("phq-9", row("0 0 0 0 0 0 0 0 1"))
    assert (told(found), found.flags) == (("1", "minimal"), ("safety",))
    assert "safety" not in score("phq-9", row("3 3 3 3 3 3 3 3 0")).flags


@pytest.mark.parametrize(
    ("answers", "total", "missing"),
    [
        ("1 1 1 1 1 1 1 1 -", "9", ("self-harm",)),
        ("- 2 2 2 2 2 2 2 0", "16", ("interest",)),
        ("2 2 2 2 2 2 2 - -", "18", ("movement", "self-harm")),
        ("1 0 0 0 0 0 0 0 -", "1", ("self-harm",)),
        ("1 1 1 1 0 0 0 0 -", "5", ("self-harm",)),
        ("2 2 2 2 2 2 - - -", None, ("concentration", "movement", "self-harm")),
        ("- - - - - - - - -", None, ("interest", "mood", "sleep", "energy", "appetite", "self-worth", "concentration", "movement", "self-harm")),
    ],
)
def test_phq_9_blanks_by_convention(answers: str, total: str | None, missing: tuple[str, ...]) -> None:
    """Up to two blanks count as the mean of the others, rounded half up: 8 answers of sum 1 make 9/8, of sum 4 make 4.5."""
    found = score("phq-9", row(answers))
    assert (told(found)[0], found.missing, found.complete) == (total, missing, False)
    assert ("safety" in found.flags) == ("self-harm" in missing)


@pytest.mark.parametrize(
    ("answers", "cut_off"),
    [
        ("1 1 1 1 1 1 1 1 -", Answer.UNKNOWN),
        ("1 0 0 0 0 0 0 0 -", Answer.NO),
        ("2 1 1 1 1 1 1 1 -", Answer.YES),
        ("3 3 3 3 - - - - -", Answer.YES),
    ],
)
def test_a_filled_in_total_may_raise_a_flag_and_never_clears_one(answers: str, cut_off: Answer) -> None:
    """Filled in: 9, where the blank could make it 11; 1; 10. Twelve points stand whatever the blanks hold."""
    assert score("phq-9", row(answers)).raised["cut-off"] is cut_off


def test_phq_9_blanks_the_other_way() -> None:
    found = score("phq-9", row("1 1 1 1 1 1 1 1 -"), {"blank-items": "none"})
    assert (found.total, found.band, found.conventions) == (None, "", {"blank-items": "none"})


@pytest.mark.parametrize(
    ("answers", "total", "flags"),
    [
        ("2 2 2 2 2 0 0 0 0", "10", {"cut-off", "major-pattern"}),
        ("0 0 2 2 2 2 2 0 0", "10", {"cut-off"}),
        ("2 0 2 2 2 0 0 0 1", "9", {"safety", "major-pattern"}),
        ("2 0 2 2 0 0 0 0 1", "7", {"safety", "other-pattern"}),
        ("2 2 0 0 0 0 0 0 0", "4", {"other-pattern"}),
        ("2 0 0 0 0 0 0 0 0", "2", set()),
        ("1 1 1 1 1 1 1 1 1", "9", {"safety"}),
        ("1 1 2 1 1 1 1 1 1", "10", {"cut-off", "safety"}),
    ],
)
def test_phq_9_pattern_and_total_can_disagree(answers: str, total: str, flags: set[str]) -> None:
    found = score("phq-9", row(answers))
    assert (str(found.total), set(found.flags)) == (total, flags)


def test_phq_9_difficulty_is_not_scored() -> None:
    assert score("phq-9", row("0 0 0 0 0 0 0 0 0 3")).total == 0


@pytest.mark.parametrize(("answers", "total", "flags"), [("1 1", "2", ()), ("3 0", "3", ("positive",)), ("3 3", "6", ("positive",))])
def test_phq_2(answers: str, total: str, flags: tuple[str, ...]) -> None:
    found = score("phq-2", row(answers))
    assert (str(found.total), found.flags) == (total, flags)
    assert ("positive" in score("phq-2", row(answers), {"cut-off": "2"}).flags) == (int(total) >= 2)


@pytest.mark.parametrize(
    ("answers", "total", "band"),
    [
        (same(0, 7), "0", "minimal"), ("1 1 1 1 0 0 0", "4", "minimal"), ("1 1 1 1 1 0 0", "5", "mild"), ("3 3 3 0 0 0 0", "9", "mild"),
        ("3 3 3 1 0 0 0", "10", "moderate"), ("2 2 2 2 2 2 2", "14", "moderate"), ("3 2 2 2 2 2 2", "15", "severe"), (same(3, 7), "21", "severe"),
        ("3 3 3 3 3 3 -", None, ""),
    ],
)  # fmt: skip
def test_gad_7(answers: str, total: str | None, band: str) -> None:
    assert told(score("gad-7", row(answers))) == (total, band)


def pcl(**endorsed: int) -> str:
    """Twenty answers with so many items of each cluster (b, c, d, e) at 2."""
    sizes = {"b": 5, "c": 2, "d": 7, "e": 6}
    return " ".join(same(2, endorsed.get(part, 0)) + " " + same(0, size - endorsed.get(part, 0)) for part, size in sizes.items())


@pytest.mark.parametrize(
    ("answers", "total", "flags"),
    [
        (pcl(b=1, c=1, d=2, e=2), "12", {"provisional"}),
        (pcl(b=0, c=2, d=7, e=6), "30", set()),
        (pcl(b=5, c=0, d=7, e=6), "36", {"cut-off"}),
        ("4 4 4 4 4 0 0 4 4 4 0 0 0 0 4 4 2 0 0 0", "42", {"cut-off"}),
        (pcl(b=1, c=1, d=1, e=2), "10", set()),
        (pcl(b=1, c=1, d=2, e=1), "10", set()),
        (same(1, 20), "20", set()),
        (same(4, 20), "80", {"provisional", "cut-off"}),
    ],
)
def test_pcl_5_rule_and_cut_off_can_disagree(answers: str, total: str, flags: set[str]) -> None:
    found = score("pcl-5", row(answers))
    assert (str(found.total), set(found.flags), found.band) == (total, flags, "")


@pytest.mark.parametrize("cut", [31, 32, 33])
def test_pcl_5_cut_off_is_a_convention(cut: int) -> None:
    for total in (cut - 1, cut):
        answers = row(" ".join(["4"] * (total // 4) + [str(total % 4)] + ["0"] * (19 - total // 4)))
        found = score("pcl-5", answers, {"cut-off": str(cut)})
        assert (found.total, "cut-off" in found.flags) == (total, total >= cut)


def test_pcl_5_clusters_and_blanks() -> None:
    found = score("pcl-5", row(" ".join(["1"] * 5 + ["2"] * 2 + ["3"] * 7 + ["4"] * 6)))
    assert {name: int(found.subscales[name] or 0) for name in ("b", "c", "d", "e")} == {"b": 5, "c": 4, "d": 21, "e": 24}
    blank = score("pcl-5", row("- " + same(4, 19)))
    assert (blank.total, blank.subscales["b"], blank.subscales["c"], blank.missing) == (None, None, Decimal(8), ("memories",))
    assert {"provisional", "cut-off"} <= set(blank.flags), "the other answers suffice for both, whatever the blank holds"


@pytest.mark.parametrize(
    ("answers", "total", "positive", "missing"),
    [
        ({"exposure": "0"}, "0", Answer.NO, ()),
        ({"exposure": "0", "q1": "1", "q2": "1", "q3": "1", "q4": "1", "q5": "1"}, "0", Answer.NO, ()),
        ({"exposure": "1", "q1": "1", "q2": "1", "q3": "0", "q4": "0", "q5": "0"}, "2", Answer.NO, ()),
        ({"exposure": "1", "q1": "1", "q2": "1", "q3": "1", "q4": "0", "q5": "0"}, "3", Answer.YES, ()),
        ({"exposure": "1", "q1": "1", "q2": "1", "q3": "1", "q4": "1", "q5": "1"}, "5", Answer.YES, ()),
        ({"exposure": "1", "q1": "1", "q2": "1", "q3": "1"}, None, Answer.YES, ("numb", "guilt")),
        ({"exposure": "1", "q1": "1"}, None, Answer.UNKNOWN, ("avoidance", "on-guard", "numb", "guilt")),
        ({}, None, Answer.UNKNOWN, ("exposure",)),
    ],
)
def test_pc_ptsd_5_gate(answers: dict[str, str], total: str | None, positive: Answer, missing: tuple[str, ...]) -> None:
    found = score("pc-ptsd-5", answers)
    assert (told(found)[0], found.raised["positive"], found.missing) == (total, positive, missing)


def test_pc_ptsd_5_stricter_cut() -> None:
    answers = {"exposure": "1", "q1": "1", "q2": "1", "q3": "1", "q4": "0", "q5": "0"}
    assert "positive" not in score("pc-ptsd-5", answers, {"cut-off": "4"}).flags


@pytest.mark.parametrize(
    ("answers", "band", "complete", "safety"),
    [
        ("0 0 - - - 0 -", "negative", True, False),
        ("1 0 - - - 0 -", "low", True, True),
        ("0 1 0 0 0 0 -", "low", True, True),
        ("1 1 1 0 0 0 -", "moderate", True, True),
        ("0 0 - - - 1 0", "moderate", True, True),
        ("0 1 0 1 0 0 -", "high", True, True),
        ("0 1 0 0 1 0 -", "high", True, True),
        ("0 0 - - - 1 1", "high", True, True),
        ("1 1 1 1 1 1 1", "high", True, True),
        ("- - - - - - -", "indeterminate", False, True),
        ("0 - - - - 0 -", "indeterminate", False, True),
        ("0 1 1 - 0 0 -", "indeterminate", False, True),
        ("0 1 - 1 - - -", "high", False, True),
        ("0 0 - - - 1 -", "indeterminate", False, True),
        ("0 0 - - - - -", "indeterminate", False, True),
    ],
)
def test_c_ssrs_levels(answers: str, band: str, complete: bool, safety: bool) -> None:
    """Policy of ours: a blank leaves the level open and is seen by a clinician."""
    keys = ("q1", "q2", "q3", "q4", "q5", "q6", "q6b")
    found = score("c-ssrs-screener", {key: value for key, value in zip(keys, answers.split(), strict=True) if value != "-"})
    assert (found.band, found.complete, "safety" in found.flags, found.total) == (band, complete, safety, None)


def test_c_ssrs_behaviour_at_any_time_by_convention() -> None:
    """The level and the flag of high risk follow the same choice, as they do without behaviour."""
    earlier = {"q1": "0", "q2": "0", "q6": "1", "q6b": "0"}
    found = [score("c-ssrs", earlier, {"behaviour": choice}) for choice in ("recent", "ever")]
    assert [(one.band, part_of(one, "high")) for one in found] == [("moderate", "no"), ("high", "yes")]


@pytest.mark.parametrize("choice", ["recent", "ever"])
def test_c_ssrs_flag_and_level_of_high_risk_never_part(choice: str) -> None:
    keys = ("q1", "q2", "q3", "q4", "q5", "q6", "q6b")
    for values in product("01", repeat=len(keys)):
        found = score("c-ssrs", dict(zip(keys, values, strict=True)), {"behaviour": choice})
        assert (part_of(found, "high") == "yes") is (found.band == "high"), values


@pytest.mark.parametrize(
    ("answers", "band", "flags"),
    [
        ("0 0 0 0 -", "negative", ()),
        ("1 0 0 0 0", "positive", ("safety", "positive")),
        ("0 1 0 0 0", "positive", ("safety", "positive")),
        ("0 0 1 0 0", "positive", ("safety", "positive")),
        ("0 0 0 1 0", "positive", ("safety", "positive")),
        ("0 0 0 1 1", "imminent", ("safety", "positive", "imminent")),
        ("0 0 0 1 -", "indeterminate", ("safety", "positive")),
        ("0 - 0 0 -", "indeterminate", ("safety",)),
        ("- - - - -", "indeterminate", ("safety",)),
    ],
)
def test_asq(answers: str, band: str, flags: tuple[str, ...]) -> None:
    found = score("asq", row(answers))
    assert (found.band, found.flags) == (band, flags)
