"""Every limit of the shipped protocol, weighed one step below it, at it and one step beyond it, fresh and a moment after it went stale."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import uuid5

import pytest

from kairn.library.facts import FACTS
from kairn.pathway.course import course_of, visits_of
from kairn.pathway.ground import Ground
from kairn.pathway.weigh import weigh
from kairn.protocol.conditions import AtLeast, AtMost, Between
from kairn.record.event import Event, StreamKind
from kairn.record.history import History
from kairn.record.payloads import Observed, Reading
from kairn.terms.answer import Answer
from kairn.terms.numbers import plain_text
from kairn.terms.quantity import Quantity
from tests.laws.people import AUTHORS, CONDITIONS, DEMO_CLINIC, NOW, PATIENT, PROTOCOL

Comparison = AtMost | AtLeast | Between
COMPARED: list[Comparison] = sorted({part for part in CONDITIONS if isinstance(part, Comparison)}, key=repr)


def answer(condition: Comparison, value: Decimal, now: datetime = NOW) -> Answer:
    """What the condition answers when this is the one reading, taken at NOW."""
    fact = FACTS[condition.fact]
    observed = Observed((Reading(fact.name, plain_text(value), fact.unit),))
    history = History((Event(uuid5(PATIENT, "reading"), DEMO_CLINIC, PATIENT, StreamKind.PATIENT, 1, NOW, NOW, AUTHORS[0], AUTHORS[0], observed),))
    ground = Ground(PROTOCOL, history, now, course_of(history), visits_of(history))
    return weigh(dataclasses.replace(condition, this_visit=False), ground, None).answer


def limit_of(condition: Comparison, limit: Quantity) -> Decimal:
    """The limit in the fact's own unit."""
    exact = limit.to(FACTS[condition.fact].unit)
    return Decimal(exact.numerator) / Decimal(exact.denominator)


def beside(condition: Comparison) -> tuple[list[Decimal], list[Decimal]]:
    """Values that must answer yes, and values that must answer no."""
    step = FACTS[condition.fact].step
    match condition:
        case AtMost(_, limit):
            top = limit_of(condition, limit)
            return [top, top - step], [top + step]
        case AtLeast(_, limit):
            bottom = limit_of(condition, limit)
            return [bottom, bottom + step], [bottom - step]
        case Between(_, low, high):
            bottom, top = limit_of(condition, low), limit_of(condition, high)
            return [bottom, top], [bottom - step, top + step]


def plausible(condition: Comparison, values: list[Decimal]) -> list[Decimal]:
    """Those a rule may rest on."""
    low, high = FACTS[condition.fact].plausible
    return [value for value in values if low <= value <= high]


@pytest.mark.parametrize("condition", COMPARED, ids=repr)
def test_the_limit_itself_is_within(condition: Comparison) -> None:
    within, beyond = beside(condition)
    assert {answer(condition, value) for value in plausible(condition, within)} == {Answer.YES}
    assert {answer(condition, value) for value in plausible(condition, beyond)} <= {Answer.NO}


@pytest.mark.parametrize("condition", [one for one in COMPARED if one.within], ids=repr)
def test_a_reading_is_good_until_its_time_is_up_and_no_longer(condition: Comparison) -> None:
    value = plausible(condition, beside(condition)[0])[0]
    assert condition.within
    up = NOW + condition.within.delta
    assert answer(condition, value, up - timedelta(microseconds=1)) is Answer.YES
    assert answer(condition, value, up) is Answer.UNKNOWN


@pytest.mark.parametrize("condition", COMPARED, ids=repr)
def test_an_implausible_value_is_unknown_and_never_an_answer(condition: Comparison) -> None:
    low, high = FACTS[condition.fact].plausible
    step = FACTS[condition.fact].step
    assert {answer(condition, value) for value in (low - step, high + step)} == {Answer.UNKNOWN}
