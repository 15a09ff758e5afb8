"""Sealing the record: each clinic's newest entry, written outside the database."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from kairn.clinic.ledger.read import clinics
from kairn.clinic.ledger.session import cursor
from kairn.clinic.seals import Seal, write_seal

HEAD = "SELECT position, hash FROM ledger_entry WHERE clinic = %s ORDER BY position DESC LIMIT 1"


def seal_now(clinic: UUID, folder: Path) -> Seal | None:
    """Write down the clinic's newest entry; None where nothing is new since the latest seal."""
    with cursor() as opened:
        row = opened.execute(HEAD, (clinic,)).fetchone()
    return write_seal(folder, clinic, row[0], bytes(row[1])) if row else None


def seal_all(folder: Path) -> list[Seal]:
    """Seal every clinic that has something new."""
    return [seal for clinic in clinics() if (seal := seal_now(clinic, folder))]
