"""The handbook's page of checks: each by name, what it looks for, and one wrong and right example out of the tests."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator

from tests.unit.wrong_protocols import Example, examples

from generate.tables import row
from kairn.protocol.check import CHECKS, LIBRARY_CHECKS, LOADER, looks_for

GROUPS = {
    "While a protocol is read": (LOADER, "A protocol with one of these faults does not load at all."),
    "Of one protocol": (CHECKS, "`kairn protocol check ID` looks for these in a protocol that could be read."),
    "Of the library": (LIBRARY_CHECKS, "`kairn protocol check --all` also looks at what lies beside the protocols."),
}


def checks() -> str:
    """Every check, in the order they run."""
    found = examples()
    return "\n".join(line for title, (names, says) in GROUPS.items() for line in _group(title, says, names, found))


def _group(title: str, says: str, names: Iterable[str], found: dict[str, Example]) -> Iterator[str]:
    yield f"## {title}\n\n{says}\n"
    for name in names:
        yield f"### {name}\n\n{looks_for(name)}\n"
        if name in found:
            yield _example(found[name])


def _example(example: Example) -> str:
    """Where wrong and right differ, and the words that the sentence about the wrong one holds."""
    lines = [line for line in difflib.ndiff(_lines(example.wrong), _lines(example.right)) if line[0] in "-+"]
    return "\n".join(["```diff", *lines, "```\n", f"It says: *{_plain(example.says)}*\n"])


def _lines(edits: tuple[dict[str, str], ...]) -> list[str]:
    return [line.rstrip() for edit in edits for line in (edit.get("add") or edit["new"]).splitlines() if line.strip()]


def _plain(text: str) -> str:
    return row(text)[2:-2].replace("*", "\\*").replace("_", "\\_").replace("[", "\\[")
