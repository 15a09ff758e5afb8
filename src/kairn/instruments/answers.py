"""Read a person's answers against an instrument: a wrong key or value is refused with a sentence, and a blank stays a blank."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from reprlib import repr as brief

from kairn.instruments.shapes import Instrument, Item
from kairn.terms.answer import Answer
from kairn.terms.problem import unreadable

YES_NO = {"yes": "1", "no": "0"}
"""How a question of yes or no may also be answered."""


@dataclass(frozen=True)
class State:
    """One item of one answering. `number` is None where nothing certain was said; `asked` says whether it applies at all."""

    item: Item
    value: str
    number: Decimal | None
    asked: Answer

    @property
    def blank(self) -> bool:
        """Asked for certain, needed, and not answered."""
        return not self.value and not self.item.optional and self.asked is Answer.YES


def read_answers(found: Instrument, answers: Mapping[str, str]) -> dict[str, str]:
    """The answers by the items' own keys, values spelt as the options are. Raises Unreadable for a wrong, doubled or unfitting one."""
    read: dict[str, str] = {}
    for name, value in answers.items():
        item = found.item(name)
        if item.key in read:
            raise unreadable(f"the item {item.key} twice (also as {name!r})", "each item once", "Keep one of the two.", found.name)
        read[item.key] = _value(found, item, name, value)
    return {item.key: read[item.key] for item in found.items if item.key in read}


def _value(found: Instrument, item: Item, name: str, value: str) -> str:
    if {option.value for option in item.options} == set(YES_NO.values()):
        value = YES_NO.get(value, value)
    for option in item.options:
        if value == option.value or (option.number is not None and option.number == _number(value)):
            return option.value
    raise unreadable(
        f"{brief(value)} for {name}", f"one of {option_words(item)}", "Choose one of them, or leave the item out: a blank is not a zero.", found.name
    )


def _number(text: str) -> Decimal | None:
    plain = text.isascii() and text.removeprefix("-").replace(".", "", 1).isdigit()
    try:
        return Decimal(text) if plain else None
    except InvalidOperation:
        return None


def option_words(item: Item) -> str:
    """The values an item takes, as a sentence lists them: with their words, or as a stretch where they have none."""
    if not item.options[0].label:
        return f"{item.options[0].value} to {item.options[-1].value}"
    return ", ".join(f"{option.value} ({option.label})" for option in item.options)


def chosen_by(found: Instrument, key: str, measured: Decimal) -> str:
    """The value of an item that a measured amount chooses, such as a pulse or a share of the baseline pressure. Raises Unreadable.

    measured: in the item's own `measure`, not negative.
    """
    item = found.item(key)
    if not item.measure:
        raise unreadable(f"a measured amount for {item.key}", "an item that a measurement can answer", "Answer it by hand.", found.name)
    if not measured >= 0:
        raise unreadable(f"{measured} as {item.measure}", "a number that is not negative", "Measure again.", found.name)
    return next(option.value for option in item.options if option.bound is None or measured < option.bound or (option.included and measured == option.bound))
