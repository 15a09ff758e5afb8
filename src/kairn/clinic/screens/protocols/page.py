"""What the pages about protocols show, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field

from kairn.clinic.screens.forms.answers import Again, fresh
from kairn.clinic.screens.protocols.text import Text


@dataclass(frozen=True)
class Row:
    """One protocol in the library: what it is called, what was done with it, where it leads."""

    title: str
    name: str
    said: tuple[str, ...]
    url: str
    fault: str = ""
    act: str = ""
    act_label: str = ""
    note: str = ""


@dataclass(frozen=True)
class Group:
    """Protocols of one kind; `empty` is the sentence where there is none, and no group is drawn where that is empty too."""

    title: str
    meta: str
    rows: tuple[Row, ...]
    empty: str = ""


@dataclass(frozen=True)
class LibraryPage:
    """The library."""

    groups: tuple[Group, ...]
    people: str
    in_force: str


@dataclass(frozen=True)
class VersionPage:
    """One protocol read aloud."""

    title: str
    version: str
    hash: str
    rules: int
    state: str
    said: tuple[str, ...]
    reference: bool
    text: Text | None
    fault: str
    paper: str
    act: str
    act_label: str
    compare: str
    others: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Change:
    """One difference in words; `effect` is stricter, looser or nothing."""

    said: str
    effect: str = ""


@dataclass(frozen=True)
class Difference:
    """What differs from one text to another; `why` where that cannot be shown."""

    old: str
    new: str
    changes: tuple[Change, ...]
    why: str = ""


@dataclass(frozen=True)
class ComparePage:
    """Two texts side by side in words."""

    difference: Difference | None
    back: str
    address: str
    others: tuple[tuple[str, str], ...]
    chosen: str
    fault: str = ""


@dataclass(frozen=True)
class SignPage:
    """Proposing or publishing: what exactly, how it differs from what is in force, and the form."""

    title: str
    name: str
    hash: str
    reads: str
    said: tuple[str, ...]
    difference: Difference | None
    first: str
    problems: tuple[str, ...]
    stops: str
    seq: int
    again: Again = field(default_factory=fresh)
    today: str = ""
    withdraw: str = ""
    note: str = ""


@dataclass(frozen=True)
class OnRow:
    """One person on the list."""

    name: str
    url: str
    stage: str
    move: str


@dataclass(frozen=True)
class OnGroup:
    """The people on one protocol."""

    title: str
    url: str
    pinned: tuple[OnRow, ...]
    following: tuple[OnRow, ...]

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.pinned) + len(self.following)


@dataclass(frozen=True)
class PeoplePage:
    """Who is on what."""

    groups: tuple[OnGroup, ...]
    total: int
    back: str
