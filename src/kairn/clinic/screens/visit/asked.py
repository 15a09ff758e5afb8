"""Which facts the rules of a visit ask for, as fields of a form, and the readings a form brings back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

from kairn.clinic.screens.forms import words
from kairn.clinic.screens.visit.seat import Seat, is_measure
from kairn.instruments.definition import INSTRUMENTS
from kairn.library.facts import FACTS
from kairn.pathway.standing import FindingState, Verdict
from kairn.protocol.check import parts_of
from kairn.protocol.rule import Rule
from kairn.record.payloads import Reading
from kairn.terms.answer import Answer
from kairn.terms.quantity import unit_words

NOT_HERE = ("sex", "birth_date")
BOOK = Path(__file__).with_name("asked.yaml")
FURTHER = "Also asked by the protocol"
WORD = 12


@dataclass(frozen=True)
class Asked:
    """One field: a number with its unit, or a choice. `known` is what is on record now; it is never filled in."""

    name: str
    label: str
    unit: str
    options: tuple[tuple[str, str], ...]
    known: str
    value: str = ""
    error: str = ""

    @property
    def many(self) -> bool:
        """Whether a word among the options is too long for a narrow column."""
        return any(len(word) > WORD for _, said in self.options for word in said.split())


@dataclass(frozen=True)
class AskedGroup:
    """Questions that are asked together."""

    title: str
    fields: tuple[Asked, ...]


@dataclass(frozen=True)
class Questions:
    """The questions of a visit: those still open, in groups, and those answered at this visit that stand in no way."""

    open: tuple[AskedGroup, ...]
    answered: tuple[Asked, ...]
    mended: bool


def facts_of(rules: Iterable[Rule]) -> list[str]:
    """The facts that rules name, each once, in the order the protocol asks them."""
    found: dict[str, None] = {}
    for rule in rules:
        for condition in (rule.condition, rule.applies):
            for part in parts_of(condition) if condition else ():
                fact = getattr(part, "fact", "")
                if asked_here(fact):
                    found[fact] = None
    return list(found)


def asked_here(name: str) -> bool:
    """Whether a form of the visit asks for it: what the answers of a screen for suicide show is told by those answers alone."""
    fact = FACTS.get(name)
    return fact is not None and name not in NOT_HERE and not (fact.of and _shows_danger(*fact.of))


def _shows_danger(instrument: str, part: str) -> bool:
    found = INSTRUMENTS[instrument]
    flag = found.flags.get(part)
    return flag is not None and (flag.safety or bool(found.screens))


def facts_needed(verdicts: Iterable[Verdict]) -> list[str]:
    """The facts to ask at this visit: those its rules want from today, and those missing, old or in the way, also where a rule rests on flags or on a list."""
    weighed = list(verdicts)
    fresh = {fact for verdict in weighed for fact in _of_this_visit(verdict.rule)}
    wanting = facts_wanting(weighed)
    named = [fact for fact in facts_of(verdict.rule for verdict in weighed) if fact in fresh | set(wanting)]
    return list(dict.fromkeys([*named, *filter(asked_here, wanting)]))


def facts_wanting(verdicts: Iterable[Verdict]) -> list[str]:
    """The facts without which a rule does not say yes: of one that nobody can tell, those missing or old; of one that says no, each."""
    stuck = [verdict for verdict in verdicts if verdict.answer is not Answer.YES]
    return [found.fact for verdict in stuck for found in verdict.findings if found.state is not FindingState.GOOD or verdict.answer is Answer.NO]


def questions(fields: Iterable[Asked], wanting: Collection[str]) -> Questions:
    """Sort the choices of a visit: what is answered and in no way is folded, also where its answer is being corrected."""
    every = list(fields)
    answered = [one for one in every if one.known and one.name not in wanting and not one.error]
    left = [one for one in every if one not in answered]
    groups = [AskedGroup(title, tuple(one for one in left if one.name in names)) for title, names in _book()]
    known = {name for _, names in _book() for name in names}
    further = AskedGroup(FURTHER, tuple(one for one in left if one.name not in known))
    return Questions(tuple(group for group in (*groups, further) if group.fields), tuple(answered), any(one.value for one in answered))


@cache
def _book() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Our own order of the questions before a start, read once."""
    read = YAML(typ="safe", pure=True).load(BOOK.read_text(encoding="utf-8"))
    return tuple((one["title"], tuple(one["facts"])) for one in read["groups"])


def _of_this_visit(rule: Rule) -> set[str]:
    parts = parts_of(rule.condition) if rule.condition else ()
    return {part.fact for part in parts if getattr(part, "this_visit", False) and hasattr(part, "fact")}


def numbers(seat: Seat, facts: Iterable[str], typed: Mapping[str, str], errors: Mapping[str, str]) -> tuple[Asked, ...]:
    """The measured ones of these facts, as fields."""
    return tuple(_asked(seat, fact, typed, errors) for fact in facts if is_measure(fact))


def choices(seat: Seat, facts: Iterable[str], typed: Mapping[str, str], errors: Mapping[str, str]) -> tuple[Asked, ...]:
    """The chosen ones of these facts, as fields."""
    return tuple(_asked(seat, fact, typed, errors) for fact in facts if not is_measure(fact))


def _asked(seat: Seat, name: str, typed: Mapping[str, str], errors: Mapping[str, str]) -> Asked:
    fact = FACTS[name]
    options = tuple((choice, words.SAYS.get(choice, words.capital(words.plain(choice)))) for choice in fact.choices)
    return Asked(name, words.capital(fact.label), unit_words(fact.unit), options, known(seat, name), typed.get(name, ""), errors.get(name, ""))


def known(seat: Seat, fact: str) -> str:
    """What is on record for this visit (or at all) with its time, in words; empty when nothing is."""
    mine = [(event.occurred_at, reading, event.by.name) for event in seat.events for reading in getattr(event.payload, "readings", ()) if reading.fact == fact]
    if not mine:
        return ""
    at, reading, by = mine[-1]
    return f"{words.value(reading)}, {seat.clock.when(at)}, {by}"


def readings_of(post: Mapping[str, str], facts: Iterable[str]) -> tuple[Reading, ...]:
    """What a form brought for these facts; blank fields bring nothing."""
    given = ((fact, post.get(fact, "").strip()) for fact in facts)
    return tuple(Reading(fact, value, FACTS[fact].unit if is_measure(fact) else "") for fact, value in given if value)
