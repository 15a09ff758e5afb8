"""The compiled form says what plain `assess` says: after every event, at every later moment, begun anywhere."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import uuid5

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kairn.library.substances import CLASSES
from kairn.pathway.assess import assess
from kairn.pathway.compiled import Compiled, compile_protocol
from kairn.pathway.compiled_reads import ANYTHING
from kairn.pathway.scenario import load_scenario, scenario_files
from kairn.pathway.standing import Standing
from kairn.protocol.conditions import (
    AnyOf,
    AtLeast,
    AtMost,
    Band,
    Change,
    Condition,
    Count,
    EveryOf,
    Flagged,
    Given,
    Happened,
    Is,
    Not,
    Repeated,
    Since,
    SinceUse,
    SomeOf,
    Unrecognised,
)  # fmt: skip
from kairn.protocol.rule import FlagSays, Level, OverrideBy, Protocol, Rule, RuleKind, Severity, While
from kairn.protocol.words import COUNTED, HAPPENINGS, MOMENTS, READINGS
from kairn.record.event import Author, Event, StreamKind
from kairn.record.history import History
from kairn.record.payloads import (
    DeathRecorded,
    DrugGiven,
    EnteredInError,
    Observed,
    OverrideSigned,
    Payload,
    PhaseEntered,
    PumpStarted,
    PumpStopped,
    Reading,
    StageEntered,
    VisitBooked,
)  # fmt: skip
from kairn.terms.quantity import Quantity
from kairn.terms.times import Duration
from tests.laws.people import AUTHORS, DEMO_CLINIC, NOW, PATIENT, PAYLOADS, PROTOCOL, SIGNATURE, VISITS
from tests.laws.people import MOMENTS as AGO

often = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])

HOURS, DAYS, MINUTES = Duration(Decimal(24), "h"), Duration(Decimal(30), "d"), Duration(Decimal(5), "min")
PRESSURE = Quantity(Decimal(160), "mm[Hg]")
HIGH = AtLeast("systolic", PRESSURE, MINUTES, this_visit=True)
LOW_HEART = AtMost("heart_rate", Quantity(Decimal(50), "{beats}/min"), HOURS)
RARE: list[Condition] = [
    Band("phq-9", ("severe",), DAYS),
    Change("systolic", "infusion", "rise", False, Quantity(Decimal(40), "mm[Hg]"), False, HOURS),
    Change("systolic", "series", "fall", True, Quantity(Decimal(10), "%"), True, None),
    AtMost("bmi", Quantity(Decimal(30), "kg/m2"), DAYS, this_visit=True),
    Repeated(HIGH, 2, MINUTES),
    Repeated(HIGH, 1, MINUTES, ever=True),
    Repeated(AnyOf((HIGH, AtLeast("diastolic", PRESSURE, MINUTES))), 2, MINUTES, ever=True),
    Repeated(AnyOf((HIGH, AtLeast("diastolic", PRESSURE, None))), 2, MINUTES),
    Unrecognised(HOURS),
    *(Since(name, HOURS, None) for name in MOMENTS),
    *(SinceUse(name, HOURS, None, DAYS) for name in CLASSES),
    Given("ondansetron", 1, None),
    Given("methadone", 1, HOURS),
    *(Happened(name) for name in HAPPENINGS),
    *(Count(name, 1, DAYS) for name in COUNTED if not name.endswith(READINGS)),
    Count(f"systolic{READINGS}", 0, DAYS),
    Count(f"bmi{READINGS}", 0, None),
    Count("infusions", 0, None, since="systolic"),
    SomeOf(1, (HIGH, LOW_HEART, Is("sex", ("male",), None))),
    EveryOf((Not(HIGH), LOW_HEART)),
]
ANYBODY = OverrideBy(tuple(author.role for author in AUTHORS), HOURS)
SPEAKS = FlagSays("surveillance", Severity.CAUTION, "e", "c")


def rule(name: str, condition: Condition, **other: object) -> Rule:
    """A rule of no protocol."""
    plain = Rule(name, name, RuleKind.GATE, While(), None, condition, "stage:treatment", None, None, None, (), "very-low", "", "", "", 1)
    return dataclasses.replace(plain, **other)  # type: ignore[arg-type]


def with_every_shape() -> Protocol:
    """Every shape of the grammar asked of a running visit, and as a stop, as a flag that a gate asks for, or of the course; with the shipped duties."""
    phases = While(phases=("booked", "pre-flight", "infusion", "recovery", "closed"))
    here = [rule(f"here-{n}", c, while_=phases, guards="phase:infusion", override=ANYBODY) for n, c in enumerate(RARE)]
    running = While(phases=("infusion",))
    stops = [rule(f"stop-{n}", Not(c), kind=RuleKind.HOLD, level=Level.STOP, guards="", while_=running) for n, c in enumerate(RARE)]
    flags = [rule(f"flag-{n}", c, kind=RuleKind.FLAG, guards="", says=SPEAKS) for n, c in enumerate(RARE[::2])]
    course = [rule(f"course-{n}", c, applies=LOW_HEART) for n, c in enumerate(RARE[1::2])]
    asking = rule("asks-for-flags", Not(Flagged("surveillance", "note")), while_=phases, guards="prn:ondansetron")
    duties = [rule for rule in PROTOCOL.rules if rule.kind is RuleKind.DUTY]
    return dataclasses.replace(PROTOCOL, rules=(*here, *stops, *flags, asking, *course, *duties))


SHIPPED, EVERY_SHAPE = compile_protocol(PROTOCOL), compile_protocol(with_every_shape())
OPENING: tuple[Payload, ...] = (
    StageEntered("treatment", SIGNATURE),
    VisitBooked(VISITS[0], "infusion", NOW, 180, "1", 1),
    PhaseEntered(VISITS[0], "pre-flight", SIGNATURE),
    PhaseEntered(VISITS[0], "infusion", SIGNATURE),
    PumpStarted(VISITS[0], "60 mL/h", SIGNATURE),
)
LATE = st.sampled_from(AGO).map(lambda ago: -ago)
AHEAD = st.sampled_from([timedelta(minutes=1), timedelta(minutes=5), timedelta(days=1)])
WHEN = st.one_of(st.just(timedelta(0)), LATE, LATE, AHEAD)
STRUCK = st.builds(EnteredInError, event=st.integers(1, 25).map(lambda seq: uuid5(PATIENT, str(seq))), reason=st.just("wrong person"))
ARRIVING = st.one_of(PAYLOADS, PAYLOADS, PAYLOADS, PAYLOADS, STRUCK, st.just(DeathRecorded()))
SECONDS = st.sampled_from([0, 0, 1, 240, 300, -3600]).map(lambda seconds: timedelta(seconds=seconds))
PASSING = st.sampled_from(
    [timedelta(0), timedelta(seconds=1), timedelta(minutes=4), timedelta(minutes=5), timedelta(hours=30), timedelta(days=40), -timedelta(hours=1)]
)


def among(fact: str, unit: str, *values: str) -> st.SearchStrategy[Reading]:
    """Readings of one fact."""
    return st.builds(Reading, st.just(fact), st.sampled_from(values), st.just(unit))


MEASURED = st.one_of(
    among("systolic", "mm[Hg]", "100", "159", "160", "170", "204", "NaN"), among("heart_rate", "{beats}/min", "49", "50", "51"),
    among("weight", "kg", "60", "70"), among("height", "cm", "150", "180"), among("lapse", "", "yes", "no"),
)  # fmt: skip
VISIT, ANY_VISIT = st.sampled_from(VISITS), st.sampled_from([None, VISITS[0], VISITS[0], VISITS[1]])
SET_ASIDE = st.sampled_from(["here-0", "here-1", "here-2", "here-3"])
VITALS: st.SearchStrategy[Payload] = st.builds(Observed, st.lists(MEASURED, max_size=2).map(tuple), ANY_VISIT, refused=st.sampled_from([(), ("systolic",)]))
OTHERWISE: st.SearchStrategy[Payload] = st.one_of(
    st.builds(OverrideSigned, SET_ASIDE, st.just("r"), st.sampled_from([NOW, NOW + timedelta(hours=1)]), st.just(SIGNATURE), ANY_VISIT),
    st.builds(VisitBooked, VISIT, st.just("infusion"), st.just(NOW), st.just(180)),
    st.builds(PumpStarted, VISIT, st.just("60 mL/h"), st.just(SIGNATURE)),
    st.builds(PumpStopped, VISIT),
    st.builds(DrugGiven, VISIT, st.just("ondansetron"), st.just("4 mg")),
)
CLOSE: st.SearchStrategy[Payload] = st.integers(0, 2).flatmap(lambda n: VITALS if n else OTHERWISE)
MINUTES_AGO = st.sampled_from([0, 0, 1, 4, 5, 6, 10, 29, -1, -5]).map(lambda ago: timedelta(minutes=-ago))


def in_order(told: list[tuple[Payload, timedelta, Author]]) -> list[Event]:
    """Events in the order they arrive."""
    return [
        Event(uuid5(PATIENT, str(seq)), DEMO_CLINIC, PATIENT, StreamKind.PATIENT, seq, NOW + when, NOW, author, author, payload)
        for seq, (payload, when, author) in enumerate(told, 1)
    ]


def opened(events: int) -> list[tuple[Payload, timedelta, Author]]:
    """The way into an infusion half an hour ago."""
    return [(payload, timedelta(minutes=-30), AUTHORS[0]) for payload in OPENING[:events]]


@st.composite
def arrivals(draw: st.DrawFn) -> list[Event]:
    """A person at some point of the way into an infusion, then whatever comes: late, ahead of its time, struck out, in any order of occurrence."""
    opening = opened(draw(st.integers(0, len(OPENING))))
    return in_order(opening + draw(st.lists(st.tuples(ARRIVING, WHEN, st.sampled_from(AUTHORS)), min_size=1, max_size=14)))


@st.composite
def minutes_of_an_infusion(draw: st.DrawFn) -> list[Event]:
    """A running infusion of which few things are told, minutes apart and late, so that each of them matters to the next."""
    return in_order(opened(len(OPENING)) + draw(st.lists(st.tuples(CLOSE, MINUTES_AGO, st.sampled_from(AUTHORS)), min_size=1, max_size=12)))


def told(compiled: Compiled, events: list[Event], begun: int, clock: Iterator[datetime]) -> Iterator[tuple[Standing, Standing]]:
    """Compiled and plain standings, event by event from a prefix on, and at the moment each compiled one says it changes."""
    now = next(clock)
    kept = compiled.begin(History(tuple(events[:begun])), now)
    yield kept.standing, assess(compiled.protocol, History(tuple(events[:begun])), now)
    for known in range(begun + 1, len(events) + 1):
        history, now = History(tuple(events[:known])), next(clock)
        yield kept.after(events[known - 1], now), assess(compiled.protocol, history, now)
        if kept.standing.changes_at and known % 2:
            now = kept.standing.changes_at
            yield kept.at(now), assess(compiled.protocol, history, now)


def clock_of(passing: list[timedelta]) -> Iterator[datetime]:
    """Moments by these steps, some of them back in time."""
    now = NOW
    while True:
        for step in passing:
            yield now
            now += step


def same(compiled: Standing, plain: Standing) -> None:
    """Each part alone first, so that a difference is told where it is."""
    for field in dataclasses.fields(Standing):
        assert getattr(compiled, field.name) == getattr(plain, field.name), field.name
    assert compiled == plain


@pytest.mark.parametrize("compiled", [SHIPPED, EVERY_SHAPE], ids=["as shipped", "every shape"])
@often
@given(arrivals(), st.integers(0, 14), st.lists(PASSING, min_size=1, max_size=5))
def test_compiled_says_what_plain_says(compiled: Compiled, events: list[Event], begun: int, passing: list[timedelta]) -> None:
    for compiled_says, plain_says in told(compiled, events, min(begun, len(events)), clock_of(passing)):
        same(compiled_says, plain_says)


@pytest.mark.parametrize("compiled", [SHIPPED, EVERY_SHAPE], ids=["as shipped", "every shape"])
@often
@given(minutes_of_an_infusion(), st.lists(SECONDS, min_size=1, max_size=5))
def test_compiled_says_what_plain_says_while_an_infusion_runs(compiled: Compiled, events: list[Event], passing: list[timedelta]) -> None:
    for compiled_says, plain_says in told(compiled, events, len(OPENING), clock_of(passing)):
        same(compiled_says, plain_says)


@often
@given(arrivals(), st.integers(0, 14))
def test_many_events_at_once_are_as_one_after_another(events: list[Event], begun: int) -> None:
    kept = SHIPPED.begin(History(tuple(events[:begun])), NOW)
    same(kept.after(events[begun:], NOW), assess(PROTOCOL, History(tuple(events)), NOW))


@often
@given(arrivals(), st.randoms())
def test_events_that_arrive_out_of_their_order_are_put_in_it(events: list[Event], random) -> None:
    shuffled = events[:]
    random.shuffle(shuffled)
    kept = SHIPPED.begin(History(), NOW)
    for event in shuffled:
        kept.after(event, NOW)
    same(kept.standing, assess(PROTOCOL, History.of(events), NOW))


def test_a_run_that_counts_for_ever_is_compiled_alike() -> None:
    readings = [(Observed((Reading("systolic", value, "mm[Hg]"),), VISITS[0]), timedelta(minutes=-ago), AUTHORS[0]) for value, ago in (("170", 4), ("100", 1))]
    events = in_order(opened(len(OPENING)) + readings)  # type: ignore[arg-type]
    for compiled_says, plain_says in told(EVERY_SHAPE, events, len(OPENING), clock_of([timedelta(0)])):
        same(compiled_says, plain_says)


def test_what_every_rule_looks_at_is_known() -> None:
    """A name that the compiled form does not know is weighed again at every event, which is right but slow."""
    for compiled in (SHIPPED, EVERY_SHAPE):
        assert [name for name, ready in compiled.ready.items() if ANYTHING in ready.reads.anywhere] == []


@pytest.mark.parametrize("path", scenario_files(), ids=lambda path: path.stem)
def test_every_story_is_judged_alike_event_by_event(path: Path) -> None:
    events = list(load_scenario(path, PROTOCOL).history.events)
    begun = len(events) // 2
    clock = iter([event.occurred_at + timedelta(minutes=1) for event in events[max(0, begun - 1) :]] + [NOW])
    for compiled_says, plain_says in told(SHIPPED, events, begun, clock):
        same(compiled_says, plain_says)
