"""The log of reads: one row for a chart, one row with all ids for a list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from kairn.clinic.people.models import AccessLog, User
from kairn.clinic.people.relations import Escort
from kairn.clinic.people.statements import told

GRANTED, REFUSED = "allowed", "refused"
OWN = "own."
"""How the names of what people read of themselves begin."""
ROW = """INSERT INTO people_access_log (clinic, by_id, by_name, roles, relation, access, what, reason, patients, position, at, prev_hash, hash)
  VALUES (%(clinic)s, %(by_id)s, %(by_name)s, %(roles)s, %(relation)s, %(access)s, %(what)s, %(reason)s, %(patients)s::uuid[], 0, now(), '', '')"""
"""The database's own trigger fills in the last four."""


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

    @property
    def own(self) -> bool:
        """Whether the patient looked."""
        return self.what.startswith(OWN)


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
    told(
        ROW,
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


def who_looked(patient_id: UUID, limit: int = 200, *, others: bool = False) -> tuple[Looked, ...]:
    """Who opened this chart, newest first; with `others`, without the person's own readings.

    Refusals are left out, for nothing was seen. Whom else a list showed is not fetched: it can be hundreds a row.
    """
    seen = AccessLog.objects.filter(patients__contains=[patient_id], access=GRANTED)
    rows = (seen.exclude(what__startswith=OWN) if others else seen).order_by("-at")[:limit]
    return tuple(Looked(*row) for row in rows.values_list("at", "by_name", "roles", "what", "relation", "reason"))
