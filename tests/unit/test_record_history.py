"""A history is the same whatever the order of arrival, and a strike counts however often it is struck itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from kairn.record.event import Author, Event, StreamKind
from kairn.record.history import History
from kairn.record.payloads import EnteredInError, NoteWritten, Payload, Referred

NURSE = Author("7f0c", "Marta Lind", "nurse")
START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def event(seq: int, payload: Payload) -> Event:
    """The event with that seq; its id is its seq."""
    at = START + timedelta(minutes=seq)
    return Event(UUID(int=seq), UUID(int=1), UUID(int=2), StreamKind.PATIENT, seq, at, at, NURSE, NURSE, payload)


def strikes(*targets: int) -> tuple[Event, ...]:
    """One note, and then one strike for each target."""
    return (event(1, NoteWritten("x")), *(event(n, EnteredInError(UUID(int=target), "wrong")) for n, target in enumerate(targets, start=2)))


@given(st.lists(st.integers(0, 6), max_size=12), st.randoms())
def test_order_of_arrival_does_not_matter(targets: list[int], chance: object) -> None:
    events = [event(n, EnteredInError(UUID(int=t), "wrong") if t else NoteWritten(str(n))) for n, t in enumerate(targets, start=1)]
    mixed = list(events)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert History.of(mixed) == History.of(events)
    assert History.of(mixed).live == History.of(events).live


@given(st.lists(st.sampled_from(["note", "strike"]), max_size=12), st.integers(0, 12))
def test_what_is_learned_later_never_changes_what_was_known(kinds: list[str], seq: int) -> None:
    events = [event(n, NoteWritten("x") if kind == "note" else EnteredInError(UUID(int=max(1, n - 2)), "wrong")) for n, kind in enumerate(kinds, start=1)]
    assert History.of(events).known_at(seq) == History.of(events[:seq])


def test_a_struck_event_is_set_aside_but_stays_readable() -> None:
    history = History.of(strikes(1))
    assert history.live == ()
    assert history.get(UUID(int=1)) is not None
    assert history.seq == 2


def test_a_strike_that_is_struck_no_longer_counts() -> None:
    history = History.of(strikes(1, 2))
    assert [each.seq for each in history.live] == [1]
    assert History.of(strikes(1, 2, 3)).live == ()


def test_the_latest_is_by_seq_among_the_live() -> None:
    history = History.of([event(1, NoteWritten("old")), event(2, NoteWritten("new")), event(3, EnteredInError(UUID(int=2), "wrong"))])
    found = history.latest(NoteWritten)
    assert found is not None
    assert found[1].text == "old"
    assert history.latest(Referred) is None


def test_late_is_another_minute() -> None:
    on_time = event(1, NoteWritten("x"))
    assert not on_time.late
    assert Event(*(getattr(on_time, name) if name != "recorded_at" else START + timedelta(hours=1) for name in Event.__struct_fields__)).late
