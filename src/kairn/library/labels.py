"""Short lists of our own words in the library: a name, and the label people tap."""

from __future__ import annotations

from kairn.library.reader import Node
from kairn.library.sources import SOURCES

Labels = dict[str, str]


def read_labels(node: Node, optional: tuple[str, ...] = ()) -> Labels:
    """Each name -> its label, in the order of the file; an entry may carry `optional` fields besides. Raises Unreadable with the line of the fault."""
    fields = node.fields(("source", "list"))
    cited = fields["source"].texts()[0]
    if cited not in SOURCES:
        raise fields["source"].fault(f"the source {cited!r}", "a key of library/sources.yaml", "Add the source there or correct the key.")
    found: Labels = {}
    for entry in fields["list"].items():
        told = entry.fields(("kind", "label"), optional)
        name = told["kind"].text()
        if name in found:
            raise entry.fault(f"the name {name!r} twice", "each name once", "Keep one of them.")
        found[name] = told["label"].text()
    return found
