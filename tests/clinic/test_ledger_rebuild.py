"""Stored projections equal those rebuilt from the record, and a screen hears of every append."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from asgiref.sync import sync_to_async
from ledger_drafts import draft
from loops import run_apart

from kairn.clinic.ledger import read
from kairn.clinic.ledger.append import append
from kairn.clinic.ledger.news import MISSED, News, listen, parsed
from kairn.clinic.ledger.projection import Booking, Projection
from kairn.clinic.ledger.rebuild import differences, rebuild, refresh
from kairn.record.history import History

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def at(stream: UUID, past: History, as_of: datetime) -> Projection:
    """A projection that shows what it was made from."""
    start = NOW + timedelta(days=past.seq)
    return Projection(
        "treatment",
        as_of,
        NOW,
        {"seq": past.seq, "events": [str(event.id) for event in past.events]},
        (Booking(stream, "", start, start + timedelta(hours=1)),),
    )


def now(stream: UUID, past: History) -> Projection:
    return at(stream, past, NOW)


def test_stored_equals_rebuilt_at_its_own_as_of(clinic_id: UUID) -> None:
    for stream in [uuid4() for _ in range(3)]:
        for _ in range(4):
            append(clinic_id, [draft(stream)], project=now)
    assert list(differences(clinic_id, at)) == []


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("UPDATE ledger_standing SET stage = 'died'", "stage"),
        ("UPDATE ledger_standing SET board = '{}'", "board"),
        ("UPDATE ledger_standing SET changes_at = NULL", "changes_at"),
        ("UPDATE ledger_booking SET chair = '9'", "bookings"),
        ("DELETE FROM ledger_standing", "no standing is stored"),
    ],
)
def test_a_projection_that_drifted_is_found_and_rebuilt(clinic_id: UUID, owner_connection: psycopg.Connection[Any], change: str, what: str) -> None:
    stream = uuid4()
    append(clinic_id, [draft(stream)], project=now)
    owner_connection.execute(f"{change} WHERE stream = %s", (stream,))  # type: ignore[call-overload]
    assert [each.what.split(":")[0] for each in differences(clinic_id, at)] == [what]
    assert rebuild(clinic_id, now) == 1
    assert list(differences(clinic_id, at)) == []


def test_an_append_without_its_projection_shows(clinic_id: UUID) -> None:
    stream = uuid4()
    append(clinic_id, [draft(stream)], project=now)
    append(clinic_id, [draft(stream)])
    assert [each.what for each in differences(clinic_id, at)] == ["stored at seq 1, the record is at 2"]


def test_the_clocks_job_finds_what_changes_and_refreshes_it(clinic_id: UUID) -> None:
    stream = uuid4()
    append(clinic_id, [draft(stream)], project=now)
    assert stream in {row.stream for row in read.changed_by(NOW)}
    assert stream not in {row.stream for row in read.changed_by(NOW - timedelta(seconds=1))}
    assert refresh(clinic_id, [stream], lambda _stream, _past: None) == 1
    assert read.standing(stream) is None


def test_lists_are_cut_and_ordered(clinic_id: UUID) -> None:
    soon, later, never = (uuid4() for _ in range(3))
    for stream, moment in ((never, None), (later, NOW + timedelta(hours=1)), (soon, NOW)):
        append(clinic_id, [draft(stream)], project=lambda _s, _h, moment=moment: Projection("planning" if moment else "died", NOW, moment))  # type: ignore[misc]
    assert [row.stream for row in read.standings(clinic_id)] == [soon, later, never]
    assert [row.stream for row in read.standings(clinic_id, stages=["planning"], limit=1, offset=1)] == [later]
    assert [row.stream for row in read.standings(clinic_id, streams=[never])] == [never]
    assert {stream: past.seq for stream, past in read.histories([soon, never]).items()} == {soon: 1, never: 1}
    assert clinic_id in read.clinics()


def test_every_open_screen_hears_of_an_append(clinic_id: UUID) -> None:
    stream = uuid4()

    async def story() -> list[News]:
        screens = [listen(), listen()]
        assert [await anext(screen) for screen in screens] == [(MISSED,), (MISSED,)]
        await sync_to_async(append, thread_sensitive=True)(clinic_id, [draft(stream), draft(stream)])
        heard = [await asyncio.wait_for(heard_of(screen, stream), 5) for screen in screens]
        for screen in screens:
            await screen.aclose()  # type: ignore[attr-defined]
        return heard

    assert run_apart(story()) == [News(stream, 2, clinic_id)] * 2


async def heard_of(screen: AsyncIterator[tuple[News, ...]], stream: UUID) -> News:
    """The latest news of that stream."""
    while True:
        for news in await anext(screen):
            if news.stream == stream and news.seq == 2:
                return news


def test_unreadable_news_means_look_again() -> None:
    assert [parsed(text) for text in ("", "{}", '{"stream": "x", "seq": 1}', "[]")] == [MISSED] * 4
