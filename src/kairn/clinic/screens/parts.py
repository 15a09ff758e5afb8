"""From a verdict to what the gate component shows: every fact with its time and source, the citation, the grade, and the words of the rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from kairn.library.sources import CONFIDENCES, SOURCES
from kairn.pathway.standing import Finding, FindingState, OverrideShown, Verdict
from kairn.protocol.rule import Citation, OverrideBy, RuleKind
from kairn.terms.answer import Answer

Labels = Callable[[str], str]
WAITS = {
    FindingState.MISSING: "not recorded",
    FindingState.STALE: "out of date",
    FindingState.UNUSABLE: "cannot be used",
}

HOLD_WORDS = {Answer.YES: "Holds", Answer.NO: "Clear", Answer.UNKNOWN: "Unknown"}
FLAG_WORDS = {Answer.YES: "Speaks now", Answer.NO: "Silent now", Answer.UNKNOWN: "Unknown"}
FLAG_STANDS = "It stands in no way by itself, so there is nothing to set aside."
KIND_WORDS = {RuleKind.HOLD: HOLD_WORDS, RuleKind.FLAG: FLAG_WORDS}


@dataclass(frozen=True)
class FactPart:
    """One fact a rule rests on; `state` is good, missing, stale or unusable."""

    label: str
    value: str
    note: str
    state: str


@dataclass(frozen=True)
class SourcePart:
    """One citation, in words."""

    title: str
    locator: str
    url: str = ""
    link: str = ""
    known: str = ""


@dataclass(frozen=True)
class OverridePart:
    """An override in force; it is never shown as a pass."""

    by: str
    role: str
    reason: str
    until: str


@dataclass(frozen=True)
class GatePart:
    """One rule and its answer, as `<c-gate>` takes it."""

    rule: str
    title: str
    said: str
    word: str
    reason: str
    words: str
    facts: tuple[FactPart, ...]
    citations: tuple[SourcePart, ...]
    grade: str
    rationale: str
    not_considered: str
    override_words: str
    override: OverridePart | None = None
    protocol: str = ""


class Gates(tuple[GatePart, ...]):
    """Rules with their answers in the order shown; the settled ones can be folded, so that what speaks is read first."""

    @property
    def speaking(self) -> tuple[GatePart, ...]:
        """Those that say no, or unknown."""
        return tuple(part for part in self if part.said != Answer.YES.value)

    @property
    def settled(self) -> tuple[GatePart, ...]:
        """Those that say yes, or are not asked."""
        return tuple(part for part in self if part.said == Answer.YES.value)


def gate_part(verdict: Verdict, *, zone: tzinfo, label: Labels, words: str = "", protocol: str = "") -> GatePart:
    """A verdict as plain values. `label` names a fact in words, `words` is the rule said aloud, times are told in `zone`."""
    rule = verdict.rule
    return GatePart(
        rule=rule.id,
        title=rule.title,
        said=said(verdict),
        word=_word(verdict),
        reason=reason(verdict, label) if said(verdict) != Answer.YES.value else "",
        words=words,
        facts=tuple(dict.fromkeys(_fact(finding, zone, label) for finding in verdict.findings)),
        citations=tuple(_source(citation) for citation in rule.citations),
        grade=rule.grade,
        rationale=rule.rationale,
        not_considered=rule.not_considered,
        override_words=FLAG_STANDS if rule.kind is RuleKind.FLAG else _override_words(rule.override),
        override=_override(verdict.override, zone) if verdict.override else None,
        protocol=protocol,
    )


def said(verdict: Verdict) -> str:
    """yes, no or unknown as it stands for the person: a hold that is met reads no, a rule that does not apply reads yes."""
    if verdict.applies is Answer.NO:
        return Answer.YES.value
    answer = ~verdict.answer if verdict.rule.kind is RuleKind.HOLD else verdict.answer
    return answer.value


def _word(verdict: Verdict) -> str:
    if verdict.applies is Answer.NO:
        return "Not asked"
    return KIND_WORDS.get(verdict.rule.kind, {}).get(verdict.answer, "")


def reason(verdict: Verdict, label: Labels) -> str:
    """In a few words, which facts stand in the way: `weight not recorded; temperature out of date`."""
    waiting = [f"{label(finding.fact)} {WAITS[finding.state]}" for finding in verdict.findings if finding.state in WAITS]
    return "; ".join(dict.fromkeys(waiting))


def _fact(finding: Finding, zone: tzinfo, label: Labels) -> FactPart:
    value = " ".join(part for part in (finding.value, finding.unit) if part)
    return FactPart(label(finding.fact), value, _note(finding, zone), finding.state.value)


def _note(finding: Finding, zone: tzinfo) -> str:
    if finding.at is None:
        return "looked for and not found"
    told = [when(finding.at, zone), finding.source, finding.by]
    if finding.good_until is not None:
        told.append(("was good until " if finding.state is FindingState.STALE else "good until ") + when(finding.good_until, zone))
    return ", ".join(part for part in told if part)


def when(at: datetime, zone: tzinfo) -> str:
    """A time as everyone here writes it: 24 Nov 2026 08:52."""
    local = at.astimezone(zone)
    return f"{local.day} {local:%b %Y %H:%M}"


def _source(citation: Citation) -> SourcePart:
    source = SOURCES.get(citation.source)
    if source is None:
        return SourcePart(citation.source, citation.locator)
    url, link = (f"https://doi.org/{source.doi}", f"doi {source.doi}") if source.doi else ("", "")
    return SourcePart(source.citation, citation.locator, url, link, CONFIDENCES[source.confidence])


def _override_words(override: OverrideBy | None) -> str:
    if override is None:
        return "This rule cannot be overridden."
    return f"A {' or '.join(override.roles)} may set it aside with a written reason, for {override.lasts}."


def _override(shown: OverrideShown, zone: tzinfo) -> OverridePart:
    return OverridePart(shown.by, shown.role, shown.reason, when(shown.expires_at, zone))
