"""Named sets of codes that rules ask about; a set of medicines gathers the codes and words of the medicines of its class."""

from __future__ import annotations

from dataclasses import dataclass

from kairn.library.medicines import MEDICINES, Medicine, longer_than, names
from kairn.library.reader import LIBRARY, Node, read_yaml
from kairn.library.systems import SYSTEMS
from kairn.terms.problem import unreadable


@dataclass(frozen=True)
class CodeSet:
    """A set of codes with the words people use for it; `what` is the list it is looked for in."""

    name: str
    label: str
    what: str
    codes: frozenset[tuple[str, str]]
    words: tuple[str, ...] = ()
    longer: tuple[str, ...] = ()
    """Words of other medicines that hold one of ours inside them; they name nothing here."""

    def holds(self, system: str, code: str, display: str) -> bool:
        """Whether an entry of a list falls in the set, by code or by one of its words."""
        return (system, code) in self.codes or names(display.lower(), self.words, self.longer)


def read_code_sets(root: Node, medicines: dict[str, Medicine] | None = None) -> dict[str, CodeSet]:
    """All code sets by name. Raises Unreadable with the line of the fault, also for a medicine whose class is no set of medicines."""
    known = MEDICINES if medicines is None else medicines
    sets = {found.name: found for found in (_code_set(entry, known) for entry in root.fields(("source", "sets"))["sets"].items())}
    for medicine in known.values():
        for name in medicine.classes:
            if name not in sets or sets[name].what != "medicines":
                raise unreadable(
                    f"the class {name!r} of {medicine.name}", "a set of medicines in code_sets.yaml", "Add the set or correct it.", "medicines.yaml"
                )
    return sets


def _code_set(entry: Node, medicines: dict[str, Medicine]) -> CodeSet:
    fields = entry.fields(("set", "label", "what"), (*SYSTEMS, "words"))
    name, what = fields["set"].text(), fields["what"].text()
    if what not in ("conditions", "medicines", "allergies"):
        raise fields["what"].fault(f"{what!r}", "conditions, medicines or allergies", "Name the list it is looked for in.")
    codes = frozenset((SYSTEMS[system], code) for system in SYSTEMS if system in fields for code in fields[system].texts())
    words = fields["words"].texts() if "words" in fields else ()
    members = [medicine for medicine in medicines.values() if name in medicine.classes] if what == "medicines" else []
    if not (codes or words or members):
        raise entry.fault(f"the set {name!r} with nothing in it", "codes, words, or medicines of that class", "Fill it or remove it.")
    gathered = codes.union(*(medicine.codes for medicine in members))
    spoken = tuple(word for medicine in members for word in medicine.words)
    return CodeSet(name, fields["label"].text(), what, gathered, (*words, *spoken), longer_than(spoken, tuple(members), medicines))


CODE_SETS: dict[str, CodeSet] = read_code_sets(read_yaml(LIBRARY / "code_sets.yaml"))
