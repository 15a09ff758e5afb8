"""Effects behind a concentration: dissociation, blood pressure and heart rate by the library's saturating forms."""

from __future__ import annotations

import numpy as np

from kairn.library.models import DrugModel
from kairn.library.predictions import PREDICTIONS
from kairn.library.responses import Effect, Response
from kairn.pharmacology.arrays import Floats
from kairn.pharmacology.chance import EVERYBODY, Draw
from kairn.pharmacology.delivery import Delivery
from kairn.pharmacology.prediction import Band, disagreement, predict, quantiles
from kairn.pharmacology.subjects import drawn
from kairn.terms.problem import unreadable
from kairn.terms.quantity import Quantity


def ke0_of(response: Response) -> float:
    """The rate in 1/min at which the effect site follows plasma."""
    return float(np.log(2) / float(response.half_life.to("min")))


def half_effect_of(response: Response, drug: str) -> float:
    """The concentration in ng/mL at half of the ceiling. Raises Unreadable for a drug the response does not know."""
    if drug not in response.half_effect:
        raise unreadable(f"{response.name} for {drug}", f"one of {', '.join(response.half_effect)}", "Leave that effect out.")
    return float(response.half_effect[drug].to("ng/mL"))


def effect_at(site: Floats, response: Response, effect: Effect, drug: str, *, top: Floats | float = 1.0, half: Floats | float = 1.0) -> Floats:
    """The effect at effect-site concentrations in ng/mL, in the effect's unit; `top` and `half` are a person's own factors of ceiling and half effect."""
    risen = np.power(np.maximum(site, 0.0), float(response.steepness))
    half_risen = (half_effect_of(response, drug) * half) ** float(response.steepness)
    return np.asarray(float(effect.top) * top * risen / (risen + half_risen))


def effect_bands(model: DrugModel, weight: Quantity, delivery: Delivery, minutes: Floats, response: Response, draw: Draw = EVERYBODY) -> dict[str, Band]:
    """By effect, the band of what people would show: concentrations, ceilings and half effects differ, and models disagree. No error of a reading.

    Raises Unreadable for a model of typical values only, or a drug the response does not know.
    """
    site = predict(drawn(model, weight, draw), delivery, minutes, {response.name: np.array([ke0_of(response)])})[response.name]
    site = site * disagreement(model, delivery, minutes, draw)
    half = np.exp(float(response.half_effect_log_sd) * draw.normal(f"half effect {response.name}"))
    ceilings = draw.normal(f"ceiling {response.name}")
    return {
        name: quantiles(effect_at(site, response, effect, model.drug, top=np.exp(float(effect.log_sd) * ceilings), half=half), PREDICTIONS.band)
        for name, effect in response.effects.items()
    }
