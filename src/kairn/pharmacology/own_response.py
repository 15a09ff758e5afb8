"""One person's response: baseline and ceiling of the pressure from cuff readings, half effect of dissociation from ratings, never pharmacokinetics."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp

import numpy as np

from kairn.library.predictions import PREDICTIONS
from kairn.library.responses import Effect, Response
from kairn.pharmacology.arrays import Floats
from kairn.pharmacology.effects import effect_at
from kairn.pharmacology.posterior import Posterior, most_likely
from kairn.terms.problem import unreadable

BASELINE, CEILING, HALF = "baseline", "ceiling", "half effect"


@dataclass(frozen=True)
class OwnResponse:
    """A person's own scalars: a baseline in the effect's unit, and factors of ceiling and half effect (1 is everybody's)."""

    baseline: float
    top: float
    half: float
    posterior: Posterior

    @property
    def unusual(self) -> tuple[str, ...]:
        """Which of them lie so far off that a reading should be checked."""
        return self.posterior.unusual(float(PREDICTIONS.unusual))


def own_pressure(response: Response, effect: Effect, drug: str, site: Floats, readings: Sequence[float], rest: float) -> OwnResponse:
    """Baseline and ceiling from cuff readings. `site` is the predicted effect-site concentration (ng/mL) at each reading, `rest` the reading before
    the start; the concentrations are taken as they are, so no reading moves them. Raises Unreadable without readings."""
    spread = float(PREDICTIONS.baseline_spread.value)

    def expected(at: Floats) -> Floats:
        return rest + float(at[0]) + effect_at(site, response, effect, drug, top=exp(at[1]))

    found = _fitted((BASELINE, CEILING), (spread, float(effect.log_sd)), expected, readings, float(effect.spread))
    return OwnResponse(rest + float(found.mean[0]), exp(found.mean[1]), 1.0, found)


def own_dissociation(response: Response, effect: Effect, drug: str, site: Floats, ratings: Sequence[float]) -> OwnResponse:
    """The half effect from ratings on the effect's scale, at predicted effect-site concentrations (ng/mL). Raises Unreadable without ratings."""

    def expected(at: Floats) -> Floats:
        return effect_at(site, response, effect, drug, half=exp(at[0]))

    found = _fitted((HALF,), (float(response.half_effect_log_sd),), expected, ratings, float(effect.spread))
    return OwnResponse(0.0, 1.0, exp(found.mean[0]), found)


def _fitted(names: tuple[str, ...], sd: tuple[float, ...], expected: Callable[[Floats], Floats], readings: Sequence[float], error: float) -> Posterior:
    if not readings:
        raise unreadable("no reading", "at least one", "Draw everybody's curve.")
    return most_likely(names, np.diag(sd), lambda at: (np.asarray(readings) - expected(at)) / error)
