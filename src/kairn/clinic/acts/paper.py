"""Typing in what was written on paper: every row becomes ordinary entries at the time of the paper, all of them or none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid5

from kairn.clinic.acts.check import check_readings, needed
from kairn.clinic.acts.context import Context
from kairn.clinic.acts.facts import row_of
from kairn.clinic.acts.outcome import Outcome, Reason, Refused, refused, refused_field
from kairn.clinic.acts.perform import Act, Build, Case, perform_all
from kairn.clinic.acts.pump import drug_given, paused, stopped
from kairn.clinic.acts.urgent import for_readings
from kairn.library.facts import FACTS
from kairn.record.event import Event
from kairn.record.history import History
from kairn.record.payloads import DrugGiven, NoteWritten, Observed, Payload, PumpPaused, PumpStopped, Reading
from kairn.terms.problem import Unreadable

VITALS, PUMP, DRUG, NOTE = "vitals", "pump", "drug", "note"
PARTS = (VITALS, PUMP, DRUG, NOTE)
DONE: Mapping[str, type[Payload]] = {"paused": PumpPaused, "stopped": PumpStopped}
IN_RECORD = "The record may hold this already. Say for it whether to keep both or to leave it out."


@dataclass(frozen=True)
class PaperRow:
    """What one row of the paper says of one time; `name` begins the names of its fields, `by` wrote it on paper.

    `keep` holds, for each part that the record may hold already, the entries beside which it is kept all the same; `out` the parts that are left out.
    """

    id: UUID
    name: str
    at: datetime
    by: str
    readings: tuple[Reading, ...] = ()
    refused: tuple[str, ...] = ()
    not_taken: tuple[str, ...] = ()
    remark: str = ""
    pump: str = ""
    volume: str = ""
    why: str = ""
    drug: str = ""
    dose: str = ""
    note: str = ""
    keep: Mapping[str, frozenset[UUID]] = field(default_factory=dict)
    out: frozenset[str] = frozenset()

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts it has something in, and that are not left out."""
        held = {VITALS: self.readings or self.refused or self.not_taken, PUMP: self.pump, DRUG: self.drug or self.dose, NOTE: self.note}
        return tuple(part for part in PARTS if held[part] and part not in self.out)

    def event(self, part: str) -> UUID:
        """The id of the entry that a part becomes."""
        return uuid5(self.id, part)


@dataclass(frozen=True)
class Clash:
    """A part of a row for which the record holds an entry of the same minute; `differs` is what paper and record say where they do not say the same."""

    row: PaperRow
    part: str
    events: tuple[Event, ...]
    differs: tuple[tuple[str, str, str], ...]


def type_in(context: Context, patient: UUID, *, visit: UUID, rows: Sequence[PaperRow]) -> Outcome:
    """Record every row with the time of the paper, and who wrote it there. No limit of the protocol refuses any of it."""
    own = frozenset(row.event(part) for row in rows for part in PARTS)
    acts = [_act(context, patient, visit, row, part, own) for row in sorted(rows, key=lambda row: row.at) for part in row.parts]
    if not acts:
        return refused("input", "Nothing was filled in, so nothing was recorded.")
    if wrong := [reason for row in rows if VITALS in row.parts for reason in _wrong(row)]:
        return Refused("input", tuple(wrong))
    return perform_all(context, acts)


def _wrong(row: PaperRow) -> Iterable[Reason]:
    found = check_readings(row.readings, row.refused, row.not_taken)
    return (Reason(reason.text, field=f"{row.name}-{reason.field}") for reason in found.reasons) if found else ()


def _act(context: Context, patient: UUID, visit: UUID, row: PaperRow, part: str, own: frozenset[UUID]) -> Act:
    named = [*(reading.fact for reading in row.readings), *row.refused, *row.not_taken]
    action = {VITALS: row_of(context, patient, visit, named), NOTE: "note.write"}.get(part, "visit.chart")
    return Act(action, patient, row.event(part), _build(visit, row, part, own), visit=visit, occurred_at=row.at)


def _build(visit: UUID, row: PaperRow, part: str, own: frozenset[UUID]) -> Build:
    """What a part records, its refusals named after the row; where the record may hold it and nobody decided, that is asked first."""

    def build(case: Case) -> Sequence[Payload] | Refused:
        try:
            if case.earlier is None and (asked := _undecided(case.history, visit, row, part, own)):
                return asked
            built = _does(visit, row, part)(case)
        except Unreadable as fault:
            return refused_field(f"{row.name}-{fault.problem.where}", str(fault))
        return _named(row, built) if isinstance(built, Refused) else built

    return build


def _named(row: PaperRow, found: Refused) -> Refused:
    fields = {"occurred_at": "time"}
    return Refused(found.kind, tuple(Reason(one.text, field=f"{row.name}-{fields.get(one.field, one.field)}") for one in found.reasons))


def _does(visit: UUID, row: PaperRow, part: str) -> Build:
    by = needed(row.by, "by", "who wrote it on paper")
    match part:
        case "pump":
            return _moved(visit, row, by)
        case "drug":
            return drug_given(visit, row.drug, row.dose, "", by)
        case "note":
            return lambda case: [NoteWritten(needed(row.note, "note", "the note"), case.visit(visit).id, by)]
        case _:
            return lambda case: [_seen(case, visit, row, by), *for_readings(case, row.readings, visit)]


def _moved(visit: UUID, row: PaperRow, by: str) -> Build:
    if row.pump == "paused":
        return lambda case: paused(case, PumpPaused(visit, row.why, row.volume, by))
    return lambda case: stopped(case, PumpStopped(visit, row.why, row.volume, by))


def _seen(case: Case, visit: UUID, row: PaperRow, by: str) -> Observed:
    return Observed(row.readings, case.visit(visit).id, refused=row.refused, not_taken=row.not_taken, note=row.remark, paper=by)


def _undecided(history: History, visit: UUID, row: PaperRow, part: str, own: frozenset[UUID]) -> Refused | None:
    found = _clash(history, visit, row, part, own)
    if found is None or {event.id for event in found.events} <= row.keep.get(part, frozenset()):
        return None
    return Refused("conflict", (Reason(IN_RECORD, field=f"{row.name}-{part}"),))


def clashes(history: History, visit: UUID, rows: Sequence[PaperRow]) -> list[Clash]:
    """For each part of these rows, the entries of the record that it would repeat or contradict."""
    own = frozenset(row.event(part) for row in rows for part in PARTS)
    known = {event.id for event in history.events}
    every = [(row, part) for row in rows for part in row.parts if row.event(part) not in known]
    return [found for row, part in every if (found := _clash(history, visit, row, part, own))]


def _clash(history: History, visit: UUID, row: PaperRow, part: str, own: frozenset[UUID]) -> Clash | None:
    """Only what people wrote down: a monitor's row of that minute is no entry of the same reading."""
    minute = row.at.replace(second=0, microsecond=0)
    near = [event for event in history.live if event.id not in own and event.occurred_at.replace(second=0, microsecond=0) == minute]
    mine = [event for event in near if getattr(event.payload, "visit", None) == visit and _same_matter(event.payload, row, part)]
    if not mine:
        return None
    return Clash(row, part, tuple(mine), tuple(pair for event in mine for pair in _differs(event.payload, row)))


def _same_matter(said: Payload, row: PaperRow, part: str) -> bool:
    match said:
        case Observed():
            return part == VITALS and said.method != "device" and bool(_facts(said) & {*_named_in(row)})
        case PumpPaused() | PumpStopped():
            return part == PUMP and DONE.get(row.pump) is type(said)
        case DrugGiven():
            return part == DRUG and said.drug.casefold() == row.drug.strip().casefold()
        case NoteWritten():
            return part == NOTE and said.text.split() == row.note.split()
        case _:
            return False


def _facts(said: Observed) -> set[str]:
    return {*(one.fact for one in said.readings), *said.refused, *said.not_taken}


def _named_in(row: PaperRow) -> Iterator[str]:
    yield from (one.fact for one in row.readings)
    yield from row.refused
    yield from row.not_taken


def _differs(said: Payload, row: PaperRow) -> Iterator[tuple[str, str, str]]:
    """What the two do not say alike: which, on paper, in the record."""
    match said:
        case Observed():
            paper, record = _told(row.readings, row.refused, row.not_taken), _told(said.readings, said.refused, said.not_taken)
            yield from ((fact, paper[fact], record[fact]) for fact in paper if fact in record and paper[fact] != record[fact])
        case PumpPaused() | PumpStopped() if said.volume_shown != row.volume:
            yield ("pump_volume", row.volume or "no volume", said.volume_shown or "no volume")
        case DrugGiven() if said.dose.split() != row.dose.split():
            yield ("dose", row.dose, said.dose)


def _told(readings: Iterable[Reading], declined: Iterable[str], not_taken: Iterable[str]) -> dict[str, str]:
    taken = {one.fact: f"{one.value} {one.unit or FACTS[one.fact].unit}".strip() for one in readings}
    return taken | dict.fromkeys(declined, "refused") | dict.fromkeys(not_taken, "not measured")
