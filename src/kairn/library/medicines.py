"""The medicines the books know, by code and by the words records use for them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kairn.library.reader import LIBRARY, Node, read_yaml
from kairn.library.systems import SYSTEMS

_FORMS = re.compile(r"\b[a-z]+-(?:release|acting|coated|dose|strength)\b")
_BETWEEN = re.compile(r"\s/\s|\s?\+\s?|\s(?:and|with)\s|(?<=[a-z]{4})[/-](?=[a-z]{4})")


@dataclass(frozen=True)
class Medicine:
    """One medicine by its generic name: RxNorm codes, words that name it, and the code sets (classes) it belongs to."""

    name: str
    codes: frozenset[tuple[str, str]]
    words: tuple[str, ...]
    classes: tuple[str, ...] = ()


def read_medicines(root: Node) -> dict[str, Medicine]:
    """All medicines by generic name. Raises Unreadable with the line of the fault, also for a word that names two of them."""
    found: dict[str, Medicine] = {}
    for entry in root.fields(("source", "medicines"))["medicines"].items():
        medicine = _medicine(entry)
        twice = next((word for word in medicine.words if any(word in one.words for one in found.values())), "")
        if medicine.name in found or twice:
            raise entry.fault(f"{(twice or medicine.name)!r} twice", "each medicine, and each word for one, once", "Keep one of them.")
        found[medicine.name] = medicine
    return found


def _medicine(entry: Node) -> Medicine:
    fields = entry.fields(("medicine", "words", "classes"), ("rxnorm",))
    codes = frozenset((SYSTEMS["rxnorm"], code) for code in (fields["rxnorm"].texts() if "rxnorm" in fields else ()))
    odd = next((word for word in fields["words"].texts() if word != word.lower()), "")
    if odd:
        raise fields["words"].fault(f"the word {odd!r}", "words in small letters", "Write it small: entries are compared in small letters.")
    return Medicine(fields["medicine"].text(), codes, fields["words"].texts(), fields["classes"].texts())


MEDICINES: dict[str, Medicine] = read_medicines(read_yaml(LIBRARY / "medicines.yaml"))


def recognised(system: str, code: str, display: str) -> tuple[Medicine, ...]:
    """The medicines an entry of a chart names, by its code or by a word of its text; empty when the books do not know all of it.

    An entry of several medicines (`a / b`, `a-b`, `a and b`) is recognised only when each part is: half known is not known.
    """
    by_code = tuple(found for found in MEDICINES.values() if (system, code) in found.codes)
    parts = [part for part in _BETWEEN.split(_FORMS.sub("", display.lower())) if part.strip()]
    named = [tuple(found for found in MEDICINES.values() if any(word in part for word in found.words)) for part in parts]
    if by_code or not named or not all(named):
        return by_code
    return tuple(dict.fromkeys(found for part in named for found in part))
