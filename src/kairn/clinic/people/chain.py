"""The chain of the log of reads: sealed outside the database, and walked row by row against those seals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Literal
from uuid import UUID

from kairn.clinic.people.models import AccessHead, AccessLog
from kairn.clinic.seals import READS, Seal, Seals, notes, write_seal

AT_ONCE = 2000


@dataclass(frozen=True)
class Verification:
    """What walking the chain found. `unsealed`: sound in itself, but nothing outside vouches for it."""

    rows: int
    sealed: int
    faults: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def state(self) -> Literal["sound", "broken", "unsealed"]:
        """The answer in one word."""
        if self.faults:
            return "broken"
        return "unsealed" if self.rows and not self.sealed else "sound"


@dataclass
class _Walk:
    """The walk so far: where it stands and what it has seen."""

    seals: dict[int, list[Seal]]
    place: int = 0
    hash: bytes = b""
    rows: int = 0
    agreed: int = 0
    disagreed: int = 0
    faults: list[str] = field(default_factory=list)


def logged_clinics() -> list[UUID]:
    """Clinics in which something was read."""
    return list(AccessHead.objects.order_by("clinic").values_list("clinic", flat=True))


def seal_reads(folder: Path) -> list[Seal]:
    """Seal every clinic's log of reads that has something new."""
    ends = ((clinic, *head(clinic)) for clinic in logged_clinics())
    return [seal for clinic, place, digest in ends if (seal := write_seal(folder, clinic, place, digest, READS))]


def head(clinic: UUID) -> tuple[int, bytes]:
    """Where the chain of a clinic says it ends: position and hash, (0, b"") for none."""
    row = AccessHead.objects.filter(clinic=clinic).first()
    return (row.position, bytes(row.hash)) if row else (0, b"")


def verify(clinic: UUID, seals: Seals) -> Verification:
    """Walk the chain of a clinic, which must still pass through every seal; rows written meanwhile are no fault."""
    walk, began = _Walk(seals.by_position()), head(clinic)
    for row in AccessLog.objects.filter(clinic=clinic).order_by("position").iterator(chunk_size=AT_ONCE):
        _step(walk, row)
    walk.faults += _at_the_end(walk, began, head(clinic), seals)
    said = notes(seals, walk.rows, walk.agreed, walk.place, len(walk.faults), "Rows")
    return Verification(walk.rows, walk.agreed, tuple(walk.faults), tuple(said))


def _step(walk: _Walk, row: AccessLog) -> None:
    walk.faults += _faults(row, walk.hash, walk.place + 1)
    walk.place, walk.hash, walk.rows = row.position, bytes(row.hash), walk.rows + 1
    for seal in walk.seals.get(walk.place, ()):
        if seal.hash == walk.hash:
            walk.agreed = walk.place
        elif not walk.disagreed:
            walk.disagreed = walk.place
            walk.faults.append(f"row {walk.place}: not the one sealed on {seal.at:%Y-%m-%d %H:%M} UTC; the chain was written anew after row {walk.agreed}")


def _faults(row: AccessLog, previous: bytes, expected: int) -> Iterator[str]:
    if row.position != expected:
        yield f"row {row.position}: expected row {expected}; rows are missing or moved"
    if bytes(row.prev_hash) != previous:
        yield f"row {row.position}: does not follow the row before it"
    if bytes(row.hash) != sha256(bytes(row.prev_hash) + _text(row).encode()).digest():
        yield f"row {row.position}: its content was changed after it was written"


def _at_the_end(walk: _Walk, began: tuple[int, bytes], ended: tuple[int, bytes], seals: Seals) -> Iterator[str]:
    """The head was read before and after the walk: the last row walked lies between the two, and is the head where it is the newest."""
    if not began[0] <= walk.place <= ended[0] or (walk.place == ended[0] and walk.hash != ended[1]):
        yield f"the chain ends at row {walk.place}, expected row {ended[0]}; its end was cut or its head was changed"
    farthest = seals.beyond(walk.place)
    if farthest:
        yield f"the chain ends at row {walk.place}, but row {farthest.position} was sealed on {farthest.at:%Y-%m-%d %H:%M} UTC; its end was cut"


def _text(row: AccessLog) -> str:
    """The row as the database hashed it: each field with its length in bytes."""
    micros = int(row.at.timestamp()) * 1_000_000 + row.at.microsecond
    patients = " ".join(str(patient) for patient in row.patients)
    fields = (row.clinic, row.position, micros, row.by_id, row.by_name, row.roles, row.relation, row.access, row.what, row.reason, patients)
    return "".join(f"{len(str(part).encode())}:{part}," for part in fields)
