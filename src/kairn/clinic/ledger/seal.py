"""Seals: each clinic's newest hash, written outside the database every minute, so that a cut tail or a recomputed chain shows."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Event as Signal
from typing import Any
from uuid import UUID

import psycopg
from django.db import DatabaseError, connection

from kairn.clinic.ledger.read import clinics
from kairn.clinic.ledger.session import cursor

EVERY_SECONDS = 60
HASH_BYTES = 32
TAIL_BYTES = 4096
HEAD = "SELECT position, hash FROM ledger_entry WHERE clinic = %s ORDER BY position DESC LIMIT 1"
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Seal:
    """At `at`, the entry at `position` of that clinic had that hash and was the newest."""

    clinic: UUID
    position: int
    hash: bytes
    at: datetime


@dataclass(frozen=True)
class Seals:
    """The seals of one clinic that could be read, oldest first, and the lines that could not."""

    kept: tuple[Seal, ...]
    unreadable: tuple[int, ...] = ()


def seal_file(folder: Path, clinic: UUID) -> Path:
    """Where one clinic's seals are kept."""
    return folder / f"{clinic}.seals"


def seal_now(clinic: UUID, folder: Path) -> Seal | None:
    """Write down the clinic's newest entry, flushed to disk; None where nothing is new since the latest seal."""
    with cursor() as opened:
        row = opened.execute(HEAD, (clinic,)).fetchone()
    if row is None:
        return None
    latest = _latest(clinic, folder)
    if latest and (latest.position, latest.hash) == (row[0], bytes(row[1])):
        return None
    seal = Seal(clinic, row[0], bytes(row[1]), datetime.now(UTC))
    _write(seal_file(folder, clinic), seal)
    return seal


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


def _latest(clinic: UUID, folder: Path) -> Seal | None:
    path = seal_file(folder, clinic)
    if not path.exists():
        return None
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - TAIL_BYTES))
        lines = file.read().decode("utf-8", errors="replace").splitlines()
    return _parsed(lines[-1], clinic) if lines else None


def read_seals(clinic: UUID, folder: Path) -> Seals:
    """The clinic's seals in that folder; none where there is no file. Raises OSError where it cannot be read."""
    path = seal_file(folder, clinic)
    if not path.exists():
        return Seals(())
    read = [(n, _parsed(line, clinic)) for n, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1) if line.strip()]
    return Seals(tuple(seal for _, seal in read if seal), tuple(n for n, seal in read if seal is None))


def sealed_clinics(folder: Path) -> list[UUID]:
    """Clinics that have a seal file there, so that one whose every entry was deleted is looked for too."""
    return [UUID(path.stem) for path in sorted(folder.glob("*.seals")) if _is_uuid(path.stem)]


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


def seal_all(folder: Path) -> list[Seal]:
    """Seal every clinic that has something new."""
    return [seal for clinic in clinics() if (seal := seal_now(clinic, folder))]


def seal_forever(folder: Path, stop: Signal, every: float = EVERY_SECONDS) -> None:
    """Seal every clinic each minute until `stop` is set, and once more then; a database that is away is tried again."""
    for _ in _rounds(stop, every):
        try:
            seal_all(folder)
        except (DatabaseError, psycopg.Error, OSError) as fault:
            log.warning("The ledger was not sealed this time (%s); trying again in %s s.", type(fault).__name__, every)
        finally:
            connection.close()


def _rounds(stop: Signal, every: float) -> Iterator[None]:
    while not stop.wait(every):
        yield
    yield
