"""The stocked products an infusion can be made of, and the steps its amounts are rounded to."""

from __future__ import annotations

from dataclasses import dataclass

from kairn.library.reader import LIBRARY, Node, read_yaml
from kairn.library.sources import SOURCES
from kairn.terms.quantity import Quantity, parse_quantity


@dataclass(frozen=True)
class Product:
    """One stocked product: the drug, what its label says, and its concentration (mass in volume)."""

    key: str
    drug: str
    label: str
    concentration: Quantity


@dataclass(frozen=True)
class Rounding:
    """The step of each amount on an order."""

    dose: Quantity
    volume: Quantity
    rate_mg: Quantity
    rate_ml: Quantity


@dataclass(frozen=True)
class Stock:
    """Every product by key, and the rounding."""

    products: dict[str, Product]
    rounding: Rounding


def read_stock(root: Node) -> Stock:
    """The file as values. Raises Unreadable with the line of the fault."""
    parts = root.fields(("source", "rounding", "products"))
    cited = parts["source"].texts()[0]
    if cited not in SOURCES:
        raise parts["source"].fault(f"the source {cited!r}", "a key of library/sources.yaml", "Add the source there or correct the key.")
    steps = parts["rounding"].fields(("dose", "volume", "rate_mg", "rate_ml"))
    rounding = Rounding(**{name: parse_quantity(node.text(), node.where) for name, node in steps.items()})
    products = [_product(entry) for entry in parts["products"].items()]
    found = {product.key: product for product in products}
    if len(found) != len(products):
        raise parts["products"].fault("a product twice", "each product once", "Keep one of them.")
    return Stock(found, rounding)


def _product(entry: Node) -> Product:
    fields = entry.fields(("product", "drug", "label", "concentration"))
    concentration = parse_quantity(fields["concentration"].text(), fields["concentration"].where)
    if concentration.to("mg/mL") <= 0:
        raise fields["concentration"].fault(str(concentration), "more than nothing in a volume", "Correct the concentration.")
    return Product(fields["product"].text(), fields["drug"].text(), fields["label"].text(), concentration)


STOCK: Stock = read_stock(read_yaml(LIBRARY / "products.yaml"))
PRODUCTS: dict[str, Product] = STOCK.products
