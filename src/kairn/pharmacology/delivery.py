"""What was delivered: boluses and stretches of constant rate in exact minutes and milligrams."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from kairn.terms.problem import unreadable


@dataclass(frozen=True)
class Bolus:
    """Milligrams at once, at a minute."""

    at: Fraction
    mg: Fraction


@dataclass(frozen=True)
class Stretch:
    """A constant rate in mg/min from one minute to another; `until` None: it has not ended."""

    since: Fraction
    until: Fraction | None
    rate: Fraction

    def mg_by(self, minute: Fraction) -> Fraction:
        """Milligrams it has delivered by a minute."""
        end = minute if self.until is None else min(minute, self.until)
        return max(end - self.since, Fraction(0)) * self.rate


@dataclass(frozen=True)
class Delivery:
    """A history of doses; what overlaps adds up. Make it with `bolus`, `infusion` and `pump`, and join with `+`."""

    boluses: tuple[Bolus, ...] = ()
    stretches: tuple[Stretch, ...] = ()

    def __add__(self, other: Delivery) -> Delivery:
        return Delivery(self.boluses + other.boluses, self.stretches + other.stretches)

    def mg_by(self, minute: Fraction) -> Fraction:
        """Exact milligrams delivered by a minute, a bolus at that minute included."""
        at_once = sum((each.mg for each in self.boluses if each.at <= minute), Fraction(0))
        return at_once + sum((each.mg_by(minute) for each in self.stretches), Fraction(0))

    def ml_by(self, minute: Fraction, mg_per_ml: Fraction) -> Fraction:
        """Exact millilitres delivered by a minute, of a concentration in mg/mL."""
        return self.mg_by(minute) / mg_per_ml

    def recent(self, after: Fraction) -> list[tuple[Fraction, Fraction | None]]:
        """From when until when something flows or has flowed at most `after` minutes ago; None: without an end."""
        once = [(each.at, each.at + after) for each in self.boluses]
        return once + [(each.since, None if each.until is None else each.until + after) for each in self.stretches]

    def steps(self) -> list[tuple[Fraction, Fraction, Fraction]]:
        """In order: a minute at which something changes, milligrams given there at once, and the rate (mg/min) from there on."""
        moments = {each.at for each in self.boluses} | {each.since for each in self.stretches}
        moments |= {each.until for each in self.stretches if each.until is not None}
        return [(moment, self._at_once(moment), self._rate(moment)) for moment in sorted(moments)]

    def _at_once(self, moment: Fraction) -> Fraction:
        return sum((each.mg for each in self.boluses if each.at == moment), Fraction(0))

    def _rate(self, moment: Fraction) -> Fraction:
        flowing = (each.rate for each in self.stretches if each.since <= moment and (each.until is None or moment < each.until))
        return sum(flowing, Fraction(0))


def bolus(mg: Fraction, at: Fraction = Fraction(0)) -> Delivery:
    """One bolus. Raises Unreadable for less than nothing."""
    return Delivery(boluses=(Bolus(at, _not_negative(mg, "mg")),))


def infusion(mg: Fraction, minutes: Fraction, since: Fraction = Fraction(0)) -> Delivery:
    """An amount over a time; over no time it is a bolus. Raises Unreadable for less than nothing."""
    if _not_negative(minutes, "minutes") == 0:
        return bolus(mg, since)
    return Delivery(stretches=(Stretch(since, since + minutes, _not_negative(mg, "mg") / minutes),))


def pump(rates: Iterable[tuple[Fraction, Fraction]]) -> Delivery:
    """A pump by its record: (minute, mg/min from there on), in any order; 0 is a pause or a stop, and one minute's latest entry counts.

    Raises Unreadable for a rate below nothing.
    """
    known = sorted(dict(rates).items())
    ends: list[Fraction | None] = [later for (_, _), (later, _) in pairwise(known)] + [None]
    stretches = (Stretch(at, until, _not_negative(rate, "mg/min")) for (at, rate), until in zip(known, ends, strict=True))
    return Delivery(stretches=tuple(each for each in stretches if each.rate))


def _not_negative(value: Fraction, what: str) -> Fraction:
    if value < 0:
        raise unreadable(f"{float(value):g} {what}", "nothing or more", "Correct the amount.")
    return value
