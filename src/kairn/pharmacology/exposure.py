"""What a course amounts to: area under the curve, the peak, and when a level is fallen below for good."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kairn.pharmacology.arrays import Floats
from kairn.pharmacology.course import levels
from kairn.pharmacology.delivery import Delivery
from kairn.pharmacology.subjects import Subjects
from kairn.pharmacology.system import AREA, NG_PER_ML, PLASMA, System, system_of

HALVINGS = 60


def area(subjects: Subjects, delivery: Delivery, until: float) -> Floats:
    """Area under plasma from the start until a minute, in ng/mL times min: (subjects,), exact."""
    system = system_of(subjects, area=True)
    return levels(system, delivery, np.array([until]), [system.rows[AREA]])[:, 0, 0] * NG_PER_ML


def whole_area(subjects: Subjects, delivery: Delivery, until: float) -> Floats:
    """The same for ever, where nothing is given after `until`: what the modes still hold then is added, each over its rate."""
    stopped = replace(delivery, stretches=tuple(each for each in delivery.stretches if each.until is not None))
    system = system_of(subjects)
    left = [np.where(system.rates > 0, system.rows[PLASMA] / np.where(system.rates > 0, system.rates, 1.0), 0.0)]
    return area(subjects, stopped, until) + levels(system, stopped, np.array([until]), left)[:, 0, 0] * NG_PER_ML


def falls_below(system: System, row: Floats, delivery: Delivery, level: float, minutes: Floats) -> Floats:
    """The minute from which a row stays below a level in ng/mL: (subjects,); the first of the minutes where it never is above, infinite where it
    still is at the last.

    The minutes, ascending, are where it is looked; between the latest one above and the next one the crossing is found by halving.
    """
    above = levels(system, delivery, minutes, [row])[:, 0] * NG_PER_ML >= level
    latest = np.where(above.any(axis=1), above.shape[1] - 1 - np.argmax(above[:, ::-1], axis=1), -1)
    return np.array([_crossing(_one(system, who), row[who : who + 1], delivery, level, minutes, int(at)) for who, at in enumerate(latest)])


def _crossing(system: System, row: Floats, delivery: Delivery, level: float, minutes: Floats, latest: int) -> float:
    if latest < 0:
        return float(minutes[0])
    if latest + 1 == len(minutes):
        return float("inf")
    low, high = float(minutes[latest]), float(minutes[latest + 1])
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        above = levels(system, delivery, np.array([middle]), [row])[0, 0, 0] * NG_PER_ML >= level
        low, high = (middle, high) if above else (low, middle)
    return high


def _one(system: System, who: int) -> System:
    """One subject of a system."""
    pick = slice(who, who + 1)
    edges = tuple(replace(edge, weight=edge.weight[pick]) for edge in system.edges)
    rows = {name: weights[pick] for name, weights in system.rows.items()}
    amounts = {name: weights[pick] for name, weights in system.amounts.items()}
    return System(system.rates[pick], edges, system.entry[pick], rows, amounts)


def peak(system: System, row: Floats, delivery: Delivery, minutes: Floats) -> tuple[Floats, Floats]:
    """The highest of the given minutes and the level there in ng/mL: (subjects,) each."""
    found = levels(system, delivery, minutes, [row])[:, 0] * NG_PER_ML
    at = np.argmax(found, axis=1)
    return minutes[at], found[np.arange(len(found)), at]
