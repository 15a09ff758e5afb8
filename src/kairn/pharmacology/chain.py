"""The response of a chain of first-order steps, exact also where rates are equal or nearly so."""

from __future__ import annotations

from math import factorial

import numpy as np

from kairn.pharmacology.arrays import Floats

CLOSE = 1.0
TERMS = 16


def chain(rates: Floats, minutes: Floats) -> Floats:
    """What one unit put in at the first step has become at the last, per unit of the products of rates between them.

    `rates` is (steps, ...) in 1/min and `minutes` broadcasts against one step. It is the divided difference of exp(-k t) over the rates,
    without its sign: positive, symmetric in the rates, and t^n/n! exp(-k t) where n+1 rates are all equal. Rates far apart for this time
    are taken by the recurrence of divided differences, rates close together by their series, since the recurrence loses digits there.
    """
    ordered = np.sort(rates, axis=0)
    level = [np.exp(-rate * minutes) for rate in ordered]
    for order in range(1, len(ordered)):
        level = [_joined(ordered[i : i + order + 1], level[i], level[i + 1], minutes) for i in range(len(level) - 1)]
    return np.asarray(level[0])


def _joined(rates: Floats, slower: Floats, faster: Floats, minutes: Floats) -> Floats:
    gap = np.broadcast_to(rates[-1] - rates[0], slower.shape)
    if len(rates) == 2:
        return slower * _shrunk(gap, minutes)
    close = np.broadcast_to(gap * minutes < CLOSE, slower.shape)
    found = (slower - faster) / np.where(close, 1.0, gap)
    if close.any():
        few = np.stack([np.broadcast_to(rate, slower.shape)[close] for rate in rates])
        found[close] = _series(few, np.broadcast_to(minutes, slower.shape)[close])
    return found


def _shrunk(gap: Floats, minutes: Floats) -> Floats:
    """(1 - exp(-gap t)) / gap, which is t where there is no gap."""
    none = gap == 0
    return np.asarray(np.where(none, minutes, -np.expm1(-gap * minutes) / np.where(none, 1.0, gap)))


def _series(rates: Floats, minutes: Floats) -> Floats:
    """The same about the rates' mean, by complete homogeneous symmetric polynomials of the distances."""
    order, mean = len(rates) - 1, rates.mean(axis=0)
    distances = (mean - rates) * minutes
    partial = np.ones_like(rates)
    total = np.full_like(mean, 1 / factorial(order))
    for term in range(1, TERMS):
        partial *= distances
        for place in range(order):
            partial[place + 1] += partial[place]
        total += partial[-1] / factorial(order + term)
    return np.asarray(minutes**order * np.exp(-mean * minutes) * total)
