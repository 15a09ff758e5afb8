"""A protocol as a document, one structure for text, screens, handbook and PDF: sections, entries and sentences with their citations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kairn.protocol.say_rules import Said


@dataclass(frozen=True)
class Reference:
    """One source in the list at the end, with the number it is cited by; `about` says its kind, its grade, how it is known and since when."""

    number: int
    key: str
    text: str
    kind: str
    grade: str
    doi: str
    about: str


@dataclass(frozen=True)
class Cite:
    """A number in the list of sources and where in that source."""

    number: int
    locator: str


@dataclass(frozen=True)
class Sentence:
    """One sentence; `label` is the word it stands under (`Why`), `parts` are clauses nested under it."""

    text: str
    cites: tuple[Cite, ...]
    label: str = ""
    parts: tuple[Said, ...] = ()

    @property
    def numbers(self) -> tuple[int, ...]:
        """The sources it rests on, by number, each once."""
        return tuple(dict.fromkeys(cite.number for cite in self.cites))


@dataclass(frozen=True)
class Entry:
    """One rule, or one block of the head: a title, a line of what it is, its sentences."""

    title: str
    about: str
    sentences: tuple[Sentence, ...]
    rule: str = ""


@dataclass(frozen=True)
class Cell:
    """One cell of a table with the sources its words rest on."""

    text: str
    cites: tuple[Cite, ...] = ()

    @property
    def numbers(self) -> tuple[int, ...]:
        """The sources it rests on, by number, each once."""
        return tuple(dict.fromkeys(cite.number for cite in self.cites))


@dataclass(frozen=True)
class Table:
    """A table: the first cell of each row names the row."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Section:
    """A part of the document: sentences, tables, entries, and parts of its own. `name` is fit for an anchor."""

    name: str
    title: str
    sentences: tuple[Sentence, ...] = ()
    tables: tuple[Table, ...] = ()
    entries: tuple[Entry, ...] = ()
    sections: tuple[Section, ...] = ()

    def every_sentence(self) -> Iterator[Sentence]:
        """Every sentence of the section and the parts in it."""
        yield from self.sentences
        for entry in self.entries:
            yield from entry.sentences
        for inner in self.sections:
            yield from inner.every_sentence()

    def every_entry(self) -> Iterator[Entry]:
        """Every entry of the section and the parts in it."""
        yield from self.entries
        for inner in self.sections:
            yield from inner.every_entry()


@dataclass(frozen=True)
class Document:
    """A protocol said aloud, ready to be set as text, page or print."""

    title: str
    protocol: str
    version: str
    content_hash: str
    language: str
    identity: str
    sections: tuple[Section, ...]
    sources_title: str
    sources: tuple[Reference, ...]

    def every_sentence(self) -> Iterator[Sentence]:
        """Every sentence of the document."""
        for section in self.sections:
            yield from section.every_sentence()

    def every_entry(self) -> Iterator[Entry]:
        """Every entry of the document."""
        for section in self.sections:
            yield from section.every_entry()
