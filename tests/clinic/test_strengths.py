"""What was drawn is of the strength ordered, or the pump does not start; what happened is recorded all the same."""

from __future__ import annotations

from uuid import UUID

import pytest
from acts_walk import CALM, Walk
from stock_store import Store

from kairn.clinic.acts import drug_account, orders, pump
from kairn.clinic.acts.drug_account import After
from kairn.clinic.acts.stock_entry import Typed, lot_stream


class Cupboard(Store):
    """A walk with both strengths on the shelf; `two` is the lot of 2 mg/mL."""

    def __init__(self, walk: Walk) -> None:
        super().__init__(walk)
        self.receive()
        self.receive(product="ketamine-2", lot="KY-2")
        self.two = lot_stream(walk.clinic, "ketamine-2", "KY-2")

    def draw_two(self, volume: str = "50") -> None:
        """Some of the lot of 2 mg/mL."""
        self.at_visit(drug_account.draw, lot=self.two, typed=Typed(volume))

    def start(self) -> None:
        """The start, which must be open."""
        self.walk.do(pump.start_infusion, "nurse")

    def why_not(self) -> str:
        """Why the start is not open."""
        return self.walk.refused(pump.start_infusion, "nurse").reasons[0].text


@pytest.fixture
def ready(clinic_id: UUID) -> Cupboard:
    """Everything is there for a start by an order for 1 mg/mL."""
    return Cupboard(Walk(clinic_id).within_a_day(hours=8).to_ordered())


def test_a_start_with_another_strength_than_ordered_is_stopped_and_says_what_to_do(ready: Cupboard) -> None:
    ready.draw_two()
    told = ready.why_not()
    assert "Lot KY-2 (2 mg/mL) was drawn" in told and "the order is for 1 mg/mL" in told
    assert "sign an order for 2 mg/mL, or draw 1 mg/mL" in told


def test_an_order_for_the_drawn_strength_opens_it(ready: Cupboard) -> None:
    ready.draw_two()
    ready.walk.do(orders.sign_order, product="ketamine-2")
    ready.walk.read_pump()
    ready.start()


def test_the_ordered_strength_beside_the_other_opens_it_only_when_the_other_is_back_or_wasted(ready: Cupboard) -> None:
    ready.draw_two("41")
    ready.draw("50")
    assert "KY-2" in ready.why_not()
    ready.at_visit(drug_account.give_back, lot=ready.two, typed=Typed("20"), reason="Unopened")
    assert "KY-2" in ready.why_not()
    ready.at_visit(drug_account.measure, after=After(wasted=Typed("21"), reason="Wrong strength"))
    assert "KY-2" in ready.why_not(), "it may have been of either lot"
    ready.at_visit(drug_account.measure, after=After(wasted=Typed("21"), reason="Wrong strength", lot=ready.two))
    ready.start()


def test_waste_before_the_right_one_was_drawn_can_only_be_of_the_wrong_one(ready: Cupboard) -> None:
    ready.draw_two("41")
    ready.at_visit(drug_account.measure, after=After(wasted=Typed("41"), reason="Wrong strength"))
    ready.draw("50")
    ready.start()


def test_a_draw_struck_out_was_none(ready: Cupboard) -> None:
    from kairn.clinic.acts import stock

    drawn = ready.at_visit(drug_account.draw, lot=ready.two, typed=Typed("50"))
    ready.do(stock.strike, entry=drawn.events[0], reason="Another lot")
    ready.start()


def test_what_was_drawn_stops_a_resume_and_no_record_of_what_happened(ready: Cupboard) -> None:
    ready.draw("50")
    ready.start()
    ready.walk.later(minutes=5)
    ready.draw_two()
    ready.walk.do(pump.pause_pump, "nurse")
    ready.walk.record(visit=ready.walk.visit, **(CALM | {"distress": "calm", "pressure_symptoms": "no", "apnoea": "no", "nausea": "none"}))
    told = ready.walk.refused(pump.resume_pump, "nurse").reasons[0].text
    assert "2 mg/mL" in told and "call the prescriber" in told and "mg shown are those of the order" in told
    ready.at_visit(drug_account.give_back, lot=ready.two, typed=Typed("50"), reason="Never opened")
    ready.walk.do(pump.resume_pump, "nurse")
    ready.draw_two()
    ready.walk.do(pump.stop_pump, "nurse")
    assert "what ran of it was another dose" in ready.account.other_strength[0].told(ready.account.visit)
