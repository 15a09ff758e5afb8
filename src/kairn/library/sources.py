"""The sources that rules and numbers cite."""

from __future__ import annotations

from dataclasses import dataclass

from kairn.library.reader import LIBRARY, Node, read_yaml

KINDS = ("label", "guideline", "trial", "registry", "consensus", "review", "cohort", "case report", "laboratory", "instrument", "local judgement")
GRADES = ("high", "moderate", "low", "very-low")
CONFIDENCES = ("read", "read in another's words", "recalled")


@dataclass(frozen=True)
class Source:
    """One source: what to cite, of what kind, when it was read, how far it carries; `confidence` is how what is cited from it is known."""

    key: str
    citation: str
    kind: str
    read: str
    grade: str
    doi: str = ""
    pmid: str = ""
    confidence: str = ""
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
    fields = entry.fields(("key", "citation", "kind", "read", "grade"), ("doi", "pmid", "confidence", "owner", "review"))
    source = Source(**{name: node.text() for name, node in fields.items()})
    if source.kind not in KINDS:
        raise fields["kind"].fault(f"the kind {source.kind!r}", f"one of {', '.join(KINDS)}", "Choose one.")
    if source.grade not in GRADES:
        raise fields["grade"].fault(f"the grade {source.grade!r}", f"one of {', '.join(GRADES)}", "Choose one.")
    if "confidence" in fields and source.confidence not in CONFIDENCES:
        raise fields["confidence"].fault(f"the confidence {source.confidence!r}", f"one of {', '.join(CONFIDENCES)}", "Choose one.")
    if source.kind == "local judgement" and not (source.owner and source.review):
        raise entry.fault("a local judgement without owner or review date", "both", "Add `owner` and `review`.")
    return source


SOURCES: dict[str, Source] = read_sources(read_yaml(LIBRARY / "sources.yaml"))
