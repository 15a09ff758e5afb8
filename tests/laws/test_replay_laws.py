"""Laws of looking back: what was recorded later never shows in what was known, what happened later never shows at all, and every moment has its minute."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid5

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs

from kairn.clinic.acts.replay import MINUTE, Known, Span, cut, span_of
from kairn.pathway.assess import assess
from kairn.record.event import Event
from kairn.record.history import History
from kairn.record.payloads import EnteredInError, PhaseEntered, VisitEnded
from tests.laws.people import NOW, PATIENT, PROTOCOL, VISITS, histories

quick = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much])
SPREAD = 240


@st.composite
def learned(draw: st.DrawFn) -> History:
    """A history whose entries were recorded one after the other, some long after they happened, and some of them struck out later."""
    events = draw(histories()).events
    gaps = draw(st.lists(st.integers(0, SPREAD // 8), min_size=len(events), max_size=len(events)))
    at = NOW - timedelta(minutes=SPREAD)
    told: list[Event] = []
    for event, gap in zip(events, gaps, strict=True):
        at += timedelta(minutes=gap)
        told.append(structs.replace(event, recorded_at=at, occurred_at=min(event.occurred_at, at)))
    for number, target in enumerate(draw(st.lists(st.sampled_from(told), max_size=3)) if told else []):
        at += MINUTE
        payload = EnteredInError(target.id, "Wrong person")
        told.append(structs.replace(target, id=uuid5(PATIENT, f"strike {number}"), seq=len(told) + 1, occurred_at=at, recorded_at=at, payload=payload))
    return History.of(told)


moments = st.integers(0, SPREAD * 2).map(lambda minutes: NOW - timedelta(minutes=SPREAD) + minutes * MINUTE)
views = st.sampled_from(["then", "today"])


@quick
@given(learned(), moments)
def test_what_was_known_is_the_same_whatever_was_recorded_afterwards(history: History, moment: datetime) -> None:
    known = cut(history, moment, "then")
    assert all(event.recorded_at <= moment for event in known.events)
    before = History.of(event for event in history.events if not event.recorded_at > moment)
    assert assess(PROTOCOL, known, moment) == assess(PROTOCOL, before, moment)
    assert not [strike for strike in known.struck.values() if strike.recorded_at > moment], "nothing is struck out before somebody struck it"
    assert {event.id for event in history.events} - {event.id for event in known.events} == {one.id for one in history.events if one.recorded_at > moment}


@quick
@given(learned(), moments)
def test_what_was_is_all_that_counts_today_of_what_had_happened(history: History, moment: datetime) -> None:
    was = cut(history, moment, "today")
    assert [event.id for event in was.live] == [event.id for event in history.live if event.occurred_at <= moment]


@quick
@given(learned())
def test_in_the_end_both_views_are_the_chart(history: History) -> None:
    end = NOW + timedelta(minutes=SPREAD)
    assert assess(PROTOCOL, cut(history, end, "then"), end) == assess(PROTOCOL, cut(history, end, "today"), end) == assess(PROTOCOL, history, end)


@quick
@given(learned(), moments, st.sampled_from(VISITS), views)
def test_every_moment_of_a_visit_lies_in_its_minute(history: History, at: datetime, visit: object, known: Known) -> None:
    span = span_of(history, visit, NOW)  # type: ignore[arg-type]
    if span is None:
        return
    assert span.moment(span.latest) == span.until and span.minute(span.until) == span.latest
    if span.begun <= at <= span.until:
        minute = span.minute(at)
        assert span.moment(minute) - MINUTE < at <= span.moment(minute), "the minute of an entry is the first to show it"
        assert cut(history, at, known).events == cut(cut(history, span.moment(minute), known), at, known).events


@given(st.integers(0, 300 * 60), st.integers(0, 300 * 60))
def test_a_minute_is_the_first_to_show_what_lies_in_it(lasts: int, at: int) -> None:
    """Both in seconds since the visit began."""
    begun = NOW.replace(second=0, microsecond=0)
    span, moment = Span(begun, begun + timedelta(seconds=max(lasts, at))), begun + timedelta(seconds=at)
    minute = span.minute(moment)
    assert span.moment(minute) >= moment and (minute == 0 or span.moment(minute - 1) < moment)
    assert span.moment(span.latest) == span.until


@quick
@given(learned(), st.sampled_from(VISITS))
def test_a_visit_lasts_from_its_first_step_until_its_ending_was_recorded(history: History, visit: object) -> None:
    span = span_of(history, visit, NOW)  # type: ignore[arg-type]
    mine = [event for event in history.events if getattr(event.payload, "visit", None) == visit]
    steps = [event for event in mine if isinstance(event.payload, PhaseEntered)]
    assert not steps or (span is not None and span.begun <= min(event.occurred_at for event in steps))
    if span and span.until not in (NOW, span.begun):
        (ending,) = {event.recorded_at for event in history.live if event in mine and event.recorded_at == span.until}
        assert ending and any(isinstance(event.payload, PhaseEntered | VisitEnded) or event.kind == "visit.cancelled" for event in mine)
