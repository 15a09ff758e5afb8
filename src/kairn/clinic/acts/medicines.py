"""The name under which a medicine is recorded: as it was typed, or as somebody says that it was meant."""

from __future__ import annotations

from kairn.clinic.acts.outcome import Refused, refused_field
from kairn.clinic.acts.perform import Case
from kairn.pathway.counted import as_meant, counted, is_counted, other_readings


def name_of(case: Case, typed: str, meant: str | None) -> str | Refused:
    """The name to record. Each word that resembles a medicine the protocol's rules count, and does not name it, is asked about once before that.

    `meant` is the answer: the name as it was typed, or as it would be then, which is asked about in turn where more of it is unread; None where
    nobody can be asked. What waited on a tablet is kept as typed.
    """
    known = counted(case.protocol) if case.protocol else ()
    said, ways = as_meant(typed, meant or "", known), other_readings(typed, known)
    if said != typed:
        return name_of(case, said, "")
    if not ways or meant in (None, typed) or case.earlier is not None or case.context.entered_at is not None:
        return typed
    much = "all of " if is_counted(typed, known) else ""
    asked = f"Did you mean {' or '.join(ways)}? The protocol's rules do not count {much}{typed!r}."
    return refused_field("meant", f"{asked} Say which it was; nothing is recorded yet.")
