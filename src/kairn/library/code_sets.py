"""Named sets of codes that rules ask about."""

from __future__ import annotations

from dataclasses import dataclass

from kairn.library.reader import LIBRARY, Node, read_yaml

SYSTEMS = {
    "snomed": "http://snomed.info/sct",
    "rxnorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "icd10cm": "http://hl7.org/fhir/sid/icd-10-cm",
    "loinc": "http://loinc.org",
}


@dataclass(frozen=True)
class CodeSet:
    """A set of codes with the words people use for it; `what` is the list it is looked for in."""

    name: str
    label: str
    what: str
    codes: frozenset[tuple[str, str]]
    words: tuple[str, ...] = ()


def read_code_sets(root: Node) -> dict[str, CodeSet]:
    """All code sets by name. Raises Unreadable with the line of the fault."""
    return {entry.name: entry for entry in map(_code_set, root.fields(("source", "sets"))["sets"].items())}


def _code_set(entry: Node) -> CodeSet:
    fields = entry.fields(("set", "label", "what"), (*SYSTEMS, "words"))
    what = fields["what"].text()
    if what not in ("conditions", "medicines", "allergies"):
        raise fields["what"].fault(f"{what!r}", "conditions, medicines or allergies", "Name the list it is looked for in.")
    codes = frozenset((SYSTEMS[system], code) for system in SYSTEMS if system in fields for code in fields[system].texts())
    return CodeSet(fields["set"].text(), fields["label"].text(), what, codes, fields["words"].texts() if "words" in fields else ())


CODE_SETS: dict[str, CodeSet] = read_code_sets(read_yaml(LIBRARY / "code_sets.yaml"))
