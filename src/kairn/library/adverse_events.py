"""What can go wrong at a visit, by kind, and what makes it serious: two lists of our own words."""

from __future__ import annotations

from kairn.library.labels import Labels, read_labels
from kairn.library.reader import LIBRARY, Node, read_yaml

OTHER = "other"
"""The kind that must be told in words."""


def read_adverse_events(root: Node) -> tuple[Labels, Labels]:
    """The kinds and the criteria of seriousness, each a name -> its label, in the order of the file. Raises Unreadable with the line of the fault."""
    parts = root.fields(("kinds", "serious"))
    kinds, serious = read_labels(parts["kinds"]), read_labels(parts["serious"])
    if OTHER not in kinds:
        raise parts["kinds"].fault("no kind for what has no name here", f"one named {OTHER!r}", "Add it.")
    return kinds, serious


ADVERSE_EVENTS, SERIOUS = read_adverse_events(read_yaml(LIBRARY / "adverse_events.yaml"))


def adverse_label(kind: str, what: str) -> str:
    """What went wrong in words: the words somebody found, else the label of the kind."""
    known = "" if kind == OTHER else ADVERSE_EVENTS.get(kind, kind)
    return ": ".join(part for part in (known, what) if part) or ADVERSE_EVENTS[OTHER]
