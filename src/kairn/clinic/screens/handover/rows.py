"""What happened at one visit as rows of a paper: each with when it was, when it was recorded where that differs, and its cells."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from kairn.clinic.acts.adverse import open_adverse_events
from kairn.clinic.acts.given import reckoned_to
from kairn.clinic.screens.chair.pump import given
from kairn.clinic.screens.chair.readings import happened, unusable_in
from kairn.clinic.screens.chair.volume import typed
from kairn.clinic.screens.forms import words
from kairn.clinic.screens.visit.marks import AFTER, line_of
from kairn.clinic.screens.visit.medicines import uncounted
from kairn.clinic.screens.visit.seat import Seat
from kairn.record.adverse import AdverseEvent, adverse_events
from kairn.record.cannula import Cannula, cannulas
from kairn.record.event import Event
from kairn.record.payloads import DrugGiven, Observed
from kairn.record.payloads_calls import PrescriberCalled
from kairn.record.payloads_cannula import CannulaRemoved, CannulaSeen
from kairn.terms.answer import Answer

Line = tuple[str, str]
NONE_BEFORE = "None before the record was locked; see what was added."


@dataclass(frozen=True)
class Row:
    """One line of a table: when it was, when it was recorded where that differs, and its cells; `named` are cells with the head of their column."""

    at: str
    recorded: str
    cells: tuple[str, ...]
    named: tuple[Line, ...] = ()


def infused(seat: Seat) -> str:
    """What ran by the recorded times, beside the order."""
    if seat.order is None:
        return ""
    out, order = given(seat.events, seat.order, reckoned_to(seat.visit, seat.clock.now)), seat.order
    return f"{out.dose_text} in {out.volume_text} by the recorded times, of {order.dose} in {order.volume} ordered over {order.duration}"


def drug_cells(seat: Seat, event: Event) -> tuple[str, ...]:
    """What was given or done to the pump, how much, and why."""
    said = event.payload
    if isinstance(said, DrugGiven):
        apart = uncounted(seat, event)
        return f"{said.drug} ({apart})" if apart else said.drug, said.dose, said.reason
    shown = typed(getattr(said, "volume_shown", ""))
    return happened(event), getattr(said, "rate_ml", "") or (f"pump showed {shown} mL" if shown else ""), getattr(said, "reason", "")


def reading_rows(seat: Seat, facts: tuple[str, ...]) -> Iterable[tuple[Event, Row]]:
    """Each set of vital signs, and all that was seen since the pump ran: vital signs in their columns, everything else in words after them."""
    begun = seat.visit.infusion_started
    for event in seat.events:
        if not isinstance(event.payload, Observed):
            continue
        held = {one.fact: one for one in event.payload.readings}
        if not set(facts) & held.keys() and (begun is None or event.occurred_at < begun):
            continue
        cells = tuple((f"{held[fact].value} (not usable)" if unusable_in(held[fact]) else held[fact].value) if fact in held else "" for fact in facts)
        others = words.readings(one for one in event.payload.readings if one.fact not in facts)
        refused = f"refused: {', '.join(map(words.label, event.payload.refused))}" if event.payload.refused else ""
        also = "; ".join(part for part in (others, refused) if part)
        heads = [*map(words.head, facts), "Also"]
        yield event, replace(row(seat, event, ()), named=tuple(zip(heads, (*cells, also), strict=True)))


def adverse_rows(seat: Seat) -> tuple[Row, ...]:
    """Each unwanted event of the visit: what it was with what was judged of it, how bad at worst and now, all that was done, and how it stands."""
    mine = [one for one in adverse_events(seat.desk.chart.history) if one.visit == seat.visit.id]
    return tuple(row(seat, one.first, _adverse(seat, one)) for one in mine)


def open_adverse_rows(seat: Seat) -> tuple[Row, ...]:
    """Of these the ones that are not known to be over."""
    return tuple(row(seat, one.first, _adverse(seat, one)) for one in open_adverse_events(seat.desk.chart.history, seat.visit.id))


def _adverse(seat: Seat, one: AdverseEvent) -> tuple[str, ...]:
    what = ", ".join((words.unwanted(one.now), *words.judged(one.now)))
    bad = one.worst if one.worst == one.now.severity else f"{one.worst}, now {one.now.severity}"
    return what, bad, "; ".join(note.action for note in one.notes if note.action), _stands(seat, one)


def _stands(seat: Seat, one: AdverseEvent) -> str:
    if one.handed_over:
        return f"lasts, told to call {one.handed_over.call}"
    if one.over_at is None:
        return "not known" if one.is_open is Answer.UNKNOWN else "not recorded as over"
    after = ", with after-effects" if one.now.outcome == "resolved-with-after-effects" else ""
    return f"over at {when(seat, one.over_at)}{after}"


def cannula_rows(seat: Seat) -> tuple[Row, ...]:
    """Each cannula of the visit: what it is and how often it was tried, every look at its site, and when it came out."""
    return tuple(row(seat, one.placed, _cannula(seat, one)) for one in cannulas(seat.desk.chart.history, seat.visit.id))


def _cannula(seat: Seat, one: Cannula) -> tuple[str, ...]:
    looks = (f"{when(seat, event.occurred_at)} {_look(event)}" for event in one.looked)
    out = when(seat, one.removed.occurred_at) if one.removed else "not recorded as out"
    return words.cannula(one.said), words.tried(one.said), "; ".join(looks), out, one.placed.by.name


def _look(event: Event) -> str:
    return words.looked(event.payload) if isinstance(event.payload, CannulaSeen | CannulaRemoved) else ""


def call_rows(seat: Seat) -> tuple[Row, ...]:
    """Each call to a prescriber: whom, whether they answered, why, and who called."""
    called = [(event, event.payload) for event in seat.events if isinstance(event.payload, PrescriberCalled)]
    return tuple(row(seat, event, (said.who, words.reached(said), said.reason, event.by.name)) for event, said in called)


def added_rows(seat: Seat) -> tuple[Row, ...]:
    """Each entry that was added after the record was locked, in the words of the chair."""
    return tuple(row(seat, event, _added(seat, event)) for event in seat.events if event.id in seat.added)


def none_before(added: tuple[Row, ...]) -> str:
    """What an empty table says where something was added after the record was locked; empty where nothing was."""
    return NONE_BEFORE if added else ""


def _added(seat: Seat, event: Event) -> tuple[str, ...]:
    one = line_of(seat, event, None)
    return one.title, "; ".join(filter(None, (one.detail, one.more))), one.by


def locked_at(seat: Seat) -> str:
    """When the record of the visit was locked; empty while it is open."""
    return when(seat, seat.ending.occurred_at) if seat.ending else ""


def row(seat: Seat, event: Event, cells: tuple[str, ...]) -> Row:
    """An entry as a line."""
    return Row(when(seat, event.occurred_at), written(seat, event), cells)


def written(seat: Seat, event: Event) -> str:
    """When an entry was written, where that was at another minute than it happened, or after the record of the visit was locked."""
    if event.id in seat.added:
        return f"{when(seat, event.recorded_at)}, {AFTER}"
    return when(seat, event.recorded_at) if event.late else ""


def printed(seat: Seat) -> str:
    """The moment the page was made, with the zone of its times."""
    local = seat.clock.local(seat.clock.now)
    return f"{local:%A} {local.day} {local:%B %Y}, {local:%H:%M} ({seat.clock.zone.key})"


def when(seat: Seat, at: datetime) -> str:
    """24 Nov 09:20: a paper outlives its day."""
    return f"{seat.clock.day(at)} {seat.clock.hour(at)}"
