"""The strength drawn and the pump read, on the pages of a visit: before the start, at the chair, and minute by minute."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from uuid import UUID, uuid4

from tests.clinic.acts_walk import CALM, Walk
from tests.screens.chairside import Chairside
from tests.screens.desk_walk import INPUT, SEE_OTHER
from tests.screens.test_predicted_lane import switch

from kairn.clinic.acts import drug_account, endings, orders, pump, stock
from kairn.clinic.acts.outcome import Done
from kairn.clinic.acts.stock_entry import Typed, lot_stream
from kairn.clinic.screens.downtime.write import write_sheets
from kairn.record.payloads import PumpStarted
from kairn.record.payloads_stock import StockWasted

WRONG = "Lot KY-2 (2 mg/mL) was drawn for this visit"


def shelved(walk: Walk, product: str = "ketamine-2", number: str = "KY-2") -> UUID:
    """A lot on the shelf."""
    given = {"product": product, "lot": number, "expires": date(2040, 1, 1), "volume": "500"}
    assert isinstance(stock.receive(walk.context("nurse"), event_id=uuid4(), **given), Done)
    return lot_stream(walk.clinic, product, number)


def draw(walk: Walk, lot: UUID, volume: str = "50") -> None:
    """Some of it drawn for the visit."""
    walk.do(drug_account.draw, "nurse", lot=lot, typed=Typed(volume))


def test_pre_flight_shows_another_strength_and_lets_the_order_be_signed_for_it(seat: Chairside) -> None:
    walk = seat.walk.to_ordered()
    draw(walk, shelved(walk))
    page = seat.get("preflight")
    assert WRONG in page and "Yes, it may start" not in page and "41 mg" in page
    answer = seat.post("infusion_start")
    assert answer.status_code == INPUT and WRONG in answer.content.decode() and not seat.count(PumpStarted)
    assert "Sign the order" in seat.get("preflight", "prescriber")
    assert seat.post("visit_order", role="prescriber", product="ketamine-2").status_code == SEE_OTHER
    page = seat.get("preflight")
    assert WRONG not in page and "before this order was signed" in page


def test_a_pump_read_for_another_order_is_asked_about_again(seat: Chairside) -> None:
    walk = seat.walk.to_ordered()
    assert "Yes, it may start" in seat.get("preflight")
    walk.do(orders.sign_order, product="ketamine-2")
    page = seat.get("preflight")
    left, _, folded = page.partition("see or correct")
    assert "Yes, it may start" not in page and "before this order was signed" in page and "every rule says yes; the order" in page
    assert 'name="pump_checked"' in left and 'name="pump_checked"' not in folded
    assert seat.post("infusion_start").status_code == INPUT
    assert seat.post("preflight", **seat.pump_read()).status_code == SEE_OTHER
    assert "Yes, it may start" in seat.get("preflight")
    assert seat.post("infusion_start").status_code == SEE_OTHER


def test_the_chair_says_so_where_a_start_is_on_record_all_the_same(seat: Chairside) -> None:
    walk = seat.walk.to_infusion()
    for view in ("chair", "session_note", "handover"):
        assert "the strength ordered" not in seat.get(view) and "mg shown are those" not in seat.get(view), view
    draw(walk, shelved(walk))
    for view in ("chair", "chair_fragment", "visit_stock"):
        page = seat.get(view)
        assert "not the strength ordered" in page and WRONG in page and "mg shown are those of the order" in page, view
    walk.do(pump.stop_pump, "nurse")
    for view in ("chair", "session_note", "handover"):
        assert "what ran of it was another dose than ordered" in seat.get(view), view
    told = seat.browser("nurse").get(seat.url("session_note_json")).json()
    assert told["drawn_of_another_strength"] == [{"lot": "KY-2", "concentration": "2 mg/mL", "ordered": "1 mg/mL"}]


def test_a_paused_pump_is_not_said_to_wait_for_nothing_while_the_strength_does_not_fit(seat: Chairside) -> None:
    walk = seat.walk.to_infusion()
    walk.later(minutes=5)
    walk.record(visit=walk.visit, **CALM, distress="calm", pressure_symptoms="no", apnoea="no", nausea="none")
    walk.do(pump.pause_pump, "nurse")
    assert ways(seat) == (True, [])
    lot = shelved(walk)
    draw(walk, lot)
    open_, waits = ways(seat)
    assert not open_ and len(waits) == 1 and waits[0].startswith(WRONG)
    walk.do(drug_account.give_back, "nurse", lot=lot, typed=Typed("50"), reason="Never opened")
    assert ways(seat) == (True, [])


def ways(seat: Chairside) -> tuple[bool, list[str]]:
    """Whether the chair offers to resume the pump, and what it says that waits for."""
    part = seat.get("chair").partition('aria-label="Resume"')[2].partition("</section>")[0]
    return "<form" in part, re.findall(r"<li>(.*?)</li>", part)


def test_whoever_takes_over_and_the_sheet_on_paper_are_told_and_no_level_is_predicted(seat: Chairside, tmp_path: Path) -> None:
    walk = seat.walk.to_infusion()
    assert isinstance(switch(seat, "clinic-lead", "prescriber"), Done)
    walk.later(minutes=10)
    assert "Not predicted" not in seat.get("chair")
    draw(walk, shelved(walk))
    write_sheets(tmp_path, walk.now)
    for said in (seat.get("handing_over"), (tmp_path / f"{walk.visit}.html").read_text(encoding="utf-8")):
        assert WRONG in said
    assert "Not predicted: something of another strength than ordered was drawn" in seat.get("chair")


def test_of_what_nobody_started_nothing_is_said_to_have_run(seat: Chairside) -> None:
    walk = seat.walk.to_ordered()
    draw(walk, shelved(walk))
    walk.do(endings.end_visit, "nurse", ending="left-unseen")
    for view in ("visit_stock", "session_note", "handover"):
        page = seat.get(view)
        assert "the pump was not started, so nothing of it ran" in page and "what ran of it was another dose" not in page, view


def test_waste_says_of_which_lot_where_several_were_drawn_from(seat: Chairside) -> None:
    walk = seat.walk.to_infusion()
    two = shelved(walk)
    draw(walk, two)
    assert "Wasted from lot" not in seat.get("visit_stock")
    draw(walk, shelved(walk, "ketamine-1", "KX-1"))
    assert "Wasted from lot" in seat.get("visit_stock")
    assert seat.post("visit_stock_act", "after", wasted="50", wasted_syringe="syringe-50", reason="Wrong strength", lot=str(two)).status_code == SEE_OTHER
    assert "not the strength ordered" not in seat.get("chair")
    assert wasted_of(walk) == [two]


def wasted_of(walk: Walk) -> list[UUID | None]:
    """The lots of what was wasted for the visit."""
    from kairn.clinic.acts.stock_entry import account_stream
    from kairn.clinic.ledger.read import history

    return [said.lot for _, said in history(account_stream(walk.visit)).all(StockWasted)]


def test_a_stop_without_a_start_asks_what_ran(seat: Chairside) -> None:
    seat.walk.to_ordered().do(pump.stop_pump, "nurse")
    page = seat.get("visit_stock")
    assert "Explain what ran" in page and "without a start" in page
    assert seat.post("visit_stock_act", "explain", difference="0 mL", reason="41 mL by the pump").status_code == SEE_OTHER
    assert "by two people" in seat.get("visit_stock")
