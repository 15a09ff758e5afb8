"""A document as Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from kairn.protocol.document import Cite, Document, Entry, Reference, Section, Sentence, Table


def markdown(document: Document) -> str:
    """The document as one Markdown text. Sources stand as numbers in brackets and in full at the end."""
    blocks = [f"# {document.title}", f"*{document.identity}*", *(block for part in document.sections for block in _section(part, 2))]
    return "\n\n".join([*blocks, f"## {document.sources_title}", "\n".join(map(_reference, document.sources))]) + "\n"


def _section(section: Section, depth: int) -> Iterator[str]:
    yield f"{'#' * depth} {section.title}"
    if section.sentences:
        yield "\n".join(f"- {_sentence(sentence)}" for sentence in section.sentences) if len(section.sentences) > 1 else _sentence(section.sentences[0])
    for table in section.tables:
        yield from _table(table)
    for entry in section.entries:
        yield from _entry(entry, depth + 1)
    for inner in section.sections:
        yield from _section(inner, depth + 1)


def _entry(entry: Entry, depth: int) -> Iterator[str]:
    yield f"{'#' * depth} {entry.title}"
    yield f"*{entry.about}*"
    for sentence in entry.sentences:
        yield _sentence(sentence)
    places = dict.fromkeys(cite for sentence in entry.sentences for cite in sentence.cites)
    yield "*" + "; ".join(map(_place, places)) + ".*"


def _sentence(sentence: Sentence) -> str:
    label = f"**{sentence.label}:** " if sentence.label else ""
    clauses = "".join(f"\n{'  ' * depth}- {text}" for part in sentence.parts for depth, text in part.lines())
    gap = "\n" if clauses else ""
    return f"{label}{sentence.text}{_numbers(sentence.numbers)}{gap}{clauses}"


def _numbers(numbers: tuple[int, ...]) -> str:
    return "".join(f" [{number}]" for number in numbers)


def _place(cite: Cite) -> str:
    return f"[{cite.number}] {cite.locator}"


def _table(table: Table) -> Iterator[str]:
    yield f"**{table.title}**"
    heads = _row(table.heads)
    rows = (_row(tuple(f"{cell.text}{_numbers(cell.numbers)}" for cell in row)) for row in table.rows)
    yield "\n".join([heads, _row(tuple("---" for _ in table.heads)), *rows])


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _reference(reference: Reference) -> str:
    doi = f" doi:{reference.doi}." if reference.doi else ""
    return f"- [{reference.number}] {reference.text}.{doi} *{reference.about}.*"
