"""Substances: every number of a course has its source, what no source gives is absent, and a wrong book is refused with its line."""

from __future__ import annotations

import pytest

from kairn.library.reader import LIBRARY, read_yaml_text
from kairn.library.sources import SOURCES
from kairn.library.substances import BOOK, PARTS, read_substances
from kairn.terms.problem import Unreadable

TEXT = (LIBRARY / "substances.yaml").read_text("utf-8")


def test_every_number_says_where_it_is_from_and_how_far_it_carries() -> None:
    cited = [span.cited for one in BOOK.classes.values() for span in one.course.values()] + [start.cited for start in BOOK.starts] + [BOOK.again_cited]
    assert len(cited) > len(BOOK.starts) and all(one.source in SOURCES and one.locator for one in cited)


def test_what_was_only_recalled_is_a_local_judgement_of_the_lowest_grade() -> None:
    recalled = [span.cited for name in ("fentanyl", "buprenorphine") for span in BOOK.classes[name].course.values()]
    assert {(SOURCES[one.source].kind, one.grade) for one in recalled} == {("local judgement", "very-low")}


def test_what_no_source_gives_is_absent_and_no_course_is_drawn_for_what_is_no_opioid() -> None:
    assert BOOK.classes["long-acting-opioid"].course == {}
    assert BOOK.classes["buprenorphine"].course["lasts"].low is None and BOOK.classes["buprenorphine"].course["lasts"].more
    assert not any(one.course or one.opioid for name, one in BOOK.classes.items() if name in ("alcohol", "benzodiazepine", "stimulant", "ketamine"))


@pytest.mark.parametrize("name", [name for name, one in BOOK.classes.items() if one.course])
def test_a_course_begins_peaks_and_ends_in_that_order(name: str) -> None:
    course = BOOK.classes[name].course
    assert tuple(course) == PARTS
    assert course["onset"].high.delta <= course["peak"].high.delta <= course["lasts"].high.delta


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ('from: "8 h", to: "24 h"', 'from: "25 h", to: "24 h"', "the shorter time first"),
        ("withdrawal-read, ", "somebody-said, ", "a key of library/sources.yaml"),
        ("recalled, \"onset, illicit fentanyl used daily; varies\"], grade: very-low", "recalled, \"onset\"], grade: low", "none above its source's"),
        ("label: \"heroin\", class: short-acting-opioid", "label: \"heroin\", class: opiate", "the class 'opiate'"),
        ('score: "8", after: ["12 h"]', 'score: "8"', "a start without score and time"),
        ('opioid: "yes"', 'opioid: "sure"', "yes or no"),
        ("# When buprenorphine", "unknown: x\n# When buprenorphine", "the field 'unknown'"),
    ],
)  # fmt: skip
def test_a_wrong_book_is_refused_with_its_line(before: str, after: str, fault: str) -> None:
    assert before in TEXT
    with pytest.raises(Unreadable, match=fault) as refused:
        read_substances(read_yaml_text(TEXT.replace(before, after, 1), "substances.yaml"))
    assert "line" in str(refused.value)
