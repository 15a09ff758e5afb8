"""Substances a person is asked about, and the classes that rules of timing speak of."""

from __future__ import annotations

from dataclasses import dataclass

from kairn.library.reader import LIBRARY, Node, read_yaml


@dataclass(frozen=True)
class Substance:
    """One substance as people name it, and its class."""

    name: str
    label: str
    of_class: str


def read_substances(root: Node) -> tuple[dict[str, str], dict[str, Substance]]:
    """Classes with their labels, and substances by name. Raises Unreadable with the line of the fault."""
    parts = root.fields(("source", "classes", "substances"))
    classes = {f["class"].text(): f["label"].text() for f in (entry.fields(("class", "label")) for entry in parts["classes"].items())}
    return classes, {found.name: found for found in (_substance(entry, classes) for entry in parts["substances"].items())}


def _substance(entry: Node, classes: dict[str, str]) -> Substance:
    fields = entry.fields(("substance", "label", "class"))
    if fields["class"].text() not in classes:
        raise fields["class"].fault(f"the class {fields['class'].text()!r}", f"one of {', '.join(classes)}", "Correct it or add it above.")
    return Substance(fields["substance"].text(), fields["label"].text(), fields["class"].text())


CLASSES, SUBSTANCES = read_substances(read_yaml(LIBRARY / "substances.yaml"))
