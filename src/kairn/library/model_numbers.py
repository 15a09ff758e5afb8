"""Numbers of model files: parameters in the units of their kind, shares, and correlations, each refused with its line where it is none."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from kairn.library.reader import Node
from kairn.terms.numbers import parameter
from kairn.terms.quantity import Quantity, parse_quantity, unit_of

UNITS = {"V": ("L", "L/kg"), "C": ("L/min", "L/min/kg"), "Q": ("L/min", "L/min/kg"), "k": ("1/min",), "M": ("min",), "F": ("1",)}
"""By the first letter of a parameter, without the N of a metabolite: units of its kind."""
_NONE = "1"


def read_parameters(node: Node) -> dict[str, Quantity]:
    """Parameters by name, each more than nothing and in a unit of its kind; shares of one have none. Raises Unreadable."""
    return {name: _parameter(name, value) for name, value in node.mapping().items()}


def _parameter(name: str, node: Node) -> Quantity:
    kind = name.removeprefix("N")[:1]
    if kind not in UNITS and not name.startswith("NM"):
        raise node.fault(f"the parameter {name!r}", "a volume V, a clearance CL or Q, a rate k", "Correct its name.")
    if name in ("NF", "NMASS"):
        return Quantity(_more_than_nothing(node, node.text()), _NONE)
    found = parse_quantity(node.text(), node.where)
    if not any(unit_of(found.unit)[0] == unit_of(unit)[0] for unit in UNITS[kind]):
        raise node.fault(f"{name} in {found.unit}", f"a unit such as {' or '.join(UNITS[kind])}", "Correct the unit.")
    _more_than_nothing(node, str(found.value))
    return found


def _more_than_nothing(node: Node, text: str) -> Decimal:
    value = parameter(text, node.where)
    if value <= 0:
        raise node.fault(text, "more than nothing", "Correct the number.")
    return value


def read_positive(node: Node, unit: str) -> Quantity:
    """A quantity of more than nothing that can be said in a unit. Raises Unreadable."""
    found = parse_quantity(node.text(), node.where)
    if unit_of(found.unit)[0] != unit_of(unit)[0] or found.value <= 0:
        raise node.fault(str(found), f"more than nothing, in {unit} or a unit of its kind", "Correct it.")
    return found


def read_share(node: Node, unit: str = "") -> Fraction:
    """A number of at least nothing: a plain one, or with `%` a share of one. Raises Unreadable."""
    share = parse_quantity(node.text(), node.where).to(unit) / Fraction(100) if unit else Fraction(parameter(node.text(), node.where))
    if share < 0:
        raise node.fault(node.text(), "at least nothing", "Correct the number.")
    return share


def read_correlations(node: Node, known: tuple[str, ...]) -> tuple[tuple[str, str, Fraction], ...]:
    """Entries of [parameter, parameter, number between -1 and 1]. Raises Unreadable."""
    found = []
    for entry in node.items():
        one, other, text = entry.texts()
        value = Fraction(parameter(text, entry.where))
        if one not in known or other not in known or not -1 < value < 1:
            raise entry.fault(", ".join(entry.texts()), f"two of {', '.join(known)} and a number between -1 and 1", "Correct it.")
        found.append((one, other, value))
    return tuple(found)


def among(node: Node, choices: tuple[str, ...]) -> str:
    """A text that is one of the choices. Raises Unreadable."""
    if node.text() not in choices:
        raise node.fault(repr(node.text()), f"one of {', '.join(choices)}", "Choose one.")
    return node.text()
