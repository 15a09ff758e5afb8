"""Tables and citations as Markdown, shared by all pages that the product writes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache

from kairn.library.sources import SOURCES
from kairn.protocol.load import load_protocol
from kairn.protocol.rule import Citation, Protocol

SHIPPED = ("iv-ketamine-oud", "1.0")


@cache
def loaded(protocol_id: str, version: str) -> Protocol:
    """A protocol that ships, read once for all pages."""
    return load_protocol(protocol_id, version)


def row(*cells: object) -> str:
    """One row of a Markdown table."""
    return "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def grid(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    return "\n".join([row(*heads), row(*("---" for _ in heads)), *(row(*cells) for cells in rows)]) + "\n"


def deeper(text: str, by: int = 1) -> str:
    """Markdown with every heading lowered, so that it fits under a page's own."""
    return re.sub(r"^(#+ )", "#" * by + r"\1", text, flags=re.MULTILINE)


def anchor(source: str) -> str:
    """The name of a source's row, so that other pages can lead to it."""
    return f"source-{source}"


def cited(source: str, locator: str) -> str:
    """A citation: a link to the source in full, and the place in it."""
    return f"[{source}](#{anchor(source)}), {locator}" if source in SOURCES else f"{source}, {locator}"


def all_cited(citations: Iterable[Citation]) -> str:
    """Citations one after another."""
    return "; ".join(cited(each.source, each.locator) for each in citations)
