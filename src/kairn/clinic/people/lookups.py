"""What this room must ask of the record and may not read itself: handed in once, when the clinic starts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Lookups:
    """Whose visit it is, whether its infusion or recovery runs now, and who wrote an event. Until handed in, nothing is known."""

    patient_of_visit: Callable[[UUID], UUID | None] = lambda visit: None
    visit_runs: Callable[[UUID], bool] = lambda visit: False
    author_of: Callable[[UUID], str | None] = lambda event: None


_handed_in = Lookups()


def hand_in(asked: Lookups) -> Lookups:
    """Use these from now on; the ones used before come back."""
    global _handed_in
    before, _handed_in = _handed_in, asked
    return before


def lookups() -> Lookups:
    """The ones in use."""
    return _handed_in
