"""What was typed outside a fact's plausible range: asked once more in the same form, refused where no such value can be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from kairn.clinic.screens.forms import words
from kairn.clinic.screens.forms.answers import Again, wrong
from kairn.library.facts import FACTS, check_reading, plausible
from kairn.record.payloads import Reading
from kairn.terms.problem import Unreadable
from kairn.terms.quantity import unit_words

READ = "read"
"""The field by which somebody says that they read a value as it is typed."""
TITLE = "Not saved yet: is this what you read?"


def ask_again(readings: Iterable[Reading], typed: Mapping[str, str]) -> Again | None:
    """The form again where a typed value is outside its plausible range and nobody said they read it; None where all can go on.

    What cannot be read at all also goes on: the act refuses it with its reasons.
    """
    taken = [reading for reading in readings if FACTS[reading.fact].kind == "measure"]
    if not all(map(_readable, taken)):
        return None
    if impossible := {reading.fact: _cannot_be(reading) for reading in taken if _less_than_none(reading)}:
        return wrong(impossible, typed)
    unusual = [reading for reading in taken if not plausible(FACTS[reading.fact], reading.value, reading.unit)]
    read = set(typed.get(READ, "").split())
    unsure = {reading.fact: _is_it(reading) for reading in unusual if _token(reading) not in read}
    return replace(wrong(unsure, typed), title=TITLE, read=" ".join(map(_token, unusual))) if unsure else None


def off_scale(readings: Iterable[Reading]) -> dict[str, str]:
    """For what a person answers about themselves: a plain sentence for each number that is not on its scale."""
    measured = [reading for reading in readings if FACTS[reading.fact].kind == "measure"]
    return {reading.fact: _not_on_it(reading) for reading in measured if not _readable(reading) or not plausible(FACTS[reading.fact], reading.value)}


def _readable(reading: Reading) -> bool:
    try:
        check_reading(reading.fact, reading.value, reading.unit)
    except Unreadable:
        return False
    return True


def _less_than_none(reading: Reading) -> bool:
    return FACTS[reading.fact].plausible[0] >= 0 and reading.value.startswith("-")


def _token(reading: Reading) -> str:
    return f"{reading.fact}={reading.value}"


def _is_it(reading: Reading) -> str:
    fact, (low, high) = FACTS[reading.fact], FACTS[reading.fact].plausible
    return f"{words.capital(fact.label)}: saw {words.value(reading)}; usual is {low} to {high} {unit_words(fact.unit)}".rstrip() + "."


def _cannot_be(reading: Reading) -> str:
    return f"{words.capital(FACTS[reading.fact].label)}: saw {words.value(reading)}; expected nothing below 0. Type it again."


def _not_on_it(reading: Reading) -> str:
    low, high = FACTS[reading.fact].plausible
    return f"Saw {reading.value}; expected a number from {low} to {high}. Change it, or leave it blank."
