"""Stock adds up: a lot and a drug account by hand-made streams, two people, late entries, corrections, and an independent decimal oracle."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kairn.clinic.acts.given import flow
from kairn.record.event import Author, Event, StreamKind
from kairn.record.history import History
from kairn.record.payloads import EnteredInError, OrderSigned, Payload, PumpPaused, PumpStarted, PumpStopped, Signature
from kairn.record.payloads_stock import (
    EntryWitnessed,
    StockCounted,
    StockDrawn,
    StockLeft,
    StockReceived,
    StockReturned,
    StockWasted,
    VarianceExplained,
)  # fmt: skip
from kairn.record.stock import account_of, lot_of, pairs_of, second_of, volume_text, waiting

HOUSE = UUID(int=7)
VISIT = uuid5(HOUSE, "visit")
NIA, ELI, AMARA = (Author(name.lower(), name, "nurse") for name in ("Nia", "Eli", "Amara"))
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SIGNED = Signature("p", "1", "0" * 64, "0", 1)
RECEIVED = StockReceived("ketamine-1", "KX-1", date(2027, 6, 30), "1 mg/mL", "500 mL")


def stream(*entries: tuple[Payload, Author, float]) -> History:
    """Entries by (payload, author, minutes after noon at which it happened), recorded in this order."""
    made = []
    for seq, (payload, by, minutes) in enumerate(entries, 1):
        at = NOON + timedelta(minutes=minutes)
        made.append(Event(id_of(seq), HOUSE, HOUSE, StreamKind.STOCK, seq, at, NOON + timedelta(days=1, minutes=seq), by, by, payload))
    return History(tuple(made))


def id_of(seq: int) -> UUID:
    return uuid5(HOUSE, str(seq))


def test_a_lot_is_what_came_less_what_went() -> None:
    went = (StockDrawn(VISIT, "50 mL"), StockReturned(VISIT, "20 mL"), StockWasted("5 mL", "Broken"))
    lot = lot_of(stream((RECEIVED, NIA, 0), *((payload, NIA, 1) for payload in went)))
    assert (lot.amount, lot.came_in, lot.lowest, lot.expires) == (465, 500, 450, date(2027, 6, 30))
    assert [step.after for step in lot.steps] == [500, 450, 470, 465]


def test_what_is_wasted_of_a_visit_leaves_the_shelf_alone() -> None:
    assert lot_of(stream((RECEIVED, NIA, 0), (StockWasted("5 mL", "Rest", visit=VISIT), NIA, 3))).amount == 500


def test_a_late_draw_takes_its_place_before_the_count() -> None:
    counted = stream((RECEIVED, NIA, 0), (StockCounted("450 mL"), NIA, 10))
    assert [v.difference for v in lot_of(counted).variances] == [-50]
    late = lot_of(stream((RECEIVED, NIA, 0), (StockCounted("450 mL"), NIA, 10), (StockDrawn(VISIT, "50 mL"), NIA, 5)))
    assert (late.variances, late.amount) == ((), 450)


def test_more_taken_than_was_there_yet_shows_as_the_lowest() -> None:
    lot = lot_of(stream((RECEIVED, NIA, 10), (StockDrawn(VISIT, "50 mL"), NIA, 5)))
    assert (lot.amount, lot.lowest) == (450, -50)


def test_a_count_that_finds_more_came_in_too() -> None:
    lot = lot_of(stream((RECEIVED, NIA, 0), (StockCounted("510 mL"), NIA, 1)))
    assert (lot.amount, lot.came_in) == (510, 510)


def test_nobody_is_their_own_second_person() -> None:
    alone = stream((RECEIVED, NIA, 0), (EntryWitnessed(id_of(1)), NIA, 1))
    assert second_of(alone, alone.events[0]) is None and waiting(alone) == alone.events[:1]
    both = stream((RECEIVED, NIA, 0), (EntryWitnessed(id_of(1)), NIA, 1), (EntryWitnessed(id_of(1)), ELI, 2), (EntryWitnessed(id_of(1)), AMARA, 3))
    assert second_of(both, both.events[0]) == both.events[2] and waiting(both) == ()


def test_whoever_sent_an_entry_is_no_second_person_either() -> None:
    entry = stream((RECEIVED, NIA, 0)).events[0]
    sent = Event(entry.id, HOUSE, HOUSE, StreamKind.STOCK, 1, NOON, NOON, NIA, ELI, RECEIVED)
    said = Event(id_of(2), HOUSE, HOUSE, StreamKind.STOCK, 2, NOON, NOON, ELI, ELI, EntryWitnessed(sent.id))
    assert second_of(History((sent, said)), sent) is None


def test_a_correction_waits_for_a_second_person_too() -> None:
    struck = stream((RECEIVED, NIA, 0), (EntryWitnessed(id_of(1)), ELI, 1), (EnteredInError(id_of(1), "Wrong lot"), NIA, 2))
    assert lot_of(struck).amount == 0
    assert waiting(struck) == struck.events[2:]
    back = stream(*((e.payload, e.by, 0) for e in struck.events), (EnteredInError(id_of(3), "It was right"), ELI, 3), (EntryWitnessed(id_of(4)), NIA, 4))
    assert lot_of(back).amount == 500 and waiting(back) == ()


def test_a_count_is_settled_by_two_people_who_said_exactly_its_difference() -> None:
    counted = ((RECEIVED, NIA, 0), (StockCounted("498 mL"), NIA, 1))
    assert not lot_of(stream(*counted)).variances[0].settled
    alone = (*counted, (VarianceExplained("-2 mL", "Vial broken", count=id_of(2)), NIA, 2))
    assert not lot_of(stream(*alone)).variances[0].settled
    assert lot_of(stream(*alone, (EntryWitnessed(id_of(3)), ELI, 3))).variances[0].settled
    other = (*counted, (VarianceExplained("-3 mL", "Vial broken", count=id_of(2)), NIA, 2), (EntryWitnessed(id_of(3)), ELI, 3))
    assert not lot_of(stream(*other)).variances[0].settled


USED = ((RECEIVED, NIA, 0), (StockDrawn(VISIT, "50 mL", "1 mL"), NIA, 1))


@pytest.mark.parametrize(
    ("left", "closes", "difference"),
    [("4 mL", True, "0.75 mL"), ("5 mL", True, "-0.25 mL"), ("3 mL", False, "1.75 mL"), ("7 mL", False, "-2.25 mL")],
)
def test_an_account_closes_within_what_its_scales_can_show(left: str, closes: bool, difference: str) -> None:
    """Three volumes read off scales of 1 mL: together they can hide 1.5 mL, and no more."""
    history = stream(*USED, (StockWasted("4 mL", "Rest", "1 mL", VISIT), NIA, 50), (StockLeft(VISIT, left, "1 mL"), NIA, 50))
    account = account_of(VISIT, [history], Fraction("41.25"))
    assert (account.closes, volume_text(account.difference), account.reading) == (closes, difference, Fraction(3, 2))


def test_whole_containers_hide_nothing() -> None:
    account = account_of(VISIT, [stream((StockDrawn(VISIT, "50 mL"), NIA, 1), (StockReturned(VISIT, "49.99 mL"), NIA, 2))], Fraction(0))
    assert account.reading == 0 and not account.closes


def test_an_explanation_holds_for_the_difference_it_was_given_for() -> None:
    told = stream(*USED, (VarianceExplained("8.75 mL", "The line was lost", VISIT), NIA, 60), (EntryWitnessed(id_of(3)), ELI, 61))
    assert account_of(VISIT, [told], Fraction("41.25")).explained
    assert not account_of(VISIT, [told], Fraction(40)).explained
    assert not account_of(VISIT, [History(told.events[:3])], Fraction("41.25")).explained


def test_an_account_is_gathered_from_every_stream_that_speaks_of_it() -> None:
    lot, own = stream(*USED), stream((StockLeft(VISIT, "8 mL", "1 mL"), ELI, 50), (StockWasted("1 mL", "Other", "1 mL", uuid5(HOUSE, "other")), ELI, 51))
    account = account_of(VISIT, [lot, own], Fraction(42))
    assert (account.drawn, account.left, account.wasted, account.difference) == (50, 8, 0, 0)
    assert len(account.waiting) == 2


def test_the_waiting_of_an_account_holds_its_corrections() -> None:
    history = stream(*USED, (EnteredInError(id_of(2), "Wrong visit"), NIA, 3))
    assert account_of(VISIT, [history], Fraction(0)).waiting == history.events[2:]


def test_who_stands_by_whom() -> None:
    entered = ((RECEIVED, NIA, 0), (RECEIVED, NIA, 1), (RECEIVED, ELI, 2))
    stood_by = ((EntryWitnessed(id_of(1)), ELI, 3), (EntryWitnessed(id_of(2)), AMARA, 4), (EntryWitnessed(id_of(3)), NIA, 5))
    history = stream(*entered, *stood_by)
    assert [(p.first, p.second, p.times, p.of) for p in pairs_of([history])] == [("Eli", "Nia", 1, 1), ("Nia", "Amara", 1, 2), ("Nia", "Eli", 1, 2)]


# --- the arithmetic, beside decimal ------------------------------------------------------------------------------------

EXACT = Context(prec=60)
ORDER = OrderSigned(VISIT, "ketamine", "0.5 mg/kg", "82 kg", "41 mg", "1 mg/mL", "41 mL", "40 min", "1.03 mg/min", "61.5 mL/h", SIGNED)
MOVES = st.lists(st.tuples(st.sampled_from(("start", "pause")), st.integers(1, 3000), st.integers(1, 9999)), min_size=1, max_size=12)


def pumped(moves: list[tuple[str, int, int]]) -> tuple[History, Decimal]:
    """A pump's history with a stop at its end, and by decimal what ran: tenths of mL/h times seconds, over 36,000."""
    entries, at, tenth_seconds, rate = [], 0, 0, None
    for what, seconds, tenths in [*moves, ("stop", 1, 1)]:
        at += seconds
        tenth_seconds += (rate or 0) * seconds
        rate = tenths if what == "start" else None
        told = PumpStarted(VISIT, f"{tenths / 10} mL/h", SIGNED) if what == "start" else PumpPaused(VISIT) if what == "pause" else PumpStopped(VISIT)
        entries.append((told, NIA, at / 60))
    return _at_seconds(entries, moves), EXACT.divide(Decimal(tenth_seconds), Decimal(36000))


def _at_seconds(entries: list[tuple[Payload, Author, float]], moves: list[tuple[str, int, int]]) -> History:
    """The same at whole seconds, which minutes as floats cannot say."""
    at, made = NOON, []
    for event, (_, seconds, _) in zip(stream(*entries).events, [*moves, ("stop", 1, 1)], strict=True):
        at += timedelta(seconds=seconds)
        made.append(Event(event.id, HOUSE, HOUSE, StreamKind.PATIENT, event.seq, at, at, NIA, NIA, event.payload))
    return History(tuple(made))


@given(MOVES, st.lists(st.decimals(0, 9999, places=3), min_size=4, max_size=4))
def test_the_equation_agrees_with_decimal(moves: list[tuple[str, int, int]], parts: list[Decimal]) -> None:
    """An independent sum in 60 digits of decimal, rounded once half even, says the same volume and the same difference."""
    history, ran = pumped(moves)
    infused = flow(history.events, ORDER, history.events[-1].occurred_at).volume
    drawn, left, wasted, returned = (f"{part:f} mL" for part in parts)
    said_of = (StockDrawn(VISIT, drawn), StockLeft(VISIT, left), StockWasted(wasted, "r", visit=VISIT), StockReturned(VISIT, returned))
    entries = stream(*((payload, NIA, 0) for payload in said_of))
    account = account_of(VISIT, [entries], infused)
    assert volume_text(account.infused) == said(ran)
    assert volume_text(account.difference) == said(EXACT.subtract(parts[0] - parts[1] - parts[2] - parts[3], ran))


def said(volume: Decimal) -> str:
    text = f"{volume.quantize(Decimal('0.01'), rounding=ROUND_HALF_EVEN, context=EXACT):f}"
    text = text.rstrip("0").rstrip(".")
    return f"{'0' if text in ('-0', '') else text} mL"


def test_nothing_runs_through_a_pause() -> None:
    history, ran = pumped([("start", 1, 600), ("pause", 600, 1), ("start", 1200, 600)])
    assert volume_text(flow(history.events, ORDER, history.events[-1].occurred_at).volume) == said(ran) == "10.02 mL"
