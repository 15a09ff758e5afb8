"""Concentrations over time: the states carried from change to change of the rate, and read off at any minutes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kairn.pharmacology.arrays import Floats
from kairn.pharmacology.delivery import Delivery
from kairn.pharmacology.system import System

WORTH_A_GRID = 4
EVEN = 1e-12
Carry = Mapping[float, Floats]
"""By length of time in minutes: what each state becomes, (subjects, states, states)."""


@dataclass(frozen=True)
class _Stretch:
    """From one change to the next: milligrams at its start, the rate, the minutes read (from its start on), and how long it is."""

    mg: float
    rate: float
    inside: slice
    minutes: Floats
    length: float | None

    @property
    def even(self) -> tuple[float, float] | None:
        """The first minute and the step, where the minutes are even and worth a grid."""
        count = len(self.minutes)
        if count < WORTH_A_GRID or np.ptp(np.diff(self.minutes)) > EVEN * max(float(self.minutes[-1]), 1.0):
            return None
        return float(self.minutes[0]), float((self.minutes[-1] - self.minutes[0]) / (count - 1))

    @property
    def lengths(self) -> list[float]:
        """All lengths of time that its reading and its end ask for."""
        end = [] if self.length is None else [self.length]
        return [*(self.even or self.minutes.tolist()), *end]


def levels(system: System, delivery: Delivery, minutes: Floats, rows: Sequence[Floats]) -> Floats:
    """What each row (subjects, states) reads at each of the minutes, which ascend: (subjects, rows, times).

    Before the first dose there is nothing. At the minute of a bolus the bolus is in. Concentrations are in mg/L.
    """
    stretches = _stretches(delivery, minutes)
    carry = _carry(system, sorted({length for each in stretches for length in each.lengths}))
    read, state = np.stack(rows, axis=1), np.zeros_like(system.rates)
    found = np.zeros((len(state), len(rows), len(minutes)))
    for each in stretches:
        state = state + each.mg * system.entry
        state[:, 0] = each.rate
        if len(each.minutes):
            found[:, :, each.inside] = _read_grid(carry, state, each, read) if each.even else _read(carry, state, each, read)
        if each.length is not None:
            state = np.matmul(carry[each.length], state[:, :, None])[:, :, 0]
    return found


def _stretches(delivery: Delivery, minutes: Floats) -> list[_Stretch]:
    steps = delivery.steps()
    cuts = [int(np.searchsorted(minutes, float(at), side="left")) for at, _, _ in steps] + [len(minutes)]
    lengths = [float(later[0] - earlier[0]) for earlier, later in zip(steps, steps[1:], strict=False)] + [None]
    return [
        _Stretch(float(mg), float(rate), slice(*cuts[place : place + 2]), minutes[slice(*cuts[place : place + 2])] - float(at), lengths[place])
        for place, (at, mg, rate) in enumerate(steps)
    ]


def _carry(system: System, lengths: list[float]) -> Carry:
    return dict(zip(lengths, system.propagator(np.array(lengths)), strict=True)) if lengths else {}


def _read(carry: Carry, state: Floats, stretch: _Stretch, read: Floats) -> Floats:
    """Rows at the minutes of a stretch, one by one: (subjects, rows, times)."""
    reached = np.concatenate([np.matmul(carry[minute], state[:, :, None]) for minute in stretch.minutes.tolist()], axis=2)
    return np.asarray(np.matmul(read, reached))


def _read_grid(carry: Carry, state: Floats, stretch: _Stretch, read: Floats) -> Floats:
    """The same on even minutes by two ladders, one of small steps and one of long ones, so that each exponential is taken once."""
    first, step = stretch.even or (0.0, 0.0)
    count = len(stretch.minutes)
    small = 1 << ((count - 1).bit_length() + 1) // 2
    fine, power = _ladder(read, carry[step], small)
    coarse, _ = _ladder(np.matmul(carry[first], state[:, :, None]).swapaxes(1, 2), power.swapaxes(1, 2), -(-count // small))
    table = np.matmul(coarse[:, 0][:, None], fine.swapaxes(2, 3))
    return np.asarray(table.reshape(len(state), read.shape[1], -1)[:, :, :count])


def _ladder(rows: Floats, step: Floats, count: int) -> tuple[Floats, Floats]:
    """rows, rows step, rows step^2 ...: (subjects, rows, count, states), by doubling; and step to the next power of two."""
    found, power = rows[:, :, None, :], step
    while found.shape[2] < count:
        found = np.concatenate([found, np.matmul(found, power[:, None])], axis=2)
        power = np.matmul(power, power)
    return found[:, :, :count], power
