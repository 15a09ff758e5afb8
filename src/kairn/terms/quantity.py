"""Quantities: an exact decimal with a UCUM unit; conversions are exact fractions or refused."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from kairn.terms.numbers import parameter, plain_text
from kairn.terms.problem import unreadable

# UCUM atom -> (dimension exponents as a sorted tuple, factor to the base unit of that dimension).
_MASS, _LENGTH, _TIME, _VOLUME = "mass", "length", "time", "volume"
_ATOMS: dict[str, tuple[str, Fraction]] = {
    "ug": (_MASS, Fraction(1, 1_000_000)), "mcg": (_MASS, Fraction(1, 1_000_000)), "ng": (_MASS, Fraction(1, 1_000_000_000)),
    "mg": (_MASS, Fraction(1, 1000)), "g": (_MASS, Fraction(1)), "kg": (_MASS, Fraction(1000)), "[lb_av]": (_MASS, Fraction(45359237, 100000)),
    "m": (_LENGTH, Fraction(1)), "cm": (_LENGTH, Fraction(1, 100)), "mm": (_LENGTH, Fraction(1, 1000)), "[in_i]": (_LENGTH, Fraction(254, 10000)),
    "s": (_TIME, Fraction(1)), "ms": (_TIME, Fraction(1, 1000)), "min": (_TIME, Fraction(60)), "h": (_TIME, Fraction(3600)), "d": (_TIME, Fraction(86400)),
    "wk": (_TIME, Fraction(604800)), "a": (_TIME, Fraction(31557600)),
    "L": (_VOLUME, Fraction(1)), "dL": (_VOLUME, Fraction(1, 10)), "mL": (_VOLUME, Fraction(1, 1000)), "fL": (_VOLUME, Fraction(1, 10**15)),
    "%": ("fraction", Fraction(1, 100)), "1": ("one", Fraction(1)),
    "mm[Hg]": ("pressure", Fraction(1)), "mmol": ("substance", Fraction(1, 1000)), "umol": ("substance", Fraction(1, 1_000_000)),
    "U": ("activity", Fraction(1)), "Cel": ("temperature", Fraction(1)), "[degF]": ("fahrenheit", Fraction(1)),
    "m2": ("square", Fraction(1)),
    "10*3": ("one", Fraction(1000)), "10*6": ("one", Fraction(1_000_000)), "uL": (_VOLUME, Fraction(1, 1_000_000)), "pg": (_MASS, Fraction(1, 10**12)),
}  # fmt: skip
_ANNOTATION = re.compile(r"\{[^{}/ ]+\}")
_ALIASES = {"mmHg": "mm[Hg]", "/min": "1/min", "bpm": "{beats}/min", "(score)": "{score}", "lb": "[lb_av]", "in": "[in_i]"}
_QUANTITY = re.compile(r"([+-]?[0-9][0-9.]*) (\S+)")
_READ = {"mm[Hg]": "mmHg", "{beats}/min": "/min", "{breaths}/min": "/min", "1/min": "/min", "Cel": "°C", "{score}": "", "{days}": "days", "a": "years",
         "{xULN}": "times the upper limit of normal", "[lb_av]": "lb"}  # fmt: skip

Dimension = tuple[tuple[str, int], ...]


@lru_cache(maxsize=1024)
def unit_of(text: str, where: str = "") -> tuple[Dimension, Fraction]:
    """The dimension of a unit and its factor to base units. Raises Unreadable for a unit outside the table."""
    numerator, *denominators = _ALIASES.get(text, text).split("/")
    powers: dict[str, int] = {}
    factor = Fraction(1)
    for sign, atom in [(1, numerator), *((-1, atom) for atom in denominators)]:
        if _ANNOTATION.fullmatch(atom):
            continue
        if atom not in _ATOMS:
            raise unreadable(
                f"the unit {text!r}", "a UCUM unit that Kairn knows, such as mm[Hg], mg/kg or {beats}/min", "Convert the value to one of them.", where
            )
        dimension, size = _ATOMS[atom]
        powers[dimension] = powers.get(dimension, 0) + sign
        factor *= size if sign > 0 else 1 / size
    kept = {d: p for d, p in powers.items() if p and d != "one"}
    return tuple(sorted(kept.items())), factor


def counted_in(text: str) -> frozenset[str]:
    """What a unit says is counted, such as {beats}; beats and breaths have one dimension and are not the same."""
    return frozenset(_ANNOTATION.findall(_ALIASES.get(text, text)))


@dataclass(frozen=True)
class Quantity:
    """An exact amount with its unit, as written."""

    value: Decimal
    unit: str

    def to(self, unit: str) -> Fraction:
        """The amount in another unit of the same dimension, exact. Raises Unreadable where there is none."""
        mine, my_factor = unit_of(self.unit)
        theirs, their_factor = unit_of(unit)
        if mine != theirs:
            raise unreadable(f"{self.text}", f"something that can be said in {unit}", "Use a unit of the same kind.")
        return Fraction(self.value) if self.unit == unit else Fraction(self.value) * my_factor / their_factor

    @property
    def text(self) -> str:
        """As a protocol file writes it: `160 mm[Hg]`."""
        return f"{plain_text(self.value)} {self.unit}"

    def __str__(self) -> str:
        return f"{plain_text(self.value)} {unit_words(self.unit)}".strip()


def unit_words(unit: str) -> str:
    """The unit as people read it (`mmHg`, `/min`)."""
    return _READ.get(unit, unit)


def rounded_text(exact: Fraction, step: Quantity) -> str:
    """An exact amount, in the unit of `step`, rounded once half to even to a multiple of it, as text such as `41.25 mL`."""
    # Rounding a fraction to a whole number is half to even in Python, and exact.
    value = Decimal(round(exact / Fraction(step.value))) * step.value
    return f"{plain_text(value)} {step.unit}"


def parse_quantity(text: str, where: str = "") -> Quantity:
    """A quantity such as `0.5 mg/kg`: a plain number, one space, a UCUM unit. Raises Unreadable."""
    found = _QUANTITY.fullmatch(text)
    if not found:
        raise unreadable(f"{text!r}", "a number, a space and a unit, such as `0.5 mg/kg`", "Write the quantity in full.", where)
    value = parameter(found[1], where)
    unit_of(found[2], where)
    return Quantity(value, _ALIASES.get(found[2], found[2]))
