"""The difference between two protocols as a page tells it."""

from __future__ import annotations

from kairn.clinic.acts.library import Entry, read_protocol
from kairn.clinic.screens.forms.prose import plain
from kairn.clinic.screens.forms.words import capital
from kairn.clinic.screens.protocols.page import Change, Difference
from kairn.protocol.diff import Diff, Effect, diff
from kairn.terms.problem import Unreadable

EFFECTS = {Effect.TIGHTENED: "stricter", Effect.LOOSENED: "looser", Effect.NONE: ""}


def difference(old: Entry, new: Entry) -> Difference:
    """What differs, or the sentence that says why it cannot be told."""
    try:
        found = diff(read_protocol(old), read_protocol(new))
    except Unreadable as fault:
        return Difference(old.name, new.name, (), str(fault))
    return Difference(old.name, new.name, changes(found))


def changes(found: Diff) -> tuple[Change, ...]:
    """Each difference as a sentence of its own."""
    return tuple(Change(capital(plain(line.said)), EFFECTS[line.effect]) for line in found.lines)
