"""Limits at a glance: for each measured or chosen fact of a phase, which values ask for what, worked out from the rules."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from kairn.library.facts import FACTS, YES_NO, Fact
from kairn.protocol.document import Cell, Table
from kairn.protocol.ladder import Question, Span, answers_of, facts_of, ladder, rules_of
from kairn.protocol.phrases import amount, joined
from kairn.protocol.phrases_document import Wording
from kairn.protocol.say_entries import Shelf
from kairn.terms.quantity import Quantity


def limit_tables(shelf: Shelf) -> tuple[Table, ...]:
    """One table for each question that rules answer: start, going on, danger afterwards, ready to leave."""
    return tuple(table for question in Question if (table := _table(shelf, question)).rows)


def _table(shelf: Shelf, question: Question) -> Table:
    words = shelf.words
    answers = answers_of(question)
    facts = [fact for fact in facts_of(rules_of(shelf.protocol, question)) if _worth_a_row(FACTS[fact])]
    rows = (row for fact in facts if (row := _row(shelf, question, fact)) is not None)
    return Table(words.limits[question], (words.quantity, *(words.answers[answer] for answer in answers)), tuple(rows))


def _worth_a_row(fact: Fact) -> bool:
    """A fact that is only yes or no is said as well by its rule."""
    return fact.choices != YES_NO


def _row(shelf: Shelf, question: Question, fact: str) -> tuple[Cell, ...] | None:
    once, lasting = (ladder(shelf.protocol, question, fact, lasting=lasts) for lasts in (False, True))
    spoken = {span.answer for span in (*once, *lasting)}
    if len(spoken) == 1:
        return None
    cells = [_cell(shelf, fact, answer, once, lasting) for answer in answers_of(question)]
    every = tuple(dict.fromkeys(cite for cell in cells for cite in cell.cites))
    return (Cell(FACTS[fact].label), Cell(cells[0].text, every), *cells[1:])


def _cell(shelf: Shelf, fact: str, answer: str, once: tuple[Span, ...], lasting: tuple[Span, ...]) -> Cell:
    mine = [span for span in once if span.answer == answer]
    added = [span for span in lasting if span.answer == answer and _reaches_beyond(span, mine)]
    words = shelf.words
    texts = [_said(shelf, fact, span) for span in mine] + [words.lasting.format(span=_said(shelf, fact, span)) for span in added]
    rules = [shelf.protocol.by_id[name] for span in (*mine, *added) for name in span.rules]
    return Cell("; ".join(texts), shelf.cites_of(rules))


def _reaches_beyond(span: Span, others: list[Span]) -> bool:
    """Whether a lasting value asks for more than a single reading: spans of a chosen fact hold choices, of a measured one its ends."""
    first, end = span.values[0], span.values[-1]
    return not any(_inside(first, other) and _inside(end, other) for other in others) and bool(span.rules)


def _inside(value: Decimal | str, span: Span) -> bool:
    if isinstance(value, str):
        return value in span.values
    low, high = (Decimal(one) for one in (span.values[0], span.values[-1]))
    return low <= value <= high


def _said(shelf: Shelf, fact: str, span: Span) -> str:
    text = "".join(_values(shelf.words, FACTS[fact], span))
    only = bool(span.rules) and all(shelf.protocol.by_id[name].applies is not None for name in span.rules)
    return shelf.words.some_only.format(span=text) if only else text


def _values(words: Wording, fact: Fact, span: Span) -> Iterator[str]:
    if fact.kind == "choice":
        yield joined([str(value).replace("-", " ") for value in span.values], words.either)
        return
    low, high = (Decimal(value) for value in (span.values[0], span.values[-1]))
    said_low, said_high = (amount(Quantity(value, fact.unit), words) for value in (low, high))
    at_low, at_high = low == fact.plausible[0], high == fact.plausible[1]
    if at_low and at_high:
        yield words.any_value
    elif low == high:
        yield said_low
    elif at_low or at_high:
        yield words.up_to.format(high=said_high) if at_low else words.from_.format(low=said_low)
    else:
        yield words.range_.format(low=said_low.partition(" ")[0], high=said_high)
