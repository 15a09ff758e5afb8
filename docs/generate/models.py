"""The handbook's table of drug models: for whom they hold, where they end after the usual dose, and how each block of numbers is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

import numpy as np

from generate.tables import cited, grid
from kairn.library.grounds import Grounds
from kairn.library.models import MODELS, DrugModel
from kairn.library.predictions import PREDICTIONS
from kairn.library.responses import RESPONSES
from kairn.pharmacology.delivery import infusion
from kairn.pharmacology.prediction import predict_typical
from kairn.terms.quantity import parse_quantity

WEIGHT, DOSE = parse_quantity("70 kg"), infusion(Fraction(35), Fraction(40))
MINUTES = (40, 60, 110, 230)


def models() -> str:
    """Models with their domain, the same dose by each of them, then every block with its status and source."""
    ends = [_levels(model)[0] for model in MODELS.values()]
    span = f"The same 35 mg in 40 minutes for 70 kg, in ng/mL; at the end of it {min(ends):.0f} to {max(ends):.0f}, {max(ends) / min(ends):.1f}-fold.\n"
    return "\n".join(
        [
            "## Models\n",
            grid(("model", "plasma", "holds for", "weights", "band"), map(_row, MODELS.values())),
            span,
            grid(("model", *(f"at {minute} min" for minute in MINUTES)), ((f"`{model.name}`", *_rounded(model)) for model in MODELS.values())),
            "## How each block is known\n",
            grid(("model", "block", "status", "source", "why it was taken"), _blocks({name: model.blocks for name, model in MODELS.items()})),
            "## Responses\n",
            grid(("response", "block", "status", "source", "why it was taken"), _blocks({name: one.blocks for name, one in RESPONSES.items()})),
        ]
    )


def _row(model: DrugModel) -> tuple[object, ...]:
    chosen = " (default)" if model.name == PREDICTIONS.model else ""
    weights = " to ".join(map(str, model.domain.weight)) if model.domain.weight else "not established here"
    return (
        f"**{model.label}** `{model.name}`{chosen}",
        model.site,
        f"{model.domain.people}. {model.domain.note}",
        weights,
        "yes" if model.variability else "none",
    )


def _levels(model: DrugModel) -> list[float]:
    return [float(level) for level in predict_typical(model, WEIGHT, DOSE, np.array(MINUTES, dtype=np.float64))["plasma"]]


def _rounded(model: DrugModel) -> list[str]:
    return [f"{level:.0f}" for level in _levels(model)]


def _blocks(found: Mapping[str, Mapping[str, Grounds]]) -> Iterator[tuple[object, ...]]:
    for name, blocks in found.items():
        for part, block in blocks.items():
            yield f"`{name}`", part.replace("_", " "), block.status, cited(block.source, block.locator), block.rationale
