"""Papers from the top of the repository, pictures, and what the long runs found, as pages."""

from __future__ import annotations

import json
import re
from pathlib import Path

from generate.tables import grid

ROOT = Path(__file__).resolve().parents[2]
PROOFS = ROOT / "docs" / "reference" / "proofs"


def proofs() -> str:
    """What the long runs found: one row per file."""
    found = [(path.stem, json.loads(path.read_text(encoding="utf-8"))) for path in sorted(PROOFS.glob("*.json"))]
    rows = (_proof(name, said) for name, said in found)
    return grid(("run", "n", "lost", "bound (95 %)", "seconds"), rows) if found else "No long run has been kept yet.\n"


def _proof(name: str, said: dict[str, object]) -> tuple[object, ...]:
    return name, *(said.get(key, "") for key in ("n", "lost", "bound95", "seconds"))


def pictures() -> str:
    """Every picture the journeys took, under the words its file is named with."""
    taken = sorted((ROOT / "docs" / "pictures").glob("**/*.png"))
    lines = [f"![{(said := path.stem.replace('-', ' '))}](/{path.relative_to(ROOT / 'docs').as_posix()})\n\n*{said}*\n" for path in taken]
    return "\n".join(lines) or "No pictures have been taken yet.\n"


def paper(name: str) -> str:
    """One of the papers that lie at the top of the repository, its links turned to pages of this handbook."""
    text = (ROOT / f"{name}.md").read_text(encoding="utf-8")
    return re.sub(r"\]\((?:docs/)?([A-Za-z0-9/-]+)\.md\)", lambda link: f"](/{link.group(1).lower()}.md)", text)
