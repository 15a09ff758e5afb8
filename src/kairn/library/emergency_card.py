"""The emergency card: the clinic's own first steps at the chair, and who answers for them."""

from __future__ import annotations

from dataclasses import dataclass

from kairn.library.labels import read_labels
from kairn.library.reader import LIBRARY, Node, read_yaml
from kairn.library.sources import SOURCES


@dataclass(frozen=True)
class EmergencyCard:
    """The steps in their order; `kind` says whose words they are, `owner` who signs them, `review` by when they are looked at again."""

    steps: tuple[str, ...]
    kind: str
    owner: str
    review: str


def read_emergency_card(root: Node) -> EmergencyCard:
    """The card as the file has it. Raises Unreadable with the line of the fault."""
    steps = tuple(read_labels(root).values())
    source = SOURCES[root.fields(("source", "list"))["source"].texts()[0]]
    return EmergencyCard(steps, source.kind, source.owner, source.review)


EMERGENCY_CARD = read_emergency_card(read_yaml(LIBRARY / "emergency_card.yaml"))
