"""The medicines the books know, by code and by the words records use for them."""

from __future__ import annotations

from dataclasses import dataclass

from kairn.library.code_sets import SYSTEMS
from kairn.library.reader import LIBRARY, Node, read_yaml


@dataclass(frozen=True)
class Medicine:
    """One medicine by its generic name: RxNorm codes, words that name it, and the code sets (classes) it belongs to."""

    name: str
    codes: frozenset[tuple[str, str]]
    words: tuple[str, ...]
    classes: tuple[str, ...] = ()


def read_medicines(root: Node) -> dict[str, Medicine]:
    """All medicines by generic name. Raises Unreadable with the line of the fault."""
    return {found.name: found for found in map(_medicine, root.fields(("source", "medicines"))["medicines"].items())}


def _medicine(entry: Node) -> Medicine:
    fields = entry.fields(("medicine", "words", "classes"), ("rxnorm",))
    codes = frozenset((SYSTEMS["rxnorm"], code) for code in (fields["rxnorm"].texts() if "rxnorm" in fields else ()))
    return Medicine(fields["medicine"].text(), codes, fields["words"].texts(), fields["classes"].texts())


MEDICINES: dict[str, Medicine] = read_medicines(read_yaml(LIBRARY / "medicines.yaml"))


def recognised(system: str, code: str, display: str) -> tuple[Medicine, ...]:
    """The medicines an entry of a chart names, by its code or by a word of its text; empty when the books know none of it."""
    shown = display.lower()
    return tuple(found for found in MEDICINES.values() if (system, code) in found.codes or any(word in shown for word in found.words))
