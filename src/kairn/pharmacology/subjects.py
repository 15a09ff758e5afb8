"""Parameters of a model for people of a weight: the typical person, a drawn population, or one person with deviations of their own."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from kairn.library.models import Block, DrugModel
from kairn.library.predictions import PREDICTIONS
from kairn.pharmacology.arrays import Floats
from kairn.pharmacology.chance import Draw
from kairn.terms.problem import Unreadable, unreadable
from kairn.terms.quantity import Quantity

BASE_UNITS = {"V": "L", "C": "L/min", "Q": "L/min", "k": "1/min", "M": "min", "F": "1"}
PER_KG = "/kg"


@dataclass(frozen=True)
class Subjects:
    """Parameters by name, each an array over subjects in L, L/min, 1/min and min. Rates are told as volumes and clearances."""

    model: DrugModel
    values: dict[str, Floats]

    @property
    def count(self) -> int:
        """How many subjects."""
        return len(next(iter(self.values.values())))


def typical(model: DrugModel, weight: Quantity) -> Subjects:
    """The typical person of one weight."""
    return Subjects(model, {name: np.array([value]) for name, value in _typical_values(model, weight).items()})


def deviating(model: DrugModel, weight: Quantity, deviations: dict[str, Floats]) -> Subjects:
    """People of one weight whose parameters deviate from the typical by exp(deviation), each an array over subjects."""
    count = len(next(iter(deviations.values())))
    values = _typical_values(model, weight)
    return Subjects(model, {name: value * np.exp(deviations.get(name, np.zeros(count))) for name, value in values.items()})


def drawn(model: DrugModel, weight: Quantity, draw: Draw) -> Subjects:
    """A population of one weight, drawn from the model's variability; the same draw makes the same people. Raises Unreadable where none is known."""
    return deviating(model, weight, between(model, draw))


def between(model: DrugModel, draw: Draw) -> dict[str, Floats]:
    """Drawn deviations (log) by parameter, each an array over people. Raises Unreadable where no variability is known."""
    names, root = spread_of(model)
    deviations = draw.normal(f"between {model.name}", len(names)) @ root.T
    return {name: deviations[:, place] for place, name in enumerate(names)}


def allometric(model: DrugModel) -> DrugModel:
    """The same model with clearances that grow with a power of weight below one: what a weight outside the domain might as well come to."""
    metabolite = model.metabolite and replace(model.metabolite, block=_allometric(model.metabolite.block))
    return replace(model, parent=_allometric(model.parent), metabolite=metabolite)


def _allometric(block: Block) -> Block:
    clearances = [name for name in block.values if name.removeprefix("N")[0] in "CQ"]
    return replace(block, exponents=block.exponents | dict.fromkeys(clearances, PREDICTIONS.allometry))


def spread_of(model: DrugModel) -> tuple[tuple[str, ...], Floats]:
    """Names of what varies between people and the lower Cholesky factor of its covariance (log scale). Raises Unreadable where none is known."""
    if model.variability is None:
        raise no_variability(model)
    names = tuple(model.variability.log_sd)
    sd = np.array([float(value) for value in model.variability.log_sd.values()])
    correlation = np.eye(len(names))
    for one, other, value in model.variability.correlations:
        i, j = names.index(one), names.index(other)
        correlation[i, j] = correlation[j, i] = float(value)
    return names, np.asarray(np.linalg.cholesky(correlation * np.outer(sd, sd)))


def no_variability(model: DrugModel) -> Unreadable:
    """What to raise where a band is asked of a model of typical values only."""
    return unreadable(f"{model.name}, of which only typical values are known", "a model with the variability between people", "Draw it without a band.")


def _typical_values(model: DrugModel, weight: Quantity) -> dict[str, float]:
    kilograms = float(weight.to("kg"))
    if kilograms <= 0:
        raise unreadable(f"a weight of {weight}", "more than nothing", "Correct the weight.")
    parent = _as_clearances(_scaled(model.parent, kilograms))
    return parent | (_scaled(model.metabolite.block, kilograms) if model.metabolite else {})


def _scaled(block: Block, kilograms: float) -> dict[str, float]:
    ratio = kilograms / float(block.reference_weight.to("kg"))
    return {name: _at_reference(name, value, block) * ratio ** float(block.exponents.get(name, 0)) for name, value in block.values.items()}


def _at_reference(name: str, value: Quantity, block: Block) -> float:
    unit = BASE_UNITS[name.removeprefix("N")[0]] if name != "NMASS" else BASE_UNITS["F"]
    if value.unit.endswith(PER_KG):
        return float(value.to(unit + PER_KG) * block.reference_weight.to("kg"))
    return float(value.to(unit))


def _as_clearances(values: dict[str, float]) -> dict[str, float]:
    """Rate constants as the volumes and clearances they stand for."""
    if "k10" not in values:
        return values
    central = values["V1"]
    found = {"V1": central, "CL": values["k10"] * central}
    for number in (n for n in ("2", "3") if f"k1{n}" in values):
        exchange = values[f"k1{number}"] * central
        found |= {f"Q{number}": exchange, f"V{number}": exchange / values[f"k{number}1"]}
    return found
