"""The PDF of a note: words of people are words, however odd; what has no letter is spelt out and the page says so; what was struck out is marked."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.pdf import bare, sheets
from tests.screens.chairside import Chairside

from kairn.clinic.acts.notes import write_note
from kairn.clinic.acts.striking import strike_out
from kairn.clinic.screens.session_note import pdf
from kairn.record.payloads import Observed

ODD = (
    """#panic("read") $x^2$ #import "/etc/passwd" @nobody <nowhere> \\ *stars* _lines_ `raw` "double" 'single' """
    "-- --- ... ~ // /* = - + #{1+1} $ # ] [ </p> {{ page }}"
)
NOW = datetime(2026, 11, 29, 9, tzinfo=UTC)


def paper(seat: Chairside) -> list[str]:
    """The sheets of the note."""
    return sheets(seat.browser("nurse").get(seat.url("session_note_pdf")))


def whole(seat: Chairside) -> str:
    """All of it, between the head and the foot of each sheet."""
    return bare("".join(_body(seat, sheet) for sheet in paper(seat)))


def _body(seat: Chairside, sheet: str) -> str:
    lines = sheet.split("\n")
    head = next((at for at, line in enumerate(lines) if "28 Feb 1990" in line), 0)
    foot = next((at for at, line in enumerate(lines) if line.startswith("From the chart at entry")), len(lines))
    return "\n".join(lines[head + 1 : foot])


def noted(seat: Chairside, text: str) -> None:
    """A nurse writes a note at this visit."""
    seat.walk.do(write_note, "nurse", text=text, visit=seat.walk.visit)


def test_signs_of_a_markup_are_words(seat: Chairside) -> None:
    seat.walk.to_preflight()
    noted(seat, ODD)
    assert bare(ODD) in whole(seat) and ODD in unescape(seat.get("session_note"))


def test_a_word_longer_than_any_line_and_a_note_longer_than_any_page_are_there_to_the_end(seat: Chairside) -> None:
    seat.walk.to_preflight()
    word, note = "abcdefghij" * 60, "  ".join(f"word{place}" for place in range(1500))
    noted(seat, word)
    noted(seat, f"{note} end.")
    assert len(paper(seat)) > 2
    said = whole(seat)
    assert word in said and all(bare(f"word{place}word{place + 1}") in said for place in range(0, 1400, 200)) and "word1499end." in said


def test_what_has_no_letter_is_spelt_out_and_the_page_says_which(seat: Chairside) -> None:
    seat.walk.to_preflight()
    assert "no letters for" not in seat.get("session_note")
    noted(seat, "Says: 你好, Привет, ελπίδα, é 😀")
    page, said = seat.get("session_note"), "".join(map(bare, paper(seat)))
    assert "The PDF has no letters for 3 characters of this note: <b>你 好 😀</b>" in page
    assert "[U+4F60][U+597D]" in said and "[U+1F600]" in said and bare("Привет, ελπίδα, é") in said
    assert bare("3 characters of this note cannot be drawn by the letters of this paper.") in said


def test_a_name_that_has_no_letters_is_spelt_out_on_every_sheet() -> None:
    told = {**empty(), "name": "王 Wang", "lead": ["x"]}
    missing = pdf.undrawn(told)
    assert missing == ("王",) and bare("[U+738B] Wang") in bare(sheets(pdf._set(pdf._spelt(told, missing), NOW))[0])


def test_what_was_struck_out_is_marked_on_the_paper_with_why_and_by_whom(seat: Chairside) -> None:
    seat.walk.to_infusion().later(minutes=5)
    seat.walk.record(visit=seat.walk.visit, systolic="199", diastolic="99")
    seat.walk.do(strike_out, "nurse", event=seat.walk.history.all(Observed)[-1][0].id, reason="Cuff on the wrong arm")
    sheet, _, struck = "\n".join(paper(seat)).partition("Struck out these count no more, and stay readable")
    assert re.search(r"\b199\b", struck) and bare("Cuff on the wrong arm") in bare(struck) and bare("(A nurse,") in bare(struck)
    assert bare("Struck out because") in bare(struck) and not re.search(r"\b199\b", sheet)


def empty() -> dict[str, Any]:
    """A paper on which nothing is said yet."""
    return {"title": "T", "name": "N", "born": "B", "lead": [], "foot": "F", "end": "E", "facts": [], "parts": []}


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=80), more=st.text(alphabet="#$\\*_`\"'@<>[]{}/~=-+ \n\t", max_size=40))
def test_any_text_at_all_is_set_and_leaves_no_box(text: str, more: str) -> None:
    """The standards under which a note is set refuse a character without a letter, so that setting it is the proof."""
    row = [{"text": text, "struck": False}, {"text": more, "struck": True}]
    part = {"title": "Notes", "meta": more, "facts": [[more, text]], "heads": ["A", "B"], "rows": [row], "lines": [text + more]}
    told = {**empty(), "name": text, "born": more, "lead": [text], "foot": text, "facts": [[text, more]], "parts": [part]}
    assert pdf._set(pdf._spelt(told, pdf.undrawn(told)), NOW).startswith(b"%PDF-")


@pytest.mark.parametrize("script", ["ÀÉÎõüß", "Ångström µ ± ≥ ≤ × ·", "Ελληνικά", "Українська", "Tiếng Việt", "zażółć gęślą"])
def test_scripts_that_have_letters_are_not_called_missing(script: str) -> None:
    assert pdf.undrawn([script]) == ()
