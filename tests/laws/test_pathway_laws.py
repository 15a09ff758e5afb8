"""Laws of assess, for histories whose values and times lie at the protocol's own limits."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from uuid import uuid5

import msgspec
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from kairn.pathway.assess import assess
from kairn.pathway.standing import FindingState, Move, Standing
from kairn.protocol.conditions import AnyOf, Condition, Count, EveryOf
from kairn.protocol.rule import RuleKind
from kairn.protocol.say import say_rule
from kairn.protocol.words import READINGS
from kairn.record.event import Event
from kairn.record.history import History
from kairn.record.payloads import DeathRecorded, EnteredInError, Observed, StageEntered
from kairn.terms.answer import Answer
from tests.laws.people import NOW, PATIENT, PROTOCOL, histories

REPEATED = ("pressure-pause",)  # shows the earlier reading of a run beside the latest
quick = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much])


def answers(standing: Standing) -> object:
    """All that a standing says, leaving out the moment and the seq it was asked at."""
    return dataclasses.replace(standing, now=NOW, seq=0, changes_at=None)


def entered(history: History) -> bool:
    """Whether somebody entered a stage; before that a course begins with the first event recorded, whichever that was."""
    return any(isinstance(event.payload, StageEntered) for event in history.live)


def moves(standing: Standing) -> dict[tuple[str, str, object], Move]:
    return {(move.kind.value, move.to, move.visit): move for move in standing.moves}


@quick
@given(histories(), st.randoms())
def test_order_of_arrival_of_observations_does_not_matter(history: History, random) -> None:
    assume(entered(history))
    places = [i for i, event in enumerate(history.events) if isinstance(event.payload, Observed)]
    shuffled = places[:]
    random.shuffle(shuffled)
    events = list(history.events)
    for target, origin in zip(places, shuffled, strict=True):
        events[target] = with_seq(history.events[origin], history.events[target].seq)
    assert answers(assess(PROTOCOL, History.of(events), NOW)) == answers(assess(PROTOCOL, history, NOW))


def with_seq(event: Event, seq: int) -> Event:
    return msgspec.structs.replace(event, seq=seq)


@quick
@given(histories(), st.integers(0, 15))
def test_what_is_recorded_later_never_changes_what_was_said_then(history: History, seq: int) -> None:
    then = assess(PROTOCOL, history.known_at(seq), NOW)
    cut = History.of(event for event in history.events if event.seq <= seq)
    assert assess(PROTOCOL, cut, NOW) == then


@quick
@given(histories(), st.data())
def test_silence_never_helps(history: History, data: st.DataObject) -> None:
    """Taking an observation away never opens a guarded move, but for a rule that itself passes over what nobody took."""
    observed = [event for event in history.events if isinstance(event.payload, Observed)]
    assume(observed)
    gone = data.draw(st.sampled_from(observed))
    older = {reading.fact for event in observed if event is not gone for reading in event.payload.readings}
    assume(not older & {reading.fact for reading in gone.payload.readings})
    before = assess(PROTOCOL, history, NOW)
    after = assess(PROTOCOL, History(tuple(event for event in history.events if event is not gone)), NOW)
    for verdict in after.verdicts:
        if verdict.rule.kind is RuleKind.GATE and verdict.answer is Answer.YES and verdict.applies is Answer.YES:
            earlier = before.verdict(verdict.rule.id, verdict.visit)
            spoken = {finding.fact for finding in earlier.findings if finding.event == gone.id} if earlier else set()
            assert earlier is None or earlier.answer is Answer.YES or not spoken - where_taken(verdict.rule.condition) or earlier.applies is not Answer.YES


def where_taken(part: Condition) -> set[str]:
    """The facts that a condition passes over while nobody took them: those whose readings it counts as none."""
    if isinstance(part, Count) and part.at_most == 0:
        return {part.what, part.what.removesuffix(READINGS)}
    return {fact for inner in part.of for fact in where_taken(inner)} if isinstance(part, EveryOf | AnyOf) else set()


@quick
@given(histories())
def test_an_empty_fact_list_opens_no_guarded_start(history: History) -> None:
    """Without one reading, no infusion can start and nobody is ready, whatever was entered."""
    bare = History(tuple(event for event in history.events if not isinstance(event.payload, Observed)))
    for move in assess(PROTOCOL, bare, NOW).moves:
        if not move.always_open and move.to in ("infusion", "ready"):
            assert move.answer is not Answer.YES


@quick
@given(histories(), st.floats(0, 1, exclude_max=True))
def test_nothing_changes_before_changes_at(history: History, share: float) -> None:
    standing = assess(PROTOCOL, history, NOW)
    horizon = standing.changes_at or NOW + timedelta(days=4000)
    just_before = horizon - timedelta(microseconds=1)
    between = min(NOW + (horizon - NOW) * share, just_before)
    for moment in (between, just_before):
        later = assess(PROTOCOL, history, moment)
        assert answers(later) == answers(standing)
        assert later.changes_at == standing.changes_at


@quick
@given(histories())
def test_something_changes_at_changes_at(history: History) -> None:
    standing = assess(PROTOCOL, history, NOW)
    assume(standing.changes_at is not None)
    assert answers(assess(PROTOCOL, history, standing.changes_at)) != answers(standing)


@quick
@given(histories())
def test_every_finding_names_its_event_or_is_unknown(history: History) -> None:
    ids = {event.id for event in history.live}
    for verdict in assess(PROTOCOL, history, NOW).verdicts:
        for finding in verdict.findings:
            assert (finding.event in ids) or finding.state is FindingState.MISSING or (finding.event is None and finding.at is not None)


@quick
@given(histories())
def test_exits_are_always_open_and_nothing_holds_a_person(history: History) -> None:
    standing = assess(PROTOCOL, history, NOW)
    open_moves = moves(standing)
    if not standing.course.ended:
        assert all(open_moves["stage", exit_, None].answer is Answer.YES for exit_ in PROTOCOL.exits)
    for visit in standing.visits:
        if visit.phase != "closed":
            assert open_moves["phase", "closed", visit.id].answer is Answer.YES


@quick
@given(histories())
def test_a_move_is_open_only_when_every_gate_says_yes_or_is_shown_as_overridden(history: History) -> None:
    standing = assess(PROTOCOL, history, NOW)
    for move in standing.moves:
        if move.always_open or move.answer is not Answer.YES or move.kind.value == "resume":
            continue
        guards = "ready" if move.kind.value == "ready" else f"{move.kind.value}:{move.to}"
        for verdict in standing.verdicts:
            if verdict.rule.guards == guards and verdict.visit == move.visit:
                assert verdict.answer is Answer.YES or verdict.applies is Answer.NO or verdict.override is not None


@quick
@given(histories(), st.data())
def test_two_different_readings_of_one_instant_open_nothing(history: History, data: st.DataObject) -> None:
    observed = [event for event in history.live if isinstance(event.payload, Observed)]
    assume(observed)
    older = data.draw(st.sampled_from(observed))
    reading = data.draw(st.sampled_from(older.payload.readings))
    # Both are the newest of their fact, so that whatever rests on it meets them.
    first = msgspec.structs.replace(older, id=uuid5(PATIENT, "first"), seq=history.seq + 1, occurred_at=NOW - timedelta(minutes=1))
    other = msgspec.structs.replace(reading, value="1" if reading.value != "1" else "2")
    again = msgspec.structs.replace(first, id=uuid5(PATIENT, "again"), seq=history.seq + 2, payload=msgspec.structs.replace(first.payload, readings=(other,)))
    for verdict in assess(PROTOCOL, History((*history.events, first, again)), NOW).verdicts:
        for finding in verdict.findings:
            if finding.fact == reading.fact and finding.at == first.occurred_at and finding.value in (reading.value, other.value):
                assert finding.state is not FindingState.GOOD or verdict.rule.id in REPEATED


@quick
@given(histories(), st.data())
def test_a_struck_out_event_counts_for_nothing(history: History, data: st.DataObject) -> None:
    live = [event for event in history.live]
    assume(live)
    wrong = data.draw(st.sampled_from(live))
    struck = Event(
        uuid5(PATIENT, "strike"),
        wrong.clinic,
        PATIENT,
        wrong.stream_kind,
        history.seq + 1,
        NOW,
        NOW,
        wrong.by,
        wrong.by,
        EnteredInError(event=wrong.id, reason="wrong"),
    )
    with_strike = assess(PROTOCOL, History((*history.events, struck)), NOW)
    assert not any(finding.event == wrong.id for verdict in with_strike.verdicts for finding in verdict.findings)
    assert with_strike.course.event != wrong.id


@quick
@given(histories())
def test_after_a_death_nothing_is_due(history: History) -> None:
    author = history.events[0].by if history.events else None
    assume(author is not None)
    death = Event(
        uuid5(PATIENT, "death"), history.events[0].clinic, PATIENT, history.events[0].stream_kind, history.seq + 1, NOW, NOW, author, author, DeathRecorded()
    )
    standing = assess(PROTOCOL, History((*history.events, death)), NOW)
    assert (standing.course.stage, standing.due, standing.moves, standing.holds) == ("died", (), (), ())


def test_every_rule_can_be_said_aloud() -> None:
    for rule in PROTOCOL.rules:
        said = say_rule(rule)
        assert rule.title in said and "{" not in said and "None" not in said
