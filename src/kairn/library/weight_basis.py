"""The weight a dose per kilogram is made from where it is not the measured one: ideal or adjusted, never above the measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from kairn.library.facts import FACTS
from kairn.library.reader import LIBRARY, Node, read_yaml
from kairn.library.sources import SOURCES
from kairn.terms.quantity import Quantity, parse_quantity
from kairn.terms.times import Duration, parse_duration

BASES = ("actual", "ideal", "adjusted")
INCH, KILOGRAM = "[in_i]", "kg"


@dataclass(frozen=True)
class WeightFormulas:
    """Heights in inches, weights in kg, all exact; `at_start` gives the ideal weight at `from_height` by sex."""

    from_height: Quantity
    at_start: Mapping[str, Fraction]
    for_inch_above: Fraction
    share_above: Fraction
    height_within: Duration

    def ideal(self, sex: str, height: Quantity) -> Fraction | None:
        """The ideal weight in kg; None for a sex or a height the formula does not speak of. Raises Unreadable for a height that is no length."""
        above = height.to(INCH) - self.from_height.to(INCH)
        return self.at_start[sex] + self.for_inch_above * above if sex in self.at_start and above >= 0 else None

    def dose_weight(self, basis: str, measured: Quantity, ideal: Fraction) -> Quantity:
        """The weight of that basis, rounded down to the step people are weighed in; the measured one, as measured, where that is not above it."""
        actual = measured.to(KILOGRAM)
        share = {"ideal": Fraction(0), "adjusted": self.share_above, "actual": Fraction(1)}[basis]
        exact = ideal + share * (actual - ideal)
        return measured if actual <= ideal or exact >= actual else _rounded_down(exact)


def _rounded_down(kilograms: Fraction) -> Quantity:
    step = FACTS["weight"].step
    return Quantity(Decimal(kilograms // Fraction(step)) * step, KILOGRAM)


def read_weight_formulas(root: Node) -> WeightFormulas:
    """The file as values. Raises Unreadable with the line of the fault."""
    parts = root.fields(("ideal", "adjusted", "height"))
    ideal = parts["ideal"].fields(("source", "from_height", "male", "female", "for_height_above"))
    adjusted, height = parts["adjusted"].fields(("source", "share_above")), parts["height"].fields(("source", "within"))
    for cited in (ideal["source"], adjusted["source"], height["source"]):
        _known_source(cited)
    found = WeightFormulas(
        parse_quantity(ideal["from_height"].text(), ideal["from_height"].where),
        {sex: _in(ideal[sex], KILOGRAM) for sex in ("male", "female")},
        _in(ideal["for_height_above"], f"{KILOGRAM}/{INCH}"), _in(adjusted["share_above"], "%") / 100,
        parse_duration(height["within"].text(), height["within"].where),
    )  # fmt: skip
    if not (found.from_height.to(INCH) > 0 and min(found.at_start.values()) > 0 and found.for_inch_above > 0 and 0 < found.share_above < 1):
        raise root.fault("a formula that gives no weight", "a height, weights above 0, and a share between 0 and 1", "Correct them.")
    return found


def _known_source(node: Node) -> None:
    cited = node.texts()
    if len(cited) != 2 or cited[0] not in SOURCES:
        raise node.fault(f"the source {', '.join(cited)!r}", "a key of library/sources.yaml and the place in it", "Add the source there or correct the key.")


def _in(node: Node, unit: str) -> Fraction:
    return parse_quantity(node.text(), node.where).to(unit)


WEIGHT_FORMULAS: WeightFormulas = read_weight_formulas(read_yaml(LIBRARY / "weight_basis.yaml"))
