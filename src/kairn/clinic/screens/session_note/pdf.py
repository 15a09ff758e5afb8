"""The note of a visit set as a PDF, made from the parts of the page; what the paper's letters cannot draw is spelt out, never left as an empty box."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any
from unicodedata import normalize

import typst

from kairn.clinic.screens.session_note.page import NotePage
from kairn.clinic.screens.session_note.parts import END, Part

SETTING, PROBE = (Path(__file__).with_name(name) for name in ("note.typ", "undrawn.typ"))
TURN, PATIENCE = BoundedSemaphore(1), 10.0
"""One note is set at a time, so that many that are asked for leave the chairs a processor; who waits longer than this many seconds is told to ask again."""
STANDARDS: list[Any] = ["a-2a", "ua-1"]
"""For a record that is kept, and for who hears it read aloud; under both the typesetter refuses what it has no letter for."""
MODES = {
    "demo": "Demonstration clinic. Every person and figure here is invented. Never use it for care.",
    "restored": "Restored copy. This clinic was restored from a backup. Check times and the latest entries before you rely on them.",
}
TITLE = "Note of the visit"


def print_note(page: NotePage, parts: tuple[Part, ...], now: datetime, mode: str = "") -> bytes | None:
    """The PDF; None where others are being made for so long that this one did not get its turn. `mode` is what kind of clinic it is, if no ordinary one."""
    told = note_data(page, parts, mode)
    if not TURN.acquire(timeout=PATIENCE):
        return None
    try:
        return _set(_spelt(told, undrawn(told)), now)
    finally:
        TURN.release()


def note_data(page: NotePage, parts: tuple[Part, ...], mode: str = "") -> dict[str, Any]:
    """Everything the setting draws, as plain values."""
    who, lead = page.band.who, [MODES[mode]] if mode in MODES else []
    return {
        "title": TITLE, "name": who.name, "born": who.born, "lead": [*lead, page.state], "foot": page.made, "end": END,
        "facts": [[label, value or "not recorded"] for label, value in page.band.facts] + ([["Chair", page.band.chair]] if page.band.chair else []),
        "parts": [_part(part) for part in parts],
    }  # fmt: skip


def _part(part: Part) -> dict[str, Any]:
    rows = [[{"text": text, "struck": head in row.struck} for head, text in row.named] for row in part.rows]
    return {"title": part.title, "meta": part.meta, "facts": [list(one) for one in part.facts], "heads": part.heads, "rows": rows, "lines": part.lines}


def undrawn(told: Any) -> tuple[str, ...]:
    """The characters for which the paper's letters have no drawing, each once, in the order they stand."""
    characters = dict.fromkeys(one for text in _texts(told) for one in normalize("NFC", text) if not (one.isascii() and one.isprintable()))
    if not characters:
        return ()
    asked = {"characters": json.dumps([*characters])}
    return tuple(json.loads(typst.query(PROBE.read_bytes(), "<undrawn>", field="value", one=True, ignore_system_fonts=True, sys_inputs=asked)))


def spelt(characters: Iterable[str]) -> str:
    """Characters by their numbers, as they stand on the paper in their own place."""
    return "".join(f"[U+{ord(one):04X}]" for one in characters)


def _texts(told: Any) -> Iterable[str]:
    if isinstance(told, str):
        yield told
    elif isinstance(told, dict | list | tuple):
        for part in told.values() if isinstance(told, dict) else told:
            yield from _texts(part)


def _spelt(told: Any, missing: tuple[str, ...]) -> Any:
    """The same values with what cannot be drawn spelt out, and a line at the head that says so."""
    table = {ord(one): spelt(one) for one in missing}
    found = _translated(told, table)
    if missing:
        found["lead"].append(cannot_draw(missing))
    return found


def _translated(told: Any, table: dict[int, str]) -> Any:
    if isinstance(told, str):
        return normalize("NFC", told).translate(table)
    if isinstance(told, dict):
        return {name: _translated(part, table) for name, part in told.items()}
    return [_translated(part, table) for part in told] if isinstance(told, list | tuple) else told


def cannot_draw(missing: tuple[str, ...]) -> str:
    """The sentence for the head of the paper."""
    many = f"{len(missing)} characters" if len(missing) > 1 else "One character"
    return (
        f"{many} of this note cannot be drawn by the letters of this paper. There stand numbers instead, such as {spelt(missing[:1])}. Read them on the screen."
    )


def _set(told: dict[str, Any], now: datetime) -> bytes:
    words, whole = {"note": json.dumps(told)}, now.replace(microsecond=0)
    return bytes(typst.compile(SETTING.read_bytes(), ignore_system_fonts=True, sys_inputs=words, pdf_standards=STANDARDS, timestamp=whole))
