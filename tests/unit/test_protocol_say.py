"""The protocol said aloud: every rule once, every sentence with its sources, every limit where the rules put it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import fields, replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kairn.protocol as room
from kairn.library.facts import FACTS
from kairn.library.sources import CONFIDENCES, SOURCES
from kairn.protocol.conditions import (
    Age,
    AtLeast,
    AtMost,
    Band,
    Between,
    Change,
    Condition,
    Count,
    EveryOf,
    Flagged,
    Given,
    Happened,
    Is,
    Known,
    Listed,
    Not,
    Repeated,
    Since,
    SinceUse,
    SomeOf,
    Unrecognised,
)  # fmt: skip
from kairn.protocol.ladder import Question, answer_to, answers_of, facts_of, ladder, limits_of, rules_of
from kairn.protocol.load import PROTOCOLS, load_protocol
from kairn.protocol.phrases import ENGLISH, Phrases, amount, length
from kairn.protocol.phrases_document import ENGLISH_DOCUMENT, Wording
from kairn.protocol.say import document_of, one_line, say_condition, say_protocol, say_rule
from kairn.terms.quantity import Quantity
from kairn.terms.times import Duration

PROTOCOL = load_protocol("iv-ketamine-oud", "1.0")
DOCUMENT = document_of(PROTOCOL)


def hours(amount: int) -> Duration:
    return Duration(Decimal(amount), "h")


def test_every_rule_has_one_entry_with_its_title_and_reasons() -> None:
    entries = list(DOCUMENT.every_entry())
    assert Counter(entry.rule for entry in entries) == Counter(rule.id for rule in PROTOCOL.rules)
    for entry in entries:
        rule = PROTOCOL.by_id[entry.rule]
        said = {sentence.label: sentence.text for sentence in entry.sentences}
        assert entry.title == rule.title and said["Why"] == rule.rationale and said["Not considered"] == rule.not_considered


def test_every_sentence_has_its_citation_and_every_source_its_number() -> None:
    numbers = {reference.number for reference in DOCUMENT.sources}
    assert numbers == set(range(1, len(DOCUMENT.sources) + 1))
    for sentence in DOCUMENT.every_sentence():
        assert sentence.cites, sentence.text
        assert set(sentence.numbers) <= numbers
    assert {reference.key for reference in DOCUMENT.sources} == {citation.source for citation in PROTOCOL.every_citation()}


def test_every_source_tells_how_it_is_known() -> None:
    said = say_protocol(PROTOCOL)
    for reference in DOCUMENT.sources:
        assert f"; {CONFIDENCES[SOURCES[reference.key].confidence]};" in reference.about and reference.about in said
    assert "read on" not in said


@pytest.mark.parametrize("path", sorted(PROTOCOLS.glob("*/*/protocol.yaml")), ids=lambda path: path.parts[-3])
def test_each_sentence_of_the_summary_stands_with_its_own_sources(path: Path) -> None:
    protocol = load_protocol(path.parts[-3], path.parts[-2])
    document = document_of(protocol)
    keys = {reference.number: reference.key for reference in document.sources}
    said = [(sentence.text, [(keys[cite.number], cite.locator) for cite in sentence.cites]) for sentence in document.sections[0].sentences]
    assert said == [(claim.says, [(one.source, one.locator) for one in claim.citations]) for claim in protocol.summary]


def test_what_is_said_against_it_rests_on_those_who_say_it() -> None:
    cited = {claim.says: {one.source for one in claim.citations} for claim in PROTOCOL.summary}
    assert cited["The evidence is thin and partly against its use here."] >= {"cadth2024", "cohen2018"}
    dose = {one.source for one in PROTOCOL.infusion.citations if SOURCES[one.source].kind == "trial"}
    assert dose and not dose & set().union(*cited.values())


def test_every_cell_of_a_limit_has_its_citation() -> None:
    section = next(section for section in DOCUMENT.sections if section.name == "limits")
    assert [table.title for table in section.tables] == [ENGLISH_DOCUMENT.limits[question] for question in Question]
    for table in section.tables:
        assert table.rows
        for row in table.rows:
            assert len(row) == len(table.heads) and all(cell.cites for cell in row[1:] if cell.text)


def test_the_limits_at_a_glance_say_what_the_rules_say() -> None:
    table = next(table for section in DOCUMENT.sections for table in section.tables if table.title == ENGLISH_DOCUMENT.limits["infusion"])
    rows = {row[0].text: [cell.text for cell in row[1:]] for row in table.rows}
    stop = PROTOCOL.by_id["pressure-stop"].condition
    assert stop is not None
    limit = next(part.limit for part in stop.of if part.fact == "systolic")  # type: ignore[union-attr]
    assert rows["systolic pressure"][3].endswith(f"{amount(limit)} or more")
    assert rows["systolic pressure"][2].endswith("when it lasts") and rows["distress"][0] == "calm"


def test_the_markdown_reads_as_a_document() -> None:
    said = say_protocol(PROTOCOL)
    assert said.startswith(f"# {PROTOCOL.title}\n") and said == say_protocol(PROTOCOL)
    for rule in PROTOCOL.rules:
        assert rule.title in said and f"rule {rule.id}" in said
    assert not re.search(r"\{|\}|None|mm\[Hg\]|\(\)|  +[a-z]| ,|\.\.|: \.", said), "no brace, no empty word, no code of a unit"
    heads = [len(line) - len(line.lstrip("#")) for line in said.splitlines() if line.startswith("#")]
    assert all(after - before <= 1 for before, after in zip(heads, heads[1:], strict=False)), "no heading skips a level"


SENTENCES: list[tuple[Condition, str, str]] = [
    (AtMost("spo2", Quantity(Decimal(93), "%"), None), "oxygen saturation is 93 % or less", "oxygen saturation is more than 93 %"),
    (AtLeast("systolic", Quantity(Decimal(180), "mm[Hg]"), hours(1), True), "systolic pressure is 180 mmHg or more, at this visit, within the latest 1 hour",
     "systolic pressure is less than 180 mmHg, at this visit, within the latest 1 hour"),
    (Between("heart_rate", Quantity(Decimal(50), "{beats}/min"), Quantity(Decimal(120), "{beats}/min"), None), "heart rate is 50 to 120 a minute",
     "heart rate is below 50 a minute or above 120 a minute"),
    (Is("distress", ("severe", "wants-to-stop"), None), "distress: severe or wants to stop", "distress: anything but severe or wants to stop"),
    (Band("phq-9", ("mild",), None), "the latest complete answers to phq-9 fall in the band mild", "it is not so that the latest complete answers"),
    (Known("weight", hours(4)), "weight is known, within the latest 4 hours", "weight is not known"),
    (Change("craving", "series", "fall", True, Quantity(Decimal(30), "%"), True, None),
     "has fallen by 30 % of what it was or more since before the first infusion", "has not fallen by 30 %"),
    (Listed("conditions", "stroke", hours(2)), "the list of conditions names", "the list of conditions does not name"),
    (Unrecognised(hours(2)), "the list of medicines names one that the library does not know", "every medicine on the list is one that the library knows"),
    (Age(Quantity(Decimal(18), "a"), Quantity(Decimal(65), "a")), "age is 18 to 65 years", "age is below 18 years or above 65 years"),
    (Since("infusion-ended", hours(2), None), "at least 2 hours have passed since the end", "less than 2 hours have passed since the end"),
    (SinceUse("alcohol", hours(24), None, hours(2)), "at least 24 hours have passed since the latest use of", "it is not so that at least 24 hours"),
    (Given("ondansetron", 1, None), "ondansetron was given at most once at this visit", "ondansetron was given more than once at this visit"),
    (Given("ondansetron", 0, hours(8)), "ondansetron was not given in 8 hours", "ondansetron was given in 8 hours"),
    (Happened("order-signed", None, True), "on record: a signed order for this infusion, at this visit", "not on record: a signed order"),
    (Count("infusions", 5, None), "at most 5 infusions started, ever", "more than 5 infusions started, ever"),
    (Flagged("interaction", "stop"), "a flag about medicines beside ketamine speaks", "no flag about medicines beside ketamine speaks"),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "said", "denied"), SENTENCES, ids=lambda one: type(one).__name__ if not isinstance(one, str) else "")
def test_each_condition_and_its_opposite_are_said(condition: Condition, said: str, denied: str) -> None:
    assert said in say_condition(condition).text and denied in say_condition(Not(condition)).text


def test_every_shape_is_said() -> None:
    joined = {EveryOf, SomeOf, Not, Repeated} | {type(condition) for condition, _, _ in SENTENCES}
    assert {shape.__name__ for shape in Condition.__args__} - {"AnyOf"} == {shape.__name__ for shape in joined}


def test_nested_clauses_keep_their_depth() -> None:
    leaf, other = SENTENCES[0][0], SENTENCES[5][0]
    said = say_condition(EveryOf((leaf, Not(SomeOf(1, (leaf, other))))))
    assert [depth for depth, _ in said.lines()] == [0, 1, 1, 2, 3, 3]
    assert one_line(said).count("(") == 3
    assert say_condition(Repeated(leaf, 2, hours(1))).text.endswith("on 2 readings in a row at least 1 hour apart")  # type: ignore[arg-type]


OTHER = replace(ENGLISH, language="xx", at_most="<{what}|{limit}>{when}", units={"%": "pct"}, within=" [{length}]")


def test_a_second_language_is_a_second_catalogue() -> None:
    assert say_condition(SENTENCES[0][0], OTHER).text == "<oxygen saturation|93 pct>"
    shouted = Wording(**{field.name: "X" for field in fields(Wording) if isinstance(getattr(ENGLISH_DOCUMENT, field.name), str)})
    said = document_of(PROTOCOL, shouted)
    own = {rule.title for rule in PROTOCOL.rules} | {rule.rationale for rule in PROTOCOL.rules} | {rule.not_considered for rule in PROTOCOL.rules}
    for sentence in said.every_sentence():
        clauses = [text for part in sentence.parts for _, text in part.lines()]
        assert all(set(text) <= set("X. ") or text in own or text in PROTOCOL.lead for text in (sentence.text, *clauses)), sentence


def test_every_phrase_is_used() -> None:
    """A phrase nobody says would be translated for nothing."""
    folder = next(iter(room.__path__))
    text = "".join(
        open(f"{folder}/{name}.py", encoding="utf-8").read() for name in ("say_clauses", "say_rules", "say_document", "say_entries", "say_limits", "phrases")
    )
    unused = [field.name for field in (*fields(Phrases), *fields(Wording)) if not re.search(rf"(?:phrases|words)\.{field.name}\b", text)]
    assert unused == []


def test_lengths_and_amounts_are_written_as_people_write_them() -> None:
    assert length(Duration(Decimal(1), "d")) == "1 day" and length(Duration(Decimal(28), "d")) == "28 days"
    assert amount(Quantity(Decimal(5), "{score}")) == "5" and amount(Quantity(Decimal("0.5"), "mg/kg")) == "0.5 mg/kg"


@pytest.mark.parametrize("question", Question)
def test_the_ladder_covers_every_plausible_value_with_one_answer(question: Question) -> None:
    rules = rules_of(PROTOCOL, question)
    for name in facts_of(rules):
        fact, spans = FACTS[name], ladder(PROTOCOL, question, name)
        if fact.kind == "choice":
            assert sorted(value for span in spans for value in span.values) == sorted(fact.choices)
            continue
        assert spans[0].values[0] == fact.plausible[0] and spans[-1].values[-1] == fact.plausible[1]
        for before, after in zip(spans, spans[1:], strict=False):
            assert Decimal(before.values[-1]) + fact.step == Decimal(after.values[0])


@given(st.data())
def test_the_ladder_agrees_with_every_single_step(data: st.DataObject) -> None:
    question = data.draw(st.sampled_from(list(Question)))
    rules = rules_of(PROTOCOL, question)
    name = data.draw(st.sampled_from([fact for fact in facts_of(rules) if FACTS[fact].kind == "measure"]))
    fact, lasting = FACTS[name], data.draw(st.booleans())
    near = [limit + shift * fact.step for limit in limits_of(rules, name) for shift in (-1, 0, 1)]
    value = data.draw(st.sampled_from([at for at in near if fact.plausible[0] <= at <= fact.plausible[1]]))
    span = next(span for span in ladder(PROTOCOL, question, name, lasting=lasting) if Decimal(span.values[0]) <= value <= Decimal(span.values[-1]))
    assert (span.answer, span.rules) == answer_to(rules, question, name, value, lasting=lasting)
    assert span.answer in answers_of(question)


def test_every_rule_is_said_without_a_hole() -> None:
    for rule in PROTOCOL.rules:
        assert rule.title in say_rule(rule) and not re.search(r"\{|None", say_rule(rule))
