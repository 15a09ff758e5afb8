"""A protocol's document as a page draws it: every sentence with links to its sources."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from kairn.clinic.screens.forms.prose import plain
from kairn.clinic.screens.forms.words import capital
from kairn.protocol.document import Cell, Document, Entry, Section, Sentence, Table
from kairn.protocol.rule import Protocol
from kairn.protocol.say import Said, document_of


@dataclass(frozen=True)
class Clause:
    """One point of a list with the points under it."""

    text: str
    of: tuple[Clause, ...] = ()


@dataclass(frozen=True)
class Line:
    """One sentence: the word it stands under, its words, the numbers of its sources, the clauses under it."""

    label: str
    text: str
    numbers: tuple[int, ...]
    parts: tuple[Clause, ...] = ()


@dataclass(frozen=True)
class Held:
    """One cell of a table under its column's head, which a narrow screen shows beside it."""

    head: str
    text: str
    numbers: tuple[int, ...]


@dataclass(frozen=True)
class Grid:
    """A table of sentences without a verb."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Held, ...], ...]


@dataclass(frozen=True)
class Rule:
    """One rule, or one block of the head; `places` says where in each source."""

    title: str
    about: str
    anchor: str
    lines: tuple[Line, ...]
    places: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Part:
    """A section with what is in it; `parts` are the sections inside."""

    name: str
    title: str
    lines: tuple[Line, ...]
    grids: tuple[Grid, ...]
    rules: tuple[Rule, ...]
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Source:
    """One source of the list at the end."""

    number: int
    text: str
    about: str
    doi: str


@dataclass(frozen=True)
class Text:
    """The whole document."""

    parts: tuple[Part, ...]
    sources_title: str
    sources: tuple[Source, ...]


@lru_cache
def text_for(protocol: Protocol) -> Text:
    """A protocol said aloud, made once for each."""
    return text_of(document_of(protocol))


def text_of(document: Document) -> Text:
    """A document as plain values for a template."""
    sources = tuple(Source(one.number, one.text, one.about, one.doi) for one in document.sources)
    return Text(tuple(map(_part, document.sections)), document.sources_title, sources)


def _part(section: Section) -> Part:
    return Part(
        section.name, plain(section.title), tuple(map(_line, section.sentences)), tuple(map(_grid, section.tables)), tuple(map(_rule, section.entries)),
        tuple(map(_part, section.sections)),
    )  # fmt: skip


def _rule(entry: Entry) -> Rule:
    places = dict.fromkeys((cite.number, cite.locator) for sentence in entry.sentences for cite in sentence.cites)
    anchor = f"rule-{entry.rule}" if entry.rule else ""
    return Rule(plain(entry.title), plain(entry.about), anchor, tuple(map(_line, entry.sentences)), tuple(places))


def _line(sentence: Sentence) -> Line:
    return Line(sentence.label, plain(sentence.text), sentence.numbers, _clauses(sentence.parts))


def _clauses(parts: Iterable[Said]) -> tuple[Clause, ...]:
    return tuple(Clause(plain(part.text), _clauses(part.of)) for part in parts)


def _grid(table: Table) -> Grid:
    return Grid(plain(table.title), table.heads, tuple(tuple(map(_cell, table.heads, row)) for row in table.rows))


def _cell(head: str, cell: Cell) -> Held:
    return Held(capital(plain(head)), plain(cell.text), cell.numbers)
