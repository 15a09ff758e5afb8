"""The going-home page as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import uuid4

from kairn.clinic.screens.chair.volume import PumpVolume, pump_volume
from kairn.clinic.screens.forms import words
from kairn.clinic.screens.forms.answers import Again, fresh
from kairn.clinic.screens.forms.gates import ORDER
from kairn.clinic.screens.parts import GatePart
from kairn.clinic.screens.visit.asked import Asked, choices, facts_needed, facts_of, numbers
from kairn.clinic.screens.visit.cannula import Cannulas, cannula_out, cannulas_of
from kairn.clinic.screens.visit.going_home import GoingHomePart, going_home_part
from kairn.clinic.screens.visit.holds import HoldLine, holds_of
from kairn.clinic.screens.visit.medicines import Unclear, unclear_of
from kairn.clinic.screens.visit.scales import ScaleLine, scales_of
from kairn.clinic.screens.visit.seat import Band, Seat, band, gate, stock_url, waits
from kairn.clinic.screens.visit.unwanted import Unwanted, unwanted_of
from kairn.library.facts import FACTS
from kairn.pathway.cannulas import CANNULA_OUT
from kairn.pathway.standing import MoveKind
from kairn.record.payloads import VisitEnded

NOT_TO_SIGN = "Only a visit for an infusion that has come to its recovery is signed ready. Say below how this one ended."
ENDING = "ending"
"""The form that says how the visit ended, as a refusal of it is named."""
WORDS = {"yes": "Ready", "no": "Not ready", "unknown": "Not yet known"}


@dataclass(frozen=True)
class DischargePage:
    """What the page shows."""

    band: Band
    visit: str
    seq: int
    phase: str
    cancelled: bool
    said: str
    word: str
    waits: tuple[str, ...]
    gates: tuple[GatePart, ...]
    holds: tuple[HoldLine, ...]
    yes: int
    numbers: tuple[Asked, ...]
    choices: tuple[Asked, ...]
    since: str
    until: str
    at: str
    what: str
    escort: str
    escort_state: str
    may_sign: bool
    may_record: bool
    may_end: bool
    ended: str
    ended_facts: tuple[tuple[str, str], ...]
    again: Again
    leaves: Again
    forms: Mapping[str, Again]
    volume: PumpVolume
    may_chart: bool
    dimmed: bool
    ids: tuple[str, ...]
    scales: tuple[ScaleLine, ...]
    stock: str
    unwanted: Unwanted
    cannulas: Cannulas
    cannula: str
    cannula_known: str
    home: GoingHomePart | None
    unclear: tuple[Unclear, ...]


def discharge_page(seat: Seat, again: Again) -> DischargePage:
    """The page for one visit; `again` carries a refusal and what was typed."""
    move = seat.move(MoveKind.READY, "ready")
    said = move.answer.value if move else "unknown"
    gates = sorted((gate(seat, verdict) for verdict in seat.gates("ready")), key=lambda part: ORDER[part.said])
    cannulas = cannulas_of(seat, again)
    asked = [fact for fact in facts_needed(seat.gates("ready")) if fact != CANNULA_OUT or not cannulas.lines]
    out, out_known = cannula_out(seat)
    leaves = again if again.form == ENDING else fresh()
    due = min((one for one in seat.due() if one.facts), key=lambda one: one.due_at, default=None)
    return DischargePage(
        band=band(seat), visit=str(seat.visit.id), seq=seat.desk.chart.seq, phase=seat.visit.phase, said=said, word=WORDS[said],
        cancelled=seat.visit.cancelled, waits=waits(move) if move else (NOT_TO_SIGN,),
        gates=tuple(gates), holds=holds_of(seat), yes=sum(part.said == "yes" for part in gates), numbers=numbers(seat, asked, again.typed, again.errors),
        choices=choices(seat, asked, again.typed, again.errors), since=seat.clock.ago(seat.visit.infusion_ended) if seat.visit.infusion_ended else "",
        until=due.due_at.isoformat() if due else "", at=seat.clock.hour(due.due_at) if due else "", what=due.what.lower() if due else "",
        escort=seat.visit.escort, escort_state=words.ESCORTS.get(seat.visit.escort_state, ""), may_sign=seat.desk.may("discharge"),
        may_record=seat.desk.may("recovery_record"), may_end=seat.desk.may("visit_end"), ended=words.ENDINGS.get(seat.visit.ending, ""),
        ended_facts=ended_facts(seat), again=again, leaves=leaves, forms={}, volume=pump_volume(seat), may_chart=seat.desk.may("chair_act"), dimmed=False,
        ids=tuple(str(uuid4()) for _ in range(8)),
        scales=scales_of(seat, asked_in_recovery(seat)), stock=stock_url(seat),
        unwanted=unwanted_of(seat, again), cannulas=cannulas,
        cannula=leaves.typed.get("cannula", out), cannula_known=out_known, home=going_home_part(seat),
        unclear=unclear_of(seat),
    )  # fmt: skip


def asked_in_recovery(seat: Seat) -> list[str]:
    """The facts *ready* rests on, and the vital signs that are watched until then."""
    watched = [fact for due in seat.standing.verdicts if due.visit == seat.visit.id and due.rule.schedule for fact in due.rule.schedule.facts]
    return list(dict.fromkeys([*facts_of(verdict.rule for verdict in seat.gates("ready")), *(fact for fact in watched if fact in FACTS)]))


def ended_facts(seat: Seat) -> tuple[tuple[str, str], ...]:
    """How the visit ended, as it was recorded; nothing where it has not."""
    ended = next((event for event in reversed(seat.events) if isinstance(event.payload, VisitEnded)), None)
    if ended is None or not isinstance(ended.payload, VisitEnded):
        return ()
    said = ended.payload
    told = [
        ("When", seat.clock.when(ended.occurred_at)), ("Recorded by", ended.by.name), ("Escort", said.escort), ("Risks explained by", said.risks_explained_by),
        ("Capacity", words.SAYS.get(said.capacity or "", "")), ("Naloxone", words.NALOXONE.get(said.naloxone, "")),
        ("Cannula out", words.SAYS.get(said.cannula_out, "")), ("Seen at", seat.clock.when(said.last_seen_at) if said.last_seen_at else ""),
        ("Called at", seat.clock.when(said.called_at) if said.called_at else ""), ("Handed to", said.handed_to), ("Note", said.note),
    ]  # fmt: skip
    return tuple((label, value) for label, value in told if value)
