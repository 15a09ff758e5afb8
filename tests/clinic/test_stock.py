"""The drug ledger by its acts: two people, bounds that the database keeps, eight who draw at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from acts_walk import Walk
from stock_store import EXPIRES, WRITERS, Store
from test_ledger_append import together

from kairn.clinic.acts import drug_account, stock, stock_days, stock_reads
from kairn.clinic.acts.drug_account import After
from kairn.clinic.acts.outcome import Done, Refused
from kairn.clinic.acts.projection import projector, projector_at
from kairn.clinic.acts.stock_entry import Typed, lot_stream
from kairn.clinic.ledger import read
from kairn.clinic.ledger.append import append
from kairn.clinic.ledger.rebuild import differences, rebuild
from kairn.record.event import Draft, StreamKind
from kairn.record.payloads_stock import EntryWitnessed, StockReturned
from kairn.record.stock import lot_of, waiting


@pytest.fixture
def store(clinic_id: UUID) -> Store:
    return Store(Walk(clinic_id).within_a_day(hours=8).to_infusion())


@pytest.fixture
def all_have_looked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight who write at once have all looked at what is out before the first of them writes."""
    look, looked, gate = drug_account._more_than_out, threading.local(), threading.Barrier(WRITERS)

    def looking(*about: Any) -> Refused | None:
        found = look(*about)
        if not hasattr(looked, "once"):
            looked.once = True
            gate.wait(timeout=60)
        return found

    monkeypatch.setattr(drug_account, "_more_than_out", looking)


def test_what_came_and_went_is_the_balance(store: Store) -> None:
    store.receive()
    store.draw("50")
    assert store.left == "450 mL"
    assert [str(row.amount) for row in stock_reads.found.lots(store.walk.clinic)] == ["450"]
    assert list(differences(store.walk.clinic, projector_at(store.walk.clinic))) == []


def test_a_balance_that_drifted_is_found_and_rebuilt(store: Store, owner_connection: psycopg.Connection[Any]) -> None:
    store.receive()
    owner_connection.execute("UPDATE ledger_balance SET received = 600 WHERE stream = %s", (store.lot,))
    assert [each.what.partition(":")[0] for each in differences(store.walk.clinic, projector_at(store.walk.clinic))] == ["balance"]
    rebuild(store.walk.clinic, projector(store.walk.clinic, store.walk.now))
    assert list(differences(store.walk.clinic, projector_at(store.walk.clinic))) == []


def test_more_than_there_is_is_refused_and_nothing_is_stored(store: Store) -> None:
    store.receive("50")
    seq = read.head(store.lot)
    refused = store.refused(drug_account.draw, at_visit=True, visit=store.walk.visit, lot=store.lot, typed=Typed("51", "syringe-50"))
    assert refused.kind == "conflict" and "more than there is" in refused.reasons[0].text
    assert read.head(store.lot) == seq


def test_more_than_there_was_at_that_time_is_refused(store: Store) -> None:
    store.receive("50")
    before = store.walk.now - timedelta(minutes=5)
    refused = store.refused(drug_account.draw, at_visit=True, visit=store.walk.visit, lot=store.lot, typed=Typed("5", "syringe-50"), occurred_at=before)
    assert "at that time" in refused.reasons[0].text


def test_no_more_goes_back_to_a_lot_than_was_drawn_from_it(store: Store) -> None:
    store.receive("50")
    other = lot_stream(store.walk.clinic, "ketamine-1", "KX-2")
    store.receive("50", lot="KX-2")
    store.draw("30")
    store.at_visit(drug_account.draw, lot=other, typed=Typed("1"))
    given = {"at_visit": True, "visit": store.walk.visit, "lot": other, "reason": "Unopened"}
    told = store.refused(drug_account.give_back, typed=Typed("6"), **given).reasons[0]
    assert "only 1 mL of that lot is out" in told.text and told.field == "volume"
    once = uuid4()
    store.do(drug_account.give_back, typed=Typed("1"), event_id=once, **given)
    assert store.do(drug_account.give_back, typed=Typed("1"), event_id=once, **given).repeated
    assert store.refused(drug_account.give_back, typed=Typed("1"), **given).kind == "input"
    store.do(drug_account.give_back, typed=Typed("30"), **given | {"lot": store.lot})
    assert store.left == "50 mL"


def test_no_more_of_a_lot_is_wasted_than_was_drawn_from_it(store: Store) -> None:
    store.receive("50")
    other = lot_stream(store.walk.clinic, "ketamine-1", "KX-2")
    store.receive("50", lot="KX-2")
    store.draw("30")
    given = {"at_visit": True, "visit": store.walk.visit}
    wasted = After(wasted=Typed("6", field="wasted"), reason="Poured away", lot=other)
    assert store.refused(drug_account.measure, after=wasted, **given).kind == "policy"
    store.at_visit(drug_account.draw, lot=other, typed=Typed("1"))
    told = store.refused(drug_account.measure, after=wasted, **given).reasons[0]
    assert "only 1 mL of that lot is out" in told.text and told.field == "wasted"
    store.at_visit(drug_account.measure, after=replace(wasted, lot=None))
    store.at_visit(drug_account.measure, after=replace(wasted, lot=store.lot))


def test_eight_who_return_at_once_return_no_more_than_was_drawn(store: Store, all_have_looked: None) -> None:
    store.receive("50")
    store.draw("10")
    store.do(stock.waste_from_shelf, lot=store.lot, typed=Typed("30"), reason="Broken")
    given = {"visit": store.walk.visit, "lot": store.lot, "typed": Typed("3"), "reason": "Unopened"}
    who = store.walk.context("nurse")
    answers = together(*[lambda: drug_account.give_back(who, store.walk.patient, event_id=uuid4(), **given)] * WRITERS)
    assert sum(isinstance(one, Done) for one in answers) == 3
    assert store.left == "19 mL"


def _takes(store: Store, what: str) -> Any:
    """Somebody who returns or wastes 6 mL of the lot at this visit, as a call."""
    how = {"visit": store.walk.visit, "event_id": uuid4()}
    if what == "returns":
        return lambda: drug_account.give_back(store.walk.context("nurse"), store.walk.patient, lot=store.lot, typed=Typed("6"), reason="Unopened", **how)
    after = After(wasted=Typed("6", field="wasted"), reason="Poured away", lot=store.lot)
    return lambda: drug_account.measure(store.walk.context("nurse"), store.walk.patient, after=after, **how)


@pytest.mark.parametrize("other", ["returns", "wastes"])
@pytest.mark.parametrize("one", ["returns", "wastes"])
def test_what_another_takes_between_a_look_and_its_entry_is_looked_at(store: Store, monkeypatch: pytest.MonkeyPatch, one: str, other: str) -> None:
    store.receive("50")
    store.draw("10")
    look, meanwhile, others = drug_account._more_than_out, iter([_takes(store, other)]), []

    def looking(*about: Any) -> Refused | None:
        found = look(*about)
        others.extend(act() for act in meanwhile)
        return found

    monkeypatch.setattr(drug_account, "_more_than_out", looking)
    told = _takes(store, one)()
    assert isinstance(others[0], Done), others
    assert isinstance(told, Refused) and "only 4 mL of that lot is out" in told.reasons[0].text, told


def test_nothing_goes_back_to_a_lot_it_did_not_come_from(store: Store) -> None:
    store.receive()
    refused = store.refused(drug_account.give_back, at_visit=True, visit=store.walk.visit, lot=store.lot, typed=Typed("5"), reason="Unopened")
    assert refused.kind == "policy"


@pytest.mark.parametrize(
    ("volume", "syringe", "field"),
    [
        ("4.5", "syringe-50", "volume"), ("0", "whole", "volume"), ("-1", "whole", "volume"), ("1e3", "whole", "volume"), ("NaN", "whole", "volume"),
        ("٥", "whole", "volume"),
        ("1_0", "whole", "volume"), ("", "whole", "volume"), ("5", "syringe-7", "syringe"), ("99999", "whole", "volume"),
    ],
)  # fmt: skip
def test_what_no_scale_shows_is_not_a_volume(store: Store, volume: str, syringe: str, field: str) -> None:
    store.receive()
    refused = store.refused(drug_account.draw, at_visit=True, visit=store.walk.visit, lot=store.lot, typed=Typed(volume, syringe))
    assert (refused.kind, refused.reasons[0].field) == ("input", field)
    assert store.left == "500 mL"


def test_a_concentration_is_the_products_and_a_lot_keeps_its_own(store: Store) -> None:
    store.receive()
    assert read.history(store.lot).events[0].payload.concentration == "1 mg/mL"  # type: ignore[attr-defined]
    other = {"product": "ketamine-1", "lot": "KX-1", "volume": "5"}
    assert store.refused(stock.receive, expires=EXPIRES + timedelta(days=1), **other).reasons[0].field == "lot"
    assert store.refused(stock.receive, expires=None, **other).reasons[0].field == "expires"
    assert store.refused(stock.receive, expires=EXPIRES, **other | {"product": "aspirin"}).reasons[0].field == "product"


def test_the_same_form_twice_is_one_entry(store: Store) -> None:
    once = uuid4()
    store.receive(event_id=once)
    assert store.receive(event_id=once).repeated
    assert store.left == "500 mL"
    assert store.refused(stock.receive, event_id=once, product="ketamine-1", lot="KX-1", expires=EXPIRES, volume="400").kind == "conflict"


# --- two people --------------------------------------------------------------------------------------------------------


def test_one_person_is_not_two(store: Store) -> None:
    entry = store.receive().events[0]
    assert store.refused(stock.witness, entries=[entry]).kind == "permission"
    store.do(stock.witness, "second", entries=[entry])
    assert waiting(read.history(store.lot)) == ()
    assert store.refused(stock.witness, "prescriber", entries=[entry]).kind == "policy"


def test_the_database_itself_takes_no_first_person_for_the_second(store: Store) -> None:
    """A program that forgot to ask is stopped by the table."""
    entry, nurse = store.receive().events[0], store.walk.context("nurse")
    own = Draft(uuid4(), store.lot, store.walk.now, nurse.author, EntryWitnessed(entry), stream_kind=StreamKind.STOCK)
    answer = append(store.walk.clinic, [own])
    assert getattr(answer, "what", "") == "second", answer
    sent = Draft(uuid4(), store.lot, store.walk.now, store.second_context().author, EntryWitnessed(entry), nurse.author, StreamKind.STOCK)
    assert getattr(append(store.walk.clinic, [sent]), "what", "") == "second"


def test_a_second_name_stands_by_all_or_none(store: Store) -> None:
    """One entry of one's own among them, and nothing is recorded."""
    mine, theirs = store.receive().events[0], store.do(stock.count, "second", lot=store.lot, volume="500").events[0]
    assert store.refused(stock.witness, "second", entries=[mine, theirs]).kind == "permission"
    assert len(waiting(read.history(store.lot))) == 2


def test_a_correction_is_an_addendum_of_two_people(store: Store) -> None:
    entry = store.receive("5000").events[0]
    store.do(stock.witness, "second", entries=[entry])
    strike = store.do(stock.strike, entry=entry, reason="One nought too many").events[0]
    store.receive("500")
    assert store.left == "500 mL"
    assert strike in {event.id for event in waiting(read.history(store.lot))}
    assert store.refused(stock.strike, "second", entry=entry, reason="Again").kind == "policy"
    assert [event.kind for event in read.history(store.lot).events] == ["stock.received", "stock.witnessed", "entered-in-error", "stock.received"]


def test_a_receipt_that_was_drawn_from_is_not_struck_out(store: Store) -> None:
    entry = store.receive("50").events[0]
    store.draw("20")
    assert store.refused(stock.strike, entry=entry, reason="Wrong").kind == "conflict"


def test_a_second_name_is_not_struck_out(store: Store) -> None:
    entry = store.receive().events[0]
    name = store.do(stock.witness, "second", entries=[entry]).events[0]
    assert store.refused(stock.strike, "second", entry=name, reason="No").kind == "policy"


def test_entries_of_another_clinic_are_not_here(store: Store, database: Any) -> None:
    from kairn.clinic.people.accounts import new_clinic

    other = Store(Walk(new_clinic("Elsewhere").id))
    entry = other.do(stock.receive, product="ketamine-1", lot="KX-1", expires=EXPIRES, volume="5").events[0]
    assert store.refused(stock.witness, "second", entries=[entry]).kind == "input"
    assert store.refused(stock.strike, entry=entry, reason="x").kind == "input"
    assert store.refused(stock.count, lot=other.lot, volume="5").kind == "input"


@pytest.mark.parametrize("role", ["therapist", "coordinator"])
def test_who_is_neither_prescriber_nurse_nor_lead_does_nothing_here(store: Store, role: str) -> None:
    store.receive()
    assert store.refused(stock.receive, role, product="ketamine-1", lot="KX-1", expires=EXPIRES, volume="5").kind == "permission"
    assert store.refused(drug_account.draw, role, at_visit=True, visit=store.walk.visit, lot=store.lot, typed=Typed("5")).kind == "permission"
    assert isinstance(stock_reads.shelf(store.walk.context(role)), Refused)
    assert isinstance(stock_days.day_of(store.walk.context(role), store.today), Refused)


# --- at once -----------------------------------------------------------------------------------------------------------


def test_of_many_who_draw_at_once_nobody_overdraws(store: Store) -> None:
    """Eight people draw 7 mL each, round after round, of what is enough for five; forms go back and forth until the lot is empty."""
    for _ in range(6):
        _race(store, uuid4().hex[:8])


def _race(store: Store, number: str) -> None:
    store.receive("35", lot=number)
    lot = lot_stream(store.walk.clinic, "ketamine-1", number)
    store.walk.later(seconds=1)
    contexts = [store.walk.context("nurse"), store.second_context()] * (WRITERS // 2)

    def draw(context: Any) -> Callable[[], Any]:
        return lambda: drug_account.draw(context, store.walk.patient, event_id=uuid4(), visit=store.walk.visit, lot=lot, typed=Typed("7"))

    answers = together(*(draw(context) for context in contexts))
    done = sum(isinstance(answer, Done) for answer in answers)
    read.SHELF.clear()
    left = lot_of(read.history(lot)).amount
    stored = next(row.amount for row in stock_reads.found.lots(store.walk.clinic) if row.lot == lot)
    assert done == 5 and left == stored == 0, (done, left, stored, answers)


def test_two_returns_at_once_stay_below_what_came(store: Store) -> None:
    store.receive("35")
    store.draw("7", "whole")
    store.walk.later(seconds=1)
    who = store.walk.context("nurse")
    said = StockReturned(store.walk.visit, "7 mL")
    back = [Draft(uuid4(), store.lot, store.walk.now, who.author, said, stream_kind=StreamKind.STOCK) for _ in range(WRITERS)]
    answers = together(*(lambda one=one: append(store.walk.clinic, [one], project=projector(store.walk.clinic, store.walk.now)) for one in back))
    assert sorted(type(answer).__name__ for answer in answers) == ["Appended"] + ["Clash"] * (WRITERS - 1)
