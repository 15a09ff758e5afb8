"""Concentrations over time: the states carried from change to change of the rate, and read off at any minutes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np

from kairn.pharmacology.arrays import Floats
from kairn.pharmacology.delivery import Delivery
from kairn.pharmacology.system import System

WORTH_A_GRID = 16
EVEN = 1e-12


def levels(system: System, delivery: Delivery, minutes: Floats, rows: Sequence[Floats]) -> Floats:
    """What each row (subjects, states) reads at each of the minutes, which ascend: (subjects, rows, times).

    Before the first dose there is nothing. At the minute of a bolus the bolus is in. Concentrations are in mg/L.
    """
    read = np.stack(rows, axis=1)
    found = np.zeros((len(system.rates), len(rows), len(minutes)))
    for since, state, inside in _stretches(system, delivery, minutes):
        found[:, :, inside] = _read(system, state, minutes[inside] - since, read)
    return found


def _stretches(system: System, delivery: Delivery, minutes: Floats) -> Iterator[tuple[float, Floats, slice]]:
    """For each stretch of constant rate: its first minute, the states there, and which of the minutes fall into it."""
    steps = delivery.steps()
    cuts = [int(np.searchsorted(minutes, float(at), side="left")) for at, _, _ in steps] + [len(minutes)]
    state = np.zeros_like(system.rates)
    for number, (at, mg, rate) in enumerate(steps):
        state = state + float(mg) * system.entry
        state[:, 0] = float(rate)
        yield float(at), state, slice(cuts[number], cuts[number + 1])
        if number + 1 < len(steps):
            state = _carried(system, state, steps[number + 1][0] - at)


def _carried(system: System, state: Floats, minutes: Fraction) -> Floats:
    return np.asarray(np.matmul(system.propagator(np.array([float(minutes)]))[0], state[:, :, None])[:, :, 0])


def _read(system: System, state: Floats, minutes: Floats, read: Floats) -> Floats:
    """Rows at minutes after the start of a stretch: (subjects, rows, times)."""
    if len(minutes) >= WORTH_A_GRID and _is_even(minutes):
        return _read_grid(system, state, minutes, read)
    carried = np.matmul(system.propagator(minutes), state[None, :, :, None])[..., 0]
    return np.asarray(np.einsum("srn,tsn->srt", read, carried))


def _is_even(minutes: Floats) -> bool:
    gaps = np.diff(minutes)
    return bool(np.ptp(gaps) <= EVEN * max(abs(minutes[-1]), 1.0))


def _read_grid(system: System, state: Floats, minutes: Floats, read: Floats) -> Floats:
    """The same on even minutes by two ladders, one of small steps and one of long ones, so that each exponential is taken once."""
    small = 1 << ((len(minutes) - 1).bit_length() + 1) // 2
    long = -(-len(minutes) // small)
    first, step = system.propagator(np.array([minutes[0], (minutes[-1] - minutes[0]) / (len(minutes) - 1)]))
    fine, power = _ladder(read, step, small)
    coarse, _ = _ladder(np.matmul(first, state[:, :, None]).swapaxes(1, 2), power.swapaxes(1, 2), long)
    table = np.matmul(coarse[:, 0][:, None], fine.swapaxes(2, 3))
    return np.asarray(table.reshape(len(state), read.shape[1], -1)[:, :, : len(minutes)])


def _ladder(rows: Floats, step: Floats, count: int) -> tuple[Floats, Floats]:
    """rows, rows step, rows step^2 ...: (subjects, rows, count, states), by doubling; and step to the next power of two."""
    found, power = rows[:, :, None, :], step
    while found.shape[2] < count:
        found = np.concatenate([found, np.matmul(found, power[:, None])], axis=2)
        power = np.matmul(power, power)
    return found[:, :, :count], power
