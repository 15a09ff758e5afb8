"""Payloads survive the way to plain JSON and back; what does not fit is refused with a sentence; old shapes are lifted."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kairn.record import codec
from kairn.record.codec import decode, encode, whole
from kairn.record.kinds import KINDS
from kairn.record.payloads import NoteWritten, Payload, VisitBooked, VisitCancelled
from kairn.terms.problem import Unreadable

st.register_type_strategy(datetime, st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.timezones()))
PAYLOADS = st.sampled_from(sorted(KINDS)).flatmap(lambda kind: st.from_type(KINDS[kind]))
VISIT = "6f9d2c1e-8a47-4b53-9d0e-2f6a1c7b5e34"


@given(PAYLOADS)
def test_every_payload_survives_the_way_through_json(payload: Payload) -> None:
    plain = json.loads(json.dumps(encode(payload)))
    again = decode(payload.KIND, payload.SCHEMA, plain)
    assert type(again) is type(payload)
    assert json.loads(json.dumps(whole(again))) == plain


@given(PAYLOADS, st.text(min_size=1))
def test_an_unknown_field_is_refused(payload: Payload, name: str) -> None:
    plain = encode(payload)
    if name not in payload.__struct_fields__:
        with pytest.raises(Unreadable, match="does not fit"):
            decode(payload.KIND, payload.SCHEMA, {**plain, name: 1})


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("note.written", {}),
        ("note.written", {"text": 5}),
        ("note.written", {"text": None}),
        ("visit.booked", {"visit": "not-a-uuid", "purpose": "infusion", "starts_at": "2026-03-02T09:00:00Z", "minutes": 60}),
        ("visit.booked", {"visit": VISIT, "purpose": "party", "starts_at": "2026-03-02T09:00:00Z", "minutes": 60}),
        ("visit.booked", {"visit": VISIT, "purpose": "infusion", "starts_at": "2026-03-02T09:00:00", "minutes": 60}),
        ("visit.booked", {"visit": VISIT, "purpose": "infusion", "starts_at": "soon", "minutes": 60}),
        ("visit.booked", {"visit": VISIT, "purpose": "infusion", "starts_at": "2026-03-02T09:00:00Z", "minutes": "60"}),
        ("visit.booked", {"visit": VISIT, "purpose": "infusion", "starts_at": "2026-03-02T09:00:00Z", "minutes": 60.5}),
        ("visit.booked", {"visit": VISIT, "purpose": "infusion", "starts_at": "2026-03-02T09:00:00Z", "minutes": True}),
    ],
)
def test_a_body_that_does_not_fit_is_refused(kind: str, body: dict[str, Any]) -> None:
    with pytest.raises(Unreadable, match="does not fit"):
        decode(kind, 1, body)


def test_what_could_not_be_read_again_is_not_encoded() -> None:
    """A struct made in code is not checked when made; a time without a zone could not be compared with any other."""
    with pytest.raises(Unreadable, match="does not fit"):
        whole(VisitCancelled("not-a-uuid"))  # type: ignore[arg-type]
    with pytest.raises(Unreadable, match="does not fit"):
        whole(VisitBooked(UUID(VISIT), "infusion", datetime(2026, 3, 2), 60))


def test_an_unknown_kind_asks_for_the_newer_version() -> None:
    with pytest.raises(Unreadable, match="newer version"):
        decode("moon.landed", 1, {})


def test_a_schema_from_the_future_asks_for_the_newer_version() -> None:
    with pytest.raises(Unreadable, match="newer version"):
        decode("note.written", NoteWritten.SCHEMA + 1, {"text": "x"})


class Third(Payload, frozen=True):
    """A shape in its third schema."""

    SCHEMA: ClassVar[int] = 3
    words: tuple[str, ...]


def test_an_old_shape_is_lifted_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(codec.KINDS, "third", Third)
    monkeypatch.setitem(codec.LIFTS, ("third", 1), lambda old: {"line": old["text"]})
    monkeypatch.setitem(codec.LIFTS, ("third", 2), lambda old: {"words": old["line"].split()})
    first = {"text": "two words"}
    assert decode("third", 1, first) == decode("third", 2, {"line": "two words"}) == decode("third", 3, {"words": ["two", "words"]}) == Third(("two", "words"))
    assert first == {"text": "two words"}


def test_every_older_schema_has_its_lift() -> None:
    missing = [(kind, schema) for kind, payload in KINDS.items() for schema in range(1, payload.SCHEMA) if (kind, schema) not in codec.LIFTS]
    assert not missing


def test_kinds_are_plain_and_their_own() -> None:
    assert all(kind and kind == kind.lower() and " " not in kind for kind in KINDS)
    assert KINDS["visit.booked"] is VisitBooked
    assert len(KINDS) == len(Payload.__subclasses__()) - (Third in Payload.__subclasses__())


AT_ONCE = """
import sys, threading
from kairn.record.codec import KINDS, decode
sys.setswitchinterval(1e-6)
bodies = {kind: dict.fromkeys(reversed(shape.__struct_fields__), 1) for kind, shape in KINDS.items()}
together = threading.Barrier(8)
def read():
    together.wait()
    for kind, body in bodies.items():
        try:
            decode(kind, KINDS[kind].SCHEMA, body)
        except ValueError:
            pass
threads = [threading.Thread(target=read) for _ in range(8)]
[each.start() for each in threads]
[each.join() for each in threads]
"""


def test_many_threads_may_read_the_first_of_a_kind_at_once() -> None:
    """A web server begins so: the first pages after a start read in several threads. Without care four of five such processes end in a fault of memory."""
    ended = [subprocess.run([sys.executable, "-c", AT_ONCE], check=False).returncode for _ in range(5)]
    assert ended == [0] * 5
