"""Walking the chain: every row computed again, every seal compared, and each fault said in a sentence with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from kairn.clinic.ledger.chain import COLUMNS, GENESIS, Link, hash_of
from kairn.clinic.ledger.session import cursor
from kairn.clinic.seals import Seal, Seals, notes

BATCH = 2000
SAID = 50
State = Literal["sound", "broken", "unsealed"]
WALK = f"SELECT {COLUMNS} FROM ledger_entry WHERE clinic = %s AND position > %s ORDER BY position LIMIT %s"


@dataclass(frozen=True)
class Fault:
    """One thing wrong: of what sort, from which position on, and the sentence for a person."""

    sort: Literal["edited", "missing", "moved", "stream", "recomputed", "cut"]
    position: int
    sentence: str


@dataclass(frozen=True)
class Verification:
    """What a walk along one clinic's chain found. `unsealed`: sound in itself, but nothing outside vouches for it."""

    clinic: UUID
    entries: int
    sealed: int
    mode: str
    faults: tuple[Fault, ...]
    notes: tuple[str, ...] = ()

    @property
    def state(self) -> State:
        """The answer in one word."""
        if self.faults:
            return "broken"
        return "unsealed" if self.entries and not self.sealed else "sound"


@dataclass
class _Walk:
    """The walk so far: where it stands and what it has seen."""

    seals: dict[int, list[Seal]]
    position: int = 0
    hash: bytes = GENESIS
    entries: int = 0
    agreed: int = 0
    disagreed: int = 0
    seqs: dict[UUID, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def verify(clinic: UUID, seals: Seals, progress: Callable[[int], None] = lambda _rows: None) -> Verification:
    """Walk one clinic's chain from its first entry; `progress` is told how many rows were walked since it was told before."""
    walk = _Walk(seals.by_position())
    for rows in _batches(clinic):
        for link in rows:
            _step(walk, link)
        progress(len(rows))
    _end(walk, seals)
    return Verification(clinic, walk.entries, walk.agreed, mode(clinic), tuple(walk.faults[:SAID]), _notes(walk, seals))


def count(clinic: UUID) -> int:
    """How many entries a clinic's chain has."""
    with cursor() as opened:
        row = opened.execute("SELECT count(*) FROM ledger_entry WHERE clinic = %s", (clinic,)).fetchone()
    return int(row[0]) if row else 0


def mode(clinic: UUID) -> str:
    """live, or demo or restored where the owner wrote recorded times."""
    with cursor() as opened:
        row = opened.execute("SELECT mode FROM ledger_clinic WHERE clinic = %s", (clinic,)).fetchone()
    return str(row[0]) if row else "live"


def _batches(clinic: UUID) -> Iterator[list[Link]]:
    after = -(2**63)
    while True:
        with cursor() as opened:
            rows = [Link(*row) for row in opened.execute(WALK, (clinic, after, BATCH))]
        if not rows:
            return
        yield rows
        after = rows[-1].position


def _step(walk: _Walk, link: Link) -> None:
    """One row: it must follow the row before it, say what its hash says, and stand next in its stream."""
    faults = [*_place_faults(walk, link), *_hash_faults(walk, link)]
    walk.faults += faults
    stream_fault = _stream_fault(walk, link)
    if stream_fault and not faults:
        walk.faults.append(stream_fault)
    _compare_seals(walk, link)
    walk.seqs[link.stream] = link.seq
    walk.position, walk.hash, walk.entries = link.position, bytes(link.hash), walk.entries + 1


def _place_faults(walk: _Walk, link: Link) -> Iterator[Fault]:
    expected = walk.position + 1
    if link.position > expected:
        missing = f"Entry {expected} is" if link.position == expected + 1 else f"Entries {expected} to {link.position - 1} are"
        yield Fault("missing", expected, f"{missing} missing: deleted after being recorded.")
    elif link.position < expected:
        yield Fault("moved", link.position, f"Entry {link.position} stands before the first one: inserted from outside.")


def _hash_faults(walk: _Walk, link: Link) -> Iterator[Fault]:
    follows = bytes(link.prev_hash) == walk.hash
    says = hash_of(link) == bytes(link.hash)
    what = f"Entry {link.position} ({link.kind}, stream {link.stream}, seq {link.seq})"
    if not says:
        yield Fault("edited", link.position, f"{what} is not what was recorded there: edited, moved, swapped or inserted.")
    if not follows and link.position == walk.position + 1:
        yield Fault("moved", link.position, f"{what} does not follow the entry before it: one of the two was changed, swapped or inserted.")


def _stream_fault(walk: _Walk, link: Link) -> Fault | None:
    expected = walk.seqs.get(link.stream, 0) + 1
    if link.seq == expected:
        return None
    return Fault("stream", link.position, f"Entry {link.position} is number {link.seq} of stream {link.stream}, where number {expected} was due.")


def _compare_seals(walk: _Walk, link: Link) -> None:
    for seal in walk.seals.get(link.position, ()):
        if seal.hash == bytes(link.hash):
            walk.agreed = link.position
        elif not walk.disagreed:
            walk.disagreed = link.position
            since = f"after entry {walk.agreed}, which still agrees with its seal," if walk.agreed else "somewhere from the first entry on"
            walk.faults.append(
                Fault(
                    "recomputed",
                    link.position,
                    f"Entry {link.position} is not the one sealed on {seal.at:%Y-%m-%d %H:%M} UTC: the chain was written anew {since} up to there.",
                )
            )


def _end(walk: _Walk, seals: Seals) -> None:
    farthest = seals.beyond(walk.position)
    if farthest:
        walk.faults.append(
            Fault(
                "cut",
                walk.position + 1,
                f"The record ends at entry {walk.position}, but entry {farthest.position} was sealed on {farthest.at:%Y-%m-%d %H:%M} UTC: the tail was cut.",
            )
        )


def _notes(walk: _Walk, seals: Seals) -> tuple[str, ...]:
    said = notes(seals, walk.entries, walk.agreed, walk.position, len(walk.faults))
    if len(walk.faults) > SAID:
        said.append(f"{len(walk.faults) - SAID} more faults follow from there.")
    return tuple(said)
