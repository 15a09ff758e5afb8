"""The list of what can go wrong: read strictly, and said in words."""

from __future__ import annotations

import pytest

from kairn.library.adverse_events import ADVERSE_EVENTS, SERIOUS, adverse_label, read_adverse_events
from kairn.library.reader import LIBRARY, read_yaml_text
from kairn.record.adverse import adverse_events
from kairn.record.codec import decode
from kairn.record.history import History
from kairn.record.payloads_harm import AdverseEventNoted
from kairn.terms.problem import Unreadable

TEXT = (LIBRARY / "adverse_events.yaml").read_text("utf-8")
ASKED = {
    "dissociation", "hallucination", "nausea", "vomiting", "raised-pressure", "low-pressure", "breathing", "desaturation", "drowsiness", "headache",
    "dizziness", "agitation", "allergic", "extravasation", "palpitations", "other",
}  # fmt: skip


def test_every_kind_a_chair_needs_is_there_and_no_label_twice() -> None:
    assert set(ADVERSE_EVENTS) >= ASKED and len(set(ADVERSE_EVENTS.values())) == len(ADVERSE_EVENTS)
    assert set(SERIOUS) == {"death", "life-threatening", "hospital", "disability", "birth-defect", "important"}


@pytest.mark.parametrize(
    ("old", "new"),
    [("local-rules", "somebody"), ("recalled,", "nobody,"), ("kind: nausea,", "kind: vomiting,"), ("kind: other,", "kind: rest,"), ('label: "Fall"', "")],
)
def test_what_the_reader_cannot_trust_is_refused(old: str, new: str) -> None:
    read_adverse_events(read_yaml_text(TEXT, "adverse_events.yaml"))
    with pytest.raises(Unreadable):
        read_adverse_events(read_yaml_text(TEXT.replace(old, new, 1), "adverse_events.yaml"))


@pytest.mark.parametrize(
    ("kind", "what", "said"),
    [("nausea", "", "Nausea"), ("nausea", "after water", "Nausea: after water"), ("other", "a nosebleed", "a nosebleed"), ("other", "", "Something else"),
     ("dropped-later", "", "dropped-later")],
)  # fmt: skip
def test_it_is_said_in_words(kind: str, what: str, said: str) -> None:
    assert adverse_label(kind, what) == said


def test_an_event_of_the_first_shape_stands_as_it_did() -> None:
    at = "2026-03-02T10:25:00Z"
    noted = {"what": "Nausea", "severity": "mild"}
    fresh, over, follows = (
        decode("adverse-event.noted", 1, {**noted, **more}) for more in ({}, {"resolved_at": at}, {"resolves": "7d1c1f0e-58a4-4c57-9a0e-3b0d0c7a1b22"})
    )
    assert all(
        isinstance(one, AdverseEventNoted) and (one.kind, one.what, one.serious, one.related) == ("other", "Nausea", "unknown", "not-assessed")
        for one in (fresh, over, follows)
    )
    assert [one.outcome for one in (fresh, over, follows) if isinstance(one, AdverseEventNoted)] == ["open", "resolved", "resolved"]
    assert isinstance(follows, AdverseEventNoted) and str(follows.follows) == "7d1c1f0e-58a4-4c57-9a0e-3b0d0c7a1b22" and follows.resolved_at is None
    assert adverse_events(History()) == []
