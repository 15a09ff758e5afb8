"""The paper of a protocol: everything the document says is on it, no word is read as markup, and it says whose copy it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kairn.protocol.load import load_protocol
from kairn.protocol.paper import DRAFT, REFERENCE, TEMPLATE, Signing, State, paper_data, print_paper, unpublished
from kairn.protocol.rule import Protocol, Use
from kairn.protocol.say import document_of

PRINTED = "22 November 2026, 09:00 UTC"
SIGNED = State(
    "In force.",
    "In force",
    ("Proposed by Ada. Published by Ben.",),
    "Both are on record.",
    (Signing("Proposed by", "Ada"), Signing("Published by", "Ben", "today")),
)


@pytest.fixture(scope="module")
def protocol() -> Protocol:
    return load_protocol("iv-ketamine-oud", "1.0")


def texts(data: Any) -> list[str]:
    """Every text of the data, wherever it stands."""
    if isinstance(data, str):
        return [data]
    return [text for part in (data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()) for text in texts(part)]


def test_everything_the_document_says_is_on_the_paper(protocol: Protocol) -> None:
    document = document_of(protocol)
    said = set(texts(paper_data(document, TEMPLATE, PRINTED)))
    entries = list(document.every_entry())
    assert {rule.id for rule in protocol.rules} <= {entry.rule for entry in entries}
    assert {entry.title for entry in entries} <= said and {entry.about for entry in entries} <= said
    assert {sentence.text for sentence in document.every_sentence()} <= said
    assert {source.text for source in document.sources} <= said and protocol.content_hash in said
    assert {source.about for source in document.sources} <= said


def test_the_cover_cites_what_it_says(protocol: Protocol) -> None:
    data = paper_data(document_of(protocol), TEMPLATE, PRINTED)
    assert [one["text"] for one in data["lead"]] == [claim.says for claim in protocol.summary]
    assert data["lead"] == data["sections"][0]["sentences"] and all(one["cites"] for one in data["lead"])


def test_every_sentence_leads_to_a_source_of_the_list(protocol: Protocol) -> None:
    data = paper_data(document_of(protocol), TEMPLATE, PRINTED)
    numbers = {source["number"] for source in data["sources"]}
    asked = [section for section in data["sections"]]
    cited = set()
    while asked:
        part = asked.pop()
        asked += [*part.get("sections", []), *part.get("entries", []), *part.get("sentences", [])]
        cited |= {end for run in part.get("cites", []) for end in run}
    assert cited and cited <= numbers


@pytest.mark.parametrize("state", [TEMPLATE, DRAFT, REFERENCE, SIGNED], ids=lambda state: state.title)
def test_it_is_set_as_a_pdf_that_names_who_signed(protocol: Protocol, state: State) -> None:
    made = print_paper(document_of(protocol), state, PRINTED)
    assert made.startswith(b"%PDF-") and made.rstrip().endswith(b"%%EOF")
    assert paper_data(document_of(protocol), state, PRINTED)["authors"] == [one.name for one in state.signatures if one.name]


def test_no_word_of_a_protocol_is_read_as_markup(protocol: Protocol) -> None:
    """A title that would stop the setting, were it code."""
    document = document_of(protocol)
    odd = replace(document, title='#panic("read") $x #import "/etc/passwd" @nobody <nowhere> \\ *', sections=document.sections[:1])
    assert print_paper(odd, TEMPLATE, PRINTED).startswith(b"%PDF-")


def test_the_same_text_gives_the_same_paper(protocol: Protocol) -> None:
    document = document_of(protocol)
    assert print_paper(document, TEMPLATE, PRINTED) == print_paper(document, TEMPLATE, PRINTED)


def test_whose_copy_it_is(protocol: Protocol) -> None:
    assert unpublished(protocol, shipped=True) is TEMPLATE and unpublished(protocol, shipped=False) is DRAFT
    assert unpublished(replace(protocol, use=Use.REFERENCE), shipped=True) is REFERENCE and REFERENCE.signatures == ()
