"""Changes between two answerings, worked out by hand from each scale's own rules."""

from __future__ import annotations

import pytest

from kairn.instruments.change import change
from kairn.terms.answer import Answer
from tests.reference.answer_rows import row, same

PHQ = {"0": same(0, 9), "1": "1 0 0 0 0 0 0 0 0", "4": "1 1 1 1 0 0 0 0 0", "5": "1 1 1 1 1 0 0 0 0", "10": "2 1 1 1 1 1 1 1 1", "15": "2 2 2 2 2 2 2 1 0"}


@pytest.mark.parametrize(
    ("before", "after", "percent", "rules"),
    [
        ("10", "5", "-50", {"response": "yes", "remission": "no", "mcid": "yes", "felt-better": "yes"}),
        ("10", "4", "-60", {"response": "yes", "remission": "yes", "mcid": "yes", "felt-better": "yes"}),
        ("15", "10", "-100/3", {"response": "no", "remission": "no", "mcid": "yes", "felt-better": "yes"}),
        ("5", "4", "-20", {"response": "no", "remission": "yes", "mcid": "no", "felt-better": "yes"}),
        ("4", "5", "25", {"response": "no", "remission": "no", "mcid": "no", "felt-better": "no"}),
        ("0", "5", None, {"response": "unknown", "remission": "no", "mcid": "no", "felt-better": "unknown"}),
        ("0", "0", None, {"response": "unknown", "remission": "yes", "mcid": "no", "felt-better": "unknown"}),
    ],
)
def test_phq_9_change(before: str, after: str, percent: str | None, rules: dict[str, str]) -> None:
    found = change("phq-9", row(PHQ[before]), row(PHQ[after]))
    assert (str(found.percent * 100) if found.percent is not None else None) == percent
    assert {name: answer.value for name, answer in found.rules.items()} == rules


@pytest.mark.parametrize(("fall", "met"), [(4, set()), (5, {"reliable"}), (10, {"reliable", "meaningful"}), (15, {"reliable", "meaningful", "reliable-2022"})])
def test_pcl_5_old_and_new_rules_of_change_stand_side_by_side(fall: int, met: set[str]) -> None:
    def at(total: int) -> dict[str, str]:
        return row(" ".join(["4"] * (total // 4) + [str(total % 4)] + ["0"] * (19 - total // 4)))

    found = change("pcl-5", at(60), at(60 - fall))
    assert {name for name, answer in found.rules.items() if answer is Answer.YES} == met
    assert [change("pcl-5", at(60), at(end)).rules["end-point-2022"] for end in (28, 29)] == [Answer.YES, Answer.NO]


def test_who_5_better_is_more() -> None:
    found = change("who-5", row("1 1 1 1 1"), row("2 2 2 1 1"))
    assert (found.absolute, found.direction, found.rules["meaningful"]) == (12, "better", Answer.YES)
    assert change("who-5", row("1 1 1 1 1"), row("2 2 1 1 1")).rules["meaningful"] is Answer.NO


@pytest.mark.parametrize(("after", "met"), [("7 7 7", "yes"), ("8 7 7", "no")])
def test_peg_30_percent(after: str, met: str) -> None:
    assert change("peg", row("10 10 10"), row(after)).rules["meaningful"].value == met


def test_madrs_remission_is_a_convention() -> None:
    after = row("6 5 0 0 0 0 0 0 0 0")
    assert [change("madrs", row(same(4, 10)), after, {"remission": choice}).rules["remission"].value for choice in ("10", "12")] == ["no", "yes"]


def test_a_blank_leaves_a_change_open() -> None:
    found = change("gad-7", row(same(3, 7)), row("- 0 0 0 0 0 0"))
    assert (found.absolute, found.percent, set(found.rules.values())) == (None, None, {Answer.UNKNOWN})
