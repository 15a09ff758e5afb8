"""Official packs as files: kept under their own digest, so that a response can name for ever which words were shown."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

from kairn.terms.problem import unreadable

FOLDER = "packs"
SHOWN = "shown"
_DIGEST = re.compile(r"[0-9a-f]+")


def keep_pack(home: Path, name: str, raw: bytes) -> str:
    """Keep the bytes of a pack for an instrument and show it from now on; returns its SHA-256 (hex). Older packs stay for the responses that name them."""
    digest = hashlib.sha256(raw).hexdigest()
    folder = home / FOLDER / name
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / f"{digest}.json", raw)
    _write(folder / SHOWN, f"{digest}\n".encode("ascii"))
    return digest


def shown_pack(home: Path, name: str) -> bytes | None:
    """The bytes of the pack that is shown for an instrument; None where none was imported. Raises Unreadable when it was altered."""
    pointer = home / FOLDER / name / SHOWN
    return kept_pack(home, name, pointer.read_text("ascii").strip()) if pointer.is_file() else None


def kept_pack(home: Path, name: str, digest: str) -> bytes:
    """The bytes of one pack by its digest. Raises Unreadable when it is not there, or is not what its digest says."""
    path = home / FOLDER / name / f"{digest}.json"
    if not _DIGEST.fullmatch(digest) or not path.is_file():
        raise unreadable(
            f"no pack {digest} for {name}", "a pack that was imported here", "Import it again: kairn instrument import PACK.json", str(path.parent)
        )
    raw = path.read_bytes()
    if hashlib.sha256(raw).hexdigest() != digest:
        raise unreadable("a pack that was altered after its import", "the bytes its digest names", "Import it again from its owner.", str(path))
    return raw


def kept_packs(home: Path) -> Iterator[tuple[str, str]]:
    """Instrument and digest of every pack kept, in order."""
    for path in sorted((home / FOLDER).glob("*/*.json")):
        yield path.parent.name, path.stem


def _write(path: Path, raw: bytes) -> None:
    """Whole or not at all."""
    half = path.with_suffix(".half")
    half.write_bytes(raw)
    os.replace(half, path)
