"""On what a block of a drug model rests: how sure it is, where it comes from, and why it was taken."""

from __future__ import annotations

from dataclasses import dataclass

from kairn.library.reader import Node
from kairn.library.sources import SOURCES

STATUSES = ("established", "assumption", "exploratory")
GROUNDS = ("status", "source", "rationale")
"""The fields every block of numbers has."""


@dataclass(frozen=True)
class Grounds:
    """`established`: read or transcribed from a paper; `assumption`: chosen by Kairn; `exploratory`: not to be relied on."""

    status: str
    source: str
    locator: str
    rationale: str


def read_grounds(fields: dict[str, Node]) -> Grounds:
    """The grounds among a block's fields. Raises Unreadable with the line of the fault."""
    status = fields["status"].text()
    if status not in STATUSES:
        raise fields["status"].fault(f"the status {status!r}", f"one of {', '.join(STATUSES)}", "Choose one.")
    key, locator = read_cited(fields["source"])
    if status == "established" and SOURCES[key].kind == "local judgement":
        raise fields["source"].fault(f"a local judgement, {key}, for what is established", "a paper", "Cite it, or call the block an assumption.")
    return Grounds(status, key, locator, fields["rationale"].text())


def read_cited(node: Node) -> tuple[str, str]:
    """A key of library/sources.yaml and a place in that source. Raises Unreadable."""
    parts = node.texts()
    if len(parts) != 2 or not all(parts):
        raise node.fault(f"{len(parts)} parts", "[a key of library/sources.yaml, the place in it]", "Name both.")
    if parts[0] not in SOURCES:
        raise node.fault(f"the source {parts[0]!r}", "a key of library/sources.yaml", "Add the source there or correct the key.")
    return parts[0], parts[1]
