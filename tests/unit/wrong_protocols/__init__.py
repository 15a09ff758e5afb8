"""One right and one wrong example for every check: each changes a small protocol that every check passes."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Example:
    """What a check must say of the wrong version, and the changes that make the small protocol wrong or right."""

    check: str
    says: str
    wrong: tuple[dict[str, str], ...]
    right: tuple[dict[str, str], ...]


def examples() -> dict[str, Example]:
    """Every example by the name of its check, which is the name of its file."""
    found = {}
    for path in sorted(HERE.glob("*.yaml")):
        said = YAML(typ="safe").load(path)
        found[path.stem] = Example(said["check"], said["says"], tuple(said["wrong"]), tuple(said["right"]))
    return found


def built(root: Path, edits: tuple[dict[str, str], ...]) -> Path:
    """A root folder that holds the small protocol with these changes; a change that finds nothing to change is a fault of the example."""
    folder = root / "small" / "1"
    shutil.copytree(HERE / "small" / "1", folder)
    for edit in edits:
        path = folder / edit["file"]
        text = path.read_text("utf-8")
        assert "add" in edit or edit["old"] in text, edit
        path.write_text(text + edit["add"] if "add" in edit else text.replace(edit["old"], edit["new"], 1), "utf-8")
    return root
