"""The note of a visit as one list of parts; the page on the screen and the paper are both made from it, so that neither says what the other does not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kairn.clinic.screens.handover.rows import Line, Row, none_before
from kairn.clinic.screens.session_note.page import Checked, HoldRow, NotePage, Vital

PUMP = ("When", "What", "How much", "Why", "Given by then", "By", "Recorded, where later")
HOLDS = ("From", "What", "Because of", "What people did", "Until")
DRUGS = ("When", "What", "How much", "Why", "By", "Recorded, where later")
CANNULAS = ("Placed", "Where", "Attempts", "Site looked at", "Out", "Recorded by", "Recorded, where later")
CALLS = ("When", "Who", "Answered", "Why", "Called by", "Recorded, where later")
ADVERSE = ("When", "What", "How bad", "What was done", "Over", "Recorded, where later")
NOTES = ("When", "Note", "By", "Recorded, where later")
HANDS = ("When", "What", "In words", "By")
RULES = ("Rule", "Answer", "What answered it")
SIGNED = ("When", "What", "Who", "As", "Recorded, where later")
ADDED = ("When", "What", "In words", "By", "Written")
STRUCK = ("When", "What", "It said", "By", "Struck out because", "Recorded, where later")
UNWRITTEN, UNSHOWN = "No note was written at this visit.", "Free notes are not shown in your role."
UNWEIGHED = "No rule of a protocol was weighed."
END = (
    "Times are on the clinic's clock. Kairn is not connected to the pump: what ran is reckoned from starts, rates, pauses and stops that people recorded. "
    "An empty cell was not measured; it is never nought."
)


@dataclass(frozen=True)
class Told:
    """One row: a cell for each head. `level` is the priority of a hold; cells under the heads that are `struck` count no more and stay readable."""

    named: tuple[Line, ...]
    level: str = ""
    struck: tuple[str, ...] = ()


@dataclass(frozen=True)
class Part:
    """One part: what it is called and, at its side, a word on it; then labelled facts, rows under heads, and sentences."""

    title: str
    meta: str = ""
    facts: tuple[Line, ...] = ()
    heads: tuple[str, ...] = ()
    rows: tuple[Told, ...] = ()
    lines: tuple[str, ...] = ()
    rules: bool = False


def parts_of(page: NotePage) -> tuple[Part, ...]:
    """Everything the note says under its identity band, in reading order."""
    before = none_before(page.added)
    found = (
        Part("Visit", facts=page.booked), Part("Order", facts=page.order, lines=page.strengths if page.order else ("No order stands for this visit.",)),
        Part("How it ended", facts=_ended(page), lines=() if page.ended else ("The visit has not ended yet.",)),
        _table("Pump", PUMP, _rows(PUMP, page.pump), "The pump was not started.", page.infused), _flowsheet(page),
        _table("Holds", HOLDS, map(_hold, page.holds), "No hold was met at this visit.", "as weighed at each entry"),
        _table("What else was given", DRUGS, _rows(DRUGS, page.drugs), before or "Nothing else was recorded as given."),
        _table("Cannula", CANNULAS, _rows(CANNULAS, page.cannulas), before or "No cannula was recorded at this visit."),
        _table("Prescriber called", CALLS, _rows(CALLS, page.calls), before or "No call to a prescriber was recorded."),
        _table("What went wrong", ADVERSE, _rows(ADVERSE, page.adverse), before or "Nothing unwanted was recorded at this visit."),
        _table("Notes", NOTES, _rows(NOTES, page.notes), (before or UNWRITTEN) if page.notes_shown else UNSHOWN),
        Part("Hand-overs", heads=HANDS, rows=tuple(_told(HANDS, (row.at, *row.cells)) for row in page.hands)),
        _rules("Before the start", page.gates, "as answered when the start was recorded, ", page.gates_at, "No start was recorded."),
        _rules("Ready to go home", page.ready, "as answered ", page.ready_at, "Nobody is going home yet."),
        _account(page), _table("Who signed", SIGNED, map(_signature, page.signed), "Nobody has signed anything for this visit."),
        Part("Added after the record was locked", f"locked {page.locked}", heads=ADDED, rows=tuple(_rows(ADDED, page.added))), _struck(page),
    )  # fmt: skip
    return tuple(part for part in found if part.facts or part.rows or part.lines)


def _table(title: str, heads: tuple[str, ...], rows: Iterable[Told], none: str, meta: str = "") -> Part:
    """Rows under heads, or the sentence that says there are none."""
    found = tuple(rows)
    return Part(title, meta, heads=heads, rows=found, lines=() if found else (none,))


def _told(heads: tuple[str, ...], cells: Iterable[str], level: str = "", struck: tuple[str, ...] = ()) -> Told:
    return Told(tuple(zip(heads, cells, strict=True)), level, struck)


def _rows(heads: tuple[str, ...], rows: Iterable[Row]) -> Iterable[Told]:
    return (_told(heads, (row.at, *row.cells, row.recorded)) for row in rows)


def _ended(page: NotePage) -> tuple[Line, ...]:
    return (("Ending", page.ended), *page.ended_facts) if page.ended else ()


def _flowsheet(page: NotePage) -> Part:
    heads = ("When", "Mark", *page.vitals, "Also", "By")
    return _table("Flowsheet", heads, (_vital(heads, vital) for vital in page.flowsheet), none_before(page.added) or "Nothing was measured at this visit.")


def _vital(heads: tuple[str, ...], vital: Vital) -> Told:
    return _told(heads, (vital.row.at, vital.mark, *(cell for _, cell in vital.row.named), vital.by))


def _hold(hold: HoldRow) -> Told:
    did = "\n".join(hold.decided) or "nothing at the pump, nothing set aside"
    return _told(HOLDS, (hold.since, hold.title, hold.facts, did, hold.until), hold.level)


def _rules(title: str, found: tuple[Checked, ...], asked: str, at: str, never: str) -> Part:
    rows = tuple(_told(RULES, (one.title, one.answer, one.facts)) for one in found)
    return Part(title, f"{asked}{at}" if at else "", heads=RULES, rows=rows, lines=() if rows else (UNWEIGHED if at else never,), rules=True)


def _account(page: NotePage) -> Part:
    facts = tuple((part.label, f"{part.volume}\n{part.note}".strip()) for part in page.account)
    lines = page.account_waits if facts else ("Nothing was drawn, and nothing ran by the record.",)
    return Part("Medicine of this visit", page.account_said, facts, lines=lines)


def _signature(row: Row) -> Told:
    title, by, role, sent = row.cells
    return _told(SIGNED, (row.at, title, f"{by}, {sent}" if sent else by, role, row.recorded))


def _struck(page: NotePage) -> Part:
    """What was struck out, whole; a part that is not there where nothing was."""
    rows = (
        _told(STRUCK, (f"{one.day} {one.at}", one.title, "; ".join(filter(None, (one.detail, one.more))), one.by, one.struck, one.recorded), struck=STRUCK[1:3])
        for one in page.struck
    )
    return Part("Struck out", "these count no more, and stay readable", heads=STRUCK, rows=tuple(rows))
