"""The syringes volumes are measured with, each with the step of its scale, below which it can show nothing."""

from __future__ import annotations

from dataclasses import dataclass

from kairn.library.reader import LIBRARY, Node, read_yaml
from kairn.library.sources import SOURCES
from kairn.terms.quantity import Quantity, parse_quantity


@dataclass(frozen=True)
class Syringe:
    """One size of syringe: what it holds, and the step of its scale."""

    key: str
    holds: Quantity
    graduation: Quantity


def read_syringes(root: Node) -> dict[str, Syringe]:
    """The file as syringes by key. Raises Unreadable with the line of the fault."""
    parts = root.fields(("source", "syringes"))
    cited = parts["source"].texts()[0]
    if cited not in SOURCES:
        raise parts["source"].fault(f"the source {cited!r}", "a key of library/sources.yaml", "Add the source there or correct the key.")
    read = [_syringe(entry) for entry in parts["syringes"].items()]
    found = {syringe.key: syringe for syringe in read}
    if len(found) != len(read):
        raise parts["syringes"].fault("a syringe twice", "each syringe once", "Keep one of them.")
    return found


def _syringe(entry: Node) -> Syringe:
    fields = entry.fields(("syringe", "holds", "graduation"))
    holds, graduation = (parse_quantity(fields[name].text(), fields[name].where) for name in ("holds", "graduation"))
    if not 0 < graduation.to("mL") < holds.to("mL"):
        raise fields["graduation"].fault(str(graduation), f"a step above nothing and below {holds}", "Read it off the syringe.")
    return Syringe(fields["syringe"].text(), holds, graduation)


SYRINGES: dict[str, Syringe] = read_syringes(read_yaml(LIBRARY / "syringes.yaml"))
