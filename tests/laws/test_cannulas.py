"""Laws of cannulas: out is said only while none lies unlooked at, whatever the order and whatever is struck; and the compiled form says the same."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid5

from hypothesis import given, settings
from hypothesis import strategies as st

from kairn.pathway.assess import assess
from kairn.record.event import Event
from kairn.record.history import History
from kairn.record.payloads import EnteredInError, Observed, Payload, PhaseEntered, Reading
from kairn.record.payloads_cannula import CannulaPlaced, CannulaRemoved, CannulaSeen
from tests.laws.people import AUTHORS, NOW, PATIENT, PROTOCOL, SIGNATURE, VISITS
from tests.laws.test_compiled import OPENING, SHIPPED, clock_of, in_order, opened, same, told

VISIT = st.sampled_from([VISITS[0], VISITS[0], VISITS[1]])
WORD = len(OPENING) + 2
"""The seq of the first word on a cannula."""
EARLIER = st.integers(WORD, WORD + 6).map(lambda seq: uuid5(PATIENT, str(seq)))
SITE = st.just("left-forearm")
WORDS: st.SearchStrategy[Payload] = st.one_of(
    st.builds(CannulaPlaced, visit=VISIT, site=SITE, gauge=st.just("20")),
    st.builds(CannulaPlaced, visit=VISIT, site=SITE, gauge=st.just("20")),
    st.builds(CannulaSeen, follows=EARLIER, visit=VISIT, site=SITE, looks=st.just("fine")),
    st.builds(CannulaRemoved, follows=EARLIER, visit=VISIT, site=SITE, looks=st.sampled_from(["", "fine"])),
    st.builds(CannulaRemoved, follows=EARLIER, visit=VISIT, site=SITE, looks=st.just("fine")),
    st.builds(Observed, st.sampled_from(["yes", "yes", "no"]).map(lambda said: (Reading("cannula_out", said),)), VISIT),
    st.builds(Observed, st.just((Reading("cannula_out", "yes"),)), VISIT),
    st.builds(EnteredInError, event=EARLIER, reason=st.just("wrong person")),
)
WHEN = st.sampled_from([-5, -4, -3, -2, -1, 0, 1, 250]).map(lambda minutes: timedelta(minutes=minutes))
PASSING = st.lists(st.sampled_from([0, 1, 2, 240]).map(lambda minutes: timedelta(minutes=minutes)), min_size=1, max_size=4)
RECOVERY = (PhaseEntered(VISITS[0], "recovery", SIGNATURE), timedelta(minutes=-20), AUTHORS[0])


@st.composite
def stories(draw: st.DrawFn) -> list[Event]:
    """A person in recovery and up to eight words on cannulas of two visits, some late, some ahead of their time, some struck out."""
    words = draw(st.lists(st.tuples(WORDS, WHEN, st.just(AUTHORS[0])), min_size=1, max_size=8))
    return in_order([*opened(len(OPENING)), RECOVERY, *words])


def said_out(history: History) -> str:
    """What the shipped protocol says of the cannula of the first visit."""
    verdict = assess(PROTOCOL, history, NOW).verdict("cannula-out", VISITS[0])
    assert verdict is not None
    return verdict.answer.value


def lying(events: list[Event]) -> list[UUID]:
    """The oracle, told as a nurse would: each cannula of the first visit that counts, is in by now, and is not both out and looked at since."""
    struck: set[UUID] = set()
    for event in reversed(events):
        if isinstance(event.payload, EnteredInError) and event.id not in struck:
            struck.add(event.payload.event)
    live = [event for event in events if event.id not in struck and getattr(event.payload, "visit", None) == VISITS[0]]
    left = []
    for placed in live:
        if not isinstance(placed.payload, CannulaPlaced) or placed.occurred_at > NOW:
            continue
        mine = [e for e in live if getattr(e.payload, "follows", None) == placed.id and e.occurred_at >= placed.occurred_at]
        outs = [e for e in mine if isinstance(e.payload, CannulaRemoved)]
        looked = [e.occurred_at for e in mine if getattr(e.payload, "looks", "") and e.occurred_at <= NOW]
        if not outs or not any(at >= outs[-1].occurred_at for at in looked):
            left.append(placed.id)
    return left


@settings(max_examples=300, deadline=None)
@given(stories())
def test_out_is_never_said_while_one_lies(events: list[Event]) -> None:
    if lying(events):
        assert said_out(History.of(events)) != "yes"


@settings(max_examples=150, deadline=None)
@given(stories(), st.integers(0, 8), PASSING)
def test_the_compiled_form_says_the_same_of_cannulas(events: list[Event], begun: int, passing: list[timedelta]) -> None:
    for compiled_says, plain_says in told(SHIPPED, events, min(begun, len(events)), clock_of(passing)):
        same(compiled_says, plain_says)
