"""Stocked products, syringes and urgent tasks are read strictly: a fault names its line."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kairn.library.products import PRODUCTS, read_stock
from kairn.library.reader import LIBRARY, Node, read_yaml_text
from kairn.library.syringes import read_syringes
from kairn.library.urgent_tasks import URGENT_TASKS, read_urgent_tasks
from kairn.record.payloads import Role
from kairn.terms.problem import Unreadable


def test_what_ships_is_whole() -> None:
    assert all(product.concentration.to("mg/mL") > 0 and product.concentration.text in product.label for product in PRODUCTS.values())
    assert {task.owner for task in URGENT_TASKS.values()} <= set(Role.__args__)  # type: ignore[attr-defined]
    assert all(task.within.delta for task in URGENT_TASKS.values())


@pytest.mark.parametrize(
    ("file", "read", "old", "new"),
    [
        ("products.yaml", read_stock, "local-rules", "somebody"),
        ("products.yaml", read_stock, '"2 mg/mL"', '"2 mL/mg"'),
        ("products.yaml", read_stock, '"2 mg/mL"', '"0 mg/mL"'),
        ("products.yaml", read_stock, "ketamine-2", "ketamine-1"),
        ("products.yaml", read_stock, "label:", "name:"),
        ("syringes.yaml", read_syringes, "local-measuring", "somebody"),
        ("syringes.yaml", read_syringes, 'graduation: "0.2 mL"', 'graduation: "5 mL"'),
        ("syringes.yaml", read_syringes, 'graduation: "0.2 mL"', 'graduation: "0 mL"'),
        ("syringes.yaml", read_syringes, "syringe-50", "syringe-20"),
        ("urgent_tasks.yaml", read_urgent_tasks, "local-rules", "somebody"),
        ("urgent_tasks.yaml", read_urgent_tasks, '"15 min"', '"soon"'),
        ("urgent_tasks.yaml", read_urgent_tasks, "owner: nurse, ", ""),
    ],
)
def test_a_fault_is_refused(file: str, read: Callable[[Node], object], old: str, new: str) -> None:
    text = (LIBRARY / file).read_text(encoding="utf-8")
    assert old in text
    read(read_yaml_text(text, file))
    with pytest.raises(Unreadable):
        read(read_yaml_text(text.replace(old, new), file))
