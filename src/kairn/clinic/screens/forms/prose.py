"""A text in the few marks our documents use, headings, paragraphs and lists, as blocks that a template can draw."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

HEADING = re.compile(r"(##+) (.*)")
LISTED = re.compile(r"( *)- (.*)")


@dataclass
class Item:
    """One point of a list with the points under it."""

    text: str
    of: list[Item] = field(default_factory=list)


@dataclass
class Block:
    """A heading (`h2`, `h3`), a paragraph (`p`), a small line of source (`meta`) or a list (`ul`)."""

    kind: str
    text: str = ""
    items: list[Item] = field(default_factory=list)
    anchor: str = ""


def blocks(text: str) -> list[Block]:
    """The blocks of a document. The first heading of the text (`# `) is left out: the page says it."""
    found: list[Block] = []
    for lines in _chunks(text):
        found += _block(lines)
    return found


def _chunks(text: str) -> Iterable[list[str]]:
    chunk: list[str] = []
    for line in [*text.splitlines(), ""]:
        if line.strip():
            chunk.append(line)
        elif chunk:
            yield chunk
            chunk = []


def _block(lines: list[str]) -> Iterable[Block]:
    if lines[0].startswith("# "):
        return
    if heading := HEADING.fullmatch(lines[0]):
        yield Block("h2" if len(heading[1]) == len("##") else "h3", plain(heading[2]), anchor=re.sub(r"[^a-z0-9]+", "-", heading[2].lower()).strip("-"))
        return
    if all(line.startswith("*") and line.rstrip().endswith("*") for line in lines):
        yield from (Block("meta", plain(line)) for line in lines)
        return
    yield from _mixed(lines)


def _mixed(lines: list[str]) -> Iterable[Block]:
    """Lines of prose and points as they alternate."""
    said: list[str] = []
    listed: list[tuple[int, str]] = []
    for line in lines:
        point = LISTED.fullmatch(line)
        if point:
            if said:
                yield Block("p", plain(" ".join(said)))
                said = []
            listed.append((len(point[1]) // 2, plain(point[2])))
        elif listed and line.startswith("  "):
            listed[-1] = (listed[-1][0], f"{listed[-1][1]} {plain(line)}")
        else:
            if listed:
                yield Block("ul", items=_nested(listed))
                listed = []
            said.append(line)
    if said:
        yield Block("p", plain(" ".join(said)))
    if listed:
        yield Block("ul", items=_nested(listed))


def _nested(listed: list[tuple[int, str]]) -> list[Item]:
    top: list[Item] = []
    path: list[list[Item]] = [top]
    for depth, text in listed:
        path = path[: depth + 1]
        item = Item(text)
        path[-1].append(item)
        path.append(item.of)
    return top


def plain(text: str) -> str:
    """The text without its marks."""
    return re.sub(r"[*`]", "", text).strip()
