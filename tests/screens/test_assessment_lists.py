"""What a typed entry of a list becomes: the library's code where it has exactly one, otherwise the person's own words."""

from __future__ import annotations

import pytest

from kairn.clinic.screens.assessment.lists import OWN_WORDS, coded, known_words
from kairn.library.systems import SYSTEMS


@pytest.mark.parametrize(
    ("key", "typed", "system", "code"),
    [
        ("medicines", " Methadone ", SYSTEMS["rxnorm"], "6813"),
        ("medicines", "naloxone", SYSTEMS["rxnorm"], "7242"),
        ("medicines", "sertraline", OWN_WORDS, "sertraline"),
        ("medicines", "ketamine", OWN_WORDS, "ketamine"),
        ("medicines", "methadone 60 mg", OWN_WORDS, "methadone 60 mg"),
        ("conditions", "pregnancy", SYSTEMS["snomed"], "72892002"),
        ("conditions", "methadone", OWN_WORDS, "methadone"),
    ],
)
def test_a_code_only_where_the_library_has_exactly_one(key: str, typed: str, system: str, code: str) -> None:
    assert coded(key, typed) == type(coded(key, typed))(system, code, typed.strip())


def test_every_medicine_of_the_books_is_offered() -> None:
    assert {"methadone", "naloxone", "sertraline", "st john's wort"} <= set(known_words("medicines"))
