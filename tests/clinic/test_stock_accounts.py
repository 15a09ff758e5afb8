"""A visit's account closes or is explained by two, a day closes only then, and what is read of it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from acts_walk import Walk
from stock_store import Store

from kairn.clinic.acts import drug_account, pump, stock, stock_days, stock_reads, visits
from kairn.clinic.acts.drug_account import After
from kairn.clinic.acts.outcome import Done, Refused
from kairn.clinic.acts.stock_entry import Typed, lot_stream
from kairn.record.stock import volume_text


@pytest.fixture
def store(clinic_id: UUID) -> Store:
    return Store(Walk(clinic_id).within_a_day(hours=8).to_infusion())


# --- accounts ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def idle(clinic_id: UUID) -> Store:
    """A clinic in which nothing runs."""
    return Store(Walk(clinic_id).within_a_day(hours=8))


def infused(store: Store) -> Store:
    """50 mL drawn, forty minutes run, the pump stopped."""
    store.receive()
    store.draw("50")
    store.walk.later(minutes=40)
    store.walk.do(pump.stop_pump, "nurse", volume_shown="41")
    return store


def test_an_account_closes_to_the_syringes_graduation(store: Store) -> None:
    infused(store)
    account = store.account
    assert account.over and account.unexplained
    seconds = (account.visit.infusion_ended - account.visit.infusion_started).total_seconds()  # type: ignore[operator]
    assert float(account.account.infused) == pytest.approx(61.5 / 3600 * seconds, abs=1e-9)
    store.at_visit(drug_account.measure, after=After(Typed("4", "syringe-50"), Typed("5", "syringe-50"), "Poured away"))
    assert store.account.account.closes and not store.account.settled
    store.witness_all()
    assert store.account.settled


def test_while_the_pump_runs_nothing_is_explained(store: Store) -> None:
    store.receive()
    store.draw("50")
    assert not store.account.over
    refused = store.refused(drug_account.explain, at_visit=True, visit=store.walk.visit, difference="50 mL", reason="x")
    assert refused.kind == "policy"


def test_a_difference_is_explained_by_two_people_for_exactly_what_it_is(store: Store) -> None:
    infused(store)
    difference = volume_text(store.account.account.difference)
    given = {"at_visit": True, "visit": store.walk.visit}
    assert store.refused(drug_account.explain, difference="1 mL", reason="The bag leaked", **given).kind == "stale"
    assert store.refused(drug_account.explain, difference=difference, reason=" ", **given).reasons[0].field == "reason"
    store.do(drug_account.explain, difference=difference, reason="The bag leaked", **given)
    assert store.account.unexplained
    store.witness_all()
    assert store.account.settled
    store.at_visit(drug_account.measure, after=After(left=Typed("3", "syringe-50")))
    assert store.account.unexplained, "an explanation holds for its own difference only"


def test_a_cancelled_visit_has_an_account_to_close(clinic_id: UUID) -> None:
    store = Store(Walk(clinic_id).within_a_day(hours=8).to_treatment())
    store.walk.do(visits.book_visit, "coordinator", purpose="infusion", starts_at=store.walk.now, minutes=180, chair="Chair 1")
    store.receive()
    store.draw("50", "whole")
    store.walk.do(visits.cancel_visit, "coordinator")
    assert store.account.unexplained
    store.at_visit(drug_account.give_back, lot=store.lot, typed=Typed("50"), reason="Unopened")
    store.witness_all()
    assert store.account.settled and store.left == "500 mL"


def test_a_lot_of_another_strength_is_recorded_and_said(store: Store) -> None:
    store.receive(product="ketamine-2", lot="KY-2")
    store.at_visit(drug_account.draw, lot=lot_stream(store.walk.clinic, "ketamine-2", "KY-2"), typed=Typed("50"))
    assert [one.named for one in store.account.other_strength] == ["KY-2 (2 mg/mL)"]


def test_somebody_elses_visit_is_refused(store: Store) -> None:
    store.receive()
    assert store.refused(drug_account.draw, at_visit=True, visit=uuid4(), lot=store.lot, typed=Typed("5")).kind == "permission"


# --- days --------------------------------------------------------------------------------------------------------------


def test_a_day_closes_only_when_all_of_it_is_explained_by_two(store: Store) -> None:
    infused(store)
    stops = [reason.text for reason in store.close().reasons]
    assert any("not accounted for" in text for text in stops) and any("second person" in text for text in stops)
    store.do(drug_account.explain, at_visit=True, visit=store.walk.visit, difference=volume_text(store.account.account.difference), reason="The line was lost")
    assert any("by two people" in reason.text for reason in store.close().reasons)
    store.witness_all()
    assert isinstance(store.close(), Done)
    day = stock_days.day_of(store.walk.context("nurse"), store.today)
    assert isinstance(day, stock_days.Day) and day.is_closed


def test_a_day_with_a_running_pump_does_not_close(store: Store) -> None:
    store.receive()
    store.draw("50")
    store.witness_all()
    assert "pump is not recorded as stopped" in store.close().reasons[0].text


def test_a_day_with_a_count_nobody_explained_does_not_close(idle: Store) -> None:
    idle.receive()
    counted = idle.do(stock.count, lot=idle.lot, volume="498").events[0]
    idle.witness_all()
    assert "count differs by -2 mL" in idle.close().reasons[0].text
    given = {"lot": idle.lot, "counted": counted, "reason": "A container broke"}
    assert idle.refused(stock.explain_count, difference="-3 mL", **given).kind == "stale"
    idle.do(stock.explain_count, difference="-2 mL", **given)
    assert isinstance(idle.close(), Refused)
    idle.witness_all()
    assert isinstance(idle.close(), Done)


def test_what_comes_after_opens_the_day_again(idle: Store) -> None:
    idle.receive()
    idle.witness_all()
    assert isinstance(idle.close(), Done)
    assert isinstance(idle.close(), Refused), "closed already"
    idle.receive("5", occurred_at=idle.walk.now)
    day = stock_days.day_of(idle.walk.context("nurse"), idle.today)
    assert isinstance(day, stock_days.Day) and day.changed and not day.is_closed
    idle.witness_all()
    assert isinstance(idle.close(), Done)


def test_a_day_to_come_and_an_old_page_are_refused(idle: Store) -> None:
    idle.receive()
    idle.witness_all()
    assert idle.close(day=idle.today + timedelta(days=1)).reasons[0].field == "day"
    assert idle.close(day=None).reasons[0].field == "day"
    once = uuid4()
    assert isinstance(idle.close(event_id=once), Done)
    repeated = idle.close(event_id=once, expected_seq=0)
    assert isinstance(repeated, Done) and repeated.repeated
    assert idle.close(expected_seq=0, day=idle.today - timedelta(days=1)).kind == "stale"


def test_an_infusion_nobody_drew_for_keeps_its_day_open(store: Store) -> None:
    store.walk.later(minutes=40)
    store.walk.do(pump.stop_pump, "nurse")
    assert "more are accounted for than were drawn" in store.close().reasons[0].text


def stopped_without_a_start(clinic: UUID) -> Store:
    """The start was forgotten and nothing drawn is recorded; only the stop is."""
    store = Store(Walk(clinic).within_a_day(hours=8).to_ordered())
    store.walk.do(pump.stop_pump, "nurse")
    return store


def test_a_stop_without_a_start_keeps_its_day_open_until_two_people_explain_it(clinic_id: UUID) -> None:
    store = stopped_without_a_start(clinic_id)
    assert store.account.unexplained and "without a start" in store.close().reasons[0].text
    store.do(drug_account.explain, at_visit=True, visit=store.walk.visit, difference="0 mL", reason="41 mL ran by the pump's own log")
    assert any("by two people" in reason.text for reason in store.close().reasons)
    store.witness_all()
    assert store.account.settled and isinstance(store.close(), Done)
    kept = stock_reads.kept_of(store.walk.context("clinic-lead"), stock_reads.Span(store.today, store.today, stock_reads.zone_of(store.walk.context("nurse"))))
    assert not isinstance(kept, Refused)
    assert [one.visit for one in stock_reads.variances(kept)] == [store.walk.visit] and stock_reads.within(kept).accounts == 0


def test_a_stop_without_a_start_that_was_never_one_is_struck_out(clinic_id: UUID) -> None:
    from kairn.clinic.acts import striking

    store = stopped_without_a_start(clinic_id)
    assert isinstance(store.close(), Refused)
    stopped = next(event for event in store.walk.history.live if event.kind == "pump.stopped")
    store.walk.do(striking.strike_out, "nurse", event=stopped.id, reason="Tapped at the wrong chair")
    assert isinstance(store.close(), Done)


def test_a_stop_after_midnight_of_the_booking_is_in_the_day_it_was(clinic_id: UUID) -> None:
    store = Store(Walk(clinic_id).within_a_day(hours=8).to_ordered())
    store.walk.later(hours=26)
    store.walk.do(pump.stop_pump, "nurse")
    assert "without a start" in store.close().reasons[0].text


def test_a_visit_struck_out_of_the_book_keeps_its_day_open(clinic_id: UUID) -> None:
    """Nothing drawn can be made to vanish with the booking it was drawn for."""
    from kairn.clinic.acts import striking

    store = Store(Walk(clinic_id).within_a_day(hours=8).to_treatment())
    booked = store.walk.do(visits.book_visit, "coordinator", purpose="infusion", starts_at=store.walk.now, minutes=180, chair="Chair 1").events[0]
    store.receive()
    store.draw("50")
    store.witness_all()
    store.walk.do(striking.strike_out, "prescriber", event=booked, reason="Wrong person")
    assert "in no book" in store.close().reasons[0].text


# --- reading -----------------------------------------------------------------------------------------------------------


def test_the_register_tells_everything_in_the_order_it_happened(store: Store) -> None:
    infused(store)
    store.witness_all()
    kept = stock_reads.kept_of(store.walk.context("clinic-lead"), stock_reads.Span(store.today, store.today, stock_reads.zone_of(store.walk.context("nurse"))))
    assert not isinstance(kept, Refused)
    rows = stock_reads.register(kept)
    assert [row.event.kind for row in rows] == ["stock.received", "stock.drawn"]
    assert all(row.second and row.second.by.id == str(store.second.id) for row in rows)
    assert [volume_text(row.step.after) for row in rows if row.step] == ["500 mL", "450 mL"]
    assert [(pair.times, pair.of) for pair in stock_reads.pairs(kept)] == [(2, 2)]
    assert [one.visit for one in stock_reads.variances(kept)] == [store.walk.visit]
    assert next(iter(kept.whose.values())).name == "Luis Farah"


def test_an_auditor_reads_the_register_without_names(store: Store) -> None:
    infused(store)
    store.walk.users["auditor"] = store.walk.make("auditor")
    span = stock_reads.Span(store.today, store.today, stock_reads.zone_of(store.walk.context("nurse")))
    kept = stock_reads.kept_of(store.walk.context("auditor"), span)
    assert not isinstance(kept, Refused)
    assert next(iter(kept.whose.values())).name.startswith("visit ")
