"""Appends that wait at the same moment go in one transaction; each is answered for itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import OperationalError, connection
from ledger_drafts import draft, stage, vitals

from kairn.clinic.ledger import read, together
from kairn.clinic.ledger.answers import Appended, Conflict, Stale
from kairn.clinic.ledger.append import append
from kairn.clinic.ledger.verify import verify
from kairn.clinic.seals import Seals
from kairn.record.payloads import NoteWritten

WRITERS = 8


def answers(works: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each work answers, an exception for one that raised; all come while another append is under way, and so go together after it."""
    found: list[Any] = [None] * len(works)

    def one(place: int) -> None:
        try:
            found[place] = works[place]()
        except Exception as raised:
            found[place] = raised
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(place,)) for place in range(len(works))]
    desk = together.TOGETHER
    desk._busy = True
    for thread in threads:
        thread.start()
    for _ in range(500):
        if len(desk._waiting) == len(works):
            break
        threading.Event().wait(0.01)
    desk._call_next()
    for thread in threads:
        thread.join()
    return found


def test_what_waits_goes_in_one_transaction(clinic_id: UUID, owner_connection: Any) -> None:
    drafts = [vitals(uuid4()) for _ in range(WRITERS)]
    found = answers([lambda one=one: append(clinic_id, [one]) for one in drafts])
    assert [answer.events[0].id for answer in found] == [one.id for one in drafts]
    assert {answer.seq(one.stream) for answer, one in zip(found, drafts, strict=True)} == {1}
    transactions = owner_connection.execute("SELECT count(DISTINCT xmin::text) FROM ledger_entry WHERE clinic = %s", (clinic_id,)).fetchone()
    assert transactions == (1,)
    assert verify(clinic_id, Seals(())).faults == ()


def test_what_fails_fails_alone(clinic_id: UUID) -> None:
    known = draft(uuid4())
    append(clinic_id, [known])
    for _ in range(10):
        append(clinic_id, [draft(known.stream)])
    changed = draft(known.stream, NoteWritten("Sleeps badly."), id=known.id)
    behind, good = uuid4(), draft(uuid4())
    append(clinic_id, [draft(behind)])
    kept = read.SHELF.get(behind)
    append(clinic_id, [draft(behind)])
    read.SHELF.clear()
    read.SHELF.put(behind, kept)
    found = answers(
        [
            lambda: append(clinic_id, [changed]),
            lambda: append(clinic_id, [stage(behind)], expected_seq={behind: 1}),
            lambda: append(clinic_id, [good]),
        ]
    )
    assert found[:2] == [Conflict(known.id), Stale(behind, 1, 2)]
    assert isinstance(found[2], Appended)
    assert not found[2].repeated
    assert [event.id for event in read.history(good.stream).events] == [good.id]


def test_two_on_one_stream_keep_their_order(clinic_id: UUID) -> None:
    stream = uuid4()
    found = answers([lambda: append(clinic_id, [vitals(stream)]) for _ in range(WRITERS)])
    assert sorted(answer.seq(stream) for answer in found) == list(range(1, WRITERS + 1))


def test_nobody_is_answered_when_the_commit_does_not_come(clinic_id: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(_going: Any) -> Any:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(together, "_sent", lost)
    drafts = [vitals(uuid4()) for _ in range(3)]
    found = answers([lambda one=one: append(clinic_id, [one]) for one in drafts])
    told = [answer for answer in found if isinstance(answer, Appended)]
    assert len(told) == 2, "the one that sent is told of the loss; the others try alone"
    assert sum(isinstance(answer, OperationalError) for answer in found) == 1
    assert {event.id for answer in told for event in answer.events} == set(read.known(one.id for one in drafts))
