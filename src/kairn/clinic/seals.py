"""Seals: where a chain of the clinic stood, written outside the database, so that a cut tail or a recomputed chain shows."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

Chain = Literal["seals", "reads.seals"]
ENTRIES: Chain = "seals"
READS: Chain = "reads.seals"
HASH_BYTES = 32
TAIL_BYTES = 4096


@dataclass(frozen=True)
class Seal:
    """At `at`, the row at `position` of that clinic's chain had that hash and was the newest."""

    clinic: UUID
    position: int
    hash: bytes
    at: datetime


@dataclass(frozen=True)
class Seals:
    """The seals of one chain that could be read, oldest first, and the lines that could not."""

    kept: tuple[Seal, ...] = ()
    unreadable: tuple[int, ...] = ()

    def by_position(self) -> dict[int, list[Seal]]:
        """Position -> its seals; more than one where a tail was cut and grew again."""
        found: dict[int, list[Seal]] = {}
        for seal in self.kept:
            found.setdefault(seal.position, []).append(seal)
        return found

    def beyond(self, position: int) -> Seal | None:
        """The farthest seal that lies after this position, if any does."""
        return max((seal for seal in self.kept if seal.position > position), key=lambda seal: seal.position, default=None)


def seal_file(folder: Path, clinic: UUID, chain: Chain = ENTRIES) -> Path:
    """Where the seals of one chain of one clinic are kept."""
    return folder / f"{clinic}.{chain}"


def write_seal(folder: Path, clinic: UUID, position: int, digest: bytes, chain: Chain = ENTRIES) -> Seal | None:
    """Write down where a chain stands, flushed to disk; None where nothing is new since the latest seal."""
    latest = _latest(seal_file(folder, clinic, chain), clinic)
    if latest and (latest.position, latest.hash) == (position, digest):
        return None
    seal = Seal(clinic, position, digest, datetime.now(UTC))
    _write(seal_file(folder, clinic, chain), seal)
    return seal


def read_seals(clinic: UUID, folder: Path, chain: Chain = ENTRIES) -> Seals:
    """The seals of that chain in that folder; none where there is no file. Raises OSError where it cannot be read."""
    path = seal_file(folder, clinic, chain)
    if not path.exists():
        return Seals()
    read = [(n, _parsed(line, clinic)) for n, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1) if line.strip()]
    return Seals(tuple(seal for _, seal in read if seal), tuple(n for n, seal in read if seal is None))


def sealed_clinics(folder: Path, chains: Iterable[Chain] = (ENTRIES, READS)) -> set[UUID]:
    """Clinics that have a seal file there, so that one whose every row was deleted is looked for too."""
    stems = {path.name.removesuffix(f".{chain}") for chain in chains for path in folder.glob(f"*.{chain}")}
    return {UUID(stem) for stem in stems if _is_uuid(stem)}


def notes(seals: Seals, rows: int, agreed: int, position: int, faults: int, name: str = "Entries") -> list[str]:
    """What a walk should add about the seals themselves: lines nobody can read, none at all, or a tail not sealed yet."""
    said = []
    if seals.unreadable:
        said.append(f"{len(seals.unreadable)} lines of the seal file cannot be read, the first is line {seals.unreadable[0]}.")
    if rows and not seals.kept:
        said.append("No seal of this clinic was found, so a tail cut off, or a chain written anew, would not show.")
    elif agreed < position and not faults:
        said.append(f"{name} after {agreed} are not sealed yet.")
    return said


def _write(path: Path, seal: Seal) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    line = json.dumps({"clinic": str(seal.clinic), "position": seal.position, "hash": seal.hash.hex(), "at": seal.at.isoformat()})
    opened = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        size = os.fstat(opened).st_size
        torn = size > 0 and os.pread(opened, 1, size - 1) != b"\n"
        os.write(opened, (("\n" if torn else "") + line + "\n").encode())
        os.fsync(opened)
    finally:
        os.close(opened)


def _latest(path: Path, clinic: UUID) -> Seal | None:
    if not path.exists():
        return None
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - TAIL_BYTES))
        lines = file.read().decode("utf-8", errors="replace").splitlines()
    return _parsed(lines[-1], clinic) if lines else None


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _parsed(line: str, clinic: UUID) -> Seal | None:
    try:
        plain: dict[str, Any] = json.loads(line)
        seal = Seal(UUID(plain["clinic"]), int(plain["position"]), bytes.fromhex(plain["hash"]), datetime.fromisoformat(plain["at"]))
    except (ValueError, KeyError, TypeError):
        return None
    return seal if seal.clinic == clinic and len(seal.hash) == HASH_BYTES else None
