"""The medicines the books know, by code and by the words records use for them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from unicodedata import combining, normalize

from kairn.library.grounds import read_cited
from kairn.library.reader import LIBRARY, Node, read_yaml
from kairn.library.systems import SYSTEMS

_FORMS = re.compile(r"\b[a-z]+-(?:release|acting|coated|dose|strength)\b")
_NOT_A_FORM = r"(?!(?:oral|nasal|sublingual|topical|tablet|capsule|film|spray|solution|injection|patch|extended|daily|twice|once|every|when|needed)s?\b)"
_BETWEEN = re.compile(r"\s/\s|\s?[+;&]\s?|\s(?:and|with)\s|(?<=[a-z]{4})[/-](?=[a-z]{4})|,\s*(?=[a-z]{4})" + _NOT_A_FORM)


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
    return Medicine(fields["medicine"].text(), codes, _small(fields["words"]), fields["classes"].texts())


def _small(node: Node) -> tuple[str, ...]:
    """Words as they are compared. Raises Unreadable for one with a capital."""
    odd = next((word for word in node.texts() if word != word.lower()), "")
    if odd:
        raise node.fault(f"the word {odd!r}", "words in small letters", "Write it small: entries are compared in small letters.")
    return node.texts()


MEDICINES: dict[str, Medicine] = read_medicines(read_yaml(LIBRARY / "medicines.yaml"))


def longer_than(words: tuple[str, ...], members: tuple[Medicine, ...], known: dict[str, Medicine] | None = None) -> tuple[str, ...]:
    """Words of medicines other than these that hold one of the words inside them, as apomorphine holds morphine."""
    others = [one for one in (MEDICINES if known is None else known).values() if one not in members]
    return tuple(longer for one in others for longer in one.words if any(word in longer for word in words))


def names(text: str, words: tuple[str, ...], longer: tuple[str, ...] = ()) -> bool:
    """Whether a text in small letters names one of the words otherwise than inside a longer word of another medicine."""
    for other in longer:
        text = text.replace(other, " ")
    return any(word in text for word in words)


LONGER: dict[str, tuple[str, ...]] = {name: longer_than(found.words, (found,)) for name, found in MEDICINES.items()}
"""For each medicine the words of others that hold one of its own inside them."""


def recognised(system: str, code: str, display: str) -> tuple[Medicine, ...]:
    """The medicines an entry of a chart names, by its code or by a word of its text; empty when the books do not know all of it.

    An entry of several medicines (`a / b`, `a-b`, `a and b`, `a, b`, `a; b`) is recognised only when each part is: half known is not known.
    """
    by_code = tuple(found for found in MEDICINES.values() if (system, code) in found.codes)
    parts = [part for part in _BETWEEN.split(_FORMS.sub("", display.lower())) if part.strip()]
    named = [tuple(found for found in MEDICINES.values() if names(part, found.words, LONGER[found.name])) for part in parts]
    if by_code or not named or not all(named):
        return by_code
    return tuple(dict.fromkeys(found for part in named for found in part))


def read_brands(root: Node) -> dict[str, tuple[str, ...]]:
    """Brand words by the generic name they stand for. Raises Unreadable with the line of the fault, also for a word that names another medicine."""
    parts, found = root.fields(("source", "brands")), dict[str, tuple[str, ...]]()
    read_cited(parts["source"])
    for entry in parts["brands"].items():
        fields = entry.fields(("medicine", "words"))
        name, words = fields["medicine"].text(), _small(fields["words"])
        if name not in MEDICINES or name in found:
            raise entry.fault(f"{name!r}", "a medicine of library/medicines.yaml by its generic name, once", "Correct it, or keep one of them.")
        taken = next((word for word in words if word in _WORDS or any(word in one for one in found.values())), "")
        if taken:
            raise entry.fault(f"{taken!r} twice", "each brand for one medicine, and no generic name", "Keep one of them.")
        found[name] = words
    return found


_WORDS = frozenset(word for one in MEDICINES.values() for word in one.words)
BRANDS: dict[str, tuple[str, ...]] = read_brands(read_yaml(LIBRARY / "brands.yaml"))
LIKE, CUT_SHORT = 0.75, 4
"""How much alike two words are, as difflib reckons it, so that one may be the other mistyped; and how many letters may stand for a longer name."""
_WORD = re.compile(r"[^\W\d_]+")


def may_mean(text: str, known: Collection[str]) -> dict[str, str]:
    """Of the known names those that a text does not hold and may mean, the nearest first, each with the word of the text that may stand for it.

    A word that holds one of the names, or belongs to one, stands for itself, and so does another medicine of the books. A brand word may mean its
    generic, also mistyped after its first letter. Accents and capitals do not count.
    """
    held = [name for name in known if name.lower() in text.lower()]
    words = [word for word in _WORD.findall(text) if not _itself(word.lower(), held)]
    nearest = {name: max(words, key=lambda word: _likeness(word, name)) for name in known if words and name not in held}
    alike = [(_likeness(word, name), name) for name, word in nearest.items()]
    return {name: nearest[name] for found, name in sorted(alike, key=lambda one: -one[0]) if found >= LIKE}


def _itself(word: str, held: Iterable[str]) -> bool:
    return word in _WORDS or any(word in name.lower() or name.lower() in word for name in held)


def _likeness(word: str, name: str) -> float:
    mine, whole = _bare(word), _bare(name)
    if len(mine) >= CUT_SHORT and whole.startswith(mine):
        return 1
    brands = [brand for brand in BRANDS.get(name, ()) if brand[:1] == mine[:1]]  # *reversed* is no *Versed*
    return max(SequenceMatcher(None, mine, one).ratio() for one in (whole, *brands))


def _bare(word: str) -> str:
    """Without accents and capitals."""
    return "".join(letter for letter in normalize("NFKD", word.casefold()) if not combining(letter))
