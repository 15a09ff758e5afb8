"""Nobody who speaks of suicide goes unseen, over ten thousand answerings; and nothing is finished that is not whole."""

from __future__ import annotations

import random

import pytest

from kairn.instruments.definition import INSTRUMENTS
from kairn.instruments.score import asked, score
from kairn.instruments.shapes import Instrument
from kairn.instruments.skips import alarm, may_skip, unmet, watched

LOOKED_AT = {"phq-9": {"self-harm"}, "madrs": {"q10"}, "qids-sr16": {"q12"}, "asq": {"wish", "burden", "thoughts", "attempt", "now"}}
SAMPLES = 10_000


def drawn(found: Instrument, chance: random.Random) -> tuple[dict[str, str], tuple[str, ...]]:
    """Answers and what is left out, at random, a blank as likely as not."""
    answers, skipped = {}, []
    for item in found.items:
        roll = chance.random()
        if roll < 0.5:
            answers[item.key] = chance.choice(item.options).value
        elif roll < 0.6 and item.key in may_skip(found):
            skipped.append(item.key)
    return answers, tuple(skipped)


def test_every_instrument_that_speaks_of_suicide_is_watched() -> None:
    assert {name for name, found in INSTRUMENTS.items() if watched(found)} == {*LOOKED_AT, "c-ssrs-screener"}


@pytest.mark.parametrize("name", list(LOOKED_AT))
@pytest.mark.parametrize("finished", [True, False])
def test_a_positive_or_left_out_answer_always_raises_and_none_never_does(name: str, finished: bool) -> None:
    found, chance, seen = INSTRUMENTS[name], random.Random(7), set()
    for _ in range(SAMPLES // (2 * len(LOOKED_AT))):
        answers, skipped = drawn(found, chance)
        put = {item.key for item in asked(found, answers)}
        positive = any(int(answers.get(key, "0")) > 0 for key in LOOKED_AT[name]) or bool(LOOKED_AT[name] & {*skipped})
        blank = finished and bool(LOOKED_AT[name] & put - {*answers})
        raised = bool(alarm(found, answers, skipped, finished).flags)
        assert raised == (positive or blank), (answers, skipped)
        seen.add(raised)
    assert seen == {True, False}


@pytest.mark.parametrize("name", list(INSTRUMENTS))
def test_nothing_is_finished_but_what_is_whole_or_left_out_where_that_is_allowed(name: str) -> None:
    found, chance = INSTRUMENTS[name], random.Random(11)
    for _ in range(60):
        answers, skipped = drawn(found, chance)
        missing, open_ = score(found, answers).missing, unmet(found, answers, skipped)
        assert set(open_) <= set(missing)
        assert {key for key in missing if key not in skipped} <= set(open_), "what nobody spoke of stays open"
        assert not unmet(found, answers, ()) or not score(found, answers).complete
        if not skipped:
            assert open_ == missing
