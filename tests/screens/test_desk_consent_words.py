"""The consent document is in plain words, and says the things nobody may sign without having read."""

from __future__ import annotations

import re

import pytest

from kairn.clinic.screens.consent.view import document
from kairn.clinic.screens.forms.prose import blocks
from kairn.protocol.load import load_protocol

SIXTH_GRADE = 6.9
MUST = (
    "not approved for opioid use disorder", "off-label", "not a cure", "Ketamine is not known to do that", "You do not have to take one of these medicines",
    "naloxone", "988", "may not drive", "stop at any time", "bladder", "could be pregnant", "Experts do not agree", "Nobody knows",
)  # fmt: skip


def text() -> str:
    return document(*load_protocol("iv-ketamine-oud", "1.0").consent)


def syllables(word: str) -> int:
    """A count by groups of vowels, a silent e at the end left out."""
    groups = len(re.findall(r"[aeiouy]+", word))
    return max(1, groups - (word.endswith("e") and not word.endswith("le") and groups > 1))


def grade(prose: str) -> float:
    """The Flesch-Kincaid grade of a text."""
    sentences = [each for each in re.split(r"[.!?]\s|\n", prose) if re.search(r"[a-z]", each)]
    words = re.findall(r"[a-z]+", prose.lower())
    return 0.39 * len(words) / len(sentences) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


def test_the_document_of_the_protocol_is_there() -> None:
    assert text().startswith("# ") and document("expectations-and-risks", "0") == ""


def test_it_is_written_for_a_sixth_grader() -> None:
    assert grade(text()) < SIXTH_GRADE
    assert grade("The pharmacological heterogeneity of subanaesthetic administration necessitates individualised consideration.") > SIXTH_GRADE


@pytest.mark.parametrize("words", MUST)
def test_it_says(words: str) -> None:
    assert words in text()


def test_every_teach_back_question_is_answered_in_it() -> None:
    headings = [block.text for block in blocks(text()) if block.kind == "h2"]
    assert {"It is off-label, and we know little", "It never takes the place of your medicine", "No driving", "You decide"} <= set(headings)
