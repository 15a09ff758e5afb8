"""How far a weight may lie from the one before it, or a first one from the height, until somebody must say why, or a second person must read it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from kairn.library.reader import LIBRARY, Node, read_yaml
from kairn.library.sources import SOURCES
from kairn.terms.numbers import parameter
from kairn.terms.quantity import Quantity, parse_quantity

BUILD = "kg/m2"


@dataclass(frozen=True)
class WeightCheck:
    """Shares of the earlier weight, the ratio of the two at which pounds were likely taken for kilograms, and the body mass index of a first weight."""

    reason_beyond: Fraction
    second_reader_beyond: Fraction
    pounds: tuple[Fraction, Fraction]
    build: tuple[Quantity, Quantity]

    def asks_reason(self, weight: Fraction, earlier: Fraction) -> bool:
        """Whether somebody must write why the weight is so different."""
        return self.asks_second_reader(weight, earlier) or abs(weight - earlier) > self.reason_beyond * earlier

    def asks_second_reader(self, weight: Fraction, earlier: Fraction) -> bool:
        """Whether a second person must have read the weight."""
        return self.looks_like_pounds(weight, earlier) or abs(weight - earlier) > self.second_reader_beyond * earlier

    def looks_like_pounds(self, weight: Fraction, earlier: Fraction) -> bool:
        """Whether one of the two is likely in pounds."""
        low, high = self.pounds
        return low <= max(weight, earlier) / min(weight, earlier) <= high

    def asks_build(self, weight: Fraction, height: Quantity) -> bool:
        """Whether a first weight, in kg, is so far out of proportion to the height that a second person must have read it."""
        low, high = (bound.to(BUILD) for bound in self.build)
        return not low <= weight / height.to("m") ** 2 <= high


def read_weight_check(root: Node) -> WeightCheck:
    """The file as values. Raises Unreadable with the line of the fault."""
    parts = root.fields(("source", "reason_beyond", "second_reader_beyond", "pounds_for_kilograms", "body_mass_index"))
    cited = parts["source"].texts()[0]
    if cited not in SOURCES:
        raise parts["source"].fault(f"the source {cited!r}", "a key of library/sources.yaml", "Add the source there or correct the key.")
    reason, second = (parse_quantity(parts[name].text(), parts[name].where).to("%") / 100 for name in ("reason_beyond", "second_reader_beyond"))
    ratios = [Fraction(parameter(node.text(), node.where)) for node in parts["pounds_for_kilograms"].items()]
    if not (0 < reason < second and len(ratios) == 2 and 1 < ratios[0] < ratios[1]):
        raise root.fault("bands that do not lie within one another", "0 < reason < second reader, and two ratios above 1, the smaller first", "Correct them.")
    return WeightCheck(reason, second, (ratios[0], ratios[1]), _build(parts["body_mass_index"]))


def _build(node: Node) -> tuple[Quantity, Quantity]:
    bounds = [parse_quantity(each.text(), each.where) for each in node.items()]
    if len(bounds) != 2 or not 0 < bounds[0].to(BUILD) < bounds[1].to(BUILD):
        raise node.fault("bounds of a body mass index that are none", "two above nothing, the smaller first", "Correct them.")
    return bounds[0], bounds[1]


WEIGHT_CHECK: WeightCheck = read_weight_check(read_yaml(LIBRARY / "weight_check.yaml"))
