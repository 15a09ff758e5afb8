"""A protocol put together as a document: what it is, its course, the infusion, the limits, and every rule in the place where it matters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import chain

from kairn.library.sources import SOURCES
from kairn.protocol.document import Cite, Document, Entry, Section, Sentence
from kairn.protocol.phrases import amount, joined, length, name_of
from kairn.protocol.phrases_document import ENGLISH_DOCUMENT, Wording
from kairn.protocol.rule import Protocol, Rule, RuleKind, Severity
from kairn.protocol.say_entries import Shelf, entry_of, schedule_table
from kairn.protocol.say_limits import limit_tables

FOLLOW_UP = "follow-up-entered"
PHASES = ("booked", "pre-flight", "infusion", "recovery", "closed")


def document_of(protocol: Protocol, words: Wording = ENGLISH_DOCUMENT) -> Document:
    """The whole protocol as a document; every rule stands in exactly one place of it."""
    shelf = Shelf(protocol, words)
    sections = (_scope(shelf), _course(shelf), _infusion(shelf), _limits(shelf), _consent(shelf), *_rules(shelf))
    return Document(
        title=protocol.title,
        protocol=protocol.id,
        version=protocol.version,
        content_hash=protocol.content_hash,
        language=words.language,
        identity=words.identity.format(protocol=protocol.id, version=protocol.version, hash=protocol.content_hash[:12], use=words.uses[protocol.use]),
        sections=tuple(section for section in sections if section is not None),
        sources_title=words.sources,
        sources=shelf.references(),
    )


def _scope(shelf: Shelf) -> Section:
    said = tuple(Sentence(claim.says, shelf.cites(claim.citations)) for claim in shelf.protocol.summary)
    return Section("scope", shelf.words.part_scope, said)


def _course(shelf: Shelf) -> Section:
    words, protocol = shelf.words, shelf.protocol
    stages = Sentence(words.course_is.format(stages=_names(protocol.stages, words)), _arranged(shelf))
    exits = Sentence(words.exits.format(exits=_names(protocol.exits, words, words.either)), stages.cites)
    visit = Sentence(words.visit_is, stages.cites)
    return Section("course", words.part_course, (stages, *_moves(shelf), exits, visit))


def _arranged(shelf: Shelf) -> tuple[Cite, ...]:
    """How the course is arranged is the protocol's own judgement: the local source that most of its rules name, not every trial behind a rule."""
    named = Counter(citation.source for rule in shelf.protocol.rules for citation in rule.citations if SOURCES[citation.source].owner)
    first = next((citation for rule in shelf.protocol.rules for citation in rule.citations if named and citation.source == named.most_common(1)[0][0]), None)
    return shelf.cites([first] if first else shelf.protocol.infusion.citations)


def _moves(shelf: Shelf) -> Iterator[Sentence]:
    """The steps from each stage, resting on what the gates of those steps rest on."""
    words, protocol = shelf.words, shelf.protocol
    for origin in protocol.stages:
        targets = tuple(target for start, target in protocol.moves if start == origin)
        guards = {f"stage:{target}" for target in targets}
        if targets:
            text = words.move.format(origin=name_of(origin, words), targets=_names(targets, words, words.either))
            cites = shelf.cites_of(rule for rule in protocol.rules if rule.guards in guards)
            yield Sentence(text, cites or shelf.cites(protocol.infusion.citations))


def _infusion(shelf: Shelf) -> Section:
    words, limits = shelf.words, shelf.protocol.infusion
    per_weight = "/kg" in limits.dose.unit
    texts = [
        (words.dose if per_weight else words.dose_fixed).format(
            drug=limits.drug.capitalize(), dose=amount(limits.dose, words), basis=limits.weight_basis, route=shelf.protocol.route,
            duration=amount(limits.duration, words),
        ),
        words.dose_soft.format(low=amount(limits.soft[0], words), high=amount(limits.soft[1], words)),
        words.dose_hard.format(low=amount(limits.hard[0], words), high=amount(limits.hard[1], words)),
        (words.duration_hard if limits.duration_hard[0] != limits.duration_hard[1] else words.duration_fixed).format(
            low=amount(limits.duration_hard[0], words), high=amount(limits.duration_hard[1], words)),
        words.series_one if limits.infusions == 1 else words.series.format(number=limits.infusions, low=limits.spacing_days[0], high=limits.spacing_days[1]),
        *([words.weight.format(length=length(limits.weight_within, words))] if per_weight else []),
    ]  # fmt: skip
    return Section("infusion", words.part_infusion, tuple(Sentence(text, shelf.cites(limits.citations)) for text in texts))


def _limits(shelf: Shelf) -> Section | None:
    tables = limit_tables(shelf)
    rests = shelf.cites_of(rule for rule in shelf.protocol.rules if rule.kind in (RuleKind.HOLD, RuleKind.GATE) and rule.while_.phases)
    return Section("limits", shelf.words.part_limits, (Sentence(shelf.words.limits_lead, rests),), tables) if tables else None


def _consent(shelf: Shelf) -> Section:
    words, protocol = shelf.words, shelf.protocol
    cites = shelf.cites_of(rule for rule in protocol.rules if rule.guards == "stage:planning") or shelf.cites(protocol.infusion.citations)
    signed = Sentence(words.consent_is.format(document=_plain(protocol.consent[0]), version=protocol.consent[1]), cites)
    asked = tuple(Sentence(words.teach_back.format(ask=ask, right=right), cites) for ask, right, _ in protocol.teach_back)
    return Section("consent", words.part_consent, (signed, *asked))


def _rules(shelf: Shelf) -> Iterator[Section | None]:
    """The rules of the document in the order in which a person meets them."""
    words, protocol = shelf.words, shelf.protocol
    placed: dict[tuple[str, str], list[Rule]] = {}
    for rule in protocol.rules:
        placed.setdefault(place_of(rule), []).append(rule)
    stages = [_section(shelf, f"stage-{name}", words.stage.format(name=name_of(name, words)), placed.get(("stage", name), [])) for name in protocol.stages]
    phases = [_section(shelf, f"phase-{name}", words.phases[name], placed.get(("phase", name), [])) for name in PHASES]
    yield _group("always", words.part_always, [_section(shelf, "anyone", words.part_always, placed.get(("always", ""), []))], flat=True)
    yield _group("stages", words.part_stages, stages)
    yield _group("visit", words.part_visit, phases)
    yield _section(shelf, "as-needed", words.part_prn, placed.get(("prn", ""), []))
    for topic, title in words.part_topics.items():
        yield _by_severity(shelf, topic, title, placed.get(("topic", topic), []))
    follow_up = placed.get(("follow-up", ""), [])
    yield _section(shelf, "follow-up", words.part_follow_up, follow_up, scheduled=True)


def place_of(rule: Rule) -> tuple[str, str]:
    """Where in the document a rule stands: its subject first, then its phase, then its stage."""
    if rule.says is not None:
        return "topic", rule.says.topic
    if rule.guards.startswith("prn:"):
        return "prn", ""
    if rule.schedule is not None and rule.schedule.after == FOLLOW_UP:
        return "follow-up", ""
    if rule.while_.phases:
        return "phase", rule.while_.phases[0]
    return ("stage", rule.while_.stages[0]) if rule.while_.stages else ("always", "")


def _section(shelf: Shelf, name: str, title: str, rules: list[Rule], *, scheduled: bool = False) -> Section | None:
    if not rules:
        return None
    tables = (schedule_table(shelf, rules),) if scheduled else ()
    return Section(name, title, (), tables, tuple(entry_of(shelf, rule) for rule in rules))


def _by_severity(shelf: Shelf, topic: str, title: str, rules: list[Rule]) -> Section | None:
    parts = [
        _section(shelf, f"{topic}-{severity}", shelf.words.by_severity[severity], [rule for rule in rules if rule.says and rule.says.severity is severity])
        for severity in reversed(Severity)
    ]
    return _group(topic, title, parts)


def _group(name: str, title: str, parts: list[Section | None], *, flat: bool = False) -> Section | None:
    kept = tuple(part for part in parts if part is not None)
    if not kept:
        return None
    return Section(name, title, entries=_entries(kept)) if flat else Section(name, title, sections=kept)


def _entries(sections: tuple[Section, ...]) -> tuple[Entry, ...]:
    return tuple(chain.from_iterable(section.entries for section in sections))


def _names(names: tuple[str, ...], words: Wording, pattern: str = "") -> str:
    return joined([name_of(name, words) for name in names], pattern or words.plus)


def _plain(name: str) -> str:
    return name.replace("-", " ")
