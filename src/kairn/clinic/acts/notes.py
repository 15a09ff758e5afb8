"""Free notes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from kairn.clinic.acts.check import needed
from kairn.clinic.acts.context import Context
from kairn.clinic.acts.outcome import Outcome
from kairn.clinic.acts.perform import Act, Case, perform
from kairn.clinic.acts.striking import strike_out
from kairn.record.payloads import NoteWritten, Payload

__all__ = ["strike_out", "write_note"]


def write_note(context: Context, patient: UUID, *, event_id: UUID, text: str, visit: UUID | None = None, occurred_at: datetime | None = None) -> Outcome:
    """A free note, of a visit or of the course."""

    def build(case: Case) -> list[Payload]:
        if visit is not None:
            case.visit(visit)
        return [NoteWritten(needed(text, "text", "what you want to note"), visit)]

    return perform(context, Act("note.write", patient, event_id, build, occurred_at=occurred_at))
