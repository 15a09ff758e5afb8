"""The name under which a medicine is recorded: as it was typed, or as somebody says that it was meant."""

from __future__ import annotations

from kairn.clinic.acts.outcome import Refused, refused_field
from kairn.clinic.acts.perform import Case
from kairn.pathway.counted import counted, other_readings


def name_of(case: Case, typed: str, meant: str | None) -> str | Refused:
    """The name to record. One that resembles a medicine the protocol's rules count, and does not name it, is asked about once before that.

    `meant` is the answer: the name as it was typed, or as it would be then; None where nobody can be asked. What waited on a tablet is kept as typed.
    """
    ways = other_readings(typed, counted(case.protocol)) if case.protocol else {}
    if meant in ways.values():
        return meant or typed
    if not ways or meant in (None, typed) or case.earlier is not None or case.context.entered_at is not None:
        return typed
    return refused_field("meant", f"Did you mean {' or '.join(ways)}? The protocol's rules do not count {typed!r}. Say which it was; nothing is recorded yet.")
