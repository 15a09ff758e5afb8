"""Random histories of stock, short here and ten thousand times fifty steps in the soak: never negative, always explained."""

from __future__ import annotations

import os

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.laws.stock_machine import StockMachine

HISTORIES = int(os.environ.get("KAIRN_STOCK_HISTORIES", "60"))
STEPS = int(os.environ.get("KAIRN_STOCK_STEPS", "30"))


def test_random_histories_are_never_negative_and_always_explained() -> None:
    run_state_machine_as_test(StockMachine, settings=settings(max_examples=HISTORIES, stateful_step_count=STEPS, deadline=None))
    assert StockMachine.steps > HISTORIES
