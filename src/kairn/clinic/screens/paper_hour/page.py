"""A sheet as plain values: its rows with what was typed and what is wrong, what has to be said once more, and what the record holds already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kairn.clinic.acts.outcome import Refused
from kairn.clinic.acts.paper import NOTE, PUMP, VITALS, Clash
from kairn.clinic.screens.chair.readings import vitals_facts
from kairn.clinic.screens.chair.volume import FACT as VOLUME
from kairn.clinic.screens.forms import words
from kairn.clinic.screens.forms.answers import TITLES
from kairn.clinic.screens.forms.asking import READ
from kairn.clinic.screens.paper_hour.sheet import AS_WORDS, BY, DAYS, DECLINED, MOST, NOT_TAKEN, Sheet, both, key_of, left_out
from kairn.clinic.screens.paper_hour.times import beginning
from kairn.clinic.screens.visit.asked import Asked
from kairn.clinic.screens.visit.seat import Band, Seat, band, is_measure
from kairn.library.facts import FACTS
from kairn.terms.quantity import unit_words

PUMPED = (("", "Nothing"), ("paused", "Paused"), ("stopped", "Stopped for good"))
NOT_SAID = (("", "Not on the paper"),)
BLANKS = ((NOT_TAKEN, "Not measured"), (DECLINED, "Refused"))
CALLED = {VITALS: "vital signs", PUMP: "the pump", NOTE: "a note"}
DOSE = "dose"
NOT_YET = "Not saved yet: nothing of the sheet is in the record"


@dataclass(frozen=True)
class RowPart:
    """One row of the form. `day` stands beside its time once it was read; `more` opens what is folded."""

    name: str
    number: int
    id: str
    day: str
    time: Asked
    numbers: tuple[Asked, ...]
    choices: tuple[Asked, ...]
    texts: tuple[Asked, ...]
    more: bool


@dataclass(frozen=True)
class ClashPart:
    """One part of a row that the record may hold already: what the record says, where they differ, and the two answers."""

    name: str
    title: str
    record: tuple[str, ...]
    differs: tuple[tuple[str, str, str], ...]
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class PaperPage:
    """What the page shows. `read`, `as_words` and `days` are what their ticks say; `kept_...` what was ticked before."""

    band: Band
    visit: str
    begun: str
    by: str
    title: str
    reasons: tuple[str, ...]
    read: str
    as_words: str
    kept_read: str
    kept_words: str
    days: str
    kept_days: str
    clashes: tuple[ClashPart, ...]
    decided: tuple[tuple[str, str], ...]
    rows: tuple[RowPart, ...]
    longer: bool
    may: bool


def paper_page(seat: Seat, sheet: Sheet, refused: Refused | None = None) -> PaperPage:
    """The page of one sheet, perhaps with what the act refused it for."""
    wrong = {**sheet.errors, **{reason.field: reason.text for reason in (refused.reasons if refused else ()) if reason.field}}
    asked = {key_of(clash) for clash in sheet.asked}
    return PaperPage(
        band=band(seat), visit=str(seat.visit.id), begun=f"{seat.clock.day(beginning(seat))} {seat.clock.hour(beginning(seat))}", by=sheet.typed.get(BY, ""),
        title=TITLES[refused.kind] if refused else NOT_YET, reasons=_reasons(sheet, wrong, refused),
        read=sheet.read, as_words=sheet.as_words, days=sheet.days, kept_read="" if sheet.read else sheet.typed.get(READ, ""),
        kept_words="" if sheet.as_words else sheet.typed.get(AS_WORDS, ""), kept_days="" if sheet.days else sheet.typed.get(DAYS, ""),
        clashes=tuple(_clash(seat, clash) for clash in sheet.asked),
        decided=tuple((key, said) for key, said in sheet.typed.items() if key.endswith("-keep") and key not in asked),
        rows=tuple(_row(seat, sheet, row, wrong) for row in range(sheet.count)), longer=sheet.count < MOST,
        may=seat.desk.may("paper_hour"),
    )  # fmt: skip


def _reasons(sheet: Sheet, wrong: Mapping[str, str], refused: Refused | None) -> tuple[str, ...]:
    """A sentence for each cell at fault, with its row, in their order; then what has to be decided or was refused for the whole sheet."""
    cells = {key: said for row in range(sheet.count) for key, said in wrong.items() if key.startswith(f"r{row}-")}
    told = [f"Row {int(key[1:].partition('-')[0]) + 1}: {said}" for key, said in cells.items()]
    whole = [reason.text for reason in (refused.reasons if refused else ()) if reason.field not in cells]
    days = ["The sheet goes beyond the day on which the visit began: look at the days."] if sheet.days else []
    asked = ["The record may hold some of it already: decide about it below."] if sheet.asked else []
    return tuple(dict.fromkeys([*told, *whole, *days, *asked]))


def _row(seat: Seat, sheet: Sheet, row: int, errors: Mapping[str, str]) -> RowPart:
    facts, at = vitals_facts(seat), sheet.at.get(row)
    texts = (
        _text(sheet, row, "drug", "Given", errors), _text(sheet, row, DOSE, "How much, with its unit", errors), _text(sheet, row, "note", "Note", errors),
        _text(sheet, row, BY, "Written by, if somebody else", errors),
    )  # fmt: skip
    pump = Asked(f"r{row}-pump", "Pump", "", PUMPED, "", sheet.typed.get(f"r{row}-pump", ""), errors.get(f"r{row}-pump", ""))
    choices = (pump, *(_fact(sheet, row, fact, errors) for fact in facts if not is_measure(fact)))
    volume = _fact(sheet, row, VOLUME, errors)
    return RowPart(
        f"r{row}", row + 1, sheet.typed.get(f"r{row}-id", ""), seat.clock.day(seat.clock.local(at).date()) if at else "",
        _text(sheet, row, "time", "Time", errors), tuple(_fact(sheet, row, fact, errors) for fact in facts if is_measure(fact)), choices, (volume, *texts),
        any(one.value or one.error for one in (*choices, volume, *texts)),
    )  # fmt: skip


def _text(sheet: Sheet, row: int, name: str, label: str, errors: Mapping[str, str]) -> Asked:
    key = f"r{row}-{name}"
    return Asked(key, label, "", (), "", sheet.typed.get(key, ""), errors.get(key, ""))


def _fact(sheet: Sheet, row: int, name: str, errors: Mapping[str, str]) -> Asked:
    fact, key = FACTS[name], f"r{row}-{name}"
    options = (*NOT_SAID, *((choice, words.SAYS.get(choice, words.capital(words.plain(choice)))) for choice in fact.choices), *BLANKS)
    shown = () if is_measure(name) else options
    return Asked(key, words.capital(fact.label), unit_words(fact.unit), shown, "", sheet.typed.get(key, ""), errors.get(key, ""))


def _clash(seat: Seat, clash: Clash) -> ClashPart:
    """The two beside each other, for the person to decide."""
    called = CALLED.get(clash.part, clash.row.drug)
    title = f"{seat.clock.when(clash.row.at)}, {called}: {'the record says otherwise' if clash.differs else 'the same is in the record'}"
    record = tuple(f"In the record: {seat.clock.when(event.occurred_at)}, by {event.by.name}" for event in clash.events)
    differs = tuple((_label(name), words.plain_value(paper), words.plain_value(held)) for name, paper, held in clash.differs)
    return ClashPart(key_of(clash), title, record, differs, ((both(clash), "Keep both"), (left_out(clash), "Leave the paper's out")))


def _label(name: str) -> str:
    return "How much" if name == DOSE else words.capital(words.label(name))
