"""Checks of limits: plausible, on the grid, in order; one answer for every value; a worse value never a milder one; repeats only raise."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from kairn.library.facts import FACTS
from kairn.protocol.check_found import fault, head_fault, probes
from kairn.protocol.conditions import AnyOf, AtLeast, AtMost, Between, Condition, Known, Repeated
from kairn.protocol.ladder import Question, Span, answer_to, answers_of, facts_of, holds, ladder, limits_of, rules_of, size
from kairn.protocol.parts import conditions_of, parts_of
from kairn.protocol.rule import Level, Protocol, Rule, RuleKind
from kairn.terms.problem import Problem

ORDER = (Level.ALERT, Level.PAUSE, Level.STOP)


def implausible_limit(protocol: Protocol) -> Iterator[Problem]:
    """A limit outside what is plausible for its fact."""
    for rule, fact, limit in _limits(protocol):
        low, high = FACTS[fact].plausible
        if not low <= limit <= high:
            yield fault(rule, f"a limit of {limit} for {fact}", f"between {low} and {high}", "Correct the limit or the fact's range.")


def off_the_grid(protocol: Protocol) -> Iterator[Problem]:
    """A limit between two steps of its fact: a reading is rounded before it is weighed, so the limit would lie elsewhere than it says."""
    for rule, fact, limit in _limits(protocol):
        low, high = FACTS[fact].plausible
        if limit % FACTS[fact].step and low <= limit <= high:
            yield fault(rule, f"a limit of {limit} for {fact}", f"a multiple of its step, {FACTS[fact].step}", "Round the limit.")


def _limits(protocol: Protocol) -> Iterator[tuple[Rule, str, Decimal]]:
    for rule in protocol.rules:
        for part in conditions_of(rule):
            if isinstance(part, AtMost | AtLeast):
                yield rule, part.fact, size(part.limit, part.fact)
            elif isinstance(part, Between):
                yield rule, part.fact, size(part.low, part.fact)
                yield rule, part.fact, size(part.high, part.fact)


def inverted_limits(protocol: Protocol) -> Iterator[Problem]:
    """A stop that begins before a pause, or a pause before an alert, on the same fact and side: the milder answer would never be heard."""
    for question in (Question.INFUSION, Question.RECOVERY):
        rules = tuple(rule for rule in rules_of(protocol, question) if rule.applies is None)
        for fact in facts_of(rules):
            if FACTS[fact].kind == "measure":
                yield from _inverted(rules, fact)


def _inverted(rules: tuple[Rule, ...], fact: str) -> Iterator[Problem]:
    for high in (True, False):
        begins = {rule.id: at for rule in rules if (at := _begins(rule, rules, fact, high=high)) is not None}
        for strong in rules:
            for mild in rules:
                if strong.id in begins and mild.id in begins and _level(mild) < _level(strong) and _before(begins[strong.id], begins[mild.id], high=high):
                    yield fault(strong, f"{strong.level} at {begins[strong.id]} before {mild.level} at {begins[mild.id]} for {FACTS[fact].label}",
                                "a stronger answer only for a worse value", f"Move it, or {mild.id}.")  # fmt: skip


def _before(strong: Decimal, mild: Decimal, *, high: bool) -> bool:
    return strong < mild if high else strong > mild


def _begins(rule: Rule, rules: tuple[Rule, ...], fact: str, *, high: bool) -> Decimal | None:
    """The value at which a hold begins to speak on the high or the low side, when it speaks on that side up to its end."""
    low_end, high_end = FACTS[fact].plausible
    end = high_end if high else low_end
    values = sorted({*_numbers(rule, fact), *(limit for limit in limits_of(rules, fact) if low_end <= limit <= high_end)}, reverse=not high)
    held = [value for value in values if rule.condition and holds(rule.condition, fact, value, lasting=True) is True]
    return held[0] if held and end in held and values[0] not in held else None


def _numbers(rule: Rule, fact: str) -> list[Decimal]:
    return [Decimal(value) for value in probes(fact, rule)]


def _level(rule: Rule) -> int:
    return ORDER.index(rule.level) if rule.level else -1


def no_answer(protocol: Protocol) -> Iterator[Problem]:
    """A fact measured during the infusion or afterwards that no rule of that phase answers to, whatever its value."""
    for question in (Question.INFUSION, Question.RECOVERY):
        answered = set(facts_of(rules_of(protocol, question)))
        changed = {part.fact for rule in rules_of(protocol, question) for part in conditions_of(rule) if hasattr(part, "fact") and not isinstance(part, Known)}
        if question is Question.RECOVERY:
            answered |= set(facts_of(rules_of(protocol, Question.READY)))
        for duty in protocol.rules:
            if duty.schedule and duty.schedule.every and question.value in duty.while_.phases:
                for fact in duty.schedule.facts:
                    if fact in FACTS and fact not in answered | changed:
                        yield fault(duty, f"{fact} measured in {question}, and no rule that answers to it", "exactly one answer for every value",
                                    "Write a hold for it, or do not ask for it.")  # fmt: skip


def worse_milder(protocol: Protocol) -> Iterator[Problem]:
    """A worse value with a milder answer: away from the normal values the answer may only grow stronger."""
    for question in Question:
        order = answers_of(question)
        for fact in facts_of(rules_of(protocol, question)):
            for lasting in (False, True):
                spans = ladder(protocol, question, fact, lasting=lasting)
                if FACTS[fact].kind == "measure" and (dip := _dip([order.index(span.answer) for span in spans])) is not None:
                    yield _milder(protocol, question, fact, spans, dip)
                    break


def _dip(strengths: list[int]) -> int | None:
    """Where answers, once grown stronger, grow milder again: away from the normal values they may only rise."""
    mildest = min(strengths)
    first, end = strengths.index(mildest), len(strengths) - 1 - strengths[::-1].index(mildest)
    below = [at for at in range(first) if strengths[at] < strengths[at + 1]]
    within = [at for at in range(first, end) if strengths[at] != mildest]
    above = [at for at in range(end + 1, len(strengths)) if strengths[at] < strengths[at - 1]]
    return next(iter([*below, *within, *above]), None)


def _milder(protocol: Protocol, question: Question, fact: str, spans: tuple[Span, ...], at: int) -> Problem:
    span = spans[at]
    seen = f"{FACTS[fact].label} of {span.values[0]} to {span.values[-1]} answered with {span.answer} in {question}, a value beside it otherwise"
    rule = next((protocol.by_id[name] for name in (*span.rules, *spans[at - 1].rules)), None)
    expected, mend = "answers that only grow stronger away from the normal values", "Close the gap: let each limit reach to the end of its side."
    return fault(rule, seen, expected, mend) if rule else head_fault(protocol, "rules", seen, expected, mend)


def repeat_without_first(protocol: Protocol) -> Iterator[Problem]:
    """A hold on repeated readings whose first reading is answered with nothing, or with more than the repeat: persistence may only raise."""
    for rule, repeated, fact, value in _repeats(protocol):
        question = Question(rule.while_.phases[0])
        first, _ = answer_to(rules_of(protocol, question), question, fact, value)
        order = answers_of(question)
        if order.index(first) == 0 or order.index(first) > order.index(str(rule.level)):
            yield fault(rule, f"{fact} of {value} answered with {first} at the first reading, and with {rule.level} on {repeated.times}",
                        "a first answer that is milder or equal, and not nothing", "Write a hold for the single reading.")  # fmt: skip


def repeat_without_recheck(protocol: Protocol) -> Iterator[Problem]:
    """A hold on repeated readings whose first reading makes no recheck due that could count as the second."""
    for rule, repeated, fact, value in _repeats(protocol):
        duties = [one for one in protocol.rules if one.schedule and one.schedule.every and set(one.while_.phases) & set(rule.while_.phases)]
        asked = [one for one in duties if one.schedule and fact in one.schedule.facts and one.applies and holds(one.applies, fact, value) is True]
        shortest = min((one.schedule.every.delta for one in asked if one.schedule and one.schedule.every), default=None)
        latest = _good_for(repeated.of)
        if shortest is None or shortest < repeated.apart.delta or (latest is not None and shortest > latest):
            seen = f"no duty that makes {fact} of {value} due again" if shortest is None else f"{fact} due again after {shortest}"
            yield fault(rule, seen, f"a recheck due no sooner than {repeated.apart} and while the first reading counts", "Write or mend the duty.")


def _good_for(of: Condition) -> timedelta | None:
    lengths = [part.within.delta for part in parts_of(of) if isinstance(part, AtMost | AtLeast | Between) and part.within]
    return min(lengths, default=None)


def _repeats(protocol: Protocol) -> Iterator[tuple[Rule, Repeated, str, Decimal]]:
    """Each repeated comparison of a hold with its fact and the limit itself, the mildest value that repeats can raise."""
    for rule in protocol.rules:
        for part in parts_of(rule.condition) if rule.condition and rule.kind is RuleKind.HOLD else ():
            if isinstance(part, Repeated):
                for one in part.of.of if isinstance(part.of, AnyOf) else (part.of,):
                    if isinstance(one, AtMost | AtLeast):
                        yield rule, part, one.fact, size(one.limit, one.fact)


def starts_into_a_hold(protocol: Protocol) -> Iterator[Problem]:
    """A value with which the infusion may start and which would pause or stop it at once."""
    start, during = rules_of(protocol, Question.START), rules_of(protocol, Question.INFUSION)
    for fact in facts_of(during):
        if fact not in facts_of(start):
            continue
        for value in probes(fact, *start, *during):
            opens, _ = answer_to(start, Question.START, fact, value)
            held, names = answer_to(during, Question.INFUSION, fact, value)
            if opens == "open" and held in (Level.PAUSE, Level.STOP):
                yield fault(protocol.by_id[names[0]], f"{fact} of {value}, with which the infusion starts, answered with {held}", "a start below every pause",
                            "Move the limit of the gate or of the hold.")  # fmt: skip
                break


def ready_into_a_hold(protocol: Protocol) -> Iterator[Problem]:
    """A value with which a person may be called ready and which the rules after the infusion call a danger."""
    after, ready = rules_of(protocol, Question.RECOVERY), rules_of(protocol, Question.READY)
    for fact in facts_of(after) if ready else ():
        for value in probes(fact, *after, *ready):
            opens, _ = answer_to(ready, Question.READY, fact, value)
            held, names = answer_to(after, Question.RECOVERY, fact, value)
            if opens == "open" and held == Level.STOP:
                yield fault(protocol.by_id[names[0]], f"{fact} of {value}, with which a person is ready to go, answered with {held}",
                            "a gate before *ready* that this value shuts", "Add the gate, or move its limit or that of the hold.")  # fmt: skip
                break


def stale_before_due(protocol: Protocol) -> Iterator[Problem]:
    """A hold that lets a fact go stale sooner than its duty measures it: unknown between two measurements."""
    for duty in protocol.rules:
        if duty.schedule is None or duty.schedule.every is None or duty.applies is not None:
            continue
        for rule in protocol.rules:
            if rule.kind is RuleKind.HOLD and set(rule.while_.phases) & set(duty.while_.phases):
                for part in conditions_of(rule):
                    within = getattr(part, "within", None)
                    if not isinstance(part, Known) and getattr(part, "fact", "") in duty.schedule.facts and within and within.delta < duty.schedule.every.delta:
                        yield fault(rule, f"{within} of use for a fact measured every {duty.schedule.every}", "at least the measuring interval",
                                    "Lengthen `within`.")  # fmt: skip
