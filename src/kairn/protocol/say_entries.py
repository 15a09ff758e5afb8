"""One rule as an entry of a document: what it is there for, when it speaks, who may set it aside, why, and where it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from kairn.library.sources import SOURCES
from kairn.protocol.conditions import Condition
from kairn.protocol.document import Cell, Cite, Entry, Reference, Sentence, Table
from kairn.protocol.phrases import joined, length, name_of
from kairn.protocol.phrases_document import Wording
from kairn.protocol.rule import Citation, Protocol, Rule, RuleKind
from kairn.protocol.say_rules import Said, say_asked, say_condition, say_override, say_purpose


class Shelf:
    """A protocol with the numbers its sources have in the document: in the order in which the head and then the rules first cite them."""

    def __init__(self, protocol: Protocol, words: Wording) -> None:
        self.protocol, self.words = protocol, words
        cited = dict.fromkeys(one.source for one in protocol.every_citation())
        self.numbers = {key: number for number, key in enumerate(cited, start=1)}

    def cites(self, citations: Iterable[Citation]) -> tuple[Cite, ...]:
        """Citations by number."""
        return tuple(Cite(self.numbers[one.source], one.locator) for one in citations)

    def cites_of(self, rules: Iterable[Rule]) -> tuple[Cite, ...]:
        """What several rules rest on together, each place once, by number."""
        every = dict.fromkeys(chain.from_iterable(self.cites(rule.citations) for rule in rules))
        return tuple(sorted(every, key=lambda cite: cite.number))

    def references(self) -> tuple[Reference, ...]:
        """The list of sources."""
        return tuple(self._reference(number, key) for key, number in self.numbers.items())

    def _reference(self, number: int, key: str) -> Reference:
        source = SOURCES[key]
        known = self.words.confidences[source.confidence]
        about = self.words.source.format(kind=source.kind, grade=self.words.grades[source.grade], known=known, read=source.read)
        return Reference(number, key, source.citation, source.kind, source.grade, source.doi, about)


def entry_of(shelf: Shelf, rule: Rule) -> Entry:
    """A rule as an entry."""
    cites = shelf.cites(rule.citations)
    sentences = (Sentence(text, cites, label, parts) for label, text, parts in _said(shelf.words, rule))
    return Entry(rule.title, _about(shelf.words, rule), tuple(sentences), rule.id)


def _about(words: Wording, rule: Rule) -> str:
    pattern = words.about_hold if rule.level else words.about
    about = pattern.format(kind=words.kinds[rule.kind], level=rule.level, grade=words.grades[rule.grade])
    return words.rule.format(about=about, rule=rule.id)


def _said(words: Wording, rule: Rule) -> Iterator[tuple[str, str, tuple[Said, ...]]]:
    """Label, text and nested clauses of each sentence."""
    yield "", say_purpose(rule, words), ()
    if rule.schedule is not None and rule.schedule.facts:
        yield "", say_asked(rule.schedule, words), ()
    for lead, condition in ((words.applies_lead, rule.applies), (_lead(words, rule), rule.condition)):
        if condition is not None:
            yield _condition(words, lead, condition)
    for pattern, names in ((words.weighed_stages, rule.while_.stages), (words.weighed_phases, rule.while_.phases)):
        if len(names) > 1:
            yield "", pattern.format(names=joined([name_of(name, words) for name in names], words.plus)), ()
    if rule.kind is RuleKind.GATE:
        yield "", say_override(rule, words), ()
    yield words.why, rule.rationale, ()
    yield words.not_considered, rule.not_considered, ()


def _lead(words: Wording, rule: Rule) -> str:
    leads = {RuleKind.GATE: words.gate_lead, RuleKind.HOLD: words.hold_lead, RuleKind.DUTY: words.duty_lead, RuleKind.FLAG: words.flag_lead}
    return leads[rule.kind]


def _condition(words: Wording, lead: str, condition: Condition) -> tuple[str, str, tuple[Said, ...]]:
    said = say_condition(condition, words)
    return "", (words.list_of if said.of else words.sentence).format(lead=lead, clause=said.text), said.of


def schedule_table(shelf: Shelf, rules: list[Rule]) -> Table:
    """Duties that fall due once, in the order of time: when, what, who."""
    words = shelf.words
    once = [rule for rule in rules if rule.schedule is not None and rule.schedule.within is not None]
    rows = []
    for rule in sorted(once, key=lambda one: one.schedule.within.delta):  # type: ignore[union-attr]
        schedule = rule.schedule
        assert schedule is not None and schedule.within is not None
        low = length(schedule.opens, words) if schedule.opens else ""
        when = words.range_.format(low=low, high=length(schedule.within, words)) if low else words.up_to.format(high=length(schedule.within, words))
        rows.append((Cell(when), Cell(schedule.do, shelf.cites(rule.citations)), Cell(schedule.owner)))
    return Table(words.schedule_table, (words.when, words.what, words.who), tuple(rows))
