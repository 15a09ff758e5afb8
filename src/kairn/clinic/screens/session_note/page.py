"""The note and flowsheet of one visit as plain values, with the same numbers as the screens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kairn.clinic.acts.drug_account import DrugAccount
from kairn.clinic.acts.given import PUMP
from kairn.clinic.acts.hindsight import Held, Hindsight
from kairn.clinic.screens.chair.pump import given
from kairn.clinic.screens.chair.readings import happened, unusable_in, vitals_due, vitals_facts
from kairn.clinic.screens.discharge.page import ended_facts
from kairn.clinic.screens.drug_account.page import Part, equation
from kairn.clinic.screens.forms import words
from kairn.clinic.screens.forms.gates import ORDER
from kairn.clinic.screens.forms.stretch import sent_by_device
from kairn.clinic.screens.forms.telling import Moment, moment, tell
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
    printed,
    reading_rows,
    row,
    when,
    written,
)  # fmt: skip
from kairn.clinic.screens.parts import said
from kairn.clinic.screens.stock.days import said_of
from kairn.clinic.screens.visit.holds import LEVELS
from kairn.clinic.screens.visit.marks import AFTER, is_after
from kairn.clinic.screens.visit.seat import Band, Seat, band, is_measure, made_from
from kairn.clinic.screens.visit.strength import other_strengths
from kairn.pathway.standing import Due, DueState, Finding, FindingState, Standing, Verdict
from kairn.record.event import Event
from kairn.record.payloads import (
    DrugGiven,
    NoteWritten,
    Observed,
    OrderSigned,
    OverrideSigned,
    PumpStarted,
    VisitEnded,
)  # fmt: skip
from kairn.record.payloads_hands import CareHandedOver, CareTakenOver
from kairn.terms.answer import Answer

SIGNED = {
    OrderSigned: "Order signed", PumpStarted: "Pump started", OverrideSigned: "Rule set aside", CareTakenOver: "Took over at the chair",
    VisitEnded: "Ending recorded",
}  # fmt: skip
WAITS = {DueState.AHEAD: "next, not due yet", DueState.DUE: "due now, not taken yet", DueState.LATE: "late, not taken yet"}
CLOSED = "Closed: the visit is over. What is entered or struck out after that entry stands in a later note, not in this one."
OPEN = "Not closed: the visit goes on. What is entered after that entry is not in this note."
ANSWERS = {"yes": "Yes", "no": "No", "unknown": "Not known"}


@dataclass(frozen=True)
class HoldRow:
    """One hold that was met: how strongly, from when until when, on which facts, and what people did while it stood."""

    level: str
    title: str
    since: str
    until: str
    facts: str
    decided: tuple[str, ...]


@dataclass(frozen=True)
class Vital:
    """One line of the flowsheet; `mark` is said in words where it is not an ordinary set."""

    row: Row
    by: str
    mark: str


@dataclass(frozen=True)
class Checked:
    """One rule as it was answered: its title, the answer in a word, and what answered it."""

    title: str
    answer: str
    facts: str


@dataclass(frozen=True)
class NotePage:
    """What the page shows."""

    band: Band
    visit: str
    booked: tuple[Line, ...]
    order: tuple[Line, ...]
    strengths: tuple[str, ...]
    gates: tuple[Checked, ...]
    gates_at: str
    infused: str
    pump: tuple[Row, ...]
    vitals: tuple[str, ...]
    flowsheet: tuple[Vital, ...]
    holds: tuple[HoldRow, ...]
    drugs: tuple[Row, ...]
    adverse: tuple[Row, ...]
    cannulas: tuple[Row, ...]
    calls: tuple[Row, ...]
    notes: tuple[Row, ...]
    notes_shown: bool
    hands: tuple[Row, ...]
    account: tuple[Part, ...]
    account_said: str
    account_waits: tuple[str, ...]
    ready: tuple[Checked, ...]
    ready_at: str
    ended: str
    ended_facts: tuple[Line, ...]
    signed: tuple[Row, ...]
    struck: tuple[Moment, ...]
    added: tuple[Row, ...]
    locked: str
    printed: str
    by: str
    seq: int
    state: str

    @property
    def made(self) -> str:
        """Of which chart this tells, when it was made and for whom."""
        return f"From the chart at entry {self.seq}, {self.printed}. Opened by {self.by}."


def note_page(seat: Seat, told: Hindsight, account: DrugAccount | None) -> NotePage:
    """The page for one visit as the chart stands now."""
    facts = tuple(fact for fact in vitals_facts(seat) if is_measure(fact))
    by, settled = seat.desk.context, said_of(account) if account else ("", "", ())
    end = told.at_end or (seat.standing if seat.visit.phase == "recovery" else None)
    return NotePage(
        band=band(seat), visit=str(seat.visit.id), booked=_booked(seat), order=_order(seat), strengths=other_strengths(seat),
        gates=_checked(seat, told.at_start, "phase:infusion"), gates_at=when(seat, told.at_start.now) if told.at_start else "",
        infused=infused(seat), pump=tuple(_pump(seat)), vitals=tuple(map(words.head, facts)), flowsheet=_flowsheet(seat, told, facts),
        holds=tuple(_hold(seat, held) for held in told.held), drugs=tuple(_signed_row(seat, event, drug_cells(seat, event)) for event in _of(seat, DrugGiven)),
        adverse=adverse_rows(seat), cannulas=cannula_rows(seat), calls=call_rows(seat),
        notes=tuple(row(seat, event, (getattr(event.payload, "text", ""), event.by.name)) for event in _of(seat, NoteWritten)),
        notes_shown="notes" in seat.desk.chart.visible, hands=tuple(_hands(seat)),
        account=equation(account) if account and account.begun else (), account_said=settled[1],
        account_waits=settled[2], ready=_checked(seat, end, "ready"), ready_at=when(seat, end.now) if end else "",
        ended=words.ENDINGS.get(seat.visit.ending, ""), ended_facts=ended_facts(seat), signed=tuple(_signatures(seat)), struck=tuple(_struck(seat)),
        added=added_rows(seat), locked=locked_at(seat),
        printed=printed(seat), by=f"{by.author.name}, {by.author.role.replace('-', ' ')}", seq=seat.desk.chart.seq,
        state=CLOSED if seat.visit.phase == "closed" else OPEN,
    )  # fmt: skip


def _of(seat: Seat, *kinds: type) -> list[Event]:
    return [event for event in seat.events if isinstance(event.payload, kinds)]


def _booked(seat: Seat) -> tuple[Line, ...]:
    visit, clock = seat.visit, seat.clock
    pump = f"{when(seat, visit.infusion_started)} to {when(seat, visit.infusion_ended) if visit.infusion_ended else 'now'}" if visit.infusion_started else ""
    told = [
        ("Booked for", f"{when(seat, visit.starts_at)}, {visit.minutes} min"), ("Infusion", pump or "the pump was not started"),
        ("Phase now", words.PHASES[visit.phase]), ("Escort", f"{visit.escort or 'none named'} {words.ESCORTS.get(visit.escort_state, '')}".strip()),
        ("Protocol", f"{seat.standing.protocol} {seat.standing.version}, content {seat.standing.content_hash[:8]}" if seat.protocol else "none in force"),
        ("Times", f"on the clinic's clock, {clock.zone.key}"),
    ]  # fmt: skip
    return tuple(told)


def _order(seat: Seat) -> tuple[Line, ...]:
    order = seat.order
    if order is None:
        return ()
    return (
        ("Drug", order.drug), ("Dose", f"{order.dose_per_kg} of {made_from(order)}: {order.dose}"), ("Volume", f"{order.volume} at {order.concentration}"),
        ("Over", f"{order.duration}: {order.rate_mg}, {order.rate_ml}"),
    )  # fmt: skip


def _checked(seat: Seat, then: Standing | None, guards: str) -> tuple[Checked, ...]:
    """The rules that guard a move as they were answered at one moment; none where that moment did not come."""
    mine = [one for one in (then.verdicts if then else ()) if one.visit == seat.visit.id and one.rule.guards == guards]
    return tuple(_check(seat, verdict) for verdict in sorted(mine, key=lambda one: (one.applies is Answer.NO, ORDER[said(one)])))


def _check(seat: Seat, verdict: Verdict) -> Checked:
    """One answer with what it rests on; a finding that is missing speaks only where it is in the way."""
    if verdict.applies is Answer.NO:
        return Checked(verdict.rule.title, "Not asked", "")
    found = [one for one in verdict.findings if one.value or (verdict.blocks and one.state is FindingState.MISSING)]
    aside = f", set aside by {verdict.override.by}: {verdict.override.reason}" if verdict.override else ""
    return Checked(verdict.rule.title, f"{ANSWERS[said(verdict)]}{aside}", "; ".join(dict.fromkeys(_found(seat, one) for one in found)))


def _found(seat: Seat, one: Finding) -> str:
    if one.at is None:
        return f"{words.label(one.fact)}: not recorded"
    value = f"{words.plain_value(one.value)} {words.unit(one.unit)}".strip()
    return f"{words.label(one.fact)}: {value}, {when(seat, one.at)}, {one.by}"


def _pump(seat: Seat) -> Iterable[Row]:
    """Each start, pause and stop with what had run by then, by the recorded times."""
    for event in _of(seat, *PUMP):
        ran = given(seat.events, seat.order, event.occurred_at) if seat.order else None
        yield _signed_row(seat, event, (*drug_cells(seat, event), f"{ran.dose_text} in {ran.volume_text}" if ran else "no order"))


def _signed_row(seat: Seat, event: Event, cells: tuple[str, ...]) -> Row:
    return row(seat, event, (*cells, event.by.name))


def _flowsheet(seat: Seat, told: Hindsight, facts: tuple[str, ...]) -> tuple[Vital, ...]:
    """Every set by when it was taken, and in their places the sets that were missed and the one that is due."""
    rows = [(event.occurred_at, Vital(one, event.by.name, _mark(seat, event, told))) for event, one in reading_rows(seat, facts)]
    rows += [(due.due_at, _not_taken(seat, due, "missed: not taken before the visit went on", facts)) for due in told.missed]
    due = vitals_due(seat)
    if due and seat.visit.phase != "closed":
        rows.append((due.due_at, _not_taken(seat, due, WAITS[due.state], facts)))
    return tuple(vital for _, vital in sorted(rows, key=lambda one: one[0]))


def _not_taken(seat: Seat, due: Due, mark: str, facts: tuple[str, ...]) -> Vital:
    heads = [*map(words.head, facts), "Also"]
    return Vital(Row(when(seat, due.due_at), "", (), tuple((head, "") for head in heads)), "", mark)


def _mark(seat: Seat, event: Event, told: Hindsight) -> str:
    taken = event.payload
    assert isinstance(taken, Observed)
    late = told.late.get(event.id)
    then = written(seat, event)
    marks = [
        f"recorded {then}" if then and (event.id in seat.added or not sent_by_device(event)) else "",
        "monitor" if sent_by_device(event) else "", f"late: was due {seat.clock.hour(late.due_at)}" if late else "",
        f"from paper, written by {taken.paper}" if taken.paper else "", "refused" if taken.refused else "",
        "not taken" if taken.not_taken else "", "not usable" if any(map(unusable_in, taken.readings)) else "",
    ]  # fmt: skip
    return ", ".join(filter(None, marks))


def _hold(seat: Seat, held: Held) -> HoldRow:
    verdict, level = held.hold.verdict, held.hold.level.value
    ended = f"{when(seat, held.until)}" if held.until else "it stood to the end" if seat.visit.phase == "closed" else "stands now"
    facts = "; ".join(
        dict.fromkeys(f"{words.label(one.fact)}: {words.plain_value(one.value)} {words.unit(one.unit)}".strip() for one in verdict.findings if one.value)
    )
    decided = (event for event in seat.events if _while(held, event) and _decides(event, verdict.rule.id))
    return HoldRow(
        LEVELS[level], f"{words.capital(level)}: {verdict.rule.title}", when(seat, held.since), ended, facts, tuple(_decision(seat, event) for event in decided)
    )


def _while(held: Held, event: Event) -> bool:
    return held.since <= event.recorded_at and (held.until is None or event.recorded_at <= held.until)


def _decides(event: Event, rule: str) -> bool:
    return isinstance(event.payload, PUMP) or (isinstance(event.payload, OverrideSigned) and event.payload.rule == rule)


def _decision(seat: Seat, event: Event) -> str:
    did, reason = happened(event), getattr(event.payload, "reason", "")
    if isinstance(event.payload, OverrideSigned):
        did = f"Set aside until {when(seat, event.payload.expires_at)}"
    return f"{seat.clock.hour(event.occurred_at)} {did} by {event.by.name}{f': {reason}' if reason else ''}"


def _signatures(seat: Seat) -> Iterable[Row]:
    """Who put their name to what."""
    for event in _of(seat, *SIGNED):
        title = SIGNED[type(event.payload)]
        yield row(seat, event, (title, event.by.name, event.by.role.replace("-", " "), _sent(event)))


def _sent(event: Event) -> str:
    return "" if event.sent_by.id == event.by.id else f"sent by {event.sent_by.name}"


def _hands(seat: Seat) -> Iterable[Row]:
    """Each hand-over offered and signed for, in the words of the timeline."""
    for event in _of(seat, CareHandedOver, CareTakenOver):
        _, title, said = tell(event, seat.clock)
        yield row(seat, event, (title, said, event.by.name))


def _struck(seat: Seat) -> Iterable[Moment]:
    """The entries of this visit that were struck out, with who struck them and why."""
    history = seat.desk.chart.history
    for event in history.events:
        strike = history.struck.get(event.id)
        if strike and getattr(event.payload, "visit", None) == seat.visit.id:
            after = f", {AFTER}" if is_after(seat, strike) else ""
            yield moment(event, seat.clock, f"{getattr(strike.payload, 'reason', '')} ({strike.by.name}, {when(seat, strike.recorded_at)}{after})")
