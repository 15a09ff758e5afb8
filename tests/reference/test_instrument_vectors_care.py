"""Substances, waking up, craving, research scales and our own check-lists: totals, bands and flags worked out by hand, at every edge and trap."""

from __future__ import annotations

from decimal import Decimal

import pytest

from kairn.instruments.answers import chosen_by
from kairn.instruments.definition import instrument
from kairn.instruments.score import part_of, score
from tests.reference.answer_rows import row, same, told


@pytest.mark.parametrize(
    ("answers", "total", "band"),
    [
        (same(0, 10), "1", "low"),
        (same(1, 10), "9", "severe"),
        ("0 0 1 0 0 0 0 0 0 0", "0", "none"),
        ("1 0 0 0 0 0 0 0 0 0", "2", "low"),
        ("1 1 0 0 0 0 0 0 0 0", "3", "moderate"),
        ("1 1 0 1 1 0 0 0 0 0", "5", "moderate"),
        ("1 1 0 1 1 1 0 0 0 0", "6", "substantial"),
        ("1 1 0 1 1 1 1 1 0 0", "8", "substantial"),
        ("1 1 0 1 1 1 1 1 1 1", "10", "severe"),
        ("1 1 - 1 1 1 1 1 1 1", None, ""),
    ],
)
def test_dast_10_item_3_counts_the_other_way(answers: str, total: str | None, band: str) -> None:
    assert told(score("dast-10", row(answers))) == (total, band)


@pytest.mark.parametrize(("answers", "women", "men"), [("1 1 0", False, False), ("1 1 1", True, False), ("2 1 1", True, True), ("4 4 4", True, True)])
def test_audit_c_cut_goes_by_sex(answers: str, women: bool, men: bool) -> None:
    assert ["positive" in score("audit-c", row(answers), {"cut-off": sex}).flags for sex in ("women", "men")] == [women, men]
    assert ("positive" in score("audit-c", row(answers)).flags) == women, "sex not known: the lower cut"


@pytest.mark.parametrize(("answers", "raw", "total", "poor"), [
    ("0 0 0 0 0", "0", "0", True), ("5 5 2 0 0", "12", "48", True), ("5 5 3 0 0", "13", "52", False), ("5 5 5 5 5", "25", "100", False),
])  # fmt: skip
def test_who_5(answers: str, raw: str, total: str, poor: bool) -> None:
    found = score("who-5", row(answers))
    assert (str(found.subscales["raw"]), str(found.total), "poor" in found.flags) == (raw, total, poor)


@pytest.mark.parametrize(
    ("answers", "total", "band"),
    [
        ("3 2 1 0  0  0 0 0 0  0 0 0 0 0  0 0", "3", "none"),
        ("3 3 3 3  0  3 3 3 3  0 0 0 0 0  3 3", "9", "mild"),
        ("1 1 1 2  1  0 1 0 0  1 0 0 0 0  0 0", "5", "none"),
        ("1 1 1 2  1  0 1 0 0  1 1 0 0 0  0 0", "6", "mild"),
        ("3 0 0 0  3  0 0 0 3  1 0 0 0 0  0 0", "10", "mild"),
        ("3 0 0 0  3  0 0 0 3  1 1 0 0 0  0 0", "11", "moderate"),
        ("3 0 0 0  3  0 0 0 3  3 3 0 0 0  0 0", "15", "moderate"),
        ("3 0 0 0  3  0 0 0 3  3 3 0 1 0  0 0", "16", "severe"),
        ("3 0 0 0  3  0 0 0 3  3 3 0 3 2  0 0", "20", "severe"),
        ("3 0 0 0  3  0 0 0 3  3 3 0 3 2  0 1", "21", "very severe"),
        (same(3, 16), "27", "very severe"),
    ],
)
def test_qids_takes_the_highest_of_a_domain(answers: str, total: str, band: str) -> None:
    assert told(score("qids-sr16", row(answers))) == (total, band)


@pytest.mark.parametrize(
    ("total", "band"), [(0, "none"), (6, "none"), (7, "mild"), (19, "mild"), (20, "moderate"), (34, "moderate"), (35, "severe"), (60, "severe")]
)
def test_madrs_bands(total: int, band: str) -> None:
    answers = [6] * (total // 6) + [total % 6] * (total % 6 > 0)
    assert told(score("madrs", row(" ".join(map(str, answers + [0] * (10 - len(answers))))))) == (str(total), band)


def test_bam_r_scales() -> None:
    found = score("bam-r", {f"q{n}": "2" for n in (1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17)})
    assert {name: str(value) for name, value in found.subscales.items()} == {"use": "6", "risk": "12", "protective": "12"}
    assert (found.total, set(found.flags)) == (None, {"any-use", "high-risk", "low-protection"})


@pytest.mark.parametrize(("risk", "protective", "flags"), [
    ("2 2 2 2 2 1", "3 2 2 2 2 2", set()), ("2 2 2 2 2 2", "2 2 2 2 2 2", {"high-risk", "low-protection"}),
])  # fmt: skip
def test_bam_r_flags_at_twelve(risk: str, protective: str, flags: set[str]) -> None:
    keys = (1, 2, 3, 8, 11, 15, 9, 10, 12, 13, 14, 16, 4, 5, 6)
    answers = {f"q{key}": value for key, value in zip(keys, f"{risk} {protective} 0 0 0".split(), strict=True)}
    assert set(score("bam-r", answers).flags) == flags


@pytest.mark.parametrize(("blank", "lost"), [(5, "use"), (15, "risk"), (16, "protective")])
def test_bam_r_a_blank_costs_one_scale_only(blank: int, lost: str) -> None:
    found = score("bam-r", {f"q{n}": "1" for n in (1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15, 16) if n != blank})
    assert {name for name, value in found.subscales.items() if value is None} == {lost}
    assert not found.complete


@pytest.mark.parametrize(("share", "aldrete", "padss"), [
    ("0", "2", "2"), ("19.9", "2", "2"), ("20", "1", "1"), ("40", "1", "1"), ("40.1", "1", "0"), ("49.9", "1", "0"), ("50", "0", "0"), ("90", "0", "0"),
])  # fmt: skip
def test_pressure_off_baseline_chooses_the_answer(share: str, aldrete: str, padss: str) -> None:
    assert chosen_by(instrument("aldrete"), "circulation", Decimal(share)) == aldrete
    assert chosen_by(instrument("padss"), "vital-signs", Decimal(share)) == padss


@pytest.mark.parametrize(("answers", "total", "band"), [("2 2 2 2 0", "8", "not yet"), ("2 2 2 2 1", "9", "ready"), ("2 2 2 2 2", "10", "ready")])
def test_aldrete(answers: str, total: str, band: str) -> None:
    assert told(score("modified aldrete", row(answers))) == (total, band)
    assert told(score("padss", row(answers), {"bleeding": "asked"})) == (total, band)


def test_padss_takes_bleeding_as_none_and_says_so() -> None:
    found = score("padss", row("2 2 2 1"))
    assert (told(found), found.complete) == (("9", "ready"), True)
    assert any("bleeding" in note for note in found.notes)
    assert score("padss", row("2 2 2 2 0")).total == 8
    assert not score("padss", row("2 2 2 1"), {"bleeding": "asked"}).complete


@pytest.mark.parametrize(("value", "band"), [
    ("5", "alert"), ("4", "mild"), ("3", "moderate or deeper"), ("2", "moderate or deeper"), ("1", "moderate or deeper"), ("0", "unconscious"),
])  # fmt: skip
def test_moaas(value: str, band: str) -> None:
    assert told(score("MOAA/S", {"q1": value})) == (value, band)


@pytest.mark.parametrize(("value", "band"), [("-5", "sedated"), ("-1", "sedated"), ("0", "alert and calm"), ("1", "agitated"), ("4", "agitated")])
def test_rass(value: str, band: str) -> None:
    assert told(score("rass", {"q1": value})) == (value, band)


@pytest.mark.parametrize(("value", "band"), [
    ("1", "responder"), ("2", "responder"),
    ("3", "little or no change"), ("4", "little or no change"), ("5", "little or no change"), ("6", "worse"), ("7", "worse"),
])  # fmt: skip
def test_pgi_c(value: str, band: str) -> None:
    assert told(score("pgi-c", {"q1": value})) == (value, band)


@pytest.mark.parametrize(("total", "band"), [(0, "none"), (1, "mild"), (10, "mild"), (11, "moderate"), (20, "moderate"), (21, "severe"), (64, "severe")])
def test_sows_bands(total: int, band: str) -> None:
    answers = [4] * (total // 4) + [total % 4] * (total % 4 > 0)
    assert told(score("sows", row(" ".join(map(str, answers + [0] * (16 - len(answers))))))) == (str(total), band)


@pytest.mark.parametrize(("name", "items", "most", "total"), [
    ("oows", 13, 1, "13"), ("cadss-23", 23, 4, "92"), ("cadss-6", 6, 4, "24"), ("icsi", 4, 5, "20"), ("icpi", 4, 4, "16"), ("bprs-4", 4, 7, "28"),
])  # fmt: skip
def test_highest_totals(name: str, items: int, most: int, total: str) -> None:
    assert told(score(name, row(same(most, items))))[0] == total


def test_cadss_above_four() -> None:
    assert ["treatment-emergent" in score("cadss", row(f"{first} " + same(0, 21) + " 1")).flags for first in (3, 4)] == [False, True]


def test_bprs_anchors_are_kept_apart() -> None:
    assert score("bprs-4", row("1 1 1 1")).total == 4
    zero = score("bprs-4", row("0 0 0 0"), {"anchors": "zero-to-six"})
    assert (zero.total, zero.conventions) == (0, {"anchors": "zero-to-six"})


@pytest.mark.parametrize(("answers", "mean"), [("0 0 0", "0.00"), ("1 0 0", "0.33"), ("1 1 0", "0.67"), ("10 10 10", "10.00"), ("5 6 -", None)])
def test_means_of_three(answers: str, mean: str | None) -> None:
    for name in ("ocs-3", "peg"):
        assert told(score(name, row(answers)))[0] == mean


def test_ebi_mean() -> None:
    assert score("ebi", row("100 0 0 0 0 0 0 1")).total == Decimal("12.63"), "12.625, half up"


def test_craving_is_now_and_the_peak_is_beside_it() -> None:
    assert (score("craving-vas", {"now": "40", "peak": "90"}).total, score("craving", {"now": "0"}).complete) == (40, True)


MEQ_PARTS = {
    "mystical": (4, 5, 6, 9, 14, 15, 16, 18, 20, 21, 23, 24, 25, 26, 28), "positive-mood": (2, 8, 12, 17, 27, 30), "transcendence": (1, 7, 11, 13, 19, 22),
    "ineffability": (3, 10, 29),
}  # fmt: skip


def test_meq30_is_complete_at_60_percent_of_each_factor() -> None:
    three = {f"q{n}": "3" for n in range(1, 31)}
    assert "complete-experience" in score("meq30", three).flags
    for part, items in MEQ_PARTS.items():
        short = score("meq30", three | {f"q{items[0]}": "2"})
        assert short.flags == (), part
        assert short.subscales[part] == 3 * len(items) - 1


def calendar(days: str) -> dict[str, str]:
    """`.` not used, `x` used, `?` not known, `-` blank; day 1 is yesterday."""
    signs = {".": "0", "x": "1", "?": "unknown"}
    return {f"q{n}": signs[sign] for n, sign in enumerate(days.ljust(28, "."), start=1) if sign != "-"}


@pytest.mark.parametrize(
    ("days", "used", "known", "percent", "run", "unknown", "complete"),
    [
        ("", "0", "0", "100.0", "28", "0", True),
        ("x" * 28, "28", "28", "0.0", "0", "0", True),
        ("xx.....x", "3", "3", "89.3", "20", "0", True),
        ("xx?", None, "2", "92.6", "25", "1", True),
        ("..........?", None, "0", "100.0", "17", "1", True),
        ("?" * 28, None, None, None, "0", "28", True),
        ("-", None, None, None, None, None, False),
    ],
)
def test_use_calendar_keeps_unknown_days_apart(
    days: str, used: str | None, known: str | None, percent: str | None, run: str | None, unknown: str | None, complete: bool
) -> None:
    found = score("use-calendar", calendar(days))
    said = {name: None if value is None else str(value) for name, value in found.subscales.items()}
    assert told(found)[0] == used
    assert (said["days-known-used"], said["abstinent-percent"], said["longest-run"], said["days-unknown"]) == (known, percent, run, unknown)
    assert found.complete is complete


@pytest.mark.parametrize(("answers", "flags"), [
    ("0 0 9 0 0 0", set()), ("1 0 0 0 0 0", {"symptoms"}), ("0 1 0 0 0 0", {"symptoms"}), ("0 0 1 1 0 0", {"symptoms"}),
    ("0 0 0 0 1 0", {"symptoms"}), ("0 0 0 0 0 1", {"symptoms", "visible-blood"}),
])  # fmt: skip
def test_bladder_check(answers: str, flags: set[str]) -> None:
    """Policy of ours: each red flag is a sign by itself; a number of nights is one only when it is more than before."""
    keys = ("urgency", "frequency", "nights", "nights-more", "pain", "blood")
    assert set(score("bladder-check", dict(zip(keys, answers.split(), strict=True))).flags) == flags


def test_bladder_check_of_the_form_before_leaves_the_signs_open() -> None:
    """Answers that were never asked about the nights do not say that there are no signs."""
    assert part_of(score("bladder-check", row("0 0 9 0 0")), "symptoms") is None
    assert part_of(score("bladder-check", row("0 0 9 1 0")), "symptoms") == "yes"
