"""The log of reads: one row for a chart, one row with all ids for a list, and what became of the chain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from kairn.clinic.people.models import AccessHead, AccessLog, User
from kairn.clinic.people.relations import Escort

GRANTED, REFUSED = "allowed", "refused"


@dataclass
class Watch:
    """What was logged while one request was answered, and in which relation its person stood."""

    relation: str = ""
    rows: int = 0
    patients: set[UUID] = field(default_factory=set)


@dataclass(frozen=True)
class Looked:
    """One reading of a chart, as the patient is told of it."""

    at: datetime
    by: str
    roles: str
    what: str
    relation: str
    reason: str


@dataclass(frozen=True)
class Verification:
    """What walking the chain found: rows read, where it ends, and every fault in words."""

    rows: int
    position: int
    hash: str
    faults: tuple[str, ...]


_watch: ContextVar[Watch | None] = ContextVar("kairn_reads", default=None)


@contextmanager
def watching() -> Iterator[Watch]:
    """Notice every row written while the block runs."""
    watch = Watch()
    token = _watch.set(watch)
    try:
        yield watch
    finally:
        _watch.reset(token)


def log_reads(user: User | Escort, patient_ids: Iterable[UUID], what: str, *, access: str = GRANTED, relation: str = "", reason: str = "") -> None:
    """Write one row: who read (or was refused) which patients, by which page or act, in which relation."""
    ids, watch = sorted(set(patient_ids), key=str), _watch.get()
    AccessLog.objects.create(
        patients=ids,
        what=what[:80],
        access=access,
        reason=reason[:400],
        relation=relation or (watch.relation if watch else ""),
        roles=" ".join(sorted(user.roles)),
        **_who(user),
    )
    if watch is not None and access == GRANTED:
        watch.rows += 1
        watch.patients.update(ids)


def _who(user: User | Escort) -> dict[str, object]:
    if isinstance(user, Escort):
        return {"clinic": user.link.patient.clinic_id, "by_id": f"escort {user.link.token_digest[:12]}", "by_name": "Escort"}
    if user.clinic_id is None:
        raise ValueError(f"saw a read by account {user.id}, which belongs to no clinic; expected a member or a patient of one")
    return {"clinic": user.clinic_id, "by_id": str(user.id), "by_name": str(user)}


def who_looked(patient_id: UUID, limit: int = 200) -> tuple[Looked, ...]:
    """Who opened this chart, newest first; refusals are left out, for nothing was seen."""
    rows = AccessLog.objects.filter(patients__contains=[patient_id], access=GRANTED).order_by("-at")[:limit]
    return tuple(Looked(row.at, row.by_name, row.roles, row.what, row.relation, row.reason) for row in rows)


def head(clinic: UUID) -> tuple[int, str]:
    """Where the chain of a clinic ends: position and hash in hex, (0, "") for none. Keep it outside the database as a seal."""
    row = AccessHead.objects.filter(clinic=clinic).first()
    return (row.position, bytes(row.hash).hex()) if row else (0, "")


def verify(clinic: UUID, seal: tuple[int, str] | None = None) -> Verification:
    """Walk the chain of a clinic; `seal` is a (position, hash) kept earlier outside the database, which the chain must still pass through."""
    faults, previous, place, rows = [], b"", 0, 0
    for row in AccessLog.objects.filter(clinic=clinic).order_by("position").iterator(chunk_size=2000):
        faults += _faults(row, previous, place + 1)
        previous, place, rows = bytes(row.hash), row.position, rows + 1
        if seal and seal[0] == place and seal[1] != previous.hex():
            faults.append(f"row {place}: its hash is not the sealed one; the chain was written anew")
    faults += _at_the_end(head(clinic), (place, previous.hex()), seal)
    return Verification(rows, place, previous.hex(), tuple(faults))


def _faults(row: AccessLog, previous: bytes, expected: int) -> list[str]:
    found = []
    if row.position != expected:
        found.append(f"row {row.position}: expected row {expected}; rows are missing or moved")
    if bytes(row.prev_hash) != previous:
        found.append(f"row {row.position}: does not follow the row before it")
    if bytes(row.hash) != sha256(bytes(row.prev_hash) + _text(row).encode()).digest():
        found.append(f"row {row.position}: its content was changed after it was written")
    return found


def _at_the_end(stored: tuple[int, str], walked: tuple[int, str], seal: tuple[int, str] | None) -> list[str]:
    found = []
    if stored != walked:
        found.append(f"the chain ends at row {walked[0]}, expected row {stored[0]}; its end was cut or its head was changed")
    if seal and seal[0] > walked[0]:
        found.append(f"the seal saw row {seal[0]}, the chain ends at row {walked[0]}; its end was cut")
    return found


def _text(row: AccessLog) -> str:
    """The row as the database hashed it: each field with its length in bytes."""
    micros = int(row.at.timestamp()) * 1_000_000 + row.at.microsecond
    patients = " ".join(str(patient) for patient in row.patients)
    fields = (row.clinic, row.position, micros, row.by_id, row.by_name, row.roles, row.relation, row.access, row.what, row.reason, patients)
    return "".join(f"{len(str(part).encode())}:{part}," for part in fields)
