"""What a hospital must know of one visit, as plain values: who, what was given and when, what was measured and when, what went wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from kairn.clinic.acts.escorts import phone_of
from kairn.clinic.acts.given import PUMP
from kairn.clinic.screens.chair.readings import vitals_facts
from kairn.clinic.screens.discharge.page import ended_facts
from kairn.clinic.screens.forms import words
from kairn.clinic.screens.forms.facts import latest
from kairn.clinic.screens.handover.rows import (
    Line,
    Row,
    added_rows,
    adverse_rows,
    call_rows,
    cannula_rows,
    drug_cells,
    infused,
    locked_at,
    none_before,
    printed,
    reading_rows,
    row,
    when,
)  # fmt: skip
from kairn.clinic.screens.visit.seat import Band, Seat, band, is_measure
from kairn.clinic.screens.visit.strength import other_strengths
from kairn.record.payloads import AllergyNoted, DrugGiven, MedicationNoted
from kairn.record.payloads_care import MedicineTaken

DRUGS = (*PUMP, DrugGiven)
MOUD = ("moud", "moud-start")
OVER = ("stopped", "completed", "inactive", "resolved")
Listed = TypeVar("Listed", AllergyNoted, MedicationNoted)


@dataclass(frozen=True)
class HandoverPage:
    """What the page shows."""

    band: Band
    visit: str
    who: tuple[Line, ...]
    sent: tuple[Line, ...]
    added: tuple[Row, ...]
    locked: str
    background: tuple[Line, ...]
    medicines: tuple[str, ...]
    infused: str
    strengths: tuple[str, ...]
    drugs: tuple[Row, ...]
    vitals: tuple[str, ...]
    readings: tuple[Row, ...]
    adverse: tuple[Row, ...]
    cannulas: tuple[Row, ...]
    calls: tuple[Row, ...]
    printed: str
    by: str
    seq: int

    @property
    def none_before(self) -> str:
        """What an empty table says where something was added later."""
        return none_before(self.added)


def handover_page(seat: Seat) -> HandoverPage:
    """The page for one visit, as the chart stands now."""
    facts = tuple(fact for fact in vitals_facts(seat) if is_measure(fact))
    by = seat.desk.context
    return HandoverPage(
        band=band(seat), visit=str(seat.visit.id), who=_who(seat), sent=(("Visit", words.ENDINGS.get(seat.visit.ending, "not ended yet")), *ended_facts(seat)),
        added=added_rows(seat), locked=locked_at(seat), background=_background(seat), medicines=_medicines(seat), infused=infused(seat),
        strengths=other_strengths(seat),
        drugs=tuple(row(seat, event, drug_cells(seat, event)) for event in seat.events if isinstance(event.payload, DRUGS)),
        vitals=tuple(map(words.head, facts)), readings=tuple(told for _, told in reading_rows(seat, facts)),
        adverse=adverse_rows(seat), cannulas=cannula_rows(seat), calls=call_rows(seat),
        printed=printed(seat), by=f"{by.author.name}, {by.author.role}",
        seq=seat.desk.chart.seq,
    )  # fmt: skip


def _who(seat: Seat) -> tuple[Line, ...]:
    person = seat.desk.chart.patient
    told = [("Sex", person.sex), ("Telephone", person.phone), ("How to reach them", person.safe_contact), ("Escort", _escort(seat))]
    return tuple((label, value or "not recorded") for label, value in told)


def _escort(seat: Seat) -> str:
    """The escort as the visit has them, with the latest telephone that was recorded under that name."""
    visit = seat.visit
    phone = phone_of(seat.desk.chart.history, visit) or "no telephone"
    return f"{visit.escort}, {phone}, {words.ESCORTS[visit.escort_state]}" if visit.escort else ""


def _background(seat: Seat) -> tuple[Line, ...]:
    """Allergies, weight and treatment, each with its time; what nobody recorded says so."""
    allergies = _current(seat, AllergyNoted)
    reviewed = _latest(seat, "allergies_reviewed")
    none = f"none on the list; gone through with the person: {reviewed}" if reviewed else "not recorded"
    return (
        ("Allergies", "; ".join(f"{said.code.display or said.code.code} {said.reaction}".strip() for said in allergies) or none),
        ("Weight", _latest(seat, "weight") or "not recorded"),
        ("Medication for opioid use disorder", _latest(seat, "moud_status") or "not recorded"),
        ("Its latest recorded dose", _latest_dose(seat) or "not recorded"),
    )


def _latest(seat: Seat, fact: str) -> str:
    found = latest(seat.desk, fact)
    return f"{words.shown(found[1])}, {when(seat, found[0].occurred_at)}" if found else ""


def _latest_dose(seat: Seat) -> str:
    """The dose of medication for opioid use disorder that was taken latest, whenever it was entered."""
    taken = [(event, said) for event, said in seat.desk.chart.history.all(MedicineTaken) if said.purpose in MOUD]
    found = max(taken, key=lambda pair: (pair[0].occurred_at, pair[0].seq), default=None)
    return f"{found[1].drug} {found[1].dose}, {when(seat, found[0].occurred_at)}" if found else ""


def _medicines(seat: Seat) -> tuple[str, ...]:
    said = [(f"{one.code.display or one.code.code} {one.dose}".strip(), one.state) for one in _current(seat, MedicationNoted)]
    return tuple(text if state == "active" else f"{text} ({words.plain(state)})" for text, state in said)


def _current(seat: Seat, kind: type[Listed]) -> list[Listed]:
    """What is on a list now: the latest word on each entry, without what is over."""
    entries = {(said.code.system, said.code.code or said.code.display): said for _, said in seat.desk.chart.history.all(kind)}
    return [said for said in entries.values() if said.state not in OVER]
