"""Checks of evidence: every number cited at a place, no rule graded better than its sources, nothing in the library that nobody uses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from kairn.library.code_sets import CODE_SETS
from kairn.library.sources import GRADES, SOURCES
from kairn.protocol.check_found import fault, head_fault
from kairn.protocol.conditions import Listed
from kairn.protocol.parts import conditions_of
from kairn.protocol.rule import Citation, Protocol
from kairn.terms.problem import Problem


def uncited(protocol: Protocol) -> Iterator[Problem]:
    """A rule, a flag, the infusion or a sentence of the summary that rests on no source, or on a source with no place in it."""
    for rule in protocol.rules:
        if not _placed(rule.citations):
            yield fault(rule, "no source, or a source with no place in it", "at least one [source, place]", "Cite it.")
    if not protocol.summary:
        yield head_fault(protocol, "summary", "no sentence", "what the protocol is, each sentence with its source", "Write it.")
    for part, citations in (("infusion", protocol.infusion.citations), *((f"summary, *{one.says}*", one.citations) for one in protocol.summary)):
        if not _placed(citations):
            yield head_fault(protocol, part, "no source, or a source with no place in it", "at least one [source, place]", "Cite it.")


def _placed(citations: tuple[Citation, ...]) -> bool:
    return bool(citations) and all(citation.locator.strip() for citation in citations)


def overgraded(protocol: Protocol) -> Iterator[Problem]:
    """A rule graded better than the best of its sources."""
    for rule in protocol.rules:
        best = min((SOURCES[citation.source].grade for citation in rule.citations), key=GRADES.index, default=GRADES[-1])
        if GRADES.index(rule.grade) < GRADES.index(best):
            yield fault(rule, f"the grade {rule.grade} on sources of {best} at the most", "a grade no better than its best source",
                        f"Write {best}, or cite what carries it.")  # fmt: skip


def unused_source(protocols: Iterable[Protocol], texts: Mapping[str, str]) -> Iterator[Problem]:
    """A source that no summary, no rule and no file of the library cites."""
    cited = {one.source for protocol in protocols for one in protocol.every_citation()}
    words = set(re.findall(r"[A-Za-z0-9-]+", " ".join(texts.values())))
    for key in sorted(set(SOURCES) - cited - words):
        yield Problem(f"the source {key!r} that nothing cites", "only sources in use", "Cite it or remove it.", "library/sources.yaml")


def unused_code_set(protocols: Iterable[Protocol], texts: Mapping[str, str]) -> Iterator[Problem]:
    """A set of codes that no rule asks about and no file of the library names."""
    asked = {part.code_set for protocol in protocols for rule in protocol.rules for part in conditions_of(rule) if isinstance(part, Listed)}
    words = set(re.findall(r"[A-Za-z0-9-]+", " ".join(texts.values())))
    for name in sorted(set(CODE_SETS) - asked - words):
        yield Problem(f"the set {name!r} that nothing asks about", "only sets in use", "Ask about it or remove it.", "library/code_sets.yaml")


CODES = {"http://snomed.info/sct": r"[0-9]{6,18}", "http://www.nlm.nih.gov/research/umls/rxnorm": r"[0-9]{1,8}", "http://loinc.org": r"[0-9]{1,7}-[0-9]",
         "http://hl7.org/fhir/sid/icd-10-cm": r"[A-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4})?"}  # fmt: skip
"""How a code of each system is written."""


def code_in_no_system(protocols: Iterable[Protocol], texts: Mapping[str, str]) -> Iterator[Problem]:
    """A code that is not written as its system writes codes."""
    for found in CODE_SETS.values():
        for system, code in sorted(found.codes):
            if system not in CODES or not re.fullmatch(CODES[system], code):
                yield Problem(f"the code {code!r} of {system}", "a code as its system writes it", "Look it up.", f"library/code_sets.yaml, set {found.name}")
