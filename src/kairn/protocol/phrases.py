"""Every phrase that conditions and rules are said with, in one catalogue, so that a second language is a second catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from kairn.terms.numbers import plain_text
from kairn.terms.quantity import Quantity, unit_words
from kairn.terms.times import Duration


def words(each: Mapping[str, str]) -> Mapping[str, str]:
    """Phrases by name as the default of a field."""
    return field(default_factory=lambda: MappingProxyType(each))


@dataclass(frozen=True)
class Phrases:
    """One language. Each field is a phrase; names in braces are filled in. The defaults are English."""

    language: str = "en"
    either: str = "{first} or {last}"
    plus: str = "{first} and {last}"
    units: Mapping[str, str] = words({
        "mm[Hg]": "mmHg", "{beats}/min": "a minute", "{breaths}/min": "a minute", "1/min": "a minute", "{score}": "", "{days}": "days",
        "a": "years", "d": "days", "wk": "weeks", "h": "hours", "min": "minutes", "s": "seconds",
    })  # fmt: skip
    unit_of_one: Mapping[str, str] = words({"{days}": "day", "a": "year", "d": "day", "wk": "week", "h": "hour", "min": "minute", "s": "second"})

    names: Mapping[str, str] = words({"follow-up": "follow-up", "pre-flight": "pre-flight"})

    at_most: str = "{what} is {limit} or less{when}"
    at_least: str = "{what} is {limit} or more{when}"
    between: str = "{what} is {low} to {high}{when}"
    is_: str = "{what}: {values}{when}"
    is_not: str = "{what}: anything but {values}{when}"
    more_than: str = "{what} is more than {limit}{when}"
    less_than: str = "{what} is less than {limit}{when}"
    outside: str = "{what} is below {low} or above {high}{when}"
    band: str = "the latest complete answers to {what} fall in the band {bands}{when}"
    known: str = "{what} is known{when}"
    not_known: str = "{what} is not known{when}"
    rise: str = "{what} has risen by {amount} {bound} since {baseline}{when}"
    fall: str = "{what} has fallen by {amount} {bound} since {baseline}{when}"
    not_rise: str = "{what} has not risen by {amount} {bound} since {baseline}{when}"
    not_fall: str = "{what} has not fallen by {amount} {bound} since {baseline}{when}"
    or_more: str = "or more"
    or_less: str = "or less"
    of_it: str = "{amount} of what it was"
    baselines: Mapping[str, str] = words({"infusion": "before this infusion", "series": "before the first infusion"})
    repeated: str = "{inner}, on {times} readings in a row at least {apart} apart"
    repeated_ever: str = "{inner}, on any {times} readings in a row at least {apart} apart, also when a later reading is better"
    once_ever: str = "{inner}, on any reading, also when a later one is better"
    listed: str = "the list of {list} names {what}"
    listed_else: str = " (a list without it counts only when reviewed{during})"
    not_listed: str = "the list of {list} does not name {what}, and was reviewed{during}"
    unrecognised: str = "the list of medicines names one that the library does not know"
    not_unrecognised: str = "every medicine on the list is one that the library knows, and the list was reviewed{during}"
    age: str = "age is {low} to {high}"
    not_age: str = "age is below {low} or above {high}"
    since_at_least: str = "at least {length} have passed since {moment}"
    since_less: str = "less than {length} have passed since {moment}"
    use_at_least: str = "at least {length} have passed since the latest use of {what}{asked}"
    use_less: str = "less than {length} have passed since the latest use of {what}{asked}"
    use_asked: str = ", as asked{during}"
    given: str = "{drug} was given at most {times}{window}"
    given_none: str = "{drug} was not given{window}"
    not_given: str = "{drug} was given more than {times}{window}"
    not_given_none: str = "{drug} was given{window}"
    happened: str = "on record: {what}{when}"
    not_happened: str = "not on record: {what}{when}"
    count: str = "at most {number} {what}{window}"
    count_none: str = "no {what}{window}"
    not_count: str = "more than {number} {what}{window}"
    not_count_none: str = "at least one of: {what}{window}"
    in_window: str = " in {length}"
    ever: str = ", ever"
    since_reading: str = " since the latest answer to: {what}"
    at_this_visit: str = " at this visit"
    once: str = "once"
    times_words: str = "{number} times"
    flagged: str = "a flag about {topic} speaks with the weight *{severity}* or more"
    not_flagged: str = "no flag about {topic} speaks with the weight *{severity}* or more"
    every: str = "all of these hold"
    any_of: str = "at least one of these holds"
    some: str = "at least {number} of these hold"
    not_: str = "it is not so that {inner}"
    not_these: str = "this is not so"
    not_every: str = "at least one of these does not hold"
    not_any: str = "none of these holds"
    taken_now: str = ", at this visit"
    within: str = ", within the latest {length}"
    during: str = " within the latest {length}"

    gate_opens: str = "It opens when"
    hold_stands: str = "It holds when"
    duty_until: str = "It is done when"
    flag_speaks: str = "It speaks when"
    applies: str = "It applies when"
    guards_stage: str = "It guards the step to {target}."
    guards_phase: str = "It guards the start of {target}."
    guards_ready: str = "It guards the signature *discharged as ready*."
    guards_prn: str = "It guards giving {target} in the visit; what was given is always recorded."
    hold_answer: str = "While it holds, the protocol's answer is: {level}."
    flag_says: str = "It speaks of {topic} ({severity}). {effect} Consider: {consider}"
    flag_option: str = " Of the changes to a series it stands for: {option}."
    severities: Mapping[str, str] = words({"note": "to be noted", "caution": "a prescriber decides", "stop": "not until it is resolved"})
    never: str = "Nobody may set it aside."
    role: str = "a {role}"
    override: str = "It may be set aside by {roles} with a reason, for at most {lasts}."
    every_so_often: str = "{do}: every {every}, by the {owner}{grace}"
    grace: str = "; late after {grace} more"
    at_once: str = "{do}: after {moment}, by the {owner}"
    before_end: str = "{do}: within {within} after {moment}, by the {owner}"
    between_two: str = "{do}: between {opens} and {within} after {moment}, by the {owner}"
    not_before: str = "{do}: from {opens} after {moment} on, by the {owner}"
    asks_for: str = "It asks for: {facts}."


ENGLISH = Phrases()


def amount(quantity: Quantity, phrases: Phrases = ENGLISH) -> str:
    """A quantity as people write it: `mmHg`, `a minute`, `years`; a score is a bare number."""
    words = phrases.units.get(quantity.unit, unit_words(quantity.unit))
    if quantity.value == 1:
        words = phrases.unit_of_one.get(quantity.unit, words)
    return f"{plain_text(quantity.value)} {words}".strip()


def name_of(name: str, phrases: Phrases = ENGLISH) -> str:
    """A stage, an exit, a phase or a choice in words."""
    return phrases.names.get(name, name.replace("-", " "))


def length(duration: Duration, phrases: Phrases = ENGLISH) -> str:
    """A length of time in words."""
    return amount(Quantity(duration.amount, duration.unit), phrases)


def joined(values: Sequence[str], pattern: str) -> str:
    """Several words as one: `a, b or c`."""
    return values[0] if len(values) == 1 else pattern.format(first=", ".join(values[:-1]), last=values[-1])
