"""What a hospital must know of one visit, as plain values: who, what was given and when, what was measured and when, what went wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from kairn.clinic.screens.chair.pump import given
from kairn.clinic.screens.chair.readings import happened, unusable_in, vitals_facts
from kairn.clinic.screens.chair.volume import typed
from kairn.clinic.screens.discharge.page import ended_facts
from kairn.clinic.screens.forms import words
from kairn.clinic.screens.forms.facts import latest
from kairn.clinic.screens.visit.seat import Band, Seat, band, is_measure
from kairn.record.adverse import AdverseEvent, adverse_events
from kairn.record.event import Event
from kairn.record.payloads import AllergyNoted, DrugGiven, EscortNamed, MedicationNoted, Observed, PumpPaused, PumpStarted, PumpStopped
from kairn.record.payloads_care import MedicineTaken
from kairn.terms.answer import Answer

DRUGS = (PumpStarted, PumpPaused, PumpStopped, DrugGiven)
MOUD = ("moud", "moud-start")
OVER = ("stopped", "completed", "inactive", "resolved")
Line = tuple[str, str]
Listed = TypeVar("Listed", AllergyNoted, MedicationNoted)


@dataclass(frozen=True)
class Row:
    """One line of a table: when it was, when it was recorded where that differs, and its cells; `named` are cells with the head of their column."""

    at: str
    recorded: str
    cells: tuple[str, ...]
    named: tuple[Line, ...] = ()


@dataclass(frozen=True)
class HandoverPage:
    """What the page shows."""

    band: Band
    visit: str
    who: tuple[Line, ...]
    sent: tuple[Line, ...]
    background: tuple[Line, ...]
    medicines: tuple[str, ...]
    infused: str
    drugs: tuple[Row, ...]
    vitals: tuple[str, ...]
    readings: tuple[Row, ...]
    adverse: tuple[Row, ...]
    printed: str
    by: str
    seq: int


def handover_page(seat: Seat) -> HandoverPage:
    """The page for one visit, as the chart stands now."""
    facts = tuple(fact for fact in vitals_facts(seat) if is_measure(fact))
    by = seat.desk.context
    return HandoverPage(
        band=band(seat), visit=str(seat.visit.id), who=_who(seat), sent=(("Visit", words.ENDINGS.get(seat.visit.ending, "not ended yet")), *ended_facts(seat)),
        background=_background(seat), medicines=_medicines(seat), infused=_infused(seat),
        drugs=tuple(_row(seat, event, _drug(event)) for event in seat.events if isinstance(event.payload, DRUGS)),
        vitals=tuple(map(words.head, facts)), readings=tuple(_readings(seat, facts)),
        adverse=tuple(_row(seat, one.first, _adverse(seat, one)) for one in adverse_events(seat.desk.chart.history) if one.visit == seat.visit.id),
        printed=_printed(seat), by=f"{by.author.name}, {by.author.role}",
        seq=seat.desk.chart.seq,
    )  # fmt: skip


def _who(seat: Seat) -> tuple[Line, ...]:
    person = seat.desk.chart.patient
    named = [event.payload for event in seat.events if isinstance(event.payload, EscortNamed)]
    escort = f"{named[-1].name}, {named[-1].phone or 'no telephone'}, {words.ESCORTS[named[-1].state]}" if named else ""
    told = [("Sex", person.sex), ("Telephone", person.phone), ("How to reach them", person.safe_contact), ("Escort", escort)]
    return tuple((label, value or "not recorded") for label, value in told)


def _background(seat: Seat) -> tuple[Line, ...]:
    """Allergies, weight and treatment, each with its time; what nobody recorded says so."""
    allergies = _current(seat, AllergyNoted)
    reviewed = _latest(seat, "allergies_reviewed")
    none = f"none on the list; gone through with the person: {reviewed}" if reviewed else "not recorded"
    taken = [(event, said) for event, said in seat.desk.chart.history.all(MedicineTaken) if said.purpose in MOUD]
    dose = f"{taken[-1][1].drug} {taken[-1][1].dose}, {_when(seat, taken[-1][0].occurred_at)}" if taken else "not recorded"
    return (
        ("Allergies", "; ".join(f"{said.code.display or said.code.code} {said.reaction}".strip() for said in allergies) or none),
        ("Weight", _latest(seat, "weight") or "not recorded"),
        ("Medication for opioid use disorder", _latest(seat, "moud_status") or "not recorded"),
        ("Its latest recorded dose", dose),
    )


def _latest(seat: Seat, fact: str) -> str:
    found = latest(seat.desk, fact)
    return f"{words.shown(found[1])}, {_when(seat, found[0].occurred_at)}" if found else ""


def _medicines(seat: Seat) -> tuple[str, ...]:
    said = [(f"{one.code.display or one.code.code} {one.dose}".strip(), one.state) for one in _current(seat, MedicationNoted)]
    return tuple(text if state == "active" else f"{text} ({words.plain(state)})" for text, state in said)


def _current(seat: Seat, kind: type[Listed]) -> list[Listed]:
    """What is on a list now: the latest word on each entry, without what is over."""
    entries = {(said.code.system, said.code.code or said.code.display): said for _, said in seat.desk.chart.history.all(kind)}
    return [said for said in entries.values() if said.state not in OVER]


def _infused(seat: Seat) -> str:
    """What ran by the recorded times, beside the order."""
    if seat.order is None:
        return ""
    out, order = given(seat.events, seat.order, seat.clock.now), seat.order
    return f"{out.dose_text} in {out.volume_text} by the recorded times, of {order.dose} in {order.volume} ordered over {order.duration}"


def _drug(event: Event) -> tuple[str, ...]:
    said = event.payload
    if isinstance(said, DrugGiven):
        return said.drug, said.dose, said.reason
    shown = typed(getattr(said, "volume_shown", ""))
    return happened(event), getattr(said, "rate_ml", "") or (f"pump showed {shown} mL" if shown else ""), getattr(said, "reason", "")


def _readings(seat: Seat, facts: tuple[str, ...]) -> Iterable[Row]:
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
        yield replace(_row(seat, event, ()), named=tuple(zip(heads, (*cells, also), strict=True)))


def _adverse(seat: Seat, one: AdverseEvent) -> tuple[str, ...]:
    """What it was with what was judged of it, how bad at worst and now, all that was done, and how it stands."""
    what = ", ".join((words.unwanted(one.now), *words.judged(one.now)))
    bad = one.worst if one.worst == one.now.severity else f"{one.worst}, now {one.now.severity}"
    return what, bad, "; ".join(note.action for note in one.notes if note.action), _stands(seat, one)


def _stands(seat: Seat, one: AdverseEvent) -> str:
    if one.handed_over:
        return f"lasts, told to call {one.handed_over.call}"
    if one.over_at is None:
        return "not known" if one.is_open is Answer.UNKNOWN else "not recorded as over"
    after = ", with after-effects" if one.now.outcome == "resolved-with-after-effects" else ""
    return f"over at {_when(seat, one.over_at)}{after}"


def _row(seat: Seat, event: Event, cells: tuple[str, ...]) -> Row:
    return Row(_when(seat, event.occurred_at), _when(seat, event.recorded_at) if event.late else "", cells)


def _printed(seat: Seat) -> str:
    local = seat.clock.local(seat.clock.now)
    return f"{local:%A} {local.day} {local:%B %Y}, {local:%H:%M} ({seat.clock.zone.key})"


def _when(seat: Seat, at: datetime) -> str:
    return f"{seat.clock.day(at)} {seat.clock.hour(at)}"
