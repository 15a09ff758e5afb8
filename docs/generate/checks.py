"""The handbook's page of checks: each by name, what it looks for, and one wrong and right example out of the tests."""

from __future__ import annotations

import difflib
import textwrap
from collections.abc import Iterable, Iterator

from tests.unit.wrong_protocols import HERE, Example, examples

from generate.tables import row
from kairn.protocol.check import CHECKS, LIBRARY_CHECKS, LOADER, looks_for

FEW = 4
"""Longer examples show only the lines in which wrong and right differ."""
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
    """What was changed in the small protocol to make it wrong and to keep it right, and the words that the sentence about the wrong one holds."""
    base = _lines(())
    wrong, right = _added(base, _lines(example.wrong)), _added(base, _lines(example.right))
    if min(len(wrong), len(right)) > FEW:
        wrong, right = [line for line in wrong if line not in right], [line for line in right if line not in wrong]
    left_out = [] if wrong else _added(_lines(example.wrong), base)
    parts = [("Wrong", wrong), ("Wrong, because left out", left_out), ("Right", right)]
    blocks = [f"{name}:\n\n```text\n{_block(lines)}\n```\n" for name, lines in parts if lines]
    return "\n".join([*blocks, f"It says: *{_plain(example.says)}*\n"])


def _block(lines: list[str]) -> str:
    return textwrap.dedent("\n".join(lines))


def _added(before: list[str], after: list[str]) -> list[str]:
    return [line[2:] for line in difflib.ndiff(before, after) if line.startswith("+ ")]


def _lines(edits: tuple[dict[str, str], ...]) -> list[str]:
    """The lines of the small protocol's files with these changes."""
    texts = {path.name: path.read_text("utf-8") for path in sorted((HERE / "small" / "1").glob("*.yaml"))}
    for edit in edits:
        text = texts[edit["file"]]
        texts[edit["file"]] = text + edit["add"] if "add" in edit else text.replace(edit["old"], edit["new"], 1)
    return [line.rstrip() for text in texts.values() for line in text.splitlines() if line.strip()]


def _plain(text: str) -> str:
    return row(text)[2:-2].replace("*", "\\*").replace("_", "\\_").replace("[", "\\[")
