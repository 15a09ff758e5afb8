"""Drafts that the ledger's tests send."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from kairn.record.event import Author, Draft
from kairn.record.payloads import NoteWritten, Observed, Payload, Reading, Signature, StageEntered

NURSE = Author("7f0c", "Marta Lind", "nurse")
PRESCRIBER = Author("1b2d", "Dr Ilse Kramer", "prescriber")
SIGNED = Signature("iv-ketamine-oud", "1.0", "ab" * 32, "0.1.0", 0)


def draft(stream: UUID, payload: Payload | None = None, **changed: Any) -> Draft:
    """A note by a nurse, unless told otherwise."""
    fields: dict[str, Any] = {"id": uuid4(), "stream": stream, "occurred_at": datetime.now(UTC), "by": NURSE, "payload": payload or NoteWritten("Sleeps well.")}
    return Draft(**(fields | changed))


def vitals(stream: UUID, **changed: Any) -> Draft:
    """One blood pressure."""
    readings = (Reading("systolic", "128", "mm[Hg]"), Reading("diastolic", "81", "mm[Hg]"))
    return draft(stream, Observed(readings), **changed)


def stage(stream: UUID, to: Any = "assessment", **changed: Any) -> Draft:
    """A decision."""
    return draft(stream, StageEntered(to, SIGNED), by=PRESCRIBER, **changed)
