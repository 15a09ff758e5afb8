"""What a person takes home after a visit: one text for the paper and for the phone, each part with where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kairn.library.grounds import read_cited
from kairn.library.reader import LIBRARY, Node, read_yaml

PARTS = {
    "driving": (), "tonight": (), "danger": (), "watch": ("with",), "naloxone": ("given", "has", "refused", "unknown"), "next": ("booked", "told", "unknown"),
    "help": ("paper", "phone"),
}  # fmt: skip
"""Every part there must be, and what each has to have a sentence for."""


@dataclass(frozen=True)
class HomePart:
    """One part: its title, a sentence for each thing the record may say of it, then what is always said, and its sources."""

    key: str
    title: str
    answers: Mapping[str, str]
    lines: tuple[str, ...]
    source: tuple[tuple[str, str], ...]


def read_going_home(root: Node) -> tuple[HomePart, ...]:
    """All parts in reading order. Raises Unreadable with the line of the fault."""
    found = tuple(map(_part, root.fields(("parts",))["parts"].items()))
    if sorted(part.key for part in found) != sorted(PARTS):
        raise root.fault(f"the parts {', '.join(part.key for part in found)}", f"each of {', '.join(PARTS)} once", "Add or take out parts.")
    return found


def _part(entry: Node) -> HomePart:
    fields = entry.fields(("part", "title", "lines", "source"), ("answers",))
    key = fields["part"].text()
    answers = {name: node.text() for name, node in fields["answers"].mapping().items()} if "answers" in fields else {}
    if sorted(answers) != sorted(PARTS.get(key, ())):
        raise entry.fault(f"answers for {', '.join(answers) or 'nothing'}", f"one for each of {', '.join(PARTS.get(key, ())) or 'nothing'}", "Write them so.")
    return HomePart(key, fields["title"].text(), answers, fields["lines"].texts(), tuple(map(read_cited, fields["source"].items())))


GOING_HOME: tuple[HomePart, ...] = read_going_home(read_yaml(LIBRARY / "going_home.yaml"))
