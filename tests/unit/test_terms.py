"""The words: numbers, quantities, times, answers and the strict JSON reader."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kairn.terms.answer import Answer, any_of, every
from kairn.terms.numbers import measured_value, parameter, plain_text, rounded_to, typed_dose
from kairn.terms.problem import Unreadable
from kairn.terms.quantity import parse_quantity
from kairn.terms.strict_json import NumberText, read_json
from kairn.terms.times import instant, parse_duration

YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN
GARBAGE = ["", " ", "NaN", "Infinity", "-Infinity", "1e3", "1_000", "٣", "１", "1,5", ".5", "5.", "0x10", "1 ", " 1", "--1", "1\n", "nan", "²"]


@pytest.mark.parametrize("text", GARBAGE)
@pytest.mark.parametrize("grammar", [typed_dose, measured_value, parameter])
def test_no_grammar_takes_garbage(grammar, text: str) -> None:
    with pytest.raises(Unreadable):
        grammar(text)


@pytest.mark.parametrize(("grammar", "taken", "refused"), [
    (typed_dose, ["0.5", "9999.999", "41"], ["10000", "0.0001", "-1", "+1"]),
    (measured_value, ["-0.4", "82.44999999999999", "+7", "123456789012345678"], ["1234567890123456789"]),
    (parameter, ["123456789012"], ["1234567890123"]),
])  # fmt: skip
def test_each_grammar_at_its_limits(grammar, taken: list[str], refused: list[str]) -> None:
    assert [grammar(text) for text in taken] == [Decimal(text) for text in taken]
    for text in refused:
        with pytest.raises(Unreadable):
            grammar(text)


def test_refusals_say_what_was_seen_expected_and_what_to_do() -> None:
    with pytest.raises(Unreadable) as caught:
        typed_dose("1e3", "dose")
    problem = caught.value.problem
    assert problem.where == "dose" and "1e3" in problem.seen and problem.expected and problem.mend


@given(st.decimals(min_value=-10000, max_value=10000, places=4))
def test_numbers_are_written_for_people(value: Decimal) -> None:
    text = plain_text(value)
    assert Decimal(text) == value and "e" not in text.lower() and not text.startswith(".") and text != "-0"
    assert not ("." in text and text.endswith("0"))


@given(st.integers(-(10**6), 10**6), st.sampled_from([Decimal("1"), Decimal("0.1"), Decimal("0.01")]))
def test_rounding_is_half_even_to_the_step(thousandths: int, step: Decimal) -> None:
    value = Decimal(thousandths) / 1000
    rounded = rounded_to(value, step)
    assert abs(rounded - value) * 2 <= step
    if abs(rounded - value) * 2 == step:
        assert (rounded / step) % 2 == 0


@pytest.mark.parametrize(("text", "unit", "exact"), [
    ("0.5 mg/kg", "ug/kg", Fraction(500)), ("1 [lb_av]", "kg", Fraction(45359237, 100000000)), ("60 mL/h", "mL/min", Fraction(1)),
    ("72 {beats}/min", "/min", Fraction(72)), ("180 mmHg", "mm[Hg]", Fraction(180)), ("2 wk", "d", Fraction(14)), ("3 {xULN}", "{xULN}", Fraction(3)),
])  # fmt: skip
def test_units_convert_exactly(text: str, unit: str, exact: Fraction) -> None:
    assert parse_quantity(text).to(unit) == exact


@pytest.mark.parametrize("text", ["0.5mg/kg", "0.5 mg/stone", "1e3 mg", ".5 mg", "5 ", "mg", "5 mg kg", "NaN mg"])
def test_odd_quantities_are_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        parse_quantity(text)


def test_units_of_another_kind_do_not_convert() -> None:
    for text, unit in [("5 mg", "mL"), ("5 mg/kg", "mg"), ("5 mg/min", "mg")]:
        with pytest.raises(Unreadable):
            parse_quantity(text).to(unit)


def test_kleene_tables() -> None:
    assert [~YES, ~NO, ~UNKNOWN] == [NO, YES, UNKNOWN]
    assert [every([YES, UNKNOWN]), every([NO, UNKNOWN]), every([]), any_of([NO, UNKNOWN]), any_of([YES, UNKNOWN]), any_of([])] == [
        UNKNOWN,
        NO,
        YES,
        UNKNOWN,
        YES,
        NO,
    ]
    with pytest.raises(TypeError):
        bool(UNKNOWN)


@given(st.lists(st.sampled_from(Answer)), st.sampled_from(Answer))
def test_unknown_never_helps(answers: list[Answer], filled: Answer) -> None:
    """Learning more never turns a yes that stood with an unknown in it."""
    with_unknown = [*answers, UNKNOWN]
    for combine in (every, any_of):
        if combine(with_unknown) is not UNKNOWN:
            assert combine([*answers, filled]) is combine(with_unknown)


@pytest.mark.parametrize(
    "text", ["2026-11-22", "2026-11-22T09:00:00", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "٢026-11-22T09:00:00Z", "now", "2026-11-22T25:00:00Z"]
)
def test_an_instant_needs_its_zone_and_must_exist(text: str) -> None:
    with pytest.raises(Unreadable):
        instant(text)


def test_instants_and_durations() -> None:
    assert instant("2018-11-29T21:27:04+01:00").isoformat() == "2018-11-29T20:27:04+00:00"
    assert str(parse_duration("30 min")) == "30 minutes" and str(parse_duration("1 h")) == "1 hour"
    for text in ["30", "30min", "30 minutes", "-5 min", "1e3 s", "∞ d"]:
        with pytest.raises(Unreadable):
            parse_duration(text)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(JSON_VALUES)
def test_sound_json_reads_as_written_with_numbers_as_text(value: object) -> None:
    def as_text(part: object) -> object:
        if isinstance(part, dict):
            return {key: as_text(inner) for key, inner in part.items()}
        if isinstance(part, list):
            return [as_text(inner) for inner in part]
        return NumberText(part) if isinstance(part, int) and not isinstance(part, bool) else part

    assert read_json(json.dumps(value).encode()) == as_text(value)


@pytest.mark.parametrize(("raw", "place"), [
    (b'{"a": 1,\n "a": 2}', "line 2, column 2"), (b'[1,\n NaN]', "line 2, column 2"), (b'{"a":\n Infinity}', "line 2, column 2"),
    (b'[1e400]', "line 1, column 2"),
    (b'{"a": "\\ud800"}', "line 1"), (b'{"a": "\\u0000"}', "line 1"), (b'{"a": [1, 2', "line 1, column 12"),
    (b'{"b": {"a": 1}, "a": {"x": 1,\n"x": 2}}', "line 2, column 1"),
])  # fmt: skip
def test_broken_json_is_refused_with_its_place(raw: bytes, place: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read_json(raw, "file.json")
    assert f"file.json, {place}" in caught.value.problem.where


def test_deep_large_and_undecodable_json_is_refused() -> None:
    for raw in (b"[" * 100_000, b"\xff\xfe", b"[" + b"1," * 50 + b"1]"):
        with pytest.raises(Unreadable):
            read_json(raw, max_bytes=100 if raw.startswith(b"[1") else None)
