"""What ran by the record, whatever was entered late, struck out or recorded twice: one figure, and never none where the pump ran."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from acts_walk import CALM, Walk

from kairn.clinic.acts import endings, orders, pump
from kairn.clinic.acts.drug_account import drug_account
from kairn.clinic.acts.given import Flow, flow
from kairn.clinic.acts.outcome import Done, Refused
from kairn.clinic.acts.pump_rate import set_rate
from kairn.clinic.acts.striking import strike_out
from kairn.clinic.ledger import read
from kairn.record.payloads import OrderSigned, PumpRateSet, PumpStopped, TaskOpened

QUIET = {**CALM, "pressure_symptoms": "no", "apnoea": "no", "distress": "calm", "nausea": "none"}


@pytest.fixture
def walk(clinic_id: UUID) -> Walk:
    """A clinic with one person in it."""
    return Walk(clinic_id)


def flowed(walk: Walk) -> Flow:
    """What has run by the clock of the walk."""
    return flow(walk.history.live, walk.history.latest(OrderSigned)[1], walk.now)


def accounted(walk: Walk) -> float:
    """The same in mL, as the drug account says it."""
    return float(drug_account(walk.clinic, read.history(walk.patient), walk.visit, walk.now).account.infused)


def test_the_order_the_pump_runs_by_is_not_struck_out_and_no_older_one_takes_its_place(walk: Walk) -> None:
    walk.to_ordered("ketamine-1").do(orders.sign_order, product="ketamine-2")
    walk.read_pump()
    walk.do(pump.start_infusion, "nurse")
    walk.later(minutes=5)
    refused = walk.refused(strike_out, "prescriber", event=walk.history.latest(OrderSigned)[0].id, reason="x")
    assert "rest on that one" in refused.reasons[0].text
    assert "the order allows 30.8 mL/h" in walk.refused(set_rate, "nurse", rate="61.5").reasons[0].text


def test_an_order_nothing_ran_by_is_struck_out(walk: Walk) -> None:
    walk.to_ordered()
    walk.do(strike_out, "prescriber", event=walk.history.latest(OrderSigned)[0].id, reason="x")
    assert not walk.history.all(OrderSigned)


def test_a_rate_entered_late_does_not_start_a_stopped_pump_again(walk: Walk) -> None:
    walk.to_infusion().later(minutes=5)
    slow = walk.now
    walk.later(minutes=2)
    walk.do(pump.pause_pump, "nurse")
    walk.record(visit=walk.visit, **QUIET)
    walk.later(minutes=1)
    between = walk.now
    walk.later(seconds=30)
    walk.do(pump.resume_pump, "nurse")
    walk.later(seconds=20)
    walk.do(pump.stop_pump, "nurse", occurred_at=between)
    before = flowed(walk).volume
    walk.do(set_rate, "nurse", rate="30", occurred_at=slow)
    walk.later(minutes=60)
    assert flowed(walk).volume <= before and walk.standing.visits[0].pump == "stopped"


def test_a_stop_corrected_after_the_ending_is_what_the_account_says_too(walk: Walk) -> None:
    walk.to_infusion().later(minutes=20)
    walk.do(endings.end_visit, "nurse", ending="left-unseen")
    walk.later(minutes=5)
    walk.do(pump.stop_pump, "nurse")
    first = min((event for event, _ in walk.history.all(PumpStopped)), key=lambda event: event.seq)
    walk.do(strike_out, "prescriber", event=first.id, reason="the pump ran on")
    walk.later(minutes=60)
    assert 25 < accounted(walk) < 26.5 and accounted(walk) == float(flowed(walk).volume)


def test_a_closed_visit_gives_nothing_more_where_its_stop_was_struck_out(walk: Walk) -> None:
    walk.to_infusion().later(minutes=20)
    walk.do(endings.end_visit, "nurse", ending="left-unseen")
    walk.do(strike_out, "prescriber", event=walk.history.latest(PumpStopped)[0].id, reason="nobody saw it")
    walk.later(minutes=60)
    assert 20 < accounted(walk) < 21


def test_paused_after_a_rate_too_fast_the_rest_is_reckoned_at_the_rate_it_goes_on_with(walk: Walk) -> None:
    walk.to_infusion().later(minutes=5)
    walk.do(set_rate, "nurse", rate="123", ran_so=True)
    walk.later(minutes=5)
    walk.do(pump.pause_pump, "nurse")
    left = flowed(walk).left
    assert timedelta(minutes=24) < left < timedelta(minutes=26)


def test_a_slower_rate_that_waited_is_recorded_also_above_the_order(walk: Walk) -> None:
    walk.to_infusion().later(minutes=5)
    walk.do(set_rate, "nurse", rate="615", ran_so=True)
    walk.later(minutes=5)
    waited = replace(walk.context("nurse"), entered_at=walk.now - timedelta(minutes=2))
    done = set_rate(waited, walk.patient, event_id=uuid4(), visit=walk.visit, rate="100", occurred_at=waited.entered_at)
    assert isinstance(done, Done) and walk.history.latest(PumpRateSet)[1].rate_ml == "100 mL/h"
    later = replace(waited, entered_at=walk.now - timedelta(minutes=1))
    assert isinstance(set_rate(later, walk.patient, event_id=uuid4(), visit=walk.visit, rate="120", occurred_at=later.entered_at), Refused)


def test_a_second_stop_asks_which_of_them_counts(walk: Walk) -> None:
    walk.to_infusion().later(minutes=20)
    walk.do(pump.stop_pump, "nurse")
    assert not walk.history.all(TaskOpened)
    walk.later(minutes=10)
    walk.do(pump.stop_pump, "nurse")
    assert [(task.urgent, task.owner) for _, task in walk.history.all(TaskOpened)] == [(True, "nurse")]
    assert "stopped twice" in walk.history.latest(TaskOpened)[1].what
