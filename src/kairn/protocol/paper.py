"""A protocol as a paper to read and sign: its document, whose copy this is, and two lines to sign on, set as a PDF."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kairn.protocol.document import Cell, Document, Entry, Reference, Section, Sentence, Table
from kairn.protocol.rule import Protocol, Use
from kairn.protocol.say_rules import Said
from kairn.terms.problem import unreadable

FEW = 12
"""More places than these under one heading are no help to a reader."""
SETTING = Path(__file__).with_name("paper.typ")


@dataclass(frozen=True)
class Signing:
    """One line to sign on: in what part, and who did so and when where that is on record."""

    role: str
    name: str = ""
    at: str = ""


@dataclass(frozen=True)
class State:
    """Whose copy this is. `word` stands at the foot of every page; `title` and `lines` on the cover; `signing` above the lines to sign on."""

    word: str
    title: str
    lines: tuple[str, ...]
    signing: str
    signatures: tuple[Signing, ...]


UNSIGNED = (Signing("Proposed by"), Signing("Published by"))
TEMPLATE = State(
    word="Template, in force nowhere by itself.",
    title="Template",
    lines=(
        "This is a text to begin from. No person is treated under it until a clinic has made it its own, a medical director has read it, "
        "and two different people have put it in force there.",
    ),
    signing="Two different people sign: one proposes exactly this text, the other puts it in force.",
    signatures=UNSIGNED,
)
DRAFT = State(
    word="Draft, in force nowhere.",
    title="Draft",
    lines=("This is the clinic's own text in the making. No person is treated under it until two different people have put exactly this content in force.",),
    signing=TEMPLATE.signing,
    signatures=UNSIGNED,
)
REFERENCE = State(
    word="For comparison, not for treating.",
    title="For comparison, not for treating",
    lines=("This text retells a published protocol so that others can be compared with it. It cannot be put in force anywhere.",),
    signing="This protocol is not signed: it cannot be put in force.",
    signatures=(),
)


def unpublished(protocol: Protocol, *, shipped: bool) -> State:
    """The state of a copy that nobody has proposed: a template, the clinic's own draft, or a text to compare with."""
    if protocol.use is Use.REFERENCE:
        return REFERENCE
    return TEMPLATE if shipped else DRAFT


def print_paper(document: Document, state: State, printed: str) -> bytes:
    """The PDF. `printed` is the moment it was made, as the cover says it. Raises Unreadable where the typesetter is not installed."""
    try:
        import typst  # late: a library without the clinic's extras reads protocols, and prints none
    except ImportError:
        raise unreadable("no typesetter", "the package typst", "Install Kairn with its clinic: pip install 'kairn[clinic]'.") from None
    told = json.dumps(paper_data(document, state, printed), ensure_ascii=False)
    made, _ = typst.compile_with_warnings(SETTING.read_bytes(), ignore_system_fonts=True, sys_inputs={"document": told})
    return bytes(made)


def paper_data(document: Document, state: State, printed: str) -> dict[str, Any]:
    """Everything the setting draws, as plain values; what the protocol says of itself, its first section, also stands on the cover."""
    return {
        "title": document.title, "protocol": document.protocol, "version": document.version, "content_hash": document.content_hash,
        "language": document.language, "printed": printed, "authors": [one.name for one in state.signatures if one.name],
        "state": {
            "word": state.word, "title": state.title, "lines": list(state.lines), "signing": state.signing,
            "signatures": [{"role": one.role, "name": one.name, "at": one.at} for one in state.signatures],
        },
        "lead": [_sentence(one) for one in document.sections[0].sentences],
        "sections": [_section(one) for one in document.sections],
        "sources_title": document.sources_title, "sources": [_source(one) for one in document.sources],
    }  # fmt: skip


def _section(section: Section) -> dict[str, Any]:
    return {
        "title": section.title, "sentences": [_sentence(one) for one in section.sentences], "tables": [_table(one) for one in section.tables],
        "entries": [_entry(one) for one in section.entries], "sections": [_section(one) for one in section.sections],
        "places": _places(section.sentences),
    }  # fmt: skip


def _entry(entry: Entry) -> dict[str, Any]:
    sentences = [_sentence(one) for one in entry.sentences]
    return {"title": entry.title, "about": entry.about, "rule": entry.rule, "sentences": sentences, "places": _places(entry.sentences)}


def _places(sentences: Iterable[Sentence]) -> list[dict[str, Any]]:
    """Where in its source each number leads, each place once; none where a sentence gathers so many that they stand with its rules instead."""
    cites = dict.fromkeys(cite for sentence in sentences for cite in sentence.cites)
    if len(cites) > FEW:
        return []
    return [{"number": cite.number, "locator": cite.locator} for cite in cites]


def _sentence(sentence: Sentence) -> dict[str, Any]:
    return {"text": sentence.text, "label": sentence.label, "cites": _runs(sentence.numbers), "parts": _clauses(sentence.parts)}


def _clauses(parts: Iterable[Said]) -> list[dict[str, Any]]:
    return [{"text": part.text, "of": _clauses(part.of)} for part in parts]


def _table(table: Table) -> dict[str, Any]:
    return {"title": table.title, "heads": list(table.heads), "rows": [[_cell(one) for one in row] for row in table.rows]}


def _cell(cell: Cell) -> dict[str, Any]:
    return {"text": cell.text, "cites": _runs(cell.numbers)}


def _runs(numbers: Iterable[int]) -> list[list[int]]:
    """Numbers as first and last of each run: 2, 3, 4, 7 is 2 to 4 and 7."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return runs


def _source(source: Reference) -> dict[str, Any]:
    return {"number": source.number, "text": source.text, "about": source.about, "doi": source.doi}
