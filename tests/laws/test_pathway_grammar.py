"""Each shape of the grammar, read from the text a protocol file would hold and weighed on a small history."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid5

import pytest

from kairn.instruments.definition import INSTRUMENTS
from kairn.library.facts import FACTS
from kairn.library.reader import read_yaml_text
from kairn.pathway.assess import assess
from kairn.pathway.weigh import weigh
from kairn.protocol.conditions import Condition
from kairn.protocol.read_condition import read_condition
from kairn.protocol.rule import FlagSays, Protocol, Rule, RuleKind, Severity, While
from kairn.record.history import History
from kairn.record.payloads import (
    Coding,
    ConsentWithdrawn,
    DrugGiven,
    MedicationNoted,
    Observed,
    Payload,
    PhaseEntered,
    PumpStarted,
    Reading,
    StageEntered,
    VisitBooked,
)
from kairn.record.payloads_care import Answered, InstrumentAnswered, UseReported
from kairn.terms.problem import Unreadable
from tests.laws.people import NOW, PATIENT, PROTOCOL, SIGNATURE, VISITS
from tests.laws.test_pathway_edges import ground, history

HOUR, MINUTE, DAY, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1), timedelta(seconds=1)
HERE = VISITS[0]


def read(text: str) -> Condition:
    """A condition as a protocol file would hold it."""
    return read_condition(read_yaml_text(text, "here"))


def answer(text: str, known: History) -> str:
    """What a condition answers on a history, at the first visit where there is one."""
    told = ground(known)
    return weigh(read(text), told, told.visits[0] if told.visits else None).answer.value


def taken(ago: timedelta, *, visit: bool = False, **values: str) -> tuple[timedelta, Payload]:
    """Readings taken together."""
    return ago, Observed(tuple(Reading(fact, value, FACTS[fact].unit) for fact, value in values.items()), HERE if visit else None)


def infused(ago: timedelta = HOUR) -> tuple[tuple[timedelta, Payload], ...]:
    """A visit whose pump was started."""
    booked = VisitBooked(visit=HERE, purpose="infusion", starts_at=NOW, minutes=180, chair="1", number=1)
    return (ago + HOUR, booked), (ago, PhaseEntered(HERE, "infusion", SIGNATURE)), (ago, PumpStarted(HERE, "60 mL/h", SIGNATURE))


@pytest.mark.parametrize(
    ("latest", "text", "expected"),
    [
        ("159", "change: {fact: systolic, since: infusion, rise_at_least: '40 mm[Hg]'}", "no"),
        ("160", "change: {fact: systolic, since: infusion, rise_at_least: '40 mm[Hg]'}", "yes"),
        ("160", "change: {fact: systolic, since: infusion, rise_at_most: '40 mm[Hg]'}", "yes"),
        ("161", "change: {fact: systolic, since: infusion, rise_at_most: '40 mm[Hg]'}", "no"),
        ("90", "change: {fact: systolic, since: infusion, fall_at_least: '30 mm[Hg]'}", "yes"),
        ("91", "change: {fact: systolic, since: infusion, fall_at_least: '30 mm[Hg]'}", "no"),
        ("90", "change: {fact: systolic, since: infusion, fall_at_least: '25 %', of: baseline}", "yes"),
        ("91", "change: {fact: systolic, since: infusion, fall_at_least: '25 %', of: baseline}", "no"),
        ("144", "change: {fact: systolic, since: infusion, rise_at_most: '20 %', of: baseline}", "yes"),
        ("145", "change: {fact: systolic, since: infusion, rise_at_most: '20 %', of: baseline}", "no"),
    ],
)
def test_a_change_from_before_the_infusion(latest: str, text: str, expected: str) -> None:
    known = history(taken(HOUR + MINUTE, visit=True, systolic="120"), *infused(), taken(MINUTE, visit=True, systolic=latest))
    assert answer(text, known) == expected
    assert answer(text, history(*infused(), taken(MINUTE, visit=True, systolic=latest))) == "unknown"


def test_a_change_over_the_series_needs_a_reading_since_and_a_baseline_that_is_not_nothing() -> None:
    text = "change: {fact: craving, since: series, fall_at_least: '50 %', of: baseline}"
    before, after = taken(3 * DAY, craving="80"), taken(MINUTE, craving="40")
    assert answer(text, history(before, *infused(2 * DAY), after)) == "yes"
    assert answer(text, history(before, *infused(2 * DAY), taken(MINUTE, craving="41"))) == "no"
    assert answer(text, history(before, *infused(2 * DAY))) == "unknown", "the baseline itself is no change"
    assert answer(text, history(before, after)) == "unknown", "no infusion yet"
    assert answer(text, history(taken(3 * DAY, craving="0"), *infused(2 * DAY), after)) == "unknown", "no share of nothing"


EVER = """repeated:
  of: {any_of: [{at_least: {fact: systolic, limit: "180 mm[Hg]", within: 12 h}}, {at_least: {fact: diastolic, limit: "110 mm[Hg]", within: 12 h}}]}
  times: "2"
  apart: 4 min
  ever: "yes"
"""


def test_a_run_that_was_once_long_enough_stands_for_as_long_as_its_readings() -> None:
    high = taken(20 * MINUTE, systolic="182", diastolic="95"), taken(16 * MINUTE, systolic="175", diastolic="110")
    better = taken(MINUTE, systolic="120", diastolic="80")
    assert answer(EVER, history(*high, better)) == "yes"
    assert answer(JOINED, history(*high, better)) == "no"
    assert answer(EVER, history(high[0], better, high[1])) == "yes", "in whatever order they arrive"
    assert answer(EVER, history(high[0], taken(18 * MINUTE, systolic="179", diastolic="109"), high[1], better)) == "no", "not in a row"
    assert answer(EVER, history(taken(20 * MINUTE, systolic="182", diastolic="95"), taken(17 * MINUTE, systolic="182", diastolic="95"), better)) == "no", (
        "too close"
    )
    assert answer(EVER, history(taken(12 * HOUR, systolic="182", diastolic="95"), high[1], better)) == "no", "the first no longer stands"
    assert answer(EVER, history(taken(12 * HOUR - SECOND, systolic="182", diastolic="95"), high[1], better)) == "yes"


def test_without_a_run_silence_is_not_a_no() -> None:
    assert answer(EVER, history()) == "unknown"
    assert answer(EVER, history(taken(MINUTE, systolic="120"))) == "unknown", "the other pressure is not known"
    assert answer(EVER, history(taken(13 * HOUR, systolic="120", diastolic="80"))) == "unknown", "too long ago to say"
    assert answer(EVER, history(taken(9 * MINUTE, systolic="180"), taken(4 * MINUTE, systolic="180"))) == "yes", "one of the two pressures is enough"


JOINED = """repeated:
  of: {any_of: [{at_least: {fact: systolic, limit: "180 mm[Hg]"}}, {at_least: {fact: diastolic, limit: "110 mm[Hg]"}}]}
  times: "2"
  apart: 4 min
"""


def test_a_run_joins_the_two_pressures() -> None:
    high = taken(6 * MINUTE, systolic="182", diastolic="95")
    assert answer(JOINED, history(high, taken(MINUTE, systolic="175", diastolic="112"))) == "yes"
    assert answer(JOINED, history(high, taken(MINUTE, systolic="175", diastolic="109"))) == "no"
    assert answer(JOINED, history(high, taken(3 * MINUTE, systolic="182", diastolic="95"))) == "no", "too close together"
    calm = taken(4 * MINUTE, systolic="150", diastolic="90")
    assert answer(JOINED, history(high, calm, taken(MINUTE, systolic="185", diastolic="112"))) == "no", "the run was broken"


def test_half_a_pressure_speaks_neither_for_nor_against_the_other_half() -> None:
    high = taken(9 * MINUTE, systolic="186", diastolic="112"), taken(4 * MINUTE, systolic="184", diastolic="111")
    assert answer(JOINED, history(*high, taken(MINUTE, systolic="172"))) == "yes", "the diastolic is as high as it was"
    assert answer(JOINED, history(*high, taken(MINUTE, systolic="172", diastolic="109"))) == "no"
    assert answer(JOINED, history(high[0], taken(6 * MINUTE, systolic="150"), high[1])) == "yes"
    assert answer(JOINED, history(high[1], taken(MINUTE, systolic="172"))) == "no", "one high reading is not two"
    assert answer(EVER, history(high[0], taken(6 * MINUTE, systolic="150"), high[1], taken(MINUTE, systolic="120", diastolic="80"))) == "yes"


def test_time_since_use_needs_every_substance_of_the_class() -> None:
    text = "since_use: {class: stimulant, at_least: 24 h, within: 12 h}"
    never, long_ago = UseReported("cocaine", never=True), UseReported("methamphetamine", latest_at=NOW - DAY)
    assert answer(text, history((MINUTE, never), (MINUTE, long_ago))) == "yes"
    assert answer(text, history((MINUTE, never), (MINUTE, UseReported("methamphetamine", latest_at=NOW - DAY + MINUTE)))) == "no"
    assert answer(text, history((MINUTE, never))) == "unknown", "one was not asked about"
    assert answer(text, history((13 * HOUR, never), (MINUTE, long_ago))) == "unknown", "asked too long ago"
    assert answer(text, history((MINUTE, never), (MINUTE, UseReported("methamphetamine")))) == "unknown", "asked, and not known"
    assert answer(text.replace("at_least", "at_most"), history((MINUTE, UseReported("cocaine", latest_at=NOW - HOUR)))) == "yes", "one is enough to worry"


def test_a_report_of_never_does_not_undo_a_use_told_before() -> None:
    told = history(
        (2 * HOUR, UseReported("cocaine", latest_at=NOW - 3 * HOUR)),
        (MINUTE, UseReported("cocaine", never=True)),
        (MINUTE, UseReported("methamphetamine", never=True)),
    )
    assert answer("since_use: {class: stimulant, at_least: 24 h, within: 12 h}", told) == "no"


def test_doses_given_are_counted_in_a_window_or_at_a_visit() -> None:
    known = history(*infused(5 * HOUR), (4 * HOUR, DrugGiven(HERE, "Ondansetron", "4 mg")))
    assert answer("given: {drug: ondansetron, at_most: '0', window: 4 h}", known) == "yes", "it has just left the window"
    assert answer("given: {drug: ondansetron, at_most: '0', window: 5 h}", known) == "no"
    assert answer("given: {drug: ondansetron, at_most: '0'}", known) == "no"
    assert answer("given: {drug: ondansetron, at_most: '1'}", known) == "yes"
    assert answer("given: {drug: midazolam, at_most: '0'}", known) == "yes"


def test_infusions_are_counted_since_a_reading() -> None:
    text = "count: {what: infusions, at_most: '0', since: alt}"
    assert answer(text, history(*infused(), taken(MINUTE, alt="20"))) == "yes"
    assert answer(text, history(taken(2 * HOUR, alt="20"), *infused())) == "no"
    assert answer(text, history(*infused())) == "no", "never measured: all of them count"


def test_that_nothing_was_measured_is_certain() -> None:
    text = "count: {what: systolic-readings, at_most: '0', window: 7 min}"
    assert answer(text, history(taken(7 * MINUTE, systolic="182"))) == "yes"
    assert answer(text, history(taken(7 * MINUTE - timedelta(seconds=1), systolic="182"))) == "no"
    assert answer(text, history()) == "yes"


def test_a_medicine_nobody_knows_is_unknown_territory_not_safety() -> None:
    strange = MedicationNoted(Coding("", "", "Quuxolol 5 mg"), "active")
    reviewed = taken(MINUTE, medicines_reviewed="yes")
    assert answer("unrecognised: {within: 30 d}", history((HOUR, strange), reviewed)) == "yes"
    assert answer("unrecognised: {within: 30 d}", history((HOUR, MedicationNoted(Coding("", "", "Methadone"), "active")), reviewed)) == "no"
    assert answer("unrecognised: {within: 30 d}", history()) == "unknown"


@pytest.mark.parametrize(("known", "expected"), [("yes yes", "yes"), ("yes no no", "no"), ("yes no", "unknown"), ("no no", "no"), ("", "unknown")])
def test_some_of_several(known: str, expected: str) -> None:
    facts = ["psychosis_active", "cirrhosis", "breastfeeding"]
    told = taken(MINUTE, **dict(zip(facts, known.split(), strict=False))) if known else (MINUTE, ConsentWithdrawn())
    of = ", ".join(f"{{is: {{fact: {fact}, value: 'yes'}}}}" for fact in facts)
    assert answer(f"some: {{at_least: '2', of: [{of}]}}", history(told)) == expected


def flag(name: str, severity: Severity, text: str) -> Rule:
    """A flag of the topic interaction."""
    says = FlagSays("interaction", severity, "an effect", "consider something")
    return Rule(name, name, RuleKind.FLAG, While(), None, read(text), "", None, None, None, (), "very-low", "r", "n", "here", 1, says)


def with_rules(*rules: Rule) -> Protocol:
    """The shipped protocol with these rules instead of its own."""
    return replace(PROTOCOL, rules=rules)


def test_flags_speak_and_a_gate_may_ask_for_them() -> None:
    rules = with_rules(flag("a", Severity.CAUTION, "is: {fact: cirrhosis, value: 'yes'}"), flag("b", Severity.STOP, "is: {fact: intoxicated, value: 'yes'}"))
    entered = (HOUR, StageEntered("assessment", SIGNATURE))
    known = {text: history(entered, taken(MINUTE, cirrhosis=text.split()[0], intoxicated=text.split()[1])) for text in ("yes no", "no no", "yes yes")}
    said = {text: [(one.verdict.rule.id, one.verdict.answer.value) for one in assess(rules, told, NOW).flags] for text, told in known.items()}
    assert said == {"yes no": [("a", "yes")], "no no": [], "yes yes": [("b", "yes"), ("a", "yes")]}
    asked = {
        text: weigh(read("flagged: {topic: interaction, severity: stop}"), replace(ground(told), protocol=rules), None).answer.value
        for text, told in known.items()
    }
    assert asked == {"yes no": "no", "no no": "no", "yes yes": "yes"}
    assert [(one.verdict.rule.id, one.verdict.answer.value) for one in assess(rules, history(entered), NOW).flags] == [("b", "unknown"), ("a", "unknown")]


def test_as_needed_medicines_open_and_shut_and_never_stand_among_the_moves() -> None:
    text = read("given: {drug: ondansetron, at_most: '0', window: 4 h}")
    gate = replace(
        flag("prn", Severity.NOTE, "known: {fact: spo2}"),
        kind=RuleKind.GATE,
        guards="prn:ondansetron",
        condition=text,
        says=None,
        while_=While((), ("infusion",)),
    )
    entered = (DAY, StageEntered("treatment", SIGNATURE))
    open_, shut = history(entered, *infused()), history(entered, *infused(), (MINUTE, DrugGiven(HERE, "ondansetron", "4 mg")))
    for known, expected in ((open_, "yes"), (shut, "no")):
        standing = assess(with_rules(gate), known, NOW)
        assert [(move.to, move.answer.value) for move in standing.as_needed] == [("ondansetron", expected)]
        assert not [move for move in standing.moves if move.kind.value == "as-needed"]


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("change: {fact: systolic, since: infusion}", "0 amounts"),
        ("change: {fact: systolic, since: infusion, rise_at_most: '20 %'}", "a limit in %"),
        ("change: {fact: systolic, since: infusion, rise_at_most: '20 mm[Hg]', of: baseline}", "a share in mm[Hg]"),
        ("change: {fact: systolic, since: infusion, rise_at_most: '-5 mm[Hg]'}", "-5 mm"),
        ("change: {fact: systolic, since: yesterday, rise_at_most: '5 mm[Hg]'}", "'yesterday'"),
        ("repeated: {of: {is: {fact: cirrhosis, value: 'yes'}}, times: '2', apart: 1 min}", "not a comparison"),
        ("repeated: {of: {at_most: {fact: spo2, limit: '89 %'}}, times: '2', apart: 1 min, ever: 'yes'}", "without `within`"),
        ("repeated: {of: {at_most: {fact: spo2, limit: '89 %', within: 1 h}}, times: '2', apart: 1 min, ever: 'no'}", "'no'"),
        ("since_use: {class: tea, at_least: 1 h}", "'tea'"),
        ("since_use: {class: alcohol}", "both or neither"),
        ("count: {what: infusions, at_most: '1', window: 1 d, since: alt}", "both `window` and `since`"),
        ("flagged: {topic: interaction, severity: loud}", "'loud'"),
        ("some: {at_least: '2', of: [{known: {fact: alt}}]}", "2 of 1"),
    ],
)
def test_what_the_grammar_cannot_say_is_refused_with_its_line(text: str, seen: str) -> None:
    with pytest.raises(Unreadable, match=r"here, line 1") as refusal:
        read(text)
    assert seen in str(refusal.value)


def answered(ago: timedelta, name: str, values: str, **more: object) -> tuple[timedelta, Payload]:
    """An instrument answered with these values, item by item."""
    keys = [item.key for item in INSTRUMENTS[name].items]
    told = tuple(Answered(key, value) for key, value in zip(keys, values.split(), strict=False))
    known: dict[str, object] = {"complete": True, "wording": "official", "response": uuid5(PATIENT, name)} | more
    return ago, InstrumentAnswered(instrument=name, version=INSTRUMENTS[name].version, answers=told, **known)  # type: ignore[arg-type]


def test_a_complete_answering_is_a_reading_of_its_facts() -> None:
    full = answered(HOUR, "phq-9", "1 1 1 1 1 1 1 2 1 0")
    assert answer("at_least: {fact: phq9, limit: '10 {score}', within: 7 d}", history(full)) == "yes"
    assert answer("at_least: {fact: phq9, limit: '11 {score}', within: 7 d}", history(full)) == "no"
    assert answer("band: {instrument: phq-9, is: [moderate], within: 7 d}", history(full)) == "yes"
    assert answer("band: {instrument: phq-9, is: [mild], within: 7 d}", history(full)) == "no"
    assert answer("band: {instrument: phq-9, is: [moderate], within: 1 h}", history(full)) == "unknown"
    assert answer("band: {instrument: phq-9, is: [moderate]}", history(answered(HOUR, "phq-9", "1 1", complete=False))) == "unknown", "blank is never zero"


def test_the_latest_of_one_answering_counts() -> None:
    first, then = answered(2 * HOUR, "phq-9", "3 3 3", complete=False), answered(HOUR, "phq-9", "0 0 0 0 0 0 0 0 0 0")
    assert answer("at_most: {fact: phq9, limit: '0 {score}'}", history(first, then)) == "yes"


@pytest.mark.parametrize(("answers", "expected"), [("yes no no no no", "yes"), ("no no no no no", "unknown")])
def test_own_words_raise_a_suicide_screen_and_never_clear_it(answers: str, expected: str) -> None:
    values = " ".join({"yes": "1", "no": "0"}[one] for one in answers.split())
    text = "is: {fact: asq_positive, value: 'yes'}"
    assert answer(text, history(answered(HOUR, "asq", values, wording="own"))) == expected
    assert answer(text, history(answered(HOUR, "asq", values))) == answers.split()[0]


def test_a_body_mass_index_somebody_gave_stands_beside_the_weight_of_that_instant() -> None:
    text = "between: {fact: bmi, low: '24 kg/m2', high: '26 kg/m2'}"
    tall = taken(DAY, height="180")
    assert answer(text, history(tall, taken(HOUR, weight="81"))) == "yes"
    assert answer(text, history(tall, taken(HOUR, weight="120"))) == "no"
    assert answer(text, history(tall, taken(HOUR, weight="120", bmi="25"))) == "yes"
    assert answer(text, history(taken(HOUR, weight="81"))) == "unknown"
