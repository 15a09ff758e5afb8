"""Appending: idempotent, ordered, never half done, and two people never lose an entry."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import psycopg
import pytest
from django.db import connection, transaction
from ledger_drafts import PRESCRIBER, draft, stage, vitals

from kairn.clinic.ledger import read
from kairn.clinic.ledger.answers import Appended, Clash, Conflict, Stale
from kairn.clinic.ledger.append import Backdated, append
from kairn.clinic.ledger.projection import Balance, Booking, Projection
from kairn.record.history import History
from kairn.record.payloads import EnteredInError, NoteWritten, VisitBooked
from kairn.terms.problem import Unreadable

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def appended(answer: object) -> Appended:
    assert isinstance(answer, Appended), answer
    return answer


def together(*works: Callable[[], Any]) -> list[Any]:
    """Run all at the same moment, each in a thread with a connection of its own."""
    gate = threading.Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        gate.wait()
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result() for future in [pool.submit(run, work) for work in works]]


def test_what_is_appended_is_read_back(clinic_id: UUID) -> None:
    stream = uuid4()
    first, second = draft(stream, occurred_at=NOW), vitals(stream, sent_by=PRESCRIBER)
    done = appended(append(clinic_id, [first, second]))
    read.SHELF.clear()
    assert read.history(stream).events == done.events
    assert [event.seq for event in done.events] == [1, 2]
    assert done.seq(stream) == read.head(stream) == 2
    assert done.events[0].late
    assert done.events[1].sent_by == PRESCRIBER
    assert done.events[1].recorded_at >= done.events[0].recorded_at
    assert read.event(first.id) == done.events[0]


def test_a_repeat_has_one_effect(clinic_id: UUID) -> None:
    stream = uuid4()
    one = stage(stream)
    first = appended(append(clinic_id, [one], expected_seq={stream: 0}))
    again = appended(append(clinic_id, [one], expected_seq={stream: 0}))
    assert (first.repeated, again.repeated) == (False, True)
    assert again.events == first.events
    assert read.head(stream) == 1


def test_a_batch_known_in_part_adds_only_the_rest(clinic_id: UUID) -> None:
    stream = uuid4()
    old, new = draft(stream), draft(stream)
    append(clinic_id, [old])
    done = appended(append(clinic_id, [new, old]))
    assert [event.seq for event in done.events] == [2, 1]
    assert not done.repeated


@pytest.mark.parametrize("changed", ["payload", "occurred_at", "by", "stream", "clinic"])
def test_the_same_id_with_another_body_is_refused(clinic_id: UUID, changed: str) -> None:
    stream, event_id = uuid4(), uuid4()
    append(clinic_id, [draft(stream, id=event_id, occurred_at=NOW)])
    other: dict[str, Any] = {"id": event_id, "occurred_at": NOW}
    other |= {"payload": {"payload": NoteWritten("Slept badly.")}, "occurred_at": {"occurred_at": NOW + timedelta(seconds=1)}, "by": {"by": PRESCRIBER}}.get(
        changed, {}
    )
    target = uuid4() if changed == "stream" else stream
    clinic = uuid4() if changed == "clinic" else clinic_id
    assert append(clinic, [draft(target, **other), draft(target)]) == Conflict(event_id)
    assert read.head(stream) == 1
    assert read.head(target) == (1 if target == stream else 0)


def test_whoever_sends_it_again_it_is_the_same_event(clinic_id: UUID) -> None:
    stream = uuid4()
    one = draft(stream)
    append(clinic_id, [one])
    again = draft(stream, one.payload, id=one.id, occurred_at=one.occurred_at, sent_by=PRESCRIBER)
    assert appended(append(clinic_id, [again])).repeated


@pytest.mark.parametrize("fold", [0, 1])
def test_a_repeat_in_a_repeated_hour_is_the_same_event(clinic_id: UUID, fold: int) -> None:
    """Where clocks go back, half past two comes twice; Python holds such a time equal to none in another zone."""
    at = datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"), fold=fold)
    stream = uuid4()
    one = draft(stream, VisitBooked(uuid4(), "infusion", at, 60), occurred_at=at)
    append(clinic_id, [one], expected_seq={stream: 0})
    read.SHELF.clear()
    assert appended(append(clinic_id, [one], expected_seq={stream: 0})).repeated
    assert read.history(stream).events[0].occurred_at == at.astimezone(UTC)


def test_a_decision_on_an_older_chart_is_stale(clinic_id: UUID) -> None:
    stream = uuid4()
    append(clinic_id, [vitals(stream)])
    assert append(clinic_id, [stage(stream)], expected_seq={stream: 0}) == Stale(stream, 0, 1)
    assert appended(append(clinic_id, [stage(stream)], expected_seq={stream: 1})).seq(stream) == 2


def test_what_rests_on_another_stream_is_stale_where_that_one_grew(clinic_id: UUID) -> None:
    written, looked_at = uuid4(), uuid4()
    appended(append(clinic_id, [vitals(looked_at)]))
    one = vitals(written)
    stale = append(clinic_id, [one], expected_seq={written: 0, looked_at: 0})
    assert stale == Stale(looked_at, 0, 1) and read.head(written) == 0
    assert not appended(append(clinic_id, [one], expected_seq={written: 0, looked_at: 1})).repeated
    appended(append(clinic_id, [vitals(looked_at)]))
    assert appended(append(clinic_id, [one], expected_seq={written: 0, looked_at: 1})).repeated
    assert read.head(looked_at) == 2


def test_a_decision_without_expected_seq_is_a_bug(clinic_id: UUID) -> None:
    with pytest.raises(ValueError, match="expected_seq"):
        append(clinic_id, [stage(uuid4())])


def test_a_strike_and_a_late_entry_are_ordinary(clinic_id: UUID) -> None:
    stream = uuid4()
    wrong = draft(stream)
    late = draft(stream, occurred_at=NOW)
    append(clinic_id, [wrong, draft(stream, EnteredInError(wrong.id, "Wrong patient.")), late])
    assert [event.id for event in read.history(stream).live] == [late.id]


@pytest.mark.parametrize("text", ["a\x00b", "\\\x00", "\ud800"])
def test_what_the_database_cannot_keep_is_refused_with_a_sentence(clinic_id: UUID, text: str) -> None:
    stream = uuid4()
    with pytest.raises(Unreadable, match="send it again"):
        append(clinic_id, [draft(stream), draft(stream, NoteWritten(text))])
    assert read.head(stream) == 0


@pytest.mark.parametrize("text", ["\\u0000", "\\\\u0000", "\x7f\x1f\u2028", "\U0001f300", '"\\'])
def test_odd_but_possible_text_is_kept(clinic_id: UUID, text: str) -> None:
    stream = uuid4()
    append(clinic_id, [draft(stream, NoteWritten(text))])
    read.SHELF.clear()
    assert read.history(stream).events[0].payload == NoteWritten(text)


def test_writers_of_observations_never_conflict(clinic_id: UUID) -> None:
    stream = uuid4()
    drafts = [[vitals(stream) for _ in range(15)] for _ in range(8)]

    def write(mine: list[Any]) -> Callable[[], list[Any]]:
        return lambda: [append(clinic_id, [one]) for one in mine]

    answers = [answer for answers in together(*map(write, drafts)) for answer in answers]
    assert all(isinstance(answer, Appended) for answer in answers)
    events = read.history(stream).events
    assert [event.seq for event in events] == list(range(1, 121))
    assert {event.id for event in events} == {one.id for mine in drafts for one in mine}
    assert [event.recorded_at for event in events] == sorted(event.recorded_at for event in events)


def test_of_two_decisions_at_once_one_is_stale(clinic_id: UUID) -> None:
    stream = uuid4()
    answers = together(*[lambda: append(clinic_id, [stage(stream)], expected_seq={stream: 0})] * 6)
    assert sum(isinstance(answer, Appended) for answer in answers) == 1
    assert sum(isinstance(answer, Stale) for answer in answers) == 5


def test_of_the_same_submit_at_once_one_counts(clinic_id: UUID) -> None:
    stream = uuid4()
    one = draft(stream)
    answers = [appended(answer) for answer in together(*[lambda: append(clinic_id, [one])] * 8)]
    assert sorted(answer.repeated for answer in answers) == [False] + [True] * 7
    assert read.head(stream) == 1


def test_the_same_id_at_once_in_two_streams_counts_once(clinic_id: UUID) -> None:
    event_id = uuid4()
    answers = together(*[lambda: append(clinic_id, [draft(uuid4(), id=event_id)])] * 6)
    assert sorted(type(answer).__name__ for answer in answers) == ["Appended"] + ["Conflict"] * 5


def test_batches_over_many_streams_never_wait_in_a_ring(clinic_id: UUID) -> None:
    streams = [uuid4() for _ in range(6)]

    def write(turn: int) -> Callable[[], list[Any]]:
        order = streams[turn:] + streams[:turn]
        return lambda: [append(clinic_id, [vitals(stream) for stream in order]) for _ in range(5)]

    together(*(write(turn) for turn in range(6)))
    assert [read.head(stream) for stream in streams] == [30] * 6


def test_a_stream_belongs_to_one_clinic(clinic_id: UUID) -> None:
    stream = uuid4()
    append(clinic_id, [draft(stream)])
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="another clinic"):
        append(uuid4(), [draft(stream)])


def test_what_is_rolled_back_is_not_remembered(clinic_id: UUID) -> None:
    stream = uuid4()
    with pytest.raises(RuntimeError), transaction.atomic():
        append(clinic_id, [draft(stream)])
        assert read.history(stream).seq == 1
        raise RuntimeError("the caller's own trouble")
    assert read.history(stream).seq == 0
    assert appended(append(clinic_id, [draft(stream)])).seq(stream) == 1


def booked(visit: UUID, chair: str = "2", start: datetime = NOW, **more: Any) -> Callable[[UUID, History], Projection]:
    place = Booking(visit, chair, start, start + timedelta(minutes=120))
    return lambda _stream, past: Projection("treatment", NOW, None, {"seq": past.seq}, (place,), **more)


def test_the_projection_is_written_with_the_events(clinic_id: UUID) -> None:
    stream, visit = uuid4(), uuid4()
    append(clinic_id, [draft(stream)])
    append(clinic_id, [draft(stream), draft(stream)], project=booked(visit))
    row = read.standing(stream)
    assert row is not None
    assert (row.seq, row.board, row.stage, row.as_of) == (3, {"seq": 3}, "treatment", NOW)
    assert [one.visit for one in read.bookings(clinic_id, NOW, NOW + timedelta(days=1))] == [visit]


def test_a_projection_that_fails_takes_the_events_with_it(clinic_id: UUID) -> None:
    stream = uuid4()
    with pytest.raises(ZeroDivisionError):
        append(clinic_id, [draft(stream)], project=lambda _stream, _past: 1 // 0)  # type: ignore[arg-type, return-value]
    assert read.head(stream) == 0


def test_one_chair_holds_one_visit(clinic_id: UUID) -> None:
    one, two = uuid4(), uuid4()
    append(clinic_id, [draft(one)], project=booked(uuid4()))
    refused = append(clinic_id, [draft(two)], project=booked(uuid4(), start=NOW + timedelta(minutes=119)))
    assert isinstance(refused, Clash)
    assert refused.what == "chair"
    assert read.head(two) == 0
    appended(append(clinic_id, [draft(two)], project=booked(uuid4(), start=NOW + timedelta(minutes=120))))
    appended(append(clinic_id, [draft(one)], project=booked(uuid4(), chair="3")))


def test_of_two_bookings_at_once_one_gets_the_chair(clinic_id: UUID) -> None:
    answers = together(*[lambda: append(clinic_id, [draft(uuid4())], project=booked(uuid4()))] * 6)
    assert sorted(type(answer).__name__ for answer in answers) == ["Appended"] + ["Clash"] * 5


@pytest.mark.parametrize(
    ("amount", "received", "lowest"),
    [
        ("-0.01", "200", "-0.01"), ("200.01", "200", "0"), ("NaN", "200", "0"), ("NaN", "NaN", "0"), ("1", "Infinity", "0"),
        ("5", "200", "-0.01"), ("5", "200", "5.01"), ("5", "200", "NaN"), ("5", "200", "-Infinity"),
    ],
)  # fmt: skip
def test_a_balance_keeps_both_bounds(clinic_id: UUID, amount: str, received: str, lowest: str) -> None:
    from decimal import Decimal

    stream = uuid4()
    left = Balance("mL", Decimal(amount), Decimal(received), Decimal(lowest))
    refused = append(clinic_id, [draft(stream)], project=lambda _s, _h: left)
    assert isinstance(refused, Clash)
    assert refused.what == "balance"
    assert read.head(stream) == 0


def test_the_running_role_may_not_write_recorded_times(clinic_id: UUID) -> None:
    one = draft(uuid4())
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        append(clinic_id, [one], backdated=Backdated("demo", {one.id: NOW}))
