"""Laws of monitor rows: valid ones come back as they were sent, nothing invalid is taken, and neither order nor repetition matters."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid5

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from msgspec import structs

from kairn.library.facts import FACTS, weighed
from kairn.library.monitors import BEDSIDE
from kairn.monitor.row import Row, Sent, payloads_of, read_row
from kairn.pathway.assess import assess
from kairn.protocol.rule import RuleKind
from kairn.record.codec import whole
from kairn.record.event import Author, Event, StreamKind
from kairn.record.history import History
from kairn.record.payloads import Payload
from kairn.terms.answer import Answer
from kairn.terms.numbers import plain_text
from tests.laws.people import DEMO_CLINIC, OBSERVED, PATIENT, PROTOCOL, histories
from tests.laws.people import NOW as THEN

AUTHORS_DEVICE = Author("monitor bedside-3", "Monitor bedside-3", "system")
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
VISIT = UUID(int=1)
KNOWN = sorted(BEDSIDE.channels)
texts = st.one_of(st.text(max_size=30), st.decimals(places=3).map(str), st.integers().map(str), st.floats().map(str))
sent = st.builds(Sent, texts, st.one_of(st.sampled_from(["{beats}/min", "/min", "%", "mm[Hg]", "Cel", "{breaths}/min", ""]), st.text(max_size=8)))
rows = st.builds(
    Row,
    st.datetimes(datetime(2026, 11, 22, 8, 30), datetime(2026, 11, 22, 10)).map(lambda at: at.replace(tzinfo=UTC)),
    st.dictionaries(st.one_of(st.sampled_from(KNOWN), st.text(max_size=12)), sent, max_size=9),
)


def _inside(name: str) -> st.SearchStrategy[str]:
    fact = BEDSIDE.channels[name].fact
    low, high = max(fact.plausible[0], fact.step), fact.plausible[1]
    return st.decimals(low, high, places=2).map(plain_text)


@given(st.sampled_from(KNOWN).flatmap(lambda name: st.tuples(st.just(name), _inside(name))))
def test_a_valid_value_comes_back_to_the_letter(given_: tuple[str, str]) -> None:
    name, value = given_
    channel = BEDSIDE.channels[name]
    found = read_row(BEDSIDE, Row(NOW, {name: Sent(value, channel.unit)}), NOW)
    assert [(one.fact, one.value, one.unit) for one in found.readings] == [(channel.fact.name, value, channel.unit)]


@given(rows)
def test_nothing_is_taken_that_a_rule_could_not_weigh_and_nothing_is_lost(row: Row) -> None:
    found = read_row(BEDSIDE, row, NOW, NOW - timedelta(minutes=30))
    assert len(found.readings) + len(found.rejected) == len(row.sent)
    for reading in found.readings:
        assert weighed(FACTS[reading.fact], reading.value, reading.unit) > 0
    seen = {one.fact: weighed(FACTS[one.fact], one.value, one.unit) for one in found.readings}
    assert seen.get("systolic", Decimal("inf")) > seen.get("diastolic", Decimal(0))
    for payload in payloads_of(found, VISIT, "bedside-3"):
        whole(payload)


@given(rows, st.randoms())
def test_the_order_of_channels_does_not_matter(row: Row, chance: object) -> None:
    names = list(row.channels)
    chance.shuffle(names)  # type: ignore[attr-defined]
    assert read_row(BEDSIDE, Row(row.at, {name: row.channels[name] for name in names}), NOW) == read_row(BEDSIDE, row, NOW)


@given(rows)
def test_the_same_row_is_always_read_the_same(row: Row) -> None:
    assert read_row(BEDSIDE, row, NOW) == read_row(BEDSIDE, row, NOW)
    assert all(one.fact in FACTS for one in read_row(BEDSIDE, row, NOW).readings)


@given(histories(), st.lists(OBSERVED, min_size=1, max_size=3), st.sampled_from([timedelta(), timedelta(minutes=1), timedelta(minutes=15)]))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_a_device_can_raise_a_hold_and_do_nothing_else(history: History, shown: list[Payload], ago: timedelta) -> None:
    """Whatever a device shows: no gate, flag or duty reads otherwise, no hold is lifted or becomes known, and no stop lasts."""
    assume(history.live)  # the first entry of a chart begins a course, whatever it is
    added = [
        Event(uuid5(PATIENT, f"device {n}"), DEMO_CLINIC, PATIENT, StreamKind.PATIENT, history.seq + n, THEN - ago, THEN, AUTHORS_DEVICE, AUTHORS_DEVICE, one)
        for n, one in enumerate((structs.replace(each, method="device") for each in shown), 1)
    ]
    before, after = assess(PROTOCOL, history, THEN), assess(PROTOCOL, History(history.events + tuple(added)), THEN)
    assert after.due == before.due and after.flags == before.flags and len(after.verdicts) == len(before.verdicts)
    for old, new in zip(before.verdicts, after.verdicts, strict=True):
        assert new == old or (old.rule.kind is RuleKind.HOLD and new.answer is Answer.YES and old.answer is not Answer.YES), (old, new)
    opened = {(move.kind, move.to, move.visit) for move in before.moves if move.answer is Answer.YES}
    assert {(move.kind, move.to, move.visit) for move in after.moves if move.answer is Answer.YES} <= opened
