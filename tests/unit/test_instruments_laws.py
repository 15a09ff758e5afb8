"""Laws of scoring, for every instrument and any answers: what a blank, an order or a worse answer may do, and what it never may."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from kairn.instruments.definition import INSTRUMENTS
from kairn.instruments.score import asked, score
from kairn.instruments.shapes import Instrument, Item, Method
from kairn.terms.answer import Answer

ALL = st.sampled_from(sorted(INSTRUMENTS)).map(INSTRUMENTS.__getitem__)
RISING = (Method.SUM, Method.MEAN, Method.COUNT, Method.DOMAIN_MAX)


@st.composite
def answered(draw: st.DrawFn) -> tuple[Instrument, dict[str, str]]:
    """An instrument with some of its items answered, most often all of them."""
    found = draw(ALL)
    whole = {item.key: draw(st.sampled_from([option.value for option in item.options])) for item in found.items}
    left = draw(st.sets(st.sampled_from(sorted(whole)), max_size=draw(st.sampled_from([0, 0, 1, 2, len(whole)]))))
    return found, {key: value for key, value in whole.items() if key not in left}


@given(answered(), st.randoms(use_true_random=False))
def test_the_order_of_answers_does_not_matter(given_: tuple[Instrument, dict[str, str]], chance: object) -> None:
    found, answers = given_
    shuffled = list(answers.items())
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    by_number = {f"q{found.item(key).number}": value for key, value in shuffled}
    assert score(found, answers) == score(found, dict(shuffled)) == score(found, by_number)


@given(answered())
def test_complete_is_nothing_missing_and_a_total_lies_in_its_range(given_: tuple[Instrument, dict[str, str]]) -> None:
    found, answers = given_
    said = score(found, answers)
    assert said.complete == (not said.missing)
    assert not set(said.missing) & set(answers)
    for name, value in {"total": said.total, **said.subscales}.items():
        if value is not None:
            assert found.scales[name].low <= value <= found.scales[name].high
    assert (said.band != "") or said.total is None or not found.bands


@given(answered(), st.data())
@settings(max_examples=300)
def test_leaving_an_answer_out_never_turns_a_flag_to_no_and_never_lowers_a_safety_flag(given_: tuple[Instrument, dict[str, str]], data: st.DataObject) -> None:
    found, answers = given_
    if not answers:
        return
    lost = data.draw(st.sampled_from(sorted(answers)))
    rest = {key: value for key, value in answers.items() if key != lost}
    if lost not in {item.key for item in asked(found, rest)}:
        return  # a question that is not asked cannot be skipped
    before, after = score(found, answers), score(found, rest)
    for name, answer in before.raised.items():
        if after.raised[name] is Answer.NO:
            assert answer is Answer.NO, f"{name} was {answer} before {lost} was left out"
        if found.flags[name].safety and answer is Answer.YES:
            assert after.raised[name] is Answer.YES, name


@given(answered(), st.data())
@settings(max_examples=300)
def test_a_higher_answer_never_lowers_a_scale_unless_it_is_turned(given_: tuple[Instrument, dict[str, str]], data: st.DataObject) -> None:
    found, answers = given_
    raised = data.draw(st.sampled_from(found.items))
    at = Decimal(answers[raised.key]) if answers.get(raised.key, "unknown") != "unknown" else None
    above = [option.value for option in raised.options if option.number is not None and at is not None and option.number > at]
    if not above:
        return
    before, after = score(found, answers), score(found, answers | {raised.key: data.draw(st.sampled_from(above))})
    for name, scale in found.scales.items():
        low = before.total if name == found.total else before.subscales[name]
        high = after.total if name == found.total else after.subscales[name]
        if low is None or high is None or scale.method not in RISING:
            continue
        assert (low >= high) if raised.key in scale.reversed else (low <= high), name


@given(ALL, st.data())
def test_a_blank_in_an_item_that_is_needed_is_never_taken_for_its_lowest(found: Instrument, data: st.DataObject) -> None:
    always: list[Item] = [item for item in found.required if item.asked_when is None]
    blank = data.draw(st.sampled_from(always))
    rest = {item.key: item.options[0].value for item in found.items if item is not blank}
    said = score(found, rest)
    assert blank.key in said.missing
    touched = [scale for scale in found.scales.values() if blank.key in scale.items and scale.name not in found.missing.scales]
    values = {"total": said.total, **said.subscales}
    assert [scale.name for scale in touched if values[scale.name] is not None and scale.only_when is None] == []


@given(answered())
def test_while_a_form_is_filled_in_nothing_counts_as_skipped(given_: tuple[Instrument, dict[str, str]]) -> None:
    found, answers = given_
    so_far, at_the_end = score(found, answers, finished=False), score(found, answers)
    assert set(so_far.flags) <= set(at_the_end.flags)
    assert {name for name, answer in so_far.raised.items() if answer is Answer.NO} <= {
        name for name, answer in at_the_end.raised.items() if answer is Answer.NO
    }
