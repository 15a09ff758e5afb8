"""One person's measured level: which samples count, and what they say of clearance and volumes."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from kairn.library.models import DrugModel
from kairn.library.predictions import PREDICTIONS
from kairn.pharmacology.arrays import Floats
from kairn.pharmacology.chance import EVERYBODY, Draw
from kairn.pharmacology.delivery import Delivery
from kairn.pharmacology.posterior import Posterior, most_likely
from kairn.pharmacology.prediction import Band, banded, predict, residual
from kairn.pharmacology.subjects import Subjects, between, deviating, spread_of
from kairn.pharmacology.system import PLASMA
from kairn.terms.quantity import Quantity

VENOUS = "venous"
UNUSUAL = "check sample or dose"


@dataclass(frozen=True)
class Sample:
    """A measured level: minute, ng/mL, where it was drawn (arterial or venous), and the least the assay can tell."""

    minute: Fraction
    ng_per_ml: float
    site: str
    least: float = 0.0


@dataclass(frozen=True)
class Unusable:
    """A sample that may not move anything, and why."""

    sample: Sample
    reason: str


@dataclass(frozen=True)
class OwnLevel:
    """What the samples say of one person: deviations (log) with covariance, samples left out, and words where the estimate is no finding."""

    posterior: Posterior
    left_out: tuple[Unusable, ...]
    words: tuple[str, ...]


def usable(sample: Sample, delivery: Delivery) -> Unusable | None:
    """Why a sample may not be used, or None. During and soon after a delivery venous blood lags behind arterial blood."""
    if sample.ng_per_ml <= 0 or sample.ng_per_ml < sample.least:
        return Unusable(sample, f"The level is below what the assay can tell ({sample.least:g} ng/mL).")
    if delivery.mg_by(sample.minute) == 0:
        return Unusable(sample, "Nothing had been given when it was drawn. Check the times.")
    wait = PREDICTIONS.venous_after
    soon = any(since <= sample.minute and (until is None or sample.minute < until) for since, until in delivery.recent(wait.to("min")))
    if sample.site == VENOUS and soon:
        return Unusable(sample, f"A venous sample is read from {wait} after the latest delivery on; before that the vein lags behind the artery.")
    return None


def own_level(model: DrugModel, weight: Quantity, delivery: Delivery, samples: tuple[Sample, ...]) -> OwnLevel | tuple[Unusable, ...]:
    """The posterior of clearance and volumes from the usable samples; the reasons where none is. Raises Unreadable where no variability is known."""
    judged = [(sample, usable(sample, delivery)) for sample in sorted(samples, key=lambda each: each.minute)]
    kept, left_out = [sample for sample, why in judged if why is None], tuple(why for _, why in judged if why)
    if not kept:
        return left_out
    minutes = np.array([float(sample.minute) for sample in kept])
    measured = np.log([sample.ng_per_ml for sample in kept])
    error = np.array([_error(model, sample) for sample in kept])
    names, root = moved(model)

    def misfit(deviations: Floats) -> Floats:
        person = deviating(model, weight, _named(names, deviations[None]))
        return np.asarray((measured - np.log(predict(person, delivery, minutes)[PLASMA][0])) / error)

    posterior = most_likely(names, root, misfit)
    strange = posterior.unusual(float(PREDICTIONS.unusual))
    return OwnLevel(posterior, left_out, tuple(f"{name} lies far from everybody's: {UNUSUAL}." for name in strange))


def own_band(model: DrugModel, weight: Quantity, delivery: Delivery, minutes: Floats, found: OwnLevel, draw: Draw = EVERYBODY) -> Band:
    """The person's own plasma band, sampled from the posterior; what a level does not move, the models' disagreement and residual error stay in it."""
    own = found.posterior.drawn(draw.normal(f"own {model.name}", len(found.posterior.names)))
    person = deviating(model, weight, between(model, draw) | own)
    return banded(model, predict(person, delivery, minutes), delivery, minutes, draw)[PLASMA]


def own_subject(model: DrugModel, weight: Quantity, found: OwnLevel) -> Subjects:
    """The person at the posterior's mode."""
    return deviating(model, weight, _named(found.posterior.names, found.posterior.mean[None]))


def moved(model: DrugModel) -> tuple[tuple[str, ...], Floats]:
    """What a level may move and the lower Cholesky factor of its prior covariance. Raises Unreadable where no variability is known."""
    names, root = spread_of(model)
    kept = [place for place, name in enumerate(names) if name in PREDICTIONS.moved_by_level]
    covariance = (root @ root.T)[np.ix_(kept, kept)]
    return tuple(names[place] for place in kept), np.asarray(np.linalg.cholesky(covariance), dtype=np.float64)


def _named(names: tuple[str, ...], deviations: Floats) -> dict[str, Floats]:
    return {name: deviations[:, place] for place, name in enumerate(names)}


def _error(model: DrugModel, sample: Sample) -> float:
    own = residual(model, PLASMA)
    return max(own, float(PREDICTIONS.venous_residual)) if sample.site == VENOUS else own
