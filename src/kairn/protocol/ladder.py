"""What each value of a fact asks for, worked out from the rules alone: go on, or how strongly the rules of a phase speak."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from kairn.library.facts import FACTS, Fact
from kairn.protocol.conditions import AnyOf, AtLeast, AtMost, Between, Condition, EveryOf, Is, Known, Not, Repeated, SomeOf
from kairn.protocol.parts import conditions_of, parts_of
from kairn.protocol.rule import Level, Protocol, Rule, RuleKind
from kairn.terms.quantity import Quantity

Value = Decimal | str


class Question(StrEnum):
    """What is asked of a value: may the infusion start, may it go on, is the person in danger afterwards, may the person go home as ready."""

    START = "pre-flight"
    INFUSION = "infusion"
    RECOVERY = "recovery"
    READY = "ready"


HOLD_ANSWERS = ("continue", Level.ALERT.value, Level.PAUSE.value, Level.STOP.value)
GATE_ANSWERS = ("open", "decide", "shut")
"""Answers, mildest first. `decide`: shut, and a named role may set it aside with a reason."""

_GUARDS = {Question.START: "phase:infusion", Question.READY: "ready"}


@dataclass(frozen=True)
class Span:
    """Neighbouring values with one answer. For a measured fact `values` is (lowest, highest); for a chosen one, the choices."""

    values: tuple[Value, ...]
    answer: str
    rules: tuple[str, ...]


def answers_of(question: Question) -> tuple[str, ...]:
    """The possible answers to a question, mildest first."""
    return GATE_ANSWERS if question in _GUARDS else HOLD_ANSWERS


def rules_of(protocol: Protocol, question: Question) -> tuple[Rule, ...]:
    """The rules that answer a question, those included that apply to some people only."""
    if question in _GUARDS:
        return tuple(rule for rule in protocol.rules if rule.kind is RuleKind.GATE and rule.guards == _GUARDS[question])
    return tuple(rule for rule in protocol.rules if rule.kind is RuleKind.HOLD and question.value in rule.while_.phases)


def facts_of(rules: tuple[Rule, ...]) -> tuple[str, ...]:
    """Facts whose value those rules compare, in the order in which they first do."""
    compared = (part for rule in rules if rule.condition for part in parts_of(rule.condition) if isinstance(part, AtMost | AtLeast | Between | Is))
    return tuple(dict.fromkeys(part.fact for part in compared))


def ladder(protocol: Protocol, question: Question, fact: str, *, lasting: bool = False) -> tuple[Span, ...]:
    """Every plausible value of a fact with the answer to it, neighbours of one answer joined.

    One fresh reading, nothing else known. `lasting`: the value stands on as many readings as any rule asks for.
    """
    rules = rules_of(protocol, question)
    return tuple(_joined(rules, question, FACTS[fact], lasting=lasting))


def answer_to(rules: tuple[Rule, ...], question: Question, fact: str, value: Value, *, lasting: bool = False) -> tuple[str, tuple[str, ...]]:
    """The strongest answer to a value, and the rules that give it; a rule with an `applies` counts as long as it may apply."""
    spoken: dict[str, list[str]] = {}
    for rule in rules:
        spared = rule.applies is not None and holds(rule.applies, fact, value, lasting=lasting) is False
        if rule.condition is not None and not spared:
            said = _says(rule, question, holds(rule.condition, fact, value, lasting=lasting))
            spoken.setdefault(said, []).append(rule.id)
    order = answers_of(question)
    strongest = max((said for said in spoken if said != order[0]), key=order.index, default=order[0])
    return strongest, tuple(spoken.get(strongest, ())) if strongest != order[0] else ()


def holds(condition: Condition, fact: str, value: Value, *, lasting: bool = False) -> bool | None:
    """Whether a condition holds when one fact has that value and nothing else is known; None where that does not decide it."""
    match condition:
        case EveryOf(of):
            return _some_of([holds(one, fact, value, lasting=lasting) for one in of], len(of))
        case AnyOf(of):
            return _some_of([holds(one, fact, value, lasting=lasting) for one in of], 1)
        case SomeOf(at_least, of):
            return _some_of([holds(one, fact, value, lasting=lasting) for one in of], at_least)
        case Not(of):
            inner = holds(of, fact, value, lasting=lasting)
            return None if inner is None else not inner
        case Repeated(of, times):
            return _repeated(holds(of, fact, value, lasting=lasting), lasting=lasting or times == 1)
        case AtMost() | AtLeast() | Between() | Is() | Known():
            return _compare(condition, value) if condition.fact == fact else None
        case _:
            return None


def _some_of(answers: list[bool | None], wanted: int) -> bool | None:
    if answers.count(True) >= wanted:
        return True
    return None if answers.count(True) + answers.count(None) >= wanted else False


def _repeated(inner: bool | None, *, lasting: bool) -> bool | None:
    """A first reading alone repeats nothing."""
    return inner if lasting or inner is None else False


def _compare(condition: AtMost | AtLeast | Between | Is | Known, value: Value) -> bool:
    match condition:
        case AtMost(fact, limit):
            return Decimal(value) <= size(limit, fact)
        case AtLeast(fact, limit):
            return Decimal(value) >= size(limit, fact)
        case Between(fact, low, high):
            return size(low, fact) <= Decimal(value) <= size(high, fact)
        case Is(_, values):
            return value in values
        case Known():
            return True


def size(limit: Quantity, fact: str) -> Decimal:
    """A limit in the unit of its fact."""
    exact = limit.to(FACTS[fact].unit)
    return Decimal(exact.numerator) / Decimal(exact.denominator)


def limits_of(rules: tuple[Rule, ...], fact: str) -> tuple[Decimal, ...]:
    """Every limit that those rules set on a fact, ascending."""
    found: set[Decimal] = set()
    for rule in rules:
        for part in conditions_of(rule):
            if isinstance(part, AtMost | AtLeast) and part.fact == fact:
                found.add(size(part.limit, fact))
            elif isinstance(part, Between) and part.fact == fact:
                found |= {size(part.low, fact), size(part.high, fact)}
    return tuple(sorted(found))


def _says(rule: Rule, question: Question, held: bool | None) -> str:
    if question in _GUARDS:
        return GATE_ANSWERS[0] if held is not False else GATE_ANSWERS[1] if rule.override else GATE_ANSWERS[2]
    return rule.level.value if held and rule.level else HOLD_ANSWERS[0]


def _joined(rules: tuple[Rule, ...], question: Question, fact: Fact, *, lasting: bool) -> Iterator[Span]:
    """Answers only change at a limit, so each stretch between two limits is asked at its first step."""
    stretches = list(_stretches(rules, fact)) if fact.kind == "measure" else [(choice, choice) for choice in fact.choices]
    current: tuple[tuple[str, tuple[str, ...]], list[Value]] | None = None
    for first, end in stretches:
        said = answer_to(rules, question, fact.name, first, lasting=lasting)
        if current is not None and current[0] == said:
            current = (said, [*current[1], end] if fact.kind == "choice" else [current[1][0], end])
            continue
        if current is not None:
            yield Span(tuple(current[1]), *current[0])
        current = (said, [end] if fact.kind == "choice" else [first, end])
    if current is not None:
        yield Span(tuple(current[1]), *current[0])


def _stretches(rules: tuple[Rule, ...], fact: Fact) -> Iterator[tuple[Decimal, Decimal]]:
    low, high = fact.plausible
    starts = {low}
    for limit in limits_of(rules, fact.name):
        starts |= {at for at in (_step_up(limit, fact), _step_up(limit, fact, after=True)) if low <= at <= high}
    ordered = sorted(starts)
    yield from ((first, following - fact.step) for first, following in zip(ordered, ordered[1:], strict=False))
    yield ordered[-1], high


def _step_up(limit: Decimal, fact: Fact, *, after: bool = False) -> Decimal:
    """The first value of the fact's grid at or above a limit, or the first above it."""
    steps = limit / fact.step
    whole = steps.to_integral_value(rounding="ROUND_CEILING")
    return (whole + 1 if after and whole == steps else whole) * fact.step
