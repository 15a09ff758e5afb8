"""The readings of one visit as lanes and latest values, each with its limits, its age and its gaps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from kairn.clinic.acts.given import pump_moves, ran
from kairn.clinic.screens.chair.limits import level, limits
from kairn.clinic.screens.forms import words
from kairn.clinic.screens.forms.stretch import sent_by_device
from kairn.clinic.screens.lanes import Limit, Point, Row, Silence, lanes, shown
from kairn.clinic.screens.visit.seat import Seat, is_measure
from kairn.library.facts import FACTS, plausible, weighed
from kairn.library.monitors import BEDSIDE
from kairn.library.products import STOCK
from kairn.pathway.standing import Due, DueState
from kairn.protocol.rule import Schedule
from kairn.record.event import Event
from kairn.record.payloads import DrugGiven, Observed, PhaseEntered, PumpPaused, PumpRateSet, PumpStarted, PumpStopped, Reading
from kairn.record.payloads_calls import PrescriberCalled
from kairn.record.payloads_cannula import CannulaPlaced, CannulaRemoved, CannulaSeen
from kairn.record.payloads_harm import AdverseEventNoted
from kairn.terms.numbers import plain_text
from kairn.terms.problem import Unreadable
from kairn.terms.quantity import parse_quantity, rounded_text, unit_words

PUMPED = {PumpStarted: "Pump started", PumpRateSet: "Rate set", PumpPaused: "Pump paused", PumpStopped: "Pump stopped"}
PRESSURE = ("systolic", "diastolic")
LADDERS = ("dissociation", "distress")
"""Choices of the vital signs that are steps of a ladder, the calmest first."""


@dataclass(frozen=True)
class Taken:
    """One reading that can be drawn."""

    event: Event
    value: Decimal

    @property
    def device(self) -> bool:
        """Whether a monitor took it, and no person."""
        return sent_by_device(self.event)


@dataclass(frozen=True)
class Latest:
    """The latest value of one fact at this visit."""

    name: str
    label: str
    value: str
    unit: str
    at: str
    iso: str
    recorded: str
    by: str
    delta: str
    stale: str
    level: str


def series(seat: Seat, fact: str) -> list[Taken]:
    """Readings of a fact at this visit that can be drawn, oldest first."""
    found = []
    for event, reading in seat.readings.get(fact, ()):
        try:
            found.append(Taken(event, weighed(FACTS[fact], reading.value, reading.unit)))
        except Unreadable:
            continue
    return found


def unusable(seat: Seat, fact: str) -> tuple[Event, str] | None:
    """The latest reading of a fact at this visit where no rule can rest on it, as it was typed; None where the latest one is good."""
    if fact not in seat.readings:
        return None
    event, reading = seat.readings[fact][-1]
    return (event, reading.value) if unusable_in(reading) else None


def unusable_in(reading: Reading) -> bool:
    """Whether no rule can rest on a reading for what its value is."""
    try:
        return is_measure(reading.fact) and not plausible(FACTS[reading.fact], reading.value, reading.unit)
    except Unreadable:
        return True


def _unsure(seat: Seat, *facts: str) -> str:
    """What the latest readings of a lane are where one of them cannot be used, in words; empty where all can."""
    bad = [found for fact in facts if (found := unusable(seat, fact))]
    if not bad:
        return ""
    event = max((event for event, _ in bad), key=lambda one: (one.occurred_at, one.seq))
    assert isinstance(event.payload, Observed)
    said = "/".join(reading.value for reading in event.payload.readings if reading.fact in facts)
    return f"{said} {unit_words(FACTS[facts[0]].unit)}".strip() + f" at {seat.clock.hour(event.occurred_at)}: not usable, measure again"


def vitals_due(seat: Seat) -> Due | None:
    """The next set of vital signs that is due at this visit."""
    sets = [due for due in seat.due() if due.facts and due.rule]
    return min(sets, key=lambda due: (due.due_at, -len(due.facts)), default=None)


def vitals_facts(seat: Seat) -> tuple[str, ...]:
    """The facts of the fullest set the protocol measures repeatedly in this phase; of any phase before and after."""
    rounds = seat.protocol.rounds if seat.protocol else ()
    here = [rule for rule in rounds if seat.visit.phase in rule.while_.phases] or rounds
    return max((rule.schedule.facts for rule in here if rule.schedule), key=len, default=())


def latest(seat: Seat) -> tuple[Latest, ...]:
    """The latest value of each vital sign, the two pressures apart, each with change, age and the priority of what holds."""
    return tuple(_latest(seat, fact) for fact in vitals_facts(seat) if is_measure(fact))


def _latest(seat: Seat, fact: str) -> Latest:
    taken = series(seat, fact)
    label, unit = words.capital(FACTS[fact].label), unit_words(FACTS[fact].unit)
    if not taken:
        return Latest(fact, label, "", unit, "", "", "", "", "", "", "")
    event = taken[-1].event
    old = unusable(seat, fact) is not None or _old(seat, taken[-1], fact)
    return Latest(
        fact, label, str(taken[-1].value), unit, seat.clock.hour(event.occurred_at), event.occurred_at.isoformat(),
        seat.clock.hour(event.recorded_at) if event.late else "", event.by.name, _note(seat, fact, taken),
        "out of date" if old else "", level(seat, fact, taken[-1].value),
    )  # fmt: skip


def _note(seat: Seat, fact: str, taken: list[Taken]) -> str:
    """What stands beside the latest of some readings: that a monitor took it, or how far it is from the one before the infusion."""
    return "monitor" if taken[-1].device else _delta(seat, fact, taken)


def _old(seat: Seat, one: Taken, fact: str) -> bool:
    """Whether a reading is out of date: what a monitor sends every minute when it has not since, all else by the duties that ask for it again."""
    if one.device and _each_minute(fact):
        return seat.clock.now - one.event.occurred_at > BEDSIDE.silent_after
    return overdue(seat, one.event.occurred_at, fact)


def _each_minute(fact: str) -> bool:
    """Whether a monitor sends this every minute, and not only now and then as a cuff does."""
    channel = BEDSIDE.channel(fact)
    return channel is not None and not channel.spot


def overdue(seat: Seat, taken: datetime, fact: str) -> bool:
    """Whether a duty of this visit that asks for this fact again was to be done, with its grace, since it was taken: others of its set may be older."""
    schedules = [due.rule.schedule for due in seat.due() if due.rule and due.rule.schedule and fact in due.facts]
    return any(_again_by(taken, schedule) <= seat.clock.now for schedule in schedules if schedule.every)


def _again_by(taken: datetime, schedule: Schedule) -> datetime:
    """When what was taken then is overdue, by this schedule."""
    every = schedule.every.delta if schedule.every else timedelta()
    return taken + every + (schedule.grace.delta if schedule.grace else timedelta())


def _delta(seat: Seat, fact: str, taken: list[Taken]) -> str:
    started = seat.visit.infusion_started
    before = [one for one in taken if started and one.event.occurred_at <= started and not one.device]
    if not before or taken[-1] is before[-1]:
        return ""
    change = taken[-1].value - before[-1].value
    return f"{'+' if change > 0 else ''}{change} from {before[-1].value}"


def drawn(seat: Seat, start: datetime, end: datetime, predicted: Sequence[Row] = ()) -> dict[str, Any]:
    """The lanes of this visit: vital signs due, the two pressures in a lane of their own, one lane a fact, the ladders, what a model predicts, the pump's
    rate, then what happened.
    """
    facts = [fact for fact in vitals_facts(seat) if fact not in PRESSURE and is_measure(fact)]
    rows = [_due_row(seat), _pressure(seat), *(_line(seat, fact) for fact in facts), *_ladders(seat), *predicted, *_rate(seat), _events(seat)]
    return lanes(rows, start=start, end=end, now=seat.clock.now, zone=seat.clock.zone)


def _axis(values: list[Decimal], edges: list[Limit]) -> tuple[Decimal | None, Decimal | None]:
    every = [*values, *(edge.at for edge in edges)]
    if not every:
        return None, None
    room = max((max(every) - min(every)) / 10, Decimal(1))
    return min(every) - room, max(every) + room


def _line(seat: Seat, fact: str) -> Row:
    taken, edges = series(seat, fact), limits(seat, fact)
    points = [Point(one.event.occurred_at, one.value, recorded=_recorded(one.event), device=one.device) for one in taken]
    low, high = _axis([one.value for one in taken], edges)
    now = _latest(seat, fact)
    age = taken[-1].event.occurred_at if taken else None
    unsure, silences = _unsure(seat, fact), _silences(seat, fact, taken)
    return Row(
        now.label, "line", points, now.unit, low, high, edges, value=now.value, age=age, stale=bool(now.stale), note=now.delta, unsure=unsure,
        silences=silences,
    )  # fmt: skip


def _ladders(seat: Seat) -> list[Row]:
    """A lane for each ladder that is asked again and again or was charted: how far up the person was, with the word for it."""
    return [_ladder(seat, fact) for fact in LADDERS if fact in vitals_facts(seat) or fact in seat.readings]


def _ladder(seat: Seat, fact: str) -> Row:
    rungs = FACTS[fact].choices
    taken = [(event, reading.value) for event, reading in seat.readings.get(fact, ()) if reading.value in rungs]
    points = [Point(event.occurred_at, Decimal(rungs.index(value) + 1), recorded=_recorded(event), words=words.plain(value)) for event, value in taken]
    age = taken[-1][0].occurred_at if taken else None
    stale = bool(taken) and overdue(seat, taken[-1][0].occurred_at, fact)
    said = words.capital(words.plain(taken[-1][1])) if taken else ""
    return Row(words.capital(FACTS[fact].label), "bars", points, "", Decimal(0), Decimal(len(rungs) + 1), value=said, age=age, stale=stale)


def _rate(seat: Seat) -> list[Row]:
    """The pump's rate as it was recorded, with what that is in mg; no lane before the pump has run, or without an order."""
    moves = pump_moves(seat.events)
    if seat.order is None or not moves:
        return []
    runs = ran(moves, seat.order, seat.clock.now)
    begun = {one.since for one in runs}
    steps = [Point(one.since, one.rate.value) for one in runs] + [Point(one.until, Decimal(0)) for one in runs if one.until and one.until not in begun]
    steps.sort(key=lambda point: point.at)
    strength = parse_quantity(seat.order.concentration).to("mg/mL")
    now = runs[-1].rate if runs and runs[-1].until is None else None
    note = f"{rounded_text(now.to('mL/min') * strength, STOCK.rounding.rate_mg)}, as recorded" if now else "as recorded"
    high = max([point.value or Decimal(0) for point in steps] + [parse_quantity(seat.order.rate_ml).value])
    return [Row("Pump rate", "steps", steps, "mL/h", Decimal(0), high * 2, value=plain_text(now.value) if now else "0", note=note)]


def _recorded(event: Event) -> datetime | None:
    """When it was recorded, where that is told apart; a row that a monitor sends late is none a person entered late."""
    return event.recorded_at if event.late and not sent_by_device(event) else None


def _silences(seat: Seat, fact: str, taken: list[Taken]) -> list[Silence]:
    """Where a monitor that sends this fact every minute sent none, up to now while the visit runs."""
    times = [one.event.occurred_at for one in taken if one.device]
    if not times or not _each_minute(fact):
        return []
    ends = [*times[1:], *([seat.clock.now] if seat.visit.phase != "closed" else [])]
    return [Silence(before + BEDSIDE.every, after) for before, after in zip(times, ends, strict=False) if after - before > BEDSIDE.silent_after]


def _pressure(seat: Seat) -> Row:
    """The two pressures in one lane, also where an entry tells one alone. Value, age and note are all of the latest entry that can be drawn."""
    told = {fact: _beside_usable(seat, fact) for fact in PRESSURE}
    upper, lower = ({one.event.id: one.value for one in told[fact]} for fact in PRESSURE)
    events = [event for event in seat.events if event.id in upper or event.id in lower]
    points = [Point(event.occurred_at, upper.get(event.id), lower.get(event.id), _recorded(event), device=sent_by_device(event)) for event in events]
    edges, unsure = limits(seat, PRESSURE[0]), _unsure(seat, *PRESSURE)
    low, high = _axis([*upper.values(), *lower.values()], edges)
    row = Row("Blood pressure", "pressure", points, unit_words(FACTS[PRESSURE[0]].unit), low, high, edges, unsure=unsure)
    if not events:
        return row
    here = {fact: taken for fact, taken in told.items() if taken and taken[-1].event is events[-1]}
    first, *_ = here
    stale = bool(unsure) or any(_old(seat, taken[-1], fact) for fact, taken in here.items())
    return replace(row, value=shown(points[-1], row.kind), age=points[-1].at, stale=stale, note=_note(seat, first, here[first]))


def _beside_usable(seat: Seat, fact: str) -> list[Taken]:
    """Readings of one pressure, without those whose other half was typed as what it cannot be."""
    spoilt = {event.id for half in PRESSURE for event, reading in seat.readings.get(half, ()) if unusable_in(reading)}
    return [one for one in series(seat, fact) if one.event.id not in spoilt]


def _due_row(seat: Seat) -> Row:
    facts, whole = set(vitals_facts(seat)), _sets(seat)
    said = [(event, event.payload) for event in seat.events if isinstance(event.payload, Observed)]
    points = [mark for event, told in said if not sent_by_device(event) and (mark := _set(event, told, facts, event in whole))]
    points += [mark for event, told in said for mark in _skipped(event.occurred_at, told, facts)]
    gone = missed(seat)
    points += [Point(at, words="vital signs", state="missed") for at in gone]
    due = vitals_due(seat)
    if due and not _among(seat, due, gone):
        points.append(Point(due.due_at, words=due.what, state="missed" if due.state is DueState.LATE else "due"))
    return Row("Vital signs", "due", sorted(points, key=lambda point: point.at), note="1 set recorded" if len(whole) == 1 else f"{len(whole)} sets recorded")


def _among(seat: Seat, due: Due, gone: list[datetime]) -> bool:
    """Whether what is due is a missed set that has its mark: of the round itself, which one fact alone can make due a little earlier, any since then."""
    rounds = due.rule is not None and due.rule.schedule == _rounds_of(seat, seat.visit.phase)
    return any(at == due.due_at or (rounds and at > due.due_at) for at in gone)


def _skipped(at: datetime, said: Observed, facts: set[str]) -> Iterator[Point]:
    """A mark for what the person refused of these facts, and one for what could not be taken."""
    for state, named in (("refused", said.refused), ("not taken", said.not_taken)):
        if skipped := [words.label(fact) for fact in named if fact in facts]:
            yield Point(at, words=f"{state}: {', '.join(skipped)}", state=state)


def _sets(seat: Seat) -> list[Event]:
    """The entries with which a set of vital signs was whole, oldest first: people had then settled every fact of the round since the set before.

    Where no round is asked of everybody, a set is its numbers.
    """
    wanted, settled, whole = set[str](), set[str](), []
    for event in seat.events:
        if isinstance(event.payload, PhaseEntered):
            rounds = _rounds_of(seat, event.payload.phase)
            wanted, settled = set(rounds.facts if rounds else filter(is_measure, vitals_facts(seat))), set()
        elif isinstance(event.payload, Observed) and not sent_by_device(event):
            settled |= _settled(event.payload)
            if wanted and wanted <= settled:
                whole.append(event)
                settled = set()
    return whole


def _settled(said: Observed) -> set[str]:
    """Facts whose clock an entry satisfies: taken so that a rule can rest on them, refused, or not taken."""
    return {*said.refused, *said.not_taken, *(reading.fact for reading in said.readings if not unusable_in(reading))}


def missed(seat: Seat) -> list[datetime]:
    """When a set of vital signs was to be taken, with its grace, and none was until the next one, until the phase was left, or until now."""
    taken = [event.occurred_at for event in _sets(seat)]
    found = []
    for phase, begun, left in _stretches(seat):
        schedule = _rounds_of(seat, phase)
        if schedule is None or schedule.every is None:
            continue
        inside = [at for at in taken if begun <= at < left]
        for last, following in zip([begun, *inside], [*inside, left], strict=True):
            due = last
            while _again_by(due, schedule) <= following:
                due += schedule.every.delta
                found.append(due)
    return found


def _stretches(seat: Seat) -> list[tuple[str, datetime, datetime]]:
    """Each phase of this visit, when it was entered, and when it was left; the one that it is in ends now."""
    entered = [(event.payload.phase, event.occurred_at) for event in seat.events if isinstance(event.payload, PhaseEntered)]
    left = [*(at for _, at in entered[1:]), seat.visit.phase_since if seat.visit.phase == "closed" else seat.clock.now]
    return [(phase, begun, over) for (phase, begun), over in zip(entered, left, strict=False)]


def _rounds_of(seat: Seat, phase: str) -> Schedule | None:
    """The schedule of the fullest set that the protocol asks of everybody again and again in a phase."""
    everybody = (rule for rule in (seat.protocol.rounds if seat.protocol else ()) if phase in rule.while_.phases and rule.applies is None)
    here = [rule.schedule for rule in everybody if rule.schedule]
    return max(here, key=lambda schedule: len(schedule.facts), default=None)


def _set(event: Event, said: Observed, facts: set[str], whole: bool) -> Point | None:
    """A mark for an entry: values that cannot be used, a whole set, or part of one, whose values have lanes of their own. A ladder alone has no mark."""
    taken = [one.fact for one in said.readings if one.fact in facts]
    if taken and (bad := [one for one in said.readings if unusable_in(one)]):
        return Point(event.occurred_at, words=f"not usable: {words.readings(bad)}", state="not usable")
    if whole:
        return Point(event.occurred_at, words="vital signs", state="late" if event.late else "done")
    if set(taken) <= set(LADDERS):
        return None
    return Point(event.occurred_at, words="part of a set", state="part")


def _events(seat: Seat) -> Row:
    points = [Point(event.occurred_at, words=said) for event in seat.events if (said := happened(event))]
    return Row("What happened", "events", points)


def happened(event: Event) -> str:
    """An event of the chair in a few words; empty for what another lane shows."""
    payload = event.payload
    match payload:
        case PumpStarted() | PumpRateSet() | PumpPaused() | PumpStopped():
            return PUMPED[type(payload)]
        case DrugGiven():
            return f"{payload.drug} {payload.dose}"
        case AdverseEventNoted():
            over = {"resolved": ", over", "resolved-with-after-effects": ", over with after-effects"}.get(payload.outcome, "")
            return f"{words.unwanted(payload)}, {payload.severity}{over}"
        case CannulaPlaced() | CannulaSeen() | CannulaRemoved():
            return words.of_cannula(payload)
        case PrescriberCalled():
            return f"{payload.who} called, {words.reached(payload)}"
        case _:
            return ""
