"""The most likely deviations of one person, and how sure they are: least squares with the prior, and the inverse Hessian."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from kairn.pharmacology.arrays import Floats

STEP = 1e-4


@dataclass(frozen=True)
class Posterior:
    """Deviations by name with their covariance; `prior_sd` is what they were before any reading."""

    names: tuple[str, ...]
    mean: Floats
    covariance: Floats
    prior_sd: Floats

    @property
    def sd(self) -> Floats:
        """Standard deviations after the readings."""
        return np.sqrt(np.diag(self.covariance))

    def unusual(self, beyond: float) -> tuple[str, ...]:
        """Names of deviations that lie more than so many prior standard deviations off."""
        return tuple(name for name, mean, sd in zip(self.names, self.mean, self.prior_sd, strict=True) if abs(mean) > beyond * sd)

    def drawn(self, normal: Floats) -> dict[str, Floats]:
        """Deviations by name for standard normal draws (people, names)."""
        root = np.linalg.cholesky(self.covariance)
        sampled = self.mean + normal @ root.T
        return {name: sampled[:, place] for place, name in enumerate(self.names)}


def most_likely(names: tuple[str, ...], root: Floats, misfit: Callable[[Floats], Floats]) -> Posterior:
    """The posterior mode. `root` is the lower Cholesky factor of the prior's covariance; `misfit` of deviations gives residuals in standard deviations."""

    def residuals(deviations: Floats) -> Floats:
        return np.concatenate([misfit(deviations), np.linalg.solve(root, deviations)])

    found = least_squares(residuals, np.zeros(len(names)), method="lm", xtol=1e-12, ftol=1e-12)
    hessian = _hessian(lambda at: float(np.sum(residuals(at) ** 2) / 2), found.x)
    return Posterior(names, found.x, np.asarray(np.linalg.inv(hessian), dtype=np.float64), np.sqrt(np.diag(root @ root.T)))


def _hessian(cost: Callable[[Floats], float], at: Floats) -> Floats:
    """Second derivatives by central differences."""
    steps = np.eye(len(at)) * STEP
    found = np.empty((len(at), len(at)))
    for i, one in enumerate(steps):
        for j, other in enumerate(steps):
            found[i, j] = (cost(at + one + other) - cost(at + one - other) - cost(at - one + other) + cost(at - one - other)) / (2 * STEP) ** 2
    return (found + found.T) / 2
