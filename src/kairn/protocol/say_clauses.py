"""Say one condition that holds no others, and its opposite, with the phrases of a language."""

from __future__ import annotations

from typing import assert_never

from kairn.library.code_sets import CODE_SETS
from kairn.library.facts import FACTS
from kairn.library.substances import CLASSES
from kairn.protocol.conditions import (
    Age,
    AtLeast,
    AtMost,
    Band,
    Between,
    Change,
    Count,
    Flagged,
    Given,
    Happened,
    Is,
    Known,
    Listed,
    Since,
    SinceUse,
    Unrecognised,
)  # fmt: skip
from kairn.protocol.phrases import ENGLISH, Phrases, amount, joined, length, name_of
from kairn.protocol.rule import TOPICS
from kairn.protocol.words import COUNTED, HAPPENINGS, MOMENTS
from kairn.terms.times import Duration

Clause = (
    AtMost | AtLeast | Between | Is | Band | Known | Change | Listed | Unrecognised | Age | Since | SinceUse | Given | Happened | Count | Flagged
)  # fmt: skip


def say_clause(clause: Clause, phrases: Phrases = ENGLISH) -> str:
    """The condition as one clause."""
    match clause:
        case AtMost() | AtLeast() | Between() | Is() | Band() | Known() | Change():
            return _of_fact(clause, phrases)
        case Listed(what, code_set, within):
            else_ = phrases.listed_else.format(during=_during(within, phrases))
            return phrases.listed.format(list=what, what=CODE_SETS[code_set].label) + else_
        case Unrecognised(within):
            return phrases.unrecognised + phrases.listed_else.format(during=_during(within, phrases))
        case Age(low, high):
            return phrases.age.format(low=amount(low, phrases).partition(" ")[0], high=amount(high, phrases))
        case Since(what, at_least, _):
            pattern = phrases.since_at_least if at_least else phrases.since_less
            return pattern.format(length=_bound(clause, phrases), moment=MOMENTS[what])
        case SinceUse(name, at_least, _, within):
            asked = phrases.use_asked.format(during=_during(within, phrases)) if within else ""
            pattern = phrases.use_at_least if at_least else phrases.use_less
            return pattern.format(length=_bound(clause, phrases), what=CLASSES[name], asked=asked)
        case Given():
            return _given(clause, phrases, phrases.given_none, phrases.given)
        case Happened(what):
            return phrases.happened.format(what=HAPPENINGS[what], when=_when(clause, phrases))
        case Count():
            return _count(clause, phrases, phrases.count_none, phrases.count)
        case Flagged(topic, severity):
            return phrases.flagged.format(topic=TOPICS[topic], severity=severity)
        case _:
            assert_never(clause)


def deny_clause(clause: Clause, phrases: Phrases = ENGLISH) -> str:
    """The opposite of the condition as one clause."""
    match clause:
        case Listed(what, code_set, within):
            return phrases.not_listed.format(list=what, what=CODE_SETS[code_set].label, during=_during(within, phrases))
        case Unrecognised(within):
            return phrases.not_unrecognised.format(during=_during(within, phrases))
        case AtMost() | AtLeast() | Between() | Is() | Change():
            return _deny_fact(clause, phrases)
        case Since(what, at_least, _):
            return (phrases.since_less if at_least else phrases.since_at_least).format(length=_bound(clause, phrases), moment=MOMENTS[what])
        case Age(low, high):
            return phrases.not_age.format(low=amount(low, phrases), high=amount(high, phrases))
        case Known(fact):
            return phrases.not_known.format(what=label_of(fact), when=_when(clause, phrases))
        case Happened(what):
            return phrases.not_happened.format(what=HAPPENINGS[what], when=_when(clause, phrases))
        case Given():
            return _given(clause, phrases, phrases.not_given_none, phrases.not_given)
        case Count():
            return _count(clause, phrases, phrases.not_count_none, phrases.not_count)
        case Flagged(topic, severity):
            return phrases.not_flagged.format(topic=TOPICS[topic], severity=severity)
        case _:
            return phrases.not_.format(inner=say_clause(clause, phrases))


def subject_of(clause: Clause) -> str:
    """What the condition is about, in words of the library."""
    match clause:
        case AtMost(fact) | AtLeast(fact) | Between(fact) | Is(fact) | Known(fact) | Change(fact):
            return label_of(fact)
        case Band(instrument):
            return instrument
        case Listed(_, code_set):
            return CODE_SETS[code_set].label
        case Unrecognised():
            return "medicines that the library does not know"
        case Age():
            return "age"
        case Since(what):
            return MOMENTS[what]
        case SinceUse(name):
            return f"the latest use of {CLASSES[name]}"
        case Given(drug):
            return drug
        case Happened(what):
            return HAPPENINGS[what]
        case Count(what):
            return COUNTED[what]
        case Flagged(topic):
            return TOPICS[topic]
        case _:
            assert_never(clause)


def label_of(fact: str) -> str:
    """The words of a fact."""
    return FACTS[fact].label


def _of_fact(clause: AtMost | AtLeast | Between | Is | Band | Known | Change, phrases: Phrases) -> str:
    when = _when(clause, phrases)
    match clause:
        case AtMost(fact, limit):
            return phrases.at_most.format(what=label_of(fact), limit=amount(limit, phrases), when=when)
        case AtLeast(fact, limit):
            return phrases.at_least.format(what=label_of(fact), limit=amount(limit, phrases), when=when)
        case Between(fact, low, high):
            first = amount(low, phrases).partition(" ")[0] if low.unit == high.unit else amount(low, phrases)
            return phrases.between.format(what=label_of(fact), low=first, high=amount(high, phrases), when=when)
        case Is(fact, values):
            return phrases.is_.format(what=label_of(fact), values=_either(values, phrases), when=when)
        case Band(instrument, bands):
            return phrases.band.format(what=instrument, bands=_either(bands, phrases), when=when)
        case Known(fact):
            return phrases.known.format(what=label_of(fact), when=when)
        case Change():
            return _change(clause, phrases, phrases.rise, phrases.fall)
        case _:
            assert_never(clause)


def _deny_fact(clause: AtMost | AtLeast | Between | Is | Change, phrases: Phrases) -> str:
    when = _when(clause, phrases)
    match clause:
        case AtMost(fact, limit):
            return phrases.more_than.format(what=label_of(fact), limit=amount(limit, phrases), when=when)
        case AtLeast(fact, limit):
            return phrases.less_than.format(what=label_of(fact), limit=amount(limit, phrases), when=when)
        case Between(fact, low, high):
            return phrases.outside.format(what=label_of(fact), low=amount(low, phrases), high=amount(high, phrases), when=when)
        case Is(fact, values):
            return phrases.is_not.format(what=label_of(fact), values=_either(values, phrases), when=when)
        case Change():
            return _change(clause, phrases, phrases.not_rise, phrases.not_fall)
        case _:
            assert_never(clause)


def _change(change: Change, phrases: Phrases, rise: str, fall: str) -> str:
    size = amount(change.amount, phrases)
    return (rise if change.direction == "rise" else fall).format(
        what=label_of(change.fact),
        amount=phrases.of_it.format(amount=size) if change.relative else size,
        bound=phrases.or_more if change.at_least else phrases.or_less,
        baseline=phrases.baselines[change.since],
        when=_within(change.within, phrases),
    )


def _given(given: Given, phrases: Phrases, none: str, some: str) -> str:
    window = phrases.in_window.format(length=length(given.window, phrases)) if given.window else phrases.at_this_visit
    return (some if given.at_most else none).format(drug=given.drug, times=_times(given.at_most, phrases), window=window)


def _times(number: int, phrases: Phrases) -> str:
    return phrases.once if number == 1 else phrases.times_words.format(number=number)


def _count(count: Count, phrases: Phrases, none: str, some: str) -> str:
    window = phrases.ever
    if count.window:
        window = phrases.in_window.format(length=length(count.window, phrases))
    elif count.since:
        window = phrases.since_reading.format(what=label_of(count.since))
    return (some if count.at_most else none).format(number=count.at_most, what=COUNTED[count.what], window=window)


def _bound(clause: Since | SinceUse, phrases: Phrases) -> str:
    bound = clause.at_least or clause.at_most
    return length(bound, phrases) if bound else ""


def _when(clause: AtMost | AtLeast | Between | Is | Band | Known | Happened | Change, phrases: Phrases) -> str:
    place = phrases.taken_now if getattr(clause, "this_visit", False) else ""
    return place + _within(clause.within, phrases)


def _within(within: Duration | None, phrases: Phrases) -> str:
    return phrases.within.format(length=length(within, phrases)) if within else ""


def _during(within: Duration | None, phrases: Phrases) -> str:
    return phrases.during.format(length=length(within, phrases)) if within else ""


def _either(names: tuple[str, ...], phrases: Phrases) -> str:
    return joined([name_of(name, phrases) for name in names], phrases.either)
