"""The readings of one visit as lanes and latest values, each with its limits, its age and its gaps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from kairn.clinic.screens.forms import words
from kairn.clinic.screens.forms.stretch import sent_by_device
from kairn.clinic.screens.lanes import Limit, Point, Row, Silence, lanes
from kairn.clinic.screens.visit.holds import LEVELS
from kairn.clinic.screens.visit.seat import Seat, is_measure
from kairn.library.facts import FACTS, plausible, weighed
from kairn.library.monitors import BEDSIDE
from kairn.pathway.standing import Due, DueState, Verdict
from kairn.protocol.check import parts_of
from kairn.protocol.conditions import AtLeast, AtMost, Between
from kairn.protocol.rule import RuleKind
from kairn.record.event import Event
from kairn.record.payloads import DrugGiven, Observed, PumpPaused, PumpStarted, PumpStopped, Reading
from kairn.record.payloads_calls import PrescriberCalled
from kairn.record.payloads_cannula import CannulaPlaced, CannulaRemoved, CannulaSeen
from kairn.record.payloads_harm import AdverseEventNoted
from kairn.terms.answer import Answer
from kairn.terms.problem import Unreadable
from kairn.terms.quantity import unit_words

PRESSURE = ("systolic", "diastolic")


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
    device = taken[-1].device
    late = _silent(seat, taken[-1], fact) if device else any(due.state is DueState.LATE and fact in due.facts for due in seat.due())
    old = unusable(seat, fact) is not None or late
    return Latest(
        fact, label, str(taken[-1].value), unit, seat.clock.hour(event.occurred_at), event.occurred_at.isoformat(),
        seat.clock.hour(event.recorded_at) if event.late else "", event.by.name, "monitor" if device else _delta(seat, fact, taken),
        "out of date" if old else "", _level(seat, fact),
    )  # fmt: skip


def _silent(seat: Seat, one: Taken, fact: str) -> bool:
    """Whether a monitor that sends this every minute has not for longer than that."""
    channel = BEDSIDE.channel(fact)
    return channel is not None and not channel.spot and seat.clock.now - one.event.occurred_at > BEDSIDE.silent_after


def _delta(seat: Seat, fact: str, taken: list[Taken]) -> str:
    started = seat.visit.infusion_started
    before = [one for one in taken if started and one.event.occurred_at <= started and not one.device]
    if not before or taken[-1] is before[-1]:
        return ""
    change = taken[-1].value - before[-1].value
    return f"{'+' if change > 0 else ''}{change} from {before[-1].value}"


def _level(seat: Seat, fact: str) -> str:
    for hold in seat.standing.holds:
        verdict = hold.verdict
        if verdict.visit == seat.visit.id and verdict.answer is Answer.YES and fact in {finding.fact for finding in verdict.findings} and _names(verdict, fact):
            return LEVELS[hold.level.value]
    return ""


def _names(verdict: Verdict, fact: str) -> bool:
    return any(getattr(part, "fact", "") == fact for part in parts_of(verdict.rule.condition)) if verdict.rule.condition else False


def limits(seat: Seat, fact: str) -> list[Limit]:
    """The protocol's limits for a fact in the infusion, as lines on its lane; one at the end of what is plausible is none, since nothing lies beyond it."""
    found: dict[tuple[Decimal, str], Limit] = {}
    for rule in seat.protocol.rules if seat.protocol else ():
        if rule.kind is RuleKind.HOLD and rule.condition and rule.level:
            for at, side in _edges(rule.condition, fact):
                if at not in FACTS[fact].plausible:
                    found.setdefault((at, side), Limit(at, side, f"{rule.level.value} {at}"))
    return list(found.values())


def _edges(condition: Any, fact: str) -> Iterator[tuple[Decimal, Literal["above", "below"]]]:
    for part in parts_of(condition):
        if getattr(part, "fact", "") != fact:
            continue
        if isinstance(part, AtLeast):
            yield part.limit.value, "above"
        elif isinstance(part, AtMost):
            yield part.limit.value, "below"
        elif isinstance(part, Between):
            yield part.low.value, "below"
            yield part.high.value, "above"


def drawn(seat: Seat, start: datetime, end: datetime, predicted: Sequence[Row] = ()) -> dict[str, Any]:
    """The lanes of this visit: vital signs due, the two pressures in a lane of their own, one lane a fact, what a model predicts, then what happened."""
    facts = [fact for fact in vitals_facts(seat) if fact not in PRESSURE and is_measure(fact)]
    rows = [_due_row(seat), _pressure(seat), *(_line(seat, fact) for fact in facts), *predicted, _events(seat)]
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


def _recorded(event: Event) -> datetime | None:
    """When it was recorded, where that is told apart; a row that a monitor sends late is none a person entered late."""
    return event.recorded_at if event.late and not sent_by_device(event) else None


def _silences(seat: Seat, fact: str, taken: list[Taken]) -> list[Silence]:
    """Where a monitor that sends this fact every minute sent none, up to now while the visit runs."""
    channel = BEDSIDE.channel(fact)
    times = [one.event.occurred_at for one in taken if one.device]
    if not times or channel is None or channel.spot:
        return []
    ends = [*times[1:], *([seat.clock.now] if seat.visit.phase != "closed" else [])]
    return [Silence(before + BEDSIDE.every, after) for before, after in zip(times, ends, strict=False) if after - before > BEDSIDE.silent_after]


def _pressure(seat: Seat) -> Row:
    upper, lower = series(seat, PRESSURE[0]), {one.event.id: one.value for one in series(seat, PRESSURE[1])}
    both = [one for one in upper if one.event.id in lower]
    points = [Point(one.event.occurred_at, one.value, lower[one.event.id], _recorded(one.event), device=one.device) for one in both]
    edges = limits(seat, PRESSURE[0])
    low, high = _axis([*(one.value for one in both), *lower.values()], edges)
    now, unsure = _latest(seat, PRESSURE[0]), _unsure(seat, *PRESSURE)
    value = f"{both[-1].value}/{lower[both[-1].event.id]}" if both else ""
    age = both[-1].event.occurred_at if both else None
    stale = bool(now.stale or unsure)
    return Row("Blood pressure", "pressure", points, now.unit, low, high, edges, value=value, age=age, stale=stale, note=now.delta, unsure=unsure)


def _due_row(seat: Seat) -> Row:
    facts = set(vitals_facts(seat))
    sets = [event for event in seat.events if isinstance(event.payload, Observed) and facts & _told(event.payload) and not sent_by_device(event)]
    points = [_set(event) for event in sets]
    refused = [event for event in seat.events if isinstance(event.payload, Observed) and facts & set(event.payload.refused)]
    points += [Point(event.occurred_at, words="refused", state="refused") for event in refused]
    due = vitals_due(seat)
    if due:
        points.append(Point(due.due_at, words=due.what, state="missed" if due.state is DueState.LATE else "due"))
    return Row("Vital signs", "due", sorted(points, key=lambda point: point.at), note=f"{len(sets)} sets recorded")


def _set(event: Event) -> Point:
    """One set of vital signs as a mark: with the values in it that cannot be used."""
    bad = [one for one in event.payload.readings if unusable_in(one)] if isinstance(event.payload, Observed) else []
    if bad:
        return Point(event.occurred_at, words=f"not usable: {words.readings(bad)}", state="not usable")
    return Point(event.occurred_at, words="vital signs", state="late" if event.late else "done")


def _told(payload: Observed) -> set[str]:
    return {reading.fact for reading in payload.readings}


def _events(seat: Seat) -> Row:
    points = [Point(event.occurred_at, words=said) for event in seat.events if (said := happened(event))]
    return Row("What happened", "events", points)


def happened(event: Event) -> str:
    """An event of the chair in a few words; empty for what another lane shows."""
    payload = event.payload
    match payload:
        case PumpStarted():
            return "Pump started"
        case PumpPaused():
            return "Pump paused"
        case PumpStopped():
            return "Pump stopped"
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
