"""Read where a statement about an instrument comes from, and how it is known."""

from __future__ import annotations

from kairn.instruments.shapes import Basis, Cited
from kairn.library.reader import Node
from kairn.library.sources import SOURCES


def read_cited(node: Node) -> Cited:
    """A source with its place and basis: `[key, locator, read|remembered|policy]`. Raises Unreadable."""
    parts = node.texts()
    if len(parts) != len(("source", "locator", "basis")):
        raise node.fault(f"{len(parts)} parts", "[source key, where in it, read, remembered or policy]", "Name all of them.")
    source, locator, basis = parts
    if source not in SOURCES:
        raise node.fault(f"the source {source!r}", "a key of library/sources.yaml", "Add the source there or correct the key.")
    if basis not in tuple(Basis):
        raise node.fault(f"the basis {basis!r}", f"one of {', '.join(Basis)}", "Say how it is known.")
    if basis != Basis.READ and SOURCES[source].kind != "local judgement":
        raise node.fault(f"{basis} with the source {source!r}", "a source of the kind local judgement", "What was not read in a source is a local judgement.")
    return Cited(source, locator, Basis(basis))
