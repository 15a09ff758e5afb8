"""Projections made again from the record, and the proof that the stored ones equal them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from kairn.clinic.ledger.append import project_again
from kairn.clinic.ledger.projection import Balance, Project, ProjectAt, Projected, Projection, balance_of, bookings_of
from kairn.clinic.ledger.read import StandingRow, history, standing
from kairn.clinic.ledger.session import cursor


@dataclass(frozen=True)
class Difference:
    """One stream whose stored projection is not what its history gives at the same moment."""

    stream: UUID
    what: str


def streams(clinic: UUID) -> list[UUID]:
    """Every stream of a clinic, in uuid order."""
    with cursor() as opened:
        return [row[0] for row in opened.execute("SELECT stream FROM ledger_entry WHERE clinic = %s AND seq = 1 ORDER BY stream", (clinic,))]


def rebuild(clinic: UUID, project: Project) -> int:
    """Write every projection of a clinic anew, one stream a transaction; answers how many streams."""
    return refresh(clinic, streams(clinic), project)


def refresh(clinic: UUID, some: list[UUID], project: Project) -> int:
    """Write the projections of some streams anew, as when their `changes_at` has passed."""
    return sum(project_again(clinic, stream, partial(project, stream)) for stream in some)


def differences(clinic: UUID, project_at: ProjectAt) -> Iterator[Difference]:
    """Where stored and rebuilt (at the stored row's own as_of and seq) are not equal."""
    for stream in streams(clinic):
        stored = standing(stream)
        past = history(stream)
        if stored is None:
            yield from _without_standing(stream, project_at(stream, past, past.events[-1].recorded_at))
            continue
        if stored.seq != past.seq:
            yield Difference(stream, f"stored at seq {stored.seq}, the record is at {past.seq}")
        yield from _compared(stored, project_at(stream, past.known_at(stored.seq), stored.as_of))


def _without_standing(stream: UUID, again: Projected) -> Iterator[Difference]:
    """A lot has a balance and no standing, any other stream neither."""
    with cursor() as opened:
        kept = balance_of(opened, stream)
    if isinstance(again, Projection):
        yield Difference(stream, "no standing is stored")
    elif kept != again:
        yield Difference(stream, f"balance: stored {kept!r}, rebuilt {again!r}")


def _compared(stored: StandingRow, again: Projected) -> Iterator[Difference]:
    if again is None or isinstance(again, Balance):
        yield Difference(stored.stream, "a standing is stored where there should be none")
        return
    pairs = {
        "stage": (stored.stage, again.stage),
        "changes_at": (stored.changes_at, again.changes_at),
        "board": (stored.board, json.loads(json.dumps(again.board))),
        "bookings": (_stored_bookings(stored.stream), sorted(again.bookings)),
    }
    for name, (kept, made) in pairs.items():
        if kept != made:
            yield Difference(stored.stream, f"{name}: stored {kept!r}, rebuilt {made!r}")


def _stored_bookings(stream: UUID) -> list[object]:
    with cursor() as opened:
        return list(bookings_of(opened, stream))
