"""Papers from the top of the repository, pictures, and what the long runs found, as pages."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from generate.tables import grid

ROOT = Path(__file__).resolve().parents[2]
PROOFS = ROOT / "docs" / "reference" / "proofs"
MEMORY = """Memory in MiB: *resident* counts what processes share once for each of them, *share* divides it. Processor time in seconds since the start."""

BY_MINUTE = """Entry on screen by the minute in which it was sent. *probe*: ms of processor that a fixed piece of work took, which says how fast
the machine was. Beside it what used the processors, as shares of one of the two; *stolen* was not given to this machine."""
SLOWEST = "The slowest entries, by the second in which they were sent, and what used the processors until they were there."


def proofs() -> str:
    """What the long runs found: one row per file."""
    found = [(path.stem, json.loads(path.read_text(encoding="utf-8"))) for path in sorted(PROOFS.glob("*.json"))]
    rows = (_proof(name, said) for name, said in found)
    return grid(("run", "n", "lost", "bound (95 %)", "seconds"), rows) if found else "No long run has been kept yet.\n"


def _proof(name: str, said: dict[str, object]) -> tuple[object, ...]:
    return name, *(said.get(key, "") for key in ("n", "lost", "bound95", "seconds"))


def chairs() -> str:
    """What the soak of twenty chairs measured: how long entries and pages take, beside their aims, and what the server's processes take of the machine."""
    path = PROOFS / "chairs.json"
    if not path.exists():
        return "This run has not been kept yet: `make soak ARGS=chairs`.\n"
    said = json.loads(path.read_text(encoding="utf-8"))
    faults = ("entries lost", "entries twice", "late on a screen", "errors")
    counted = f"{said['chairs']} chairs, {said['staff']} of the staff and {said['portal']} phones for {said['minutes']:g} minutes: {said['n']} entries."
    told = ", ".join(f"{name} {said[name]}" for name in faults)
    silence = f"The longest silence of a stream of news was {said['longest silence of a stream']:g} s; after 8 s a page says that the connection is lost."
    heads = ("what", "n", "p50", "p95", "p99", "max", "aim")
    figures = grid(heads, ([row.get(head, "") for head in heads] for row in said["figures"]))
    missed = "".join(f"Missed: *{row['what']}*: {row['missed']}.\n\n" for row in said["figures"] if row.get("missed"))
    held = ("minute", "process", "processes", "resident", "share", "processor")
    memory = grid(held, ([row[name] for name in held] for row in said["memory"]))
    return f"{counted} {told}. {silence} Times in milliseconds.\n\n{figures}\n{missed}{MEMORY}\n\n{memory}\n{_minutes(said)}\n{measured(said)}"


def _minutes(said: Mapping[str, Any]) -> str:
    """When in the run its slow screens lie, and what used the processors then."""
    used = ("web server", "database", "worker", "stolen")
    rows = ([row[head] for head in ("minute", "n", "p50", "max", "probe")] + [row["processors"][name] for name in used] for row in said["minutes of the run"])
    slow = ([row[head] for head in ("second", "screen", "ms")] + [row["processors"][name] for name in used] for row in said["slowest"])
    return f"{BY_MINUTE}\n\n{grid(('minute', 'n', 'p50', 'max', 'probe', *used), rows)}\n{SLOWEST}\n\n{grid(('second', 'screen', 'ms', *used), slow)}"


def measured(said: Mapping[str, Any]) -> str:
    """When, of which commit and on what machine."""
    where = f"Measured {said['at']} at commit {said['commit']}: {said['machine']}; load {said['load before']} before it began."
    return f"{where} The clients took {said['processor of the clients']} s of its processors.\n"


def pictures() -> str:
    """Every picture the journeys took, under the words its file is named with."""
    taken = sorted((ROOT / "docs" / "pictures").glob("**/*.png"))
    lines = [f"![{(said := path.stem.replace('-', ' '))}](/{path.relative_to(ROOT / 'docs').as_posix()})\n\n*{said}*\n" for path in taken]
    return "\n".join(lines) or "No pictures have been taken yet.\n"


def paper(name: str) -> str:
    """One of the papers that lie at the top of the repository, its links turned to pages of this handbook."""
    text = (ROOT / f"{name}.md").read_text(encoding="utf-8")
    return re.sub(r"\]\((?:docs/)?([A-Za-z0-9/-]+)\.md\)", lambda link: f"](/{link.group(1).lower()}.md)", text)
