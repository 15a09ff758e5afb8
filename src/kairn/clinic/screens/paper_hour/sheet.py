"""A sheet as it was typed: its rows as the act takes them, and each cell that cannot be read or must be said once more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import quote
from uuid import uuid4

from kairn.clinic.acts.paper import DONE, Clash, PaperRow, clashes
from kairn.clinic.screens.chair.readings import vitals_facts
from kairn.clinic.screens.chair.volume import FACT as VOLUME
from kairn.clinic.screens.forms import words
from kairn.clinic.screens.forms.answers import readable_uuid
from kairn.clinic.screens.forms.asking import READ, ask_again
from kairn.clinic.screens.paper_hour.times import beginning, moments
from kairn.clinic.screens.visit.seat import Seat, is_measure
from kairn.library.facts import FACTS, check_reading
from kairn.record.payloads import Reading
from kairn.terms.problem import Unreadable

ROWS, MORE, MOST = 6, 6, 36
NOT_MEASURED = ("-", "--", "---", "\u2013", "\u2014", "not measured", "not taken")
REFUSED = ("refused", "ref")
NOT_TAKEN, DECLINED = "not-measured", "refused"
TEXTS = ("drug", "dose", "note")
AS_WORDS, DAYS, BY = "as_words", "days", "by"
FAULTY = "Saw {text!r}; expected a number such as 98, -- for not measured, or refused. Correct it, or keep it as not measured with the words on the paper."


@dataclass
class Cells:
    """What the cells of one row hold, told apart."""

    readings: list[Reading] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    not_taken: list[str] = field(default_factory=list)
    spoiled: list[tuple[str, str]] = field(default_factory=list)

    @property
    def any(self) -> bool:
        """Whether they hold anything."""
        return bool(self.readings or self.refused or self.not_taken or self.spoiled)


@dataclass(frozen=True)
class Sheet:
    """What was typed and what it comes to. `read`, `as_words` and `days` are what a tick would say; each is empty where nothing has to be said."""

    typed: Mapping[str, str]
    count: int
    rows: tuple[PaperRow, ...] = ()
    at: Mapping[int, datetime] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    read: str = ""
    as_words: str = ""
    days: str = ""
    asked: tuple[Clash, ...] = ()

    @property
    def waits(self) -> bool:
        """Whether something has to be corrected or said before it can be kept."""
        return bool(self.errors or self.read or self.as_words or self.days or self.asked)


def blank() -> Sheet:
    """An empty sheet."""
    return Sheet({f"r{row}-id": str(uuid4()) for row in range(ROWS)}, ROWS)


def longer(typed: Mapping[str, str]) -> Sheet:
    """The same sheet with more rows; nothing is read yet."""
    count = min(_count(typed) + MORE, MOST)
    return Sheet({**{f"r{row}-id": str(uuid4()) for row in range(count)}, **typed}, count)


def _count(typed: Mapping[str, str]) -> int:
    return next((row for row in range(MOST) if f"r{row}-id" not in typed), MOST)


def read_sheet(seat: Seat, typed: Mapping[str, str]) -> Sheet:
    """Everything the sheet holds, with the sentence for each cell that is at fault."""
    count, facts = _count(typed), vitals_facts(seat)
    filled = [row for row in range(count) if any(typed.get(f"r{row}-{name}", "").strip() for name in ("time", *facts, "pump", VOLUME, *TEXTS))]
    at, late = moments(seat.clock, beginning(seat), {row: typed.get(f"r{row}-time", "") for row in filled})
    errors = {f"r{row}-time": said for row, said in late.items()}
    cells = {row: _cells(typed, row, (*facts, VOLUME)) for row in filled}
    unusual, spoiled = _to_say(typed, cells, errors)
    errors |= {f"r{row}-{name}": said for row in filled for name, said in _lacking(typed, row, cells[row]) if f"r{row}-{name}" not in errors}
    rows = tuple(_row(typed, row, cells[row], at[row]) for row in filled if row in at)
    return _decided(seat, Sheet(dict(typed), count, rows, at, errors, unusual, spoiled, _days(seat, typed, at)))


def _lacking(typed: Mapping[str, str], row: int, cells: Cells) -> Iterator[tuple[str, str]]:
    """What a row needs beside its time and its numbers: each field with its sentence."""
    pump, drug, dose, note = (typed.get(f"r{row}-{name}", "").strip() for name in ("pump", *TEXTS))
    if not _by(typed, row):
        yield BY, "Saw nobody; expected who wrote it on paper. Name them here or above."
    if _wrong_pump(typed, row):
        yield "pump", f"Saw {pump!r}; expected a pause or a stop. A start is not typed in here."
    if drug and not dose:
        yield "dose", "Saw nothing; expected how much was given. Write it."
    if dose and not drug:
        yield "drug", "Saw nothing; expected what was given. Write it."
    if not (cells.any or pump or drug or dose or note):
        yield "time", "Saw a time and nothing beside it; expected at least one value. Fill it in, or clear the time."


def _by(typed: Mapping[str, str], row: int) -> str:
    return typed.get(f"r{row}-{BY}", "").strip() or typed.get(BY, "").strip()


def _wrong_pump(typed: Mapping[str, str], row: int) -> bool:
    return typed.get(f"r{row}-pump", "") not in ("", *DONE)


def _cells(typed: Mapping[str, str], row: int, facts: Iterable[str]) -> Cells:
    found = Cells()
    for fact in facts:
        text = typed.get(f"r{row}-{fact}", "").strip()
        if text.lower() in REFUSED:
            found.refused.append(fact)
        elif text.lower() in (*NOT_MEASURED, NOT_TAKEN):
            found.not_taken.append(fact)
        elif text and _is_none(fact, text):
            found.spoiled.append((fact, text))
        elif text:
            found.readings.append(Reading(fact, text, FACTS[fact].unit if is_measure(fact) else ""))
    return found


def _is_none(fact: str, text: str) -> bool:
    """Whether it is no reading of this fact at all."""
    try:
        check_reading(fact, text, FACTS[fact].unit if is_measure(fact) else "")
    except Unreadable:
        return True
    return False


def _to_say(typed: Mapping[str, str], cells: Mapping[int, Cells], errors: dict[str, str]) -> tuple[str, str]:
    """The values that somebody must say they read, and the words that are kept as not measured; each with its sentence in `errors`."""
    unusual, spoiled = list[str](), list[str]()
    said = set(typed.get(AS_WORDS, "").split())
    for row, held in cells.items():
        if again := ask_again(held.readings, {READ: typed.get(READ, "")}):
            errors |= {f"r{row}-{fact}": sentence for fact, sentence in again.errors.items()}
            unusual += again.read.split()
        spoiled += [_token(row, fact, text) for fact, text in held.spoiled]
        errors |= {f"r{row}-{fact}": FAULTY.format(text=text) for fact, text in held.spoiled if _token(row, fact, text) not in said}
    ticked = typed.get(READ, "").split()
    return " ".join(dict.fromkeys([*ticked, *unusual])) if unusual else "", " ".join(spoiled) if set(spoiled) - said else ""


def _token(row: int, fact: str, text: str) -> str:
    return f"r{row}-{fact}={quote(text)}"


def _days(seat: Seat, typed: Mapping[str, str], at: Mapping[int, datetime]) -> str:
    """What a tick would say of the days, where the sheet does not stay within the day on which the visit began, or goes on over midnight."""
    days = {row: seat.clock.local(moment).date() for row, moment in at.items()}
    told = " ".join(f"r{row}={day}" for row, day in days.items())
    over = set(days.values()) - {seat.clock.local(beginning(seat)).date()}
    return told if over and typed.get(DAYS, "") != told else ""


def _row(typed: Mapping[str, str], row: int, cells: Cells, at: datetime) -> PaperRow:
    pump = typed.get(f"r{row}-pump", "") if not _wrong_pump(typed, row) else ""
    shown = next((reading.value for reading in cells.readings if reading.fact == VOLUME), "")
    apart = {VOLUME} if pump else set()
    remark = "; ".join(f"{words.label(fact)} on paper: {text}" for fact, text in cells.spoiled)
    not_taken = [*cells.not_taken, *(fact for fact, _ in cells.spoiled)]
    drug, dose, note = (typed.get(f"r{row}-{name}", "").strip() for name in TEXTS)
    return PaperRow(
        readable_uuid(typed.get(f"r{row}-id", "")) or uuid4(), f"r{row}", at, _by(typed, row),
        tuple(one for one in cells.readings if one.fact not in apart), tuple(one for one in cells.refused if one not in apart),
        tuple(one for one in not_taken if one not in apart), remark, pump, shown if pump else "", remark if pump and apart & {*not_taken} else "",
        drug, dose, note,
    )  # fmt: skip


def _decided(seat: Seat, sheet: Sheet) -> Sheet:
    """The rows with what was decided of each part that the record may hold already, and the parts nobody has decided about."""
    held = {row.name: row for row in sheet.rows}
    asked = []
    for clash in clashes(seat.desk.chart.history, seat.visit.id, sheet.rows):
        row, part, chosen = held[clash.row.name], clash.part, sheet.typed.get(key_of(clash), "")
        if chosen == both(clash):
            held[row.name] = replace(row, keep={**row.keep, part: frozenset(event.id for event in clash.events)})
        elif chosen == left_out(clash):
            held[row.name] = replace(row, out=row.out | {part})
        else:
            asked.append(clash)
    return replace(sheet, rows=tuple(held.values()), asked=tuple(asked))


def key_of(clash: Clash) -> str:
    """The name of the field by which somebody decides about it."""
    return f"{clash.row.name}-{clash.part}-keep"


def both(clash: Clash) -> str:
    """What the field says when both are kept: it names the entries that were shown."""
    return f"both {_shown(clash)}"


def left_out(clash: Clash) -> str:
    """What the field says when the part is left out."""
    return f"out {_shown(clash)}"


def _shown(clash: Clash) -> str:
    return " ".join(sorted(str(event.id) for event in clash.events))


def renewed(sheet: Sheet) -> Sheet:
    """The same sheet under new numbers, where something else was recorded under the old ones."""
    ids = {f"r{row}-id": str(uuid4()) for row in range(sheet.count)}
    return replace(sheet, typed={**sheet.typed, **ids})
