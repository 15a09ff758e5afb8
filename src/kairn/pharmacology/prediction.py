"""A prediction at given minutes: concentrations in ng/mL for the typical person or a population, and the band drawn around them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from kairn.library.models import DrugModel
from kairn.library.predictions import PREDICTIONS
from kairn.pharmacology.arrays import Floats
from kairn.pharmacology.chance import EVERYBODY, Draw
from kairn.pharmacology.course import levels
from kairn.pharmacology.delivery import Delivery
from kairn.pharmacology.subjects import Subjects, drawn, no_variability, typical
from kairn.pharmacology.system import METABOLITE, NG_PER_ML, system_of
from kairn.terms.quantity import Quantity


@dataclass(frozen=True)
class Band:
    """Lower and upper limit at each minute, for the share of people and measurements it was drawn for."""

    low: Floats
    high: Floats


def predict(
    subjects: Subjects, delivery: Delivery, minutes: Floats, sites: Mapping[str, Floats] | None = None, *, metabolite: bool = False
) -> dict[str, Floats]:
    """Concentrations in ng/mL by name (plasma, each site, norketamine), each (subjects, times); minutes ascend. ke0 of the sites in 1/min."""
    system = system_of(subjects, sites, metabolite=metabolite)
    found = levels(system, delivery, minutes, [row * NG_PER_ML for row in system.rows.values()])
    return {name: found[:, place] for place, name in enumerate(system.rows)}


def predict_typical(model: DrugModel, weight: Quantity, delivery: Delivery, minutes: Floats, sites: Mapping[str, Floats] | None = None) -> dict[str, Floats]:
    """The same for the typical person, each (times,); norketamine where the model has it."""
    found = predict(typical(model, weight), delivery, minutes, sites, metabolite=model.metabolite is not None)
    return {name: values[0] for name, values in found.items()}


def predict_bands(
    model: DrugModel, weight: Quantity, delivery: Delivery, minutes: Floats, sites: Mapping[str, Floats] | None = None, *,
    draw: Draw = EVERYBODY, metabolite: bool = False,
) -> dict[str, Band]:  # fmt: skip
    """Exact quantiles over a drawn population, of what a measurement might show: people differ, models disagree, assays err.

    Raises Unreadable where the model knows typical values only: between-subject variability is never guessed, nor drawn alone.
    """
    found = predict(drawn(model, weight, draw), delivery, minutes, sites, metabolite=metabolite)
    return banded(model, found, delivery, minutes, draw)


def banded(model: DrugModel, found: Mapping[str, Floats], delivery: Delivery, minutes: Floats, draw: Draw) -> dict[str, Band]:
    """The bands of concentrations (subjects, times) of a population, with the models' disagreement and the residual error put in."""
    apart = disagreement(model, delivery, minutes, draw)
    error = draw.normal(f"residual {model.name}")
    return {name: quantiles(values * apart * np.exp(residual(model, name) * error), PREDICTIONS.band) for name, values in found.items()}


def disagreement(model: DrugModel, delivery: Delivery, minutes: Floats, draw: Draw) -> Floats:
    """Drawn factors by which another published model would have read otherwise, one course for each person: (people, times)."""
    return np.asarray(np.exp(doubt(model, delivery, minutes) * draw.normal(f"models {model.name}")))


def residual(model: DrugModel, name: str) -> float:
    """Standard deviation of the logarithm of a measured level about the truth; a site counts as plasma. Raises Unreadable where none is known."""
    if model.variability is None:
        raise no_variability(model)
    known = model.variability.residual
    return float(known[METABOLITE] if name == METABOLITE and METABOLITE in known else known["plasma"])


def doubt(model: DrugModel, delivery: Delivery, minutes: Floats) -> Floats:
    """How far published models lie apart at each minute, as a standard deviation of the logarithm: (times,)."""
    if model.uncertainty is None:
        raise no_variability(model)
    early = np.zeros(len(minutes), dtype=bool)
    for since, until in delivery.recent(model.uncertainty.settles.to("min")):
        early |= (minutes >= float(since)) & (minutes < (np.inf if until is None else float(until)))
    return np.where(early, float(model.uncertainty.early), float(model.uncertainty.late))


def quantiles(values: Floats, share: Fraction) -> Band:
    """The band that holds a share of the subjects at each time, symmetric about the middle, interpolated between ranks."""
    ends = ((1 - share) / 2, (1 + share) / 2)
    ranks = [float(end * (len(values) - 1)) for end in ends]
    near = [rank for end in ranks for rank in (int(end), min(int(end) + 1, len(values) - 1))]
    ordered = np.partition(np.ascontiguousarray(values.T), sorted(set(near)), axis=1)
    return Band(*(_between(ordered, rank, near[2 * place : 2 * place + 2]) for place, rank in enumerate(ranks)))


def _between(ordered: Floats, rank: float, near: Sequence[int]) -> Floats:
    below, above = ordered[:, near[0]], ordered[:, near[1]]
    return np.asarray(below + (rank - near[0]) * (above - below))
