"""A protocol as a paper to read and sign: its document, whose copy this is, and two lines to sign on, set as a PDF."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kairn.protocol.document import Cell, Document, Entry, Reference, Section, Sentence, Table
from kairn.protocol.say import Said
from kairn.terms.problem import unreadable

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
    signing="Two different people sign: one proposes exactly this text, the other puts it in force. A medical director is one of them.",
    signatures=UNSIGNED,
)
REFERENCE = State(
    word="For comparison, not for treating.",
    title="For comparison, not for treating",
    lines=("This text retells a published protocol so that others can be compared with it. It cannot be put in force anywhere.",),
    signing="This protocol is not signed: it cannot be put in force.",
    signatures=(),
)


def print_paper(document: Document, state: State, printed: str) -> bytes:
    """The PDF. `printed` is the moment it was made, as the cover says it. Raises Unreadable where the typesetter is not installed."""
    try:
        import typst  # late: a library without the clinic's extras reads protocols, and prints none
    except ImportError:
        raise unreadable("no typesetter", "the package typst", "Install Kairn with its clinic: pip install 'kairn[clinic]'.") from None
    told = json.dumps(paper_data(document, state, printed), ensure_ascii=False)
    made: bytes = typst.compile(SETTING.read_bytes(), ignore_system_fonts=True, sys_inputs={"document": told})
    return made


def paper_data(document: Document, state: State, printed: str) -> dict[str, Any]:
    """Everything the setting draws, as plain values. The sentences before the first heading stand on the cover."""
    return {
        "title": document.title, "protocol": document.protocol, "version": document.version, "content_hash": document.content_hash,
        "language": document.language, "printed": printed, "authors": [one.name for one in state.signatures if one.name],
        "state": {
            "word": state.word, "title": state.title, "lines": list(state.lines), "signing": state.signing,
            "signatures": [{"role": one.role, "name": one.name, "at": one.at} for one in state.signatures],
        },
        "lead": [_sentence(one) for one in _lead(document)],
        "sections": [_section(one) for one in document.sections],
        "sources_title": document.sources_title, "sources": [_source(one) for one in document.sources],
    }  # fmt: skip


def _lead(document: Document) -> tuple[Sentence, ...]:
    """What the protocol says of itself, which opens its first section."""
    return document.sections[0].sentences[:1] if document.sections else ()


def _section(section: Section) -> dict[str, Any]:
    return {
        "title": section.title, "sentences": [_sentence(one) for one in section.sentences], "tables": [_table(one) for one in section.tables],
        "entries": [_entry(one) for one in section.entries], "sections": [_section(one) for one in section.sections],
    }  # fmt: skip


def _entry(entry: Entry) -> dict[str, Any]:
    return {"title": entry.title, "about": entry.about, "rule": entry.rule, "sentences": [_sentence(one) for one in entry.sentences]}


def _sentence(sentence: Sentence) -> dict[str, Any]:
    return {"text": sentence.text, "label": sentence.label, "cites": list(sentence.numbers), "parts": _clauses(sentence.parts)}


def _clauses(parts: Iterable[Said]) -> list[dict[str, Any]]:
    return [{"text": part.text, "of": _clauses(part.of)} for part in parts]


def _table(table: Table) -> dict[str, Any]:
    return {"title": table.title, "heads": list(table.heads), "rows": [[_cell(one) for one in row] for row in table.rows]}


def _cell(cell: Cell) -> dict[str, Any]:
    return {"text": cell.text, "cites": list(cell.numbers)}


def _source(source: Reference) -> dict[str, Any]:
    return {"number": source.number, "text": source.text, "kind": source.kind, "grade": source.grade, "doi": source.doi, "read": source.read}
