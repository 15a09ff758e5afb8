"""The forecast of going home against `assess` itself: never later than the moment at which the move opens with nothing new said, and now for who is ready."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kairn.library.facts import FACTS
from kairn.library.reader import read_yaml_text
from kairn.pathway.assess import assess
from kairn.pathway.forecast import forecast
from kairn.pathway.standing import MoveKind
from kairn.protocol.conditions import Condition
from kairn.protocol.read_condition import read_condition
from kairn.protocol.rule import Protocol, Rule
from kairn.record.event import Author
from kairn.record.history import History
from kairn.record.payloads import (
    DrugGiven,
    EscortNamed,
    Observed,
    OverrideSigned,
    Payload,
    PhaseEntered,
    PumpStarted,
    PumpStopped,
    Reading,
    StageEntered,
    VisitBooked,
)
from kairn.terms.answer import Answer
from tests.clinic.acts_walk import READY
from tests.laws.people import NOW, PROTOCOL, SIGNATURE, VISITS, histories
from tests.laws.test_pathway_edges import history

HERE = VISITS[0]
MINUTE = timedelta(minutes=1)
HORIZON = timedelta(hours=12)
OBSERVED = next(rule for rule in PROTOCOL.rules if rule.id == "observed-long-enough")
Told = tuple[timedelta, Payload]


def taken(ago: int, **values: str) -> Told:
    """Readings taken so many minutes ago at this visit."""
    return ago * MINUTE, Observed(tuple(Reading(fact, value, FACTS[fact].unit) for fact, value in values.items()), HERE)


def stopped(ago: int) -> tuple[Told, ...]:
    """An infusion of forty minutes whose pump was stopped so many minutes ago; the person was calm before."""
    since = ago * MINUTE
    return (
        (since + 90 * MINUTE, StageEntered("treatment", SIGNATURE)),
        (since + 80 * MINUTE, VisitBooked(HERE, "infusion", NOW - since - 60 * MINUTE, 300, "1", 1)),
        taken(ago + 50, systolic="122", diastolic="78", heart_rate="72", spo2="98", respiratory_rate="14", overdose_plan="yes"),
        (since + 40 * MINUTE, PhaseEntered(HERE, "infusion", SIGNATURE)),
        (since + 40 * MINUTE, PumpStarted(HERE, "60 mL/h", SIGNATURE)),
        (since, PumpStopped(HERE)),
        (since, PhaseEntered(HERE, "recovery", SIGNATURE)),
    )


def given_ago(drug: str, ago: int) -> Told:
    """A medicine given at this visit."""
    return ago * MINUTE, DrugGiven(HERE, drug, "1 mg")


PRESCRIBER = Author("prescriber", "Marta", "prescriber")
ESCORT = (timedelta(), EscortNamed(HERE, "Jo", "", "present"))


def opens(protocol: Protocol, known: History, now: datetime = NOW) -> datetime | None:
    """When `assess` first says yes to *ready* with nothing new said; None where it does not within half a day."""
    at: datetime | None = now
    while at is not None and at <= now + HORIZON:
        standing = assess(protocol, known, at)
        move = standing.move(MoveKind.READY, "ready", HERE)
        if move and move.answer is Answer.YES:
            return at
        at = standing.changes_at
    return None


def earliest(protocol: Protocol, known: History) -> datetime | None:
    """The protocol's earliest, of a visit in recovery."""
    found = forecast(protocol, known, NOW, HERE)
    assert found is not None
    return found.earliest


@settings(max_examples=40)
@given(
    stop=st.integers(0, 150), looked=st.integers(0, 35), drugs=st.lists(st.tuples(st.sampled_from(("midazolam", "naloxone")), st.integers(0, 130)), max_size=2)
)
def test_the_earliest_is_the_moment_at_which_the_move_opens_by_itself(stop: int, looked: int, drugs: list[tuple[str, int]]) -> None:
    known = history(*stopped(stop), taken(looked, **READY), ESCORT, *(given_ago(drug, ago) for drug, ago in drugs))
    first, found = opens(PROTOCOL, known), earliest(PROTOCOL, known)
    assert found is not None and found >= NOW
    if first is not None:
        assert found == first


def test_who_is_ready_is_ready_now_and_waits_for_nothing() -> None:
    found = forecast(PROTOCOL, history(*stopped(125), taken(4, **READY), ESCORT), NOW, HERE)
    assert found is not None and (found.earliest, found.by, found.waits) == (NOW, (), ())


def test_the_protocol_s_two_hours_are_named_and_what_is_missing_besides() -> None:
    found = forecast(PROTOCOL, history(*stopped(70), taken(4, **(READY | {"walks_steadily": "no"}))), NOW, HERE)
    assert found is not None and found.earliest == NOW + 50 * MINUTE
    assert [rule.id for rule in found.by] == ["observed-long-enough"]
    assert {one.rule.id: [finding.fact for finding in one.findings] for one in found.waits} == {"walks-and-drinks": ["walks_steadily"], "escort-there": []}


def test_a_sedative_given_late_moves_the_earliest() -> None:
    found = forecast(PROTOCOL, history(*stopped(110), taken(4, **READY), ESCORT, given_ago("midazolam", 30)), NOW, HERE)
    assert found is not None and found.earliest == NOW + 90 * MINUTE
    assert [rule.id for rule in found.by] == ["observed-after-rescue"]


def test_a_rule_that_is_set_aside_is_not_waited_for() -> None:
    aside = OverrideSigned("observed-after-rescue", "seen by me", NOW + HORIZON, SIGNATURE, HERE)
    known = history(*stopped(125), taken(4, **READY), ESCORT, given_ago("midazolam", 30), (MINUTE, aside), by=PRESCRIBER)
    assert earliest(PROTOCOL, known) == NOW == opens(PROTOCOL, known)


def test_while_the_pump_is_on_the_ordered_end_counts_and_nothing_is_known_without_one() -> None:
    running = history(*stopped(0)[:-2])
    found = forecast(PROTOCOL, running, NOW, HERE, NOW + 17 * MINUTE)
    assert found is not None and (found.earliest, found.ends, found.waits) == (NOW + 137 * MINUTE, NOW + 17 * MINUTE, ())
    assert forecast(PROTOCOL, running, NOW, HERE) is None


@settings(max_examples=80)
@given(histories())
def test_it_never_lies_in_the_past_and_whoever_may_sign_now_is_told_now(known: History) -> None:
    standing = assess(PROTOCOL, known, NOW)
    for visit in VISITS:
        found = forecast(PROTOCOL, known, NOW, visit, NOW + 17 * MINUTE)
        move = standing.move(MoveKind.READY, "ready", visit)
        if found is not None:
            assert found.earliest is None or found.earliest >= NOW
        if move and move.answer is Answer.YES:
            assert found is None or found.earliest == NOW


# --- a clinic's own rules, of any shape ---


def read(text: str) -> Condition:
    """A condition as a protocol file would hold it."""
    return read_condition(read_yaml_text(text, "here"))


def under(*texts: str, applies: str = "") -> Protocol:
    """A protocol whose only rules are these criteria of going home."""
    own: Iterable[Rule] = (
        replace(OBSERVED, id=f"own-{place}", condition=read(text), applies=read(applies) if applies else None) for place, text in enumerate(texts)
    )
    return replace(PROTOCOL, rules=tuple(own))


CLOCKS = st.sampled_from([
    "since: {moment: infusion-ended, at_least: 60 min}", "since: {moment: infusion-ended, at_least: 120 min}",
    "since: {moment: infusion-ended, at_most: 90 min}", "since: {moment: infusion-started, at_least: 150 min}",
    "given: {drug: midazolam, at_most: '0', window: 60 min}", "given: {drug: naloxone, at_most: '1', window: 2 h}",
    "given: {drug: midazolam, at_most: '0'}", "count: {what: systolic-readings, at_most: '2', window: 1 h}",
    "repeated: {of: {at_most: {fact: systolic, limit: '150 mm[Hg]'}}, times: '2', apart: 15 min}",
    "at_least: {fact: moaas, limit: '5 {score}', within: 30 min, visit: this}", "is: {fact: drinks, value: 'yes'}",
    "happened: {what: escort-present, visit: this}",
    "known: {fact: cows, within: 30 min}",
])  # fmt: skip
RULES = st.recursive(
    CLOCKS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda of: f"every: [{', '.join(f'{{{one}}}' for one in of)}]"),
        st.lists(inner, min_size=1, max_size=3).map(lambda of: f"any_of: [{', '.join(f'{{{one}}}' for one in of)}]"),
        inner.map(lambda of: f"not: {{{of}}}"),
    ),
    max_leaves=5,
)
EVENTS = st.lists(
    st.one_of(
        st.tuples(st.integers(0, 60), st.sampled_from(("120", "170"))).map(lambda one: taken(one[0], systolic=one[1])),
        st.integers(0, 60).map(lambda ago: taken(ago, moaas="5", drinks="yes", cows="2")),
        st.tuples(st.sampled_from(("midazolam", "naloxone")), st.integers(0, 130)).map(lambda one: given_ago(*one)),
        st.just(ESCORT),
    ),
    max_size=6,
)


@settings(max_examples=200)
@given(rules=st.lists(RULES, min_size=1, max_size=3), events=EVENTS, stop=st.integers(0, 130))
def test_of_any_rules_the_earliest_never_lies_after_the_moment_at_which_they_open(rules: list[str], events: list[Told], stop: int) -> None:
    protocol, known = under(*rules), history(*stopped(stop), *events)
    first, found = opens(protocol, known), earliest(protocol, known)
    if first is not None:
        assert found is not None and found <= first


AN_HOUR, LESS, DRUG = (
    f"{{{clock}}}"
    for clock in (
        "since: {moment: infusion-ended, at_least: 60 min}",
        "since: {moment: infusion-ended, at_least: 45 min}",
        "given: {drug: midazolam, at_most: '0', window: 50 min}",
    )
)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("since: {moment: infusion-ended, at_least: 60 min}", 30),
        ("not: {since: {moment: infusion-ended, at_most: 60 min}}", 30),
        ("every: [{since: {moment: infusion-ended, at_least: 60 min}}, {is: {fact: drinks, value: 'yes'}}]", 30),
        (f"any_of: [{AN_HOUR}, {LESS}]", 15),
        (f"some: {{at_least: '2', of: [{AN_HOUR}, {LESS}, {DRUG}]}}", 30),
        ("repeated: {of: {at_least: {fact: heart_rate, limit: '75 {beats}/min'}}, times: '3', apart: 15 min}", 26),
        ("repeated: {of: {at_most: {fact: heart_rate, limit: '60 {beats}/min'}}, times: '2', apart: 15 min}", 15),
        ("given: {drug: midazolam, at_most: '0', window: 50 min}", 40),
        ("is: {fact: drinks, value: 'yes'}", 0),
        ("given: {drug: midazolam, at_most: '0'}", None),
    ],
)  # fmt: skip
def test_each_clock_of_the_grammar_is_read(text: str, minutes: int | None) -> None:
    known = history(*stopped(30), taken(4, systolic="120", heart_rate="80"), given_ago("midazolam", 10))
    assert earliest(under(text), known) == (None if minutes is None else NOW + minutes * MINUTE)


def test_a_longer_time_for_some_counts_for_those_it_is_for() -> None:
    longer = under("since: {moment: infusion-ended, at_least: 120 min}", applies="is: {fact: moud_status, value: 'on'}")
    known = stopped(30)
    assert earliest(longer, history(*known, taken(90, moud_status="on"))) == NOW + 90 * MINUTE
    assert earliest(longer, history(*known, taken(90, moud_status="declined"))) == NOW
