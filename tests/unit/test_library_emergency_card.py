"""The emergency card and the task of an unanswered call are read strictly, and leave the protocols' content alone."""

from __future__ import annotations

import pytest

from kairn.library.emergency_card import EMERGENCY_CARD, read_emergency_card
from kairn.library.reader import LIBRARY, read_yaml, read_yaml_text
from kairn.library.urgent_tasks import URGENT_TASKS, read_urgent_tasks
from kairn.protocol.load import SHARED
from kairn.terms.problem import Unreadable

TEXT = (LIBRARY / "emergency_card.yaml").read_text("utf-8")


def test_it_says_whose_words_it_has() -> None:
    assert (EMERGENCY_CARD.kind, EMERGENCY_CARD.owner) == ("local judgement", "medical director") and EMERGENCY_CARD.review
    assert len(set(EMERGENCY_CARD.steps)) == len(EMERGENCY_CARD.steps) > 1


@pytest.mark.parametrize(
    ("old", "new"), [("local-rules", "somebody"), ("kind: help,", "kind: pump,"), ("{kind: pump, label:", "{kind: pump, says:"), ("list:", "steps:")]
)
def test_what_the_reader_cannot_trust_is_refused(old: str, new: str) -> None:
    assert TEXT.count(old) == 1
    with pytest.raises(Unreadable):
        read_emergency_card(read_yaml_text(TEXT.replace(old, new), "emergency_card.yaml"))


def test_no_urgent_task_stands_in_both_files_and_the_second_is_no_part_of_a_protocol() -> None:
    first, second = (read_urgent_tasks(read_yaml(LIBRARY / name)) for name in ("urgent_tasks.yaml", "urgent_calls.yaml"))
    assert first.keys() & second.keys() == set() and URGENT_TASKS == first | second
    assert "urgent_tasks.yaml" in SHARED and not {"urgent_calls.yaml", "emergency_card.yaml"} & set(SHARED)
