"""The sources that rules and numbers cite."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from kairn.library.reader import LIBRARY, Node, read_yaml

KINDS = (
    "label", "guideline", "trial", "registry", "consensus", "review", "cohort", "survey", "case series", "case report", "laboratory", "instrument",
    "local judgement",
)  # fmt: skip
GRADES = ("high", "moderate", "low", "very-low")
CONFIDENCES: Mapping[str, str] = MappingProxyType({
    "read in full": "read in full",
    "read in part": "read in part (an abstract, an entry or an excerpt)",
    "abstract": "only its abstract was read",
    "read in another's words": "read in another's words, not in the source itself",
    "recalled": "recalled, to be checked in the source itself",
    "own": "our own judgement, read nowhere",
})  # fmt: skip
"""How what is cited from a source is known, with the words that are shown for it."""


@dataclass(frozen=True)
class Source:
    """One source: what to cite, of what kind, when it was read, how far it carries, and by `confidence` how what is cited from it is known."""

    key: str
    citation: str
    kind: str
    read: str
    grade: str
    confidence: str
    doi: str = ""
    pmid: str = ""
    owner: str = ""
    review: str = ""


def read_sources(root: Node) -> dict[str, Source]:
    """All sources by key. Raises Unreadable with the line of the fault."""
    found: dict[str, Source] = {}
    for entry in root.items():
        source = _source(entry)
        if source.key in found:
            raise entry.fault(f"the source {source.key!r} twice", "each source once", "Keep one.")
        found[source.key] = source
    return found


def _source(entry: Node) -> Source:
    fields = entry.fields(("key", "citation", "kind", "read", "grade", "confidence"), ("doi", "pmid", "owner", "review"))
    source = Source(**{name: node.text() for name, node in fields.items()})
    if source.kind not in KINDS:
        raise fields["kind"].fault(f"the kind {source.kind!r}", f"one of {', '.join(KINDS)}", "Choose one.")
    if source.grade not in GRADES:
        raise fields["grade"].fault(f"the grade {source.grade!r}", f"one of {', '.join(GRADES)}", "Choose one.")
    if source.confidence not in CONFIDENCES:
        raise fields["confidence"].fault(f"the confidence {source.confidence!r}", f"one of {', '.join(CONFIDENCES)}", "Choose one.")
    if source.confidence == "own" and source.kind != "local judgement":
        raise fields["confidence"].fault(f"an own judgement of the kind {source.kind}", "a local judgement", "Say how the source was read.")
    if source.kind == "local judgement" and not (source.owner and source.review):
        raise entry.fault("a local judgement without owner or review date", "both", "Add `owner` and `review`.")
    return source


SOURCES: dict[str, Source] = read_sources(read_yaml(LIBRARY / "sources.yaml"))
