"""The rate of the running pump set anew: what ran is counted by it, a faster one is asked twice, and a paused pump goes on no faster than it ran."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from uuid import UUID, uuid4

import pytest
from acts_walk import CALM, Walk
from hypothesis import given as drawn
from hypothesis import strategies as st
from msgspec.structs import replace as struct

from kairn.clinic.acts import endings, pump
from kairn.clinic.acts.given import Flow, flow
from kairn.clinic.acts.outcome import Done, Refused
from kairn.clinic.acts.pump_rate import set_rate
from kairn.clinic.acts.striking import strike_out
from kairn.library.urgent_tasks import URGENT_TASKS
from kairn.record.event import Author, Event, StreamKind
from kairn.record.payloads import OrderSigned, PumpPaused, PumpRateSet, PumpStarted, PumpStopped, Signature, TaskOpened

QUIET = {**CALM, "pressure_symptoms": "no", "apnoea": "no", "distress": "calm", "nausea": "none"}
ORDERED = Fraction(615, 600)
"""mL a minute of 61.5 mL/h, which is 41 mL in 40 minutes."""
SLOW = Fraction(30, 60)
TOO_FAST = URGENT_TASKS["too-fast"].what


@pytest.fixture
def walk(clinic_id: UUID) -> Walk:
    """A clinic with one person in it."""
    return Walk(clinic_id)


def flowed(walk: Walk) -> Flow:
    """What has run by the clock of the walk."""
    return flow(walk.history.live, walk.history.latest(OrderSigned)[1], walk.now)


def too_fast(walk: Walk) -> list[TaskOpened]:
    """The tasks that ask a prescriber to look at a rate."""
    return [task for _, task in walk.history.all(TaskOpened) if task.what == TOO_FAST]


def by_the_clock(walk: Walk) -> Fraction:
    """What ran by now, reckoned from the times of the one start and the one rate after it, at the ordered rate and then at 30 mL/h."""
    started = walk.history.latest(PumpStarted)[0].occurred_at
    slowed = next((event.occurred_at for event, _ in walk.history.all(PumpRateSet)), walk.now)
    fast, slow = (Fraction(round(length.total_seconds()), 60) for length in (slowed - started, walk.now - slowed))
    return fast * ORDERED + slow * SLOW


def test_a_slower_rate_counts_from_its_second_and_the_rest_takes_longer(walk: Walk) -> None:
    walk.to_infusion().later(minutes=20)
    walk.do(set_rate, "nurse", rate="30", reason="frightened")
    walk.later(minutes=20)
    found = flowed(walk)
    assert found.volume == by_the_clock(walk) and 30 < found.volume < 31
    assert not found.whole and not found.beyond
    assert abs(found.left - timedelta(minutes=float((41 - found.volume) / SLOW))) < timedelta(seconds=1)
    assert found.total == found.running + found.left
    assert not too_fast(walk)


def test_a_rate_struck_out_never_was(walk: Walk) -> None:
    walk.to_infusion().later(minutes=10)
    slowed = walk.do(set_rate, "nurse", rate="30")
    walk.later(minutes=10)
    walk.do(strike_out, "nurse", event=slowed.events[0], reason="another chair")
    assert not walk.history.all(PumpRateSet) and flowed(walk).volume == by_the_clock(walk) > 20


def test_an_earlier_time_is_taken_and_a_rate_of_a_standing_pump_is_none(walk: Walk) -> None:
    walk.to_infusion().later(minutes=10)
    walk.do(set_rate, "nurse", rate="30", occurred_at=walk.now - timedelta(minutes=5))
    assert flowed(walk).volume == by_the_clock(walk) < 8
    walk.do(pump.pause_pump, "nurse")
    walk.later(minutes=1)
    assert "did not run then" in walk.refused(set_rate, "nurse", rate="20").reasons[0].text


@pytest.mark.parametrize("rate", ["0", "0.0", "30.05", "1e2", "-3", "", "61,5", "thirty"])
def test_what_is_no_rate_of_the_pump_is_refused_and_nothing_is_kept(walk: Walk, rate: str) -> None:
    walk.to_infusion().later(minutes=5)
    assert walk.refused(set_rate, "nurse", rate=rate).reasons[0].field == "rate"
    assert not walk.history.all(PumpRateSet)


def test_a_rate_beyond_the_order_is_asked_again_then_recorded_and_a_prescriber_is_called(walk: Walk) -> None:
    walk.to_infusion().later(minutes=5)
    refused = walk.refused(set_rate, "nurse", rate="61.6")
    assert "the order allows 61.5 mL/h" in refused.reasons[0].text and not walk.history.all(PumpRateSet)
    form = uuid4()
    for _ in range(2):
        walk.do(set_rate, "nurse", rate="123", ran_so=True, event_id=form)
    assert [task.owner for task in too_fast(walk)] == ["prescriber"]
    walk.later(minutes=10)
    assert flowed(walk).volume > 15 * ORDERED


def test_the_ordered_rate_again_is_plain_and_to_say_so_opens_nothing(walk: Walk) -> None:
    walk.to_infusion().later(minutes=5)
    walk.record(visit=walk.visit, **QUIET)
    walk.do(set_rate, "nurse", rate="30")
    walk.do(set_rate, "nurse", rate="61.5", ran_so=True)
    assert not too_fast(walk)


def test_faster_while_the_protocol_says_pause_is_asked_again(walk: Walk) -> None:
    walk.to_infusion().later(minutes=5)
    walk.do(set_rate, "nurse", rate="30")
    walk.record(visit=walk.visit, **{**QUIET, "distress": "frightened"})
    walk.do(set_rate, "nurse", rate="20")
    assert "while the protocol's limit is met" in walk.refused(set_rate, "nurse", rate="30").reasons[0].text
    walk.do(set_rate, "nurse", rate="30", ran_so=True)
    assert len(too_fast(walk)) == 1


def test_a_faster_rate_that_waited_on_a_tablet_is_looked_at_by_a_person(walk: Walk) -> None:
    """A slower one is taken as it was entered; no rule but single limits is judged without the clinic."""
    walk.to_infusion().later(minutes=5)
    walk.do(set_rate, "nurse", rate="30")
    walk.later(minutes=5)
    waited = replace(walk.context("nurse"), entered_at=walk.now - timedelta(minutes=2))
    faster = set_rate(waited, walk.patient, event_id=uuid4(), visit=walk.visit, rate="40")
    assert isinstance(faster, Refused) and "without the clinic" in faster.reasons[0].text
    assert isinstance(set_rate(waited, walk.patient, event_id=uuid4(), visit=walk.visit, rate="20"), Done)


def test_a_paused_pump_goes_on_at_the_rate_it_had_and_never_faster_than_ordered(walk: Walk) -> None:
    walk.to_infusion().later(minutes=5)
    walk.do(set_rate, "nurse", rate="30")
    walk.later(minutes=5)
    walk.do(pump.pause_pump, "nurse")
    walk.record(visit=walk.visit, **QUIET)
    walk.do(pump.resume_pump, "nurse")
    assert walk.history.latest(PumpStarted)[1].rate_ml == "30 mL/h"
    walk.do(set_rate, "nurse", rate="100", ran_so=True)
    walk.do(pump.pause_pump, "nurse")
    walk.record(visit=walk.visit, **{**QUIET, **CALM})
    walk.do(pump.resume_pump, "nurse")
    assert walk.history.latest(PumpStarted)[1].rate_ml == "61.5 mL/h"


def test_a_rate_of_a_visit_that_is_over_is_an_addendum(walk: Walk) -> None:
    walk.to_infusion().later(minutes=5)
    walk.do(endings.end_visit, "nurse", ending="left-unseen")
    walk.later(minutes=5)
    refused = walk.refused(set_rate, "nurse", rate="30", occurred_at=walk.now - timedelta(minutes=8))
    assert refused.kind == "locked"


# --- by laws ---


def order(rate: str, volume: str, minutes: int) -> OrderSigned:
    """An order as far as the flow reads it."""
    fields = dict.fromkeys(OrderSigned.__struct_fields__, "") | {"visit": uuid4(), "rate_ml": rate, "volume": volume, "duration": f"{minutes} min"}
    return OrderSigned(**fields)


def pumped(walked: list[tuple[str, int, str]], begun: datetime) -> list[Event]:
    """Pump events, so many seconds apart: start, rate, pause or stop."""
    visit, stream, who, found, at = uuid4(), uuid4(), Author("1", "N", "nurse"), [], begun
    signed = Signature("", "", "", "", 0, ())
    for seq, (kind, seconds, rate) in enumerate(walked, 1):
        said = {"start": PumpStarted(visit, rate, signed), "rate": PumpRateSet(visit, rate), "pause": PumpPaused(visit), "stop": PumpStopped(visit)}[kind]
        found.append(Event(uuid4(), uuid4(), stream, StreamKind.PATIENT, seq, at, at, who, who, said))
        at += timedelta(seconds=seconds)
    return found


RATES = st.integers(1, 9999).map(lambda tenths: f"{tenths / 10:.1f} mL/h")
MOVES = st.lists(st.tuples(st.sampled_from(["start", "rate", "pause"]), st.integers(1, 5400), RATES), min_size=1, max_size=9)


@drawn(MOVES, RATES, st.integers(1, 90))
def test_the_volume_is_the_sum_of_rate_times_time_and_what_is_left_finishes_the_order(walked: list[tuple[str, int, str]], rate: str, minutes: int) -> None:
    """Reckoned again, second by second and with no code of the product."""
    begun = datetime(2026, 11, 30, 9, tzinfo=UTC)
    events, now = pumped(walked, begun), begun + timedelta(seconds=sum(seconds for _, seconds, _ in walked))
    expected, at_rate, runs = Fraction(0), Fraction(rate.split()[0]), False
    for kind, seconds, set_to in walked:
        runs = {"start": True, "rate": runs, "pause": False}[kind]
        at_rate = at_rate if kind == "pause" else Fraction(set_to.split()[0])
        expected += at_rate * seconds / 3600 if runs else 0
    signed = order(rate, "1000000 mL", minutes)
    found = flow(events, signed, now)
    assert found.volume == expected
    if runs:
        finished = flow(events, signed, now + found.left)
        assert finished.done >= found.planned - timedelta(milliseconds=1) and found.total == found.running + found.left


@drawn(MOVES, st.integers(1, 9), st.integers(1, 5400))
def test_what_ran_after_a_stop_that_came_late_counts_until_it_was_recorded(moved: list[tuple[str, int, str]], place: int, seconds: int) -> None:
    """It is pressed somewhere among the moves and comes after them all: who started the pump meanwhile did not know of it."""
    place = min(place, len(moved))
    walked, begun = [*moved[:place], ("stop", seconds, "1.0 mL/h"), *moved[place:]], datetime(2026, 11, 30, 9, tzinfo=UTC)
    now = begun + timedelta(seconds=sum(seconds for _, seconds, _ in walked))
    events = [struct(event, seq=99, recorded_at=now) if isinstance(event.payload, PumpStopped) else event for event in pumped(walked, begun)]
    expected, at_rate, runs, stopped = Fraction(0), Fraction(1), False, False
    for kind, seconds, set_to in walked:
        runs, stopped = {"start": True, "rate": runs or stopped}.get(kind, False), kind == "stop"
        at_rate = Fraction(set_to.split()[0]) if kind in ("start", "rate") else at_rate
        expected += at_rate * seconds / 3600 if runs else 0
    signed = order("1.0 mL/h", "1000000 mL", 40)
    assert flow(events, signed, now).volume == expected == flow(events, signed, now + timedelta(hours=9)).volume
