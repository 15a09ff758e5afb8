"""The chair as plain values: the clock, what the protocol says now, the lanes, the ladder, what was recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from kairn.clinic.acts.given import reckoned_to
from kairn.clinic.acts.outcome import Refused
from kairn.clinic.acts.pump import order_to_run
from kairn.clinic.screens.chair.addendum import locked_by
from kairn.clinic.screens.chair.not_known import NotKnown, not_known, unknown_holds
from kairn.clinic.screens.chair.predicted import predicted_rows
from kairn.clinic.screens.chair.pump import Given, Rate, given, minute_of, rate_of
from kairn.clinic.screens.chair.readings import LADDERS, Latest, drawn, latest, vitals_due, vitals_facts
from kairn.clinic.screens.chair.volume import PumpVolume, pump_volume
from kairn.clinic.screens.forms import words
from kairn.clinic.screens.forms.answers import Again
from kairn.clinic.screens.forms.stretch import sent_by_device
from kairn.clinic.screens.forms.telling import Moment
from kairn.clinic.screens.monitor.part import OPEN, MonitorPart, monitor_part
from kairn.clinic.screens.visit.advice import Advice, AsNeededLine, advice_of, as_needed_of
from kairn.clinic.screens.visit.asked import Asked, choices, facts_of, numbers
from kairn.clinic.screens.visit.cannula import Cannulas, cannulas_of
from kairn.clinic.screens.visit.going_home import GoingHomePart
from kairn.clinic.screens.visit.hands import Hands, hands_of
from kairn.clinic.screens.visit.holds import HoldLine, holds_of
from kairn.clinic.screens.visit.marks import line_of
from kairn.clinic.screens.visit.medicines import Medicines, medicines_of
from kairn.clinic.screens.visit.seat import Band, Seat, band, stock_url, waits
from kairn.clinic.screens.visit.strength import other_strengths
from kairn.clinic.screens.visit.unwanted import Unwanted, unwanted_of
from kairn.library.facts import FACTS
from kairn.pathway.standing import MoveKind
from kairn.protocol.rule import RuleKind
from kairn.record.event import Event
from kairn.record.history import History
from kairn.terms.answer import Answer

DISTRESS = "distress"
SHOWN = 12
RUNS = ("infusion", "recovery")
SKIPS = (("refused", "The person refused"), ("not_taken", "Could not be taken"))
BY_HAND = ("pump_paused", "pump_stopped")
BEFORE, AFTER = timedelta(minutes=20), timedelta(minutes=20)


@dataclass(frozen=True)
class Rung:
    """One step of the distress ladder."""

    number: str
    value: str
    label: str
    done: str


@dataclass(frozen=True)
class Entry:
    """One entry of this visit, and whether this reader may take it back."""

    moment: Moment
    event: str
    mine: bool


@dataclass(frozen=True)
class ChairPage:
    """What the page shows."""

    band: Band
    visit: str
    seq: int
    phase: str
    pump: str
    title: str
    until: str
    what: str
    at: str
    done: int
    total: int
    left: str
    infused: str
    beyond: bool
    ordered: str
    holds: tuple[HoldLine, ...]
    unknown: tuple[str, ...]
    not_known: tuple[NotKnown, ...]
    volume: PumpVolume
    latest: tuple[Latest, ...]
    lanes: dict[str, Any]
    ladder: tuple[Rung, ...]
    numbers: tuple[Asked, ...]
    choices: tuple[Asked, ...]
    entries: tuple[Entry, ...]
    unwanted: Unwanted
    cannulas: Cannulas
    resume: str
    resume_waits: tuple[str, ...]
    may_resume: bool
    may_chart: bool
    dimmed: bool
    again: Again
    forms: Mapping[str, Again]
    ids: tuple[str, ...]
    advice: Advice
    as_needed: tuple[AsNeededLine, ...]
    stock: str
    monitor: MonitorPart
    may_monitor: bool
    hands: Hands
    rate: Rate
    strengths: tuple[str, ...]
    medicines: Medicines
    locked: str
    home: GoingHomePart | None = None
    skips: tuple[tuple[str, str], ...] = SKIPS

    @property
    def asked(self) -> tuple[Asked, ...]:
        """Everything the form of the vital signs asks."""
        return (*self.numbers, *self.choices)

    @property
    def resume_in_the_way(self) -> tuple[str, ...]:
        """All that resuming waits for: the strength of what was drawn, the order, then the protocol's rules."""
        return (*self.strengths, *self.resume_waits)

    @property
    def resume_said(self) -> str:
        """What is said of resuming: what the rules say, and never yes while anything is in the way."""
        return Answer.UNKNOWN.value if self.resume_in_the_way and self.resume == Answer.YES.value else self.resume

    @property
    def charts(self) -> bool:
        """Whether this reader records here and now: signed in, and the record is not locked."""
        return self.may_chart and not self.dimmed and not self.locked


def chair_page(seat: Seat, again: Again, *, dimmed: bool = False, cut: Callable[[History], History] = lambda kept: kept) -> ChairPage:
    """The page for one visit; `dimmed` when the session is locked and only clocks and Pump stopped work. `cut` leaves of stock what a view rests on."""
    due = vitals_due(seat)
    out = given(seat.events, seat.order, reckoned_to(seat.visit, seat.clock.now)) if seat.order else None
    resume = seat.move(MoveKind.RESUME, "running")
    asked = _asked(seat)
    start, end = _span(seat, out)
    strengths = other_strengths(seat, cut)
    return ChairPage(
        band=band(seat), visit=str(seat.visit.id), seq=seat.desk.chart.seq, phase=seat.visit.phase, pump=seat.visit.pump, title=title(seat, out),
        until=due.due_at.isoformat() if due else "", what=due.what.lower() if due else "", at=seat.clock.hour(due.due_at) if due else "",
        done=int(out.running.total_seconds()) if out else 0, total=int(out.total.total_seconds()) if out else 0, left=_minutes(out.left) if out else "",
        infused=f"{out.volume_text}, {out.dose_text}" if out else "", beyond=bool(out and out.beyond),
        ordered=seat.order.dose if seat.order else "",
        holds=holds_of(seat),
        unknown=tuple(hold.verdict.rule.title for hold in unknown_holds(seat)), not_known=not_known(seat), volume=pump_volume(seat),
        latest=latest(seat), lanes=drawn(seat, start, end, predicted_rows(seat, end, other_strength=bool(strengths))),
        ladder=_ladder(seat), numbers=numbers(seat, vitals_facts(seat), again.typed, again.errors), choices=choices(seat, asked, again.typed, again.errors),
        entries=tuple(_entries(seat)), unwanted=unwanted_of(seat, again), cannulas=cannulas_of(seat, again),
        resume=resume.answer.value if resume else "", resume_waits=(*_not_to_run(seat), *waits(resume)) if resume else (),
        may_resume=seat.desk.may("pump_resume"),
        may_chart=seat.desk.may("chair_act"), dimmed=dimmed, again=again, forms=_forms(again), ids=tuple(str(uuid4()) for _ in range(10)),
        advice=advice_of(seat), as_needed=as_needed_of(seat), stock=stock_url(seat), monitor=monitor_part(seat),
        may_monitor=seat.desk.may("monitor") and seat.visit.phase in OPEN, hands=hands_of(seat), rate=rate_of(seat), strengths=strengths,
        medicines=medicines_of(seat, again), locked=locked_by(seat),
    )  # fmt: skip


def _not_to_run(seat: Seat) -> tuple[str, ...]:
    """Why the pump may not go on with the order as it was signed."""
    if seat.protocol is None:
        return ()
    found = order_to_run(seat.desk.chart.history, seat.visit, seat.protocol.infusion, seat.clock.now)
    return tuple(reason.text for reason in found.reasons) if isinstance(found, Refused) else ()


def _forms(again: Again) -> dict[str, Again]:
    """What is shown again belongs to the form it was typed in, and stays there."""
    return {again.form: again, "earlier": again} if again.form in BY_HAND else {again.form: again}


def _asked(seat: Seat) -> list[str]:
    """The questions beside the numbers: those of the holds of this phase, and those of the set whose clock runs; distress has its ladder as well.

    Where one ladder is asked the others are, though no rule may rest on them.
    """
    rules = [v.rule for v in seat.standing.verdicts if v.visit == seat.visit.id and v.rule.kind is RuleKind.HOLD]
    return [fact for fact in dict.fromkeys((*facts_of(rules), *vitals_facts(seat), *_ladders(seat))) if FACTS[fact].kind == "choice"]


def _ladders(seat: Seat) -> tuple[str, ...]:
    return LADDERS if set(LADDERS) & set(vitals_facts(seat)) else ()


def title(seat: Seat, out: Given | None) -> str:
    """Where the visit stands, in words: what runs, and for how long."""
    if seat.visit.phase == "infusion" and out:
        return minute_of(out.running, out.total, paused=seat.visit.pump == "paused")
    if seat.visit.phase == "recovery" and seat.visit.infusion_ended:
        return f"Recovery, {seat.clock.ago(seat.visit.infusion_ended)} since the pump stopped"
    return words.PHASES[seat.visit.phase]


def _minutes(left: timedelta) -> str:
    seconds = int(left.total_seconds())
    return f"{seconds // 60:02d}:{seconds % 60:02d}"


def _span(seat: Seat, out: Given | None) -> tuple[datetime, datetime]:
    now, begun = seat.clock.now, seat.visit.infusion_started or seat.visit.phase_since
    last = now if seat.visit.phase != "closed" else seat.visit.phase_since
    ahead = (out.left if out and seat.visit.phase == "infusion" else timedelta()) + AFTER
    return begun - BEFORE, last + ahead


def _ladder(seat: Seat) -> tuple[Rung, ...]:
    """The steps of distress while an infusion runs and after it, whatever is known of going home; nothing else needs one tap for it."""
    if seat.visit.phase not in RUNS:
        return ()
    taken = {}
    for event in seat.events:
        for reading in getattr(event.payload, "readings", ()):
            if reading.fact == DISTRESS:
                taken[reading.value] = seat.clock.hour(event.occurred_at)
    steps = enumerate(FACTS[DISTRESS].choices, 1)
    return tuple(Rung(str(number), value, words.capital(words.plain(value)), taken.get(value, "")) for number, value in steps)


def _entries(seat: Seat) -> list[Entry]:
    author = str(seat.desk.context.user.id)
    return [Entry(line_of(seat, event, why), str(event.id), event.by.id == author and why is None) for event, why in recorded(seat)[:SHOWN]]


def recorded(seat: Seat) -> list[tuple[Event, Event | None]]:
    """What people recorded at this visit, newest first, each with what struck it out."""
    history = seat.desk.chart.history
    mine = [event for event in reversed(history.events) if getattr(event.payload, "visit", None) == seat.visit.id and not sent_by_device(event)]
    return [(event, history.struck.get(event.id)) for event in mine]
