"""The sources: each says how what is cited from it is known, in the same sense as its own citation, and is of the kind it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kairn.library.reader import read_yaml_text
from kairn.library.sources import CONFIDENCES, SOURCES, Source, read_sources
from kairn.terms.problem import Unreadable

DOCS = Path(__file__).resolve().parents[2] / "docs"
ENTRY = "- {key: a, citation: A, kind: trial, read: 2026-11-22, grade: low, confidence: abstract}"
WORDS = {"abstract": "abstract", "as summarised by others": "read in another's words", "summary": "read in another's words", "recalled": "recalled"}
ABOUT = re.compile(r"(?:, |\()(abstract|as summarised by others|summary)\b|as (recalled)|are (recalled)")


def test_an_entry_is_read() -> None:
    assert read_sources(read_yaml_text(ENTRY, "x.yaml"))["a"].confidence == "abstract"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (", confidence: abstract", "", "confidence"),
        ("confidence: abstract", "confidence: read", "one of read in full"),
        ("confidence: abstract", "confidence: own", "a local judgement"),
        ("kind: trial", "kind: paper", "case series"),
    ],
)
def test_what_does_not_say_how_it_is_known_is_refused(old: str, new: str, says: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read_sources(read_yaml_text(ENTRY.replace(old, new), "x.yaml"))
    assert says in str(refused.value)


def test_a_citation_and_its_confidence_say_the_same() -> None:
    told = {source.key: WORDS[next(filter(None, found.groups()))] for source in SOURCES.values() if (found := ABOUT.search(source.citation))}
    assert len(told) > 5 and told == {key: SOURCES[key].confidence for key in told}


def test_one_or_two_people_are_a_report_and_more_are_a_series() -> None:
    people = {key: int(found[1]) for key, source in SOURCES.items() if "case" in source.kind and (found := re.search(r"(\d+) people", source.citation))}
    assert len(people) > 2 and all((SOURCES[key].kind == "case series") is (number > 2) for key, number in people.items())


@pytest.mark.parametrize("source", SOURCES.values(), ids=lambda source: source.key)
def test_the_handbook_tells_how_each_source_is_known(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(DOCS))
    from generate.library import sources

    row = next(line for line in sources().splitlines() if f"`{source.key}`" in line)
    assert f"| {CONFIDENCES[source.confidence]} |" in row
