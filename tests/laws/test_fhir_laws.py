"""Laws of the import: nothing half-taken, nothing twice, no order, no garbage, every entry accounted for."""

from __future__ import annotations

import gzip
import random
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from kairn.fhir.bundle import open_bundle
from kairn.fhir.report import Outcome
from kairn.terms.problem import Unreadable
from tests import bundles
from tests.bundle_walks import measured, taken, walked

WHOLE = bundles.living_adult() + b"\n"
OPENED = open_bundle(WHOLE)
PACKED = gzip.compress(bundles.living_adult())
VALUES = st.sampled_from(["70", "71", "71.0", bundles.SIXTEEN])
MADE = (bundles.condition, bundles.medicine, bundles.encounter, bundles.claim, bundles.weight, bundles.blood_pressure, bundles.allergy)
GARBAGE = ["NaN", "Infinity", "1e400", "-1e999", "1_000", "0x1F", "+1", "01", "1.", ".5", "--1", "1e", "８３", "٣"]
SCALARS = st.none() | st.booleans() | st.text(max_size=6) | st.integers()
JUNK = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3))


def refused_or(raw: bytes) -> object:
    """What the bytes open to, or None where they are refused."""
    try:
        return open_bundle(raw)
    except Unreadable:
        return None


@given(st.integers(0, len(WHOLE)))
@example(len(WHOLE) - 1)
def test_a_truncated_bundle_is_refused_or_says_the_same(length: int) -> None:
    assert refused_or(WHOLE[:length]) in (None, OPENED)


@given(st.integers(0, len(PACKED)))
def test_a_truncated_gzip_is_refused_or_says_the_same(length: int) -> None:
    assert refused_or(PACKED[:length]) in (None, OPENED)


@given(st.lists(st.tuples(st.sampled_from(MADE), st.integers(0, 3)), max_size=12, unique=True), st.randoms(use_true_random=False))
def test_the_order_of_entries_does_not_matter(wanted: list[tuple[Any, int]], chance: random.Random) -> None:
    resources = [bundles.person(), *(make(f"{make.__name__}-{n}") for make, n in wanted)]
    shuffled = list(resources)
    chance.shuffle(shuffled)
    one, other = taken(bundles.bundle(*resources)), taken(bundles.bundle(*shuffled))
    assert (one.drafts, one.report.lines) == (other.drafts, other.report.lines)


@given(st.lists(VALUES, min_size=1, max_size=8))
def test_the_latest_word_of_the_source_stands_alone_and_repeating_it_adds_nothing(values: list[str]) -> None:
    raws = [bundles.bundle(bundles.person(), bundles.weight(value=value)) for value in values]
    history, _ = walked(*raws)
    assert measured(history) == [values[-1]]
    again = taken(raws[-1], history)
    assert not again.drafts and again.report.count(Outcome.ALREADY_HERE) == again.report.entries
    assert len({event.id for event in history.events}) == len(history.events)


@given(st.sampled_from(GARBAGE), st.booleans())
def test_a_garbage_number_is_refused_with_its_place(text: str, quoted: bool) -> None:
    value = text if quoted else bundles.number(text)
    raw = bundles.bundle(bundles.person(), bundles.weight() | {"valueQuantity": {"value": value, "unit": "kg", "code": "kg"}})
    try:
        taken(raw)
    except Unreadable as refused:
        assert "valueQuantity.value" in str(refused) if quoted else "line 1, column" in str(refused)
    else:
        raise AssertionError(f"{text} was taken")


@settings(max_examples=300)
@given(st.data())
def test_any_element_may_be_junk_without_a_crash(data: st.DataObject) -> None:
    resource = data.draw(st.sampled_from(bundles.everything()))
    name = data.draw(st.sampled_from([key for key in resource if key not in ("resourceType", "id")]))
    changed = resource | {name: data.draw(JUNK)}
    others = [bundles.person()] if resource["resourceType"] != "Patient" else []
    try:
        taken(bundles.bundle(*others, changed))
    except Unreadable as refused:
        assert refused.problem.where and refused.problem.mend


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_with_a_sentence(raw: bytes) -> None:
    try:
        open_bundle(raw)
    except Unreadable as refused:
        assert refused.problem.seen and refused.problem.expected
