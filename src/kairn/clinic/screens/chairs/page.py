"""Every visit under way as plain values: what speaks at its chair, strongest first, and calm only where everything is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse

from kairn.clinic.acts.charts import Chart
from kairn.clinic.acts.context import Context
from kairn.clinic.people.care import at_chairs
from kairn.clinic.screens.chair.not_known import not_known
from kairn.clinic.screens.chair.page import title
from kairn.clinic.screens.chair.pump import given
from kairn.clinic.screens.chair.readings import PRESSURE, Latest, latest, vitals_facts
from kairn.clinic.screens.forms import words
from kairn.clinic.screens.forms.clock import Clock
from kairn.clinic.screens.forms.desk import Desk
from kairn.clinic.screens.today.compose import READY, RUNNING
from kairn.clinic.screens.visit.hands import offers_of, there
from kairn.clinic.screens.visit.holds import holds_of
from kairn.clinic.screens.visit.seat import Seat, is_measure, waits
from kairn.pathway.standing import Due, DueState, Move, MoveKind
from kairn.terms.answer import Answer

ORDER = ("stop", "pause", "urgent", "escort", "alert", "late", "unknown", "due", "offer", "calm")
"""What comes first on the board: the reds, then what is late, what nobody knows, what is due, a hand-over that waits, and what is quiet."""
LEVELS = {"stop": "high", "pause": "high", "urgent": "high", "escort": "high", "alert": "medium", "late": "medium"}
STEPS = {"pre-flight": (MoveKind.PHASE, "infusion"), "recovery": (MoveKind.READY, "ready")}
HIDDEN = "What the protocol says is not shown to you. Ask the nurse at the chair."


@dataclass(frozen=True)
class Said:
    """One thing that speaks at a chair: its place in the order, the mark it carries, a word and what it is."""

    kind: str
    word: str
    what: str

    @property
    def level(self) -> str:
        """The priority mark; empty for what carries none."""
        return LEVELS.get(self.kind, "")


@dataclass(frozen=True)
class Step:
    """The next step of the visit: whether it is open, in words, and what it waits for."""

    said: str
    word: str
    why: str


@dataclass(frozen=True)
class Chair:
    """One visit under way. `of` is the person whose news concern it, `first` its place among the lines: they are in the order of these texts."""

    id: UUID
    of: UUID
    chair: str
    person: str
    href: str
    phase: str
    said: tuple[Said, ...]
    quiet: str
    until: str
    what: str
    at: str
    due: str
    vitals: tuple[Latest, ...]
    shown: bool
    step: Step | None
    ride: str
    hands: str
    first: str

    @property
    def red(self) -> bool:
        """Whether somebody has to act here now."""
        return any(one.level == "high" for one in self.said)


@dataclass(frozen=True)
class ChairsPage:
    """The whole board."""

    known: str
    url: str
    red: int
    chairs: tuple[Chair, ...]


def chairs_page(context: Context, clock: Clock, charts: tuple[Chart, ...], url: str) -> ChairsPage:
    """The board of these charts; one line for each visit under way, first what is strongest."""
    seats = [Seat(Desk(context, chart, clock), visit) for chart in charts for visit in chart.standing.visits if visit.phase in RUNNING and not visit.cancelled]
    held = at_chairs([seat.visit.id for seat in seats], clock.now)
    lines = sorted((_chair(seat, there(clock, held.get(seat.visit.id, ()))) for seat in seats), key=lambda line: line.first)
    return ChairsPage(f"{clock.local(clock.now):%H:%M:%S}", url, sum(line.red for line in lines), tuple(lines))


def _chair(seat: Seat, hands: str) -> Chair:
    said = tuple(sorted(_said(seat), key=lambda one: ORDER.index(one.kind)))
    due = min(seat.due(), key=lambda one: one.due_at, default=None)
    shown = "clinical" in seat.desk.chart.visible
    place, page = ORDER.index(said[0].kind if said else "calm"), _page(seat)
    return Chair(
        id=seat.visit.id, of=seat.desk.patient, chair=words.chair(seat.visit.chair) or "No chair named", person=seat.desk.chart.patient.name, href=page,
        phase=_phase(seat), said=said, quiet="" if said else _quiet(shown=shown), until=due.due_at.isoformat() if due else "",
        what=_plain(due) if due else "", at=seat.clock.hour(due.due_at) if due else "", due=_cell(seat, due, page) if due else "",
        vitals=_vitals(seat) if shown else (), shown=shown, step=_step(seat), ride=_ride(seat), hands=hands,
        first=" ".join((str(place), due.due_at.isoformat() if due else "later", seat.visit.chair)),
    )  # fmt: skip


def _quiet(*, shown: bool) -> str:
    return "Nothing holds and nothing is due." if shown else "Nothing is due."


def _said(seat: Seat) -> Iterator[Said]:
    """Everything that speaks at this chair, whatever its order."""
    for hold in holds_of(seat):
        yield Said(hold.kind, hold.word, hold.part.title)
    for due in (*seat.due(), *seat.urgent_beside()):
        if due.urgent:
            yield Said("urgent", "Urgent", _by(seat, due))
        elif due.state is not DueState.AHEAD:
            yield Said(due.state.value, words.capital(due.state.value), _by(seat, due))
    if seat.visit.escort_state == "cancelled":
        yield Said("escort", "No ride", f"{seat.visit.escort} {words.ESCORTS['cancelled']}")
    yield from _unknown(seat)
    for offer in offers_of(seat):
        yield Said("offer", "Hand-over offered", f"by {offer.by} at {offer.at}, to {offer.to}")


def _unknown(seat: Seat) -> Iterator[Said]:
    """What nobody can judge now: holds without their facts, and everything where no protocol is in force."""
    if "clinical" not in seat.desk.chart.visible:
        yield Said("unknown", "Not shown", HIDDEN)
    elif seat.protocol is None:
        yield Said("unknown", "Nothing is judged", seat.desk.chart.why)
    for line in not_known(seat):
        yield Said("unknown", line.word, _few(line.parts))


def _few(told: tuple[str, ...]) -> str:
    """The first two of what is not known, and how many more: the chair names all."""
    return ", ".join(told[:2]) + (f" and {len(told) - 2} more" if len(told) > 2 else "")


def _by(seat: Seat, due: Due) -> str:
    return f"{words.capital(due.what)}, by {seat.clock.when(due.due_at)}"


def _plain(due: Due) -> str:
    return due.what[:1].lower() + due.what[1:]


def _phase(seat: Seat) -> str:
    """What runs, and for how long."""
    told = title(seat, given(seat.events, seat.order, seat.clock.now) if seat.order else None)
    return f"{told}, {seat.clock.ago(seat.visit.phase_since)}" if told == words.PHASES[seat.visit.phase] else told


def _page(seat: Seat) -> str:
    """Where one tap leads: the chair, the checks before it, or the person's page for who may not open those."""
    view = "preflight" if seat.visit.phase == "pre-flight" else "chair"
    return seat.url(view) if seat.desk.may(view, "GET") else reverse("patient", args=[seat.desk.patient])


def _cell(seat: Seat, due: Due, page: str) -> str:
    """The address of the very field that is due, where the reader may fill it, with the cursor there; else `page`, where the chair leads."""
    field = next((fact for fact in vitals_facts(seat) if fact in due.facts and is_measure(fact)), "")
    charts = seat.visit.phase != "pre-flight" and seat.desk.may("chair_act")
    return f"{seat.url('chair')}#p-{field}" if field and charts else page


def _vitals(seat: Seat) -> tuple[Latest, ...]:
    """The latest vital signs, the two pressures as one value where they were taken together."""
    found = latest(seat)
    both = {one.name: one for one in found if one.name in PRESSURE}
    if len(both) < len(PRESSURE) or len({one.iso for one in both.values()}) > 1:
        return found
    return (_joined([both[name] for name in PRESSURE]), *(one for one in found if one.name not in PRESSURE))


def _joined(pair: list[Latest]) -> Latest:
    """Upper and lower pressure as one value: 148/88, with the stronger mark of the two."""
    upper, lower = pair
    level = next((level for level in ("high", "medium") if level in (upper.level, lower.level)), "")
    value = f"{upper.value}/{lower.value}" if upper.value and lower.value else ""
    return Latest(
        "pressure", "Blood pressure", value, upper.unit, upper.at, upper.iso, upper.recorded, upper.by, upper.delta, upper.stale or lower.stale, level
    )


def _step(seat: Seat) -> Step | None:
    """Whether the next step of the visit is open; while the pump is on there is none to name."""
    move = seat.move(*STEPS[seat.visit.phase]) if seat.visit.phase in STEPS else None
    if move is None:
        return None
    yes, no = READY[seat.visit.phase]
    return Step(move.answer.value, yes if move.answer is Answer.YES else no, _waiting(seat, move))


def _waiting(seat: Seat, move: Move) -> str:
    """The first thing a step waits for, and how many more."""
    if not move.blocking:
        return ""
    if "reasons" not in seat.desk.chart.visible:
        return words.clinical_answers(len(move.blocking))
    first, *more = waits(move)
    return f"{first}; and {len(more)} more" if more else first


def _ride(seat: Seat) -> str:
    visit = seat.visit
    return f"Escort {visit.escort}, {words.ESCORTS.get(visit.escort_state, visit.escort_state)}" if visit.escort else "No escort named"
