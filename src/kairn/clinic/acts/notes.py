"""Free notes, and striking out what was entered in error."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from kairn.clinic.acts.check import needed
from kairn.clinic.acts.context import Context
from kairn.clinic.acts.outcome import Outcome, Refused, refused
from kairn.clinic.acts.perform import Act, Case, perform
from kairn.record.payloads import EnteredInError, NoteWritten, Payload


def write_note(context: Context, patient: UUID, *, event_id: UUID, text: str, visit: UUID | None = None, occurred_at: datetime | None = None) -> Outcome:
    """A free note, of a visit or of the course."""

    def build(case: Case) -> list[Payload]:
        if visit is not None:
            case.visit(visit)
        return [NoteWritten(needed(text, "text", "what you want to note"), visit)]

    return perform(context, Act("note.write", patient, event_id, build, occurred_at=occurred_at))


def strike_out(context: Context, patient: UUID, *, event_id: UUID, event: UUID, reason: str) -> Outcome:
    """Strike out an entry of this chart; it stays readable. Striking out a strike puts the entry back."""

    def build(case: Case) -> list[Payload] | Refused:
        why = needed(reason, "reason", "why the entry is wrong")
        if case.history.get(event) is None:
            return refused("input", "Saw an entry that is not in this chart; expected one of its entries. Open the chart again and choose it there.")
        if event in case.history.struck and case.earlier is None:
            return refused("policy", f"That entry was struck out already by {case.history.struck[event].by.name}.")
        return [EnteredInError(event, why)]

    return perform(context, Act("entry.strike", patient, event_id, build, event=event))
