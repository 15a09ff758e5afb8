"""How predictions are drawn, and which readings of a person may move them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from kairn.library.grounds import read_cited
from kairn.library.model_numbers import among, read_positive, read_share
from kairn.library.models import MODELS
from kairn.library.reader import LIBRARY, Node, read_yaml
from kairn.library.responses import RESPONSES
from kairn.terms.quantity import Quantity

HYDROCHLORIDE = "hydrochloride"
COUNTS = ("base", HYDROCHLORIDE)


@dataclass(frozen=True)
class Predictions:
    """The default model and its responses, the share a band is drawn for, and what is asked of a measured level."""

    model: str
    responses: tuple[str, ...]
    strength_counts: str
    ketamine_in_hydrochloride: Fraction
    band: Fraction
    venous_after: Quantity
    venous_residual: Fraction
    unusual: Fraction
    moved_by_level: tuple[str, ...]
    baseline_spread: Quantity
    allometry: Fraction

    @property
    def ketamine_share(self) -> Fraction:
        """The share of a labelled strength that is ketamine itself, which is what models count."""
        return self.ketamine_in_hydrochloride if self.strength_counts == HYDROCHLORIDE else Fraction(1)


def read_predictions(root: Node) -> Predictions:
    """The file as values. Raises Unreadable with the line of the fault."""
    names = (
        "model", "responses", "strength_counts", "ketamine_in_hydrochloride", "band", "venous_after", "venous_residual", "unusual", "moved_by_level",
        "baseline_spread", "allometry",
    )  # fmt: skip
    parts = root.fields(("source", *names))
    read_cited(parts["source"])
    band = read_share(parts["band"], "%")
    if not 0 < band < 1:
        raise parts["band"].fault(parts["band"].text(), "more than 0 % and less than 100 %", "Correct the share.")
    return Predictions(
        among(parts["model"], tuple(MODELS)), tuple(among(node, tuple(RESPONSES)) for node in parts["responses"].items()),
        among(parts["strength_counts"], COUNTS), read_share(parts["ketamine_in_hydrochloride"]), band,
        read_positive(parts["venous_after"], "min"), read_share(parts["venous_residual"], "%"), read_share(parts["unusual"]),
        parts["moved_by_level"].texts(), read_positive(parts["baseline_spread"], "mm[Hg]"), read_share(parts["allometry"]),
    )  # fmt: skip


PREDICTIONS: Predictions = read_predictions(read_yaml(LIBRARY / "predictions.yaml"))
