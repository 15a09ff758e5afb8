"""A difference between two protocols is empty exactly when they are equal, names the rule, and is said in clinical words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kairn.protocol import diff_head, diff_rule
from kairn.protocol.conditions import (
    Age,
    AnyOf,
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
from kairn.protocol.diff import ChangeKind, Effect, diff
from kairn.protocol.load import load_protocol
from kairn.protocol.rule import Citation, DoseLimits, FlagSays, Level, OverrideBy, Protocol, Rule, RuleKind, Schedule, Severity, Use, While
from kairn.terms.quantity import Quantity
from kairn.terms.times import Duration

from .wrong_protocols import HERE

BASE = load_protocol("small", "1", HERE)
RULE = BASE.by_id["pressure-stop"]


def length(amount: int, unit: str = "min") -> Duration:
    return Duration(Decimal(amount), unit)


def quantity(amount: int, unit: str = "mm[Hg]") -> Quantity:
    return Quantity(Decimal(amount), unit)


LEAVES: list[Condition] = [
    AtMost("systolic", quantity(150), length(30), True),
    AtLeast("systolic", quantity(150), length(30), True),
    Between("systolic", quantity(90), quantity(150), length(30), True),
    Is("moud_status", ("on",), length(30)),
    Band("phq-9", ("mild",), length(30)),
    Known("systolic", length(30)),
    Change("systolic", "infusion", "rise", False, quantity(40), False, length(30)),
    Listed("conditions", "stroke", length(30)),
    Unrecognised(length(30)),
    Age(quantity(18, "a"), quantity(65, "a")),
    Since("infusion-ended", length(30), None),
    SinceUse("short-acting-opioid", length(30), None, length(60)),
    Given("ondansetron", 1, length(30)),
    Happened("order-signed", length(30)),
    Count("infusions", 5, length(30, "d")),
    Flagged("interaction", "stop"),
]
JOINED: list[Condition] = [
    EveryOf((LEAVES[0], LEAVES[3])), AnyOf((LEAVES[1], LEAVES[2])), SomeOf(1, (LEAVES[0], LEAVES[1])), Not(LEAVES[4]), Repeated(LEAVES[1], 2, length(5)),  # type: ignore[arg-type]
]  # fmt: skip


def other(value: Any) -> Any:
    """A value of the same kind that is not equal."""
    match value:
        case bool():
            return not value
        case Quantity():
            return replace(value, value=value.value + 1)
        case Duration():
            return replace(value, amount=value.amount + 1)
        case int():
            return value + 1
        case str():
            return value + "x"
        case tuple():
            return (*value, *value[:1]) if value else ("x",)
        case None:
            return length(7)
        case _:
            return Not(value) if isinstance(value, Condition) else replace(value, **{fields(value)[0].name: other(getattr(value, fields(value)[0].name))})


SPECIAL: dict[str, Any] = {
    "what": "first-infusion", "moment": "infusion-started", "fact": "diastolic", "code_set": "pregnancy", "substance_class": "fentanyl",
    "topic": "adaptation",
    "instrument": "gad-7", "since": "series", "values": ("on", "declined"), "bands": ("mild", "severe"), "severity": "note", "drug": "labetalol",
}  # fmt: skip


def mutants(condition: Condition) -> list[Condition]:
    """The condition with each of its fields changed in turn."""
    found = []
    for field in fields(condition):
        value = getattr(condition, field.name)
        if (
            (name := SPECIAL.get(field.name)) is not None
            and value != name
            and not (isinstance(condition, Is | Count) and field.name in ("fact", "what", "since"))
        ):
            found.append(replace(condition, **{field.name: name}))
        elif isinstance(value, Quantity | Duration | int) or value is None:
            found.append(replace(condition, **{field.name: other(value)}))
        elif isinstance(value, tuple) and value and not isinstance(value[0], str):
            found += [replace(condition, **{field.name: tuple(reversed(value))}), replace(condition, **{field.name: value[:1]})]
            found += [replace(condition, **{field.name: (*value[:1], mutant)}) for mutant in mutants(value[1])]
        elif isinstance(value, AtLeast | Band):
            found += [replace(condition, **{field.name: mutant}) for mutant in mutants(value)]
    return found


def with_rule(**changes: Any) -> Protocol:
    """The shipped protocol with one rule changed."""
    return replace(BASE, rules=tuple(replace(rule, **changes) if rule.id == RULE.id else rule for rule in BASE.rules))


RULE_MUTANTS: dict[str, list[Any]] = {
    "title": ["x"],
    "kind": [RuleKind.GATE],
    "while_": [While(("treatment",), ()), While()],
    "applies": [LEAVES[0], JOINED[0]],
    "guards": ["ready", "prn:ondansetron", "stage:consent"],
    "condition": [None, *LEAVES, *JOINED, *mutants(RULE.condition)],  # type: ignore[arg-type]
    "level": [Level.ALERT, None],
    "schedule": [Schedule("do", "nurse", length(5))],
    "override": [OverrideBy(("nurse",), length(5))],
    "citations": [RULE.citations * 2, (), (Citation("local-rules", "else"),)],
    "grade": ["high"],
    "rationale": ["x"],
    "not_considered": ["x"],
    "file": ["x.yaml"],
    "line": [1],
    "says": [FlagSays("adaptation", Severity.NOTE, "e", "c", "keep")],
}


def test_every_field_is_told() -> None:
    rule_fields, head_fields = {field.name for field in fields(Rule)}, {field.name for field in fields(Protocol) if field.compare}
    assert set(diff_rule.TELL) == rule_fields - {"id", "file", "line"}
    assert set(diff_rule.SCHEDULE) == {field.name for field in fields(Schedule)}
    assert set(diff_head.TELL) == head_fields - {"rules", "content_hash"}
    assert set(diff_head.DOSE) == {field.name for field in fields(DoseLimits)}
    assert set(RULE_MUTANTS) == rule_fields - {"id"}


def test_a_protocol_does_not_differ_from_itself() -> None:
    nothing = diff(BASE, replace(BASE, rules=tuple(replace(rule) for rule in BASE.rules)))
    assert not nothing and nothing.said == () and nothing.rules == ()


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in RULE_MUTANTS.items() for value in values])
def test_a_changed_field_of_a_rule_is_said_with_the_rule(name: str, value: Any) -> None:
    found = diff(BASE, with_rule(**{name: value}))
    assert found.rules == (RULE.id,)
    assert all(line.said.strip() and RULE.id in line.said and "None" not in line.said and "{" not in line.said for line in found.lines)


@pytest.mark.parametrize("before", [*LEAVES, *JOINED], ids=lambda one: type(one).__name__)
def test_a_changed_field_of_any_condition_is_said(before: Condition) -> None:
    changed = mutants(before)
    assert changed
    for after in changed:
        for old, new in ((before, after), (after, before)):
            assert diff(with_rule(condition=old), with_rule(condition=new)).rules == (RULE.id,), (old, new)
            assert diff(with_rule(applies=old), with_rule(applies=new)).rules == (RULE.id,), (old, new)


PAIRS = ("soft", "hard", "duration_hard", "spacing_days")
BACK = BASE.teach_back
FIRST = BASE.summary[0]


def infusion(name: str) -> dict[str, Any]:
    """The infusion with one field changed, in a pair the second of it."""
    value = getattr(BASE.infusion, name)
    return {"infusion": replace(BASE.infusion, **{name: (value[0], other(value[1])) if name in PAIRS else other(value)})}


HEAD_MUTANTS: list[dict[str, Any]] = [
    *({name: getattr(BASE, name) + "x"} for name in ("id", "version", "title", "route", "content_hash")),
    *(
        {"summary": claims}
        for claims in (
            BASE.summary[1:],
            tuple(reversed(BASE.summary)),
            (FIRST, *BASE.summary),
            (replace(FIRST, says="x"), *BASE.summary[1:]),
            (replace(FIRST, citations=(Citation("local-rules", "else"),)), *BASE.summary[1:]),
            (replace(FIRST, citations=()), *BASE.summary[1:]),
        )
    ),
    {"use": Use.REFERENCE},
    *({"stages": stages} for stages in ((*BASE.stages, "x"), tuple(reversed(BASE.stages)))),
    {"exits": BASE.exits[1:]},
    {"moves": BASE.moves[1:]},
    {"consent": ("x", "9")},
    *({"teach_back": asked} for asked in (BACK[1:], tuple(reversed(BACK)), ((BACK[0][0], "perhaps", BACK[0][2]), *BACK[1:]))),
    *({"rules": rules} for rules in (BASE.rules[1:], tuple(reversed(BASE.rules)), (*BASE.rules, replace(RULE, id="new")))),
    *(infusion(field.name) for field in fields(DoseLimits)),
]


@pytest.mark.parametrize("changes", HEAD_MUTANTS, ids=lambda changes: next(iter(changes)))
def test_a_changed_field_of_the_protocol_is_said(changes: dict[str, Any]) -> None:
    assert diff(BASE, replace(BASE, **changes)).said and diff(replace(BASE, **changes), BASE).said


def test_a_summary_on_other_sources_is_said_with_its_sentence() -> None:
    moved = (replace(FIRST, citations=(Citation("sordo2017", "there"),)), *BASE.summary[1:])
    first, *others = diff(BASE, replace(BASE, summary=moved)).lines
    assert first.kind is ChangeKind.EVIDENCE and len(others) == 1
    assert f"*{FIRST.says}*" in first.said and "now rests on Sordo 2017" in first.said


SCHEDULE = Schedule("do", "nurse", length(5), "", length(1), length(9), ("systolic",), length(2))
SAYS = FlagSays("adaptation", Severity.NOTE, "e", "c", "keep")


@pytest.mark.parametrize("name", [field.name for field in fields(Schedule)])
def test_a_changed_field_of_a_schedule_is_said(name: str) -> None:
    assert diff(with_rule(schedule=SCHEDULE), with_rule(schedule=replace(SCHEDULE, **{name: other(getattr(SCHEDULE, name))}))).rules == (RULE.id,)


@pytest.mark.parametrize("change", [{"topic": "outcome"}, {"severity": Severity.STOP}, {"effect": "x"}, {"consider": "x"}, {"option": "raise"}])
def test_a_changed_field_of_what_a_flag_says_is_said(change: dict[str, Any]) -> None:
    assert diff(with_rule(says=SAYS), with_rule(says=replace(SAYS, **change))).rules == (RULE.id,)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_whatever_is_changed_the_difference_is_empty_only_for_equal_protocols(data: st.DataObject) -> None:
    changes = {
        name: data.draw(st.sampled_from([getattr(RULE, name), *values]), name) for name, values in RULE_MUTANTS.items() if data.draw(st.booleans(), name)
    }
    changed = with_rule(**changes)
    found = diff(BASE, changed)
    assert bool(found) is (changed != BASE)
    assert found.rules == ((RULE.id,) if changed != BASE else ())


def limits(change: Callable[[Quantity], Quantity], rule: str) -> Protocol:
    """The shipped protocol with the limits of one rule moved."""

    def moved(condition: Any) -> Any:
        if isinstance(condition, EveryOf | AnyOf):
            return replace(condition, of=tuple(map(moved, condition.of)))
        return replace(condition, limit=change(condition.limit)) if isinstance(condition, AtMost | AtLeast) else condition

    return replace(BASE, rules=tuple(replace(one, condition=moved(one.condition)) if one.id == rule else one for one in BASE.rules))


def test_a_moved_limit_is_said_in_clinical_words() -> None:
    lowered = diff(BASE, limits(lambda limit: replace(limit, value=limit.value - 20), "pressure-stop"))
    assert lowered.said[0] == "stop limit for systolic pressure lowered from 200 to 180 mmHg (rule pressure-stop)"
    assert {line.kind for line in lowered.lines} == {ChangeKind.LIMIT_LOWERED} and {line.effect for line in lowered.lines} == {Effect.TIGHTENED}
    raised = diff(BASE, limits(lambda limit: replace(limit, value=limit.value + 5), "pressure-start"))
    assert {line.effect for line in raised.lines} == {Effect.LOOSENED} and "from 159 to 164 mmHg" in raised.said[0]


def test_units_are_written_as_people_write_them() -> None:
    new = with_rule(condition=Between("heart_rate", quantity(50, "{beats}/min"), quantity(130, "{beats}/min"), None))
    old = with_rule(condition=Between("heart_rate", quantity(50, "{beats}/min"), quantity(120, "{beats}/min"), None))
    assert diff(old, new).said == ("upper stop limit for heart rate raised from 120 to 130 a minute (rule pressure-stop)",)
    assert diff(old, new).lines[0].effect is Effect.TIGHTENED


def test_the_scenarios_that_speak_of_a_touched_rule_are_named() -> None:
    spoken = {"ben": ["pressure-stop@third"], "ana": ["pressure-alert"]}
    assert diff(BASE, with_rule(grade="high"), spoken).scenarios == ("ben",)
    assert diff(BASE, with_rule(line=1), spoken).scenarios == ()


def test_the_digest_is_of_the_sentences() -> None:
    one, two = diff(BASE, with_rule(grade="high")), diff(BASE, with_rule(grade="moderate"))
    assert one.digest != two.digest and one.digest == diff(BASE, with_rule(grade="high")).digest
