"""One visit open before one reader: the chart, the visit, and who sits there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from kairn.clinic.acts.locking import added_after
from kairn.clinic.acts.orders import OPEN_PHASES, standing_order
from kairn.clinic.acts.outcome import Refused
from kairn.clinic.screens.forms import words
from kairn.clinic.screens.forms.clock import Clock
from kairn.clinic.screens.forms.desk import Desk, Who, open_desk, who
from kairn.clinic.screens.forms.gates import in_the_way, reason_of
from kairn.clinic.screens.parts import GatePart, gate_part
from kairn.library.facts import FACTS
from kairn.pathway.counted import counted
from kairn.pathway.ground import Ground
from kairn.pathway.standing import Due, DueState, Move, MoveKind, Standing, Verdict, Visit
from kairn.protocol.rule import Protocol
from kairn.protocol.say import say_rule
from kairn.record.ending import ending_of
from kairn.record.event import Event
from kairn.record.payloads import AllergyNoted, Observed, OrderSigned, Reading

STEPS = (("booked", "preflight"), ("pre-flight", "preflight"), ("infusion", "chair"), ("recovery", "discharge"), ("closed", "discharge"))
PASSED = {DueState.DUE: "due since", DueState.LATE: "LATE, was due"}


@dataclass(frozen=True)
class Band:
    """The identity band of a visit."""

    who: Who
    facts: tuple[tuple[str, str], ...]
    chair: str


@dataclass(frozen=True)
class Seat:
    """A desk with one visit on it."""

    desk: Desk
    visit: Visit

    @property
    def standing(self) -> Standing:
        """Where the person stands now."""
        return self.desk.chart.standing

    @property
    def protocol(self) -> Protocol | None:
        """The protocol in force, if any."""
        return self.desk.chart.protocol

    @property
    def clock(self) -> Clock:
        """The clinic's clock."""
        return self.desk.clock

    @cached_property
    def events(self) -> list[Event]:
        """Events of this visit that were not struck out, oldest first."""
        mine = [event for event in self.desk.chart.history.live if getattr(event.payload, "visit", None) == self.visit.id]
        return sorted(mine, key=lambda event: (event.occurred_at, event.seq))

    @cached_property
    def watched(self) -> Ground:
        """What a rule is weighed on here, with what a monitor shows beside what people took."""
        assert self.protocol is not None
        ground = Ground(self.protocol, self.desk.chart.history, self.clock.now, self.standing.course, self.standing.visits)
        return ground.watched or ground

    @cached_property
    def readings(self) -> dict[str, list[tuple[Event, Reading]]]:
        """The readings of this visit by their fact, oldest first, as they were typed."""
        found: dict[str, list[tuple[Event, Reading]]] = {}
        for event in self.events:
            for reading in event.payload.readings if isinstance(event.payload, Observed) else ():
                found.setdefault(reading.fact, []).append((event, reading))
        return found

    @cached_property
    def ending(self) -> Event | None:
        """What locked the record of this visit, if anything."""
        return ending_of(self.desk.chart.history, self.visit.id)

    @cached_property
    def added(self) -> frozenset[UUID]:
        """The entries that were added after that."""
        return added_after(self.desk.chart.history, self.visit.id)

    @cached_property
    def counted(self) -> tuple[str, ...]:
        """The medicines that the rules of the protocol in force count."""
        return counted(self.protocol) if self.protocol else ()

    @property
    def order(self) -> OrderSigned | None:
        """The signed order of this visit, if any; before the start only one that stands."""
        if self.visit.phase in OPEN_PHASES:
            found = standing_order(self.desk.chart.history, self.visit.id)
            return None if isinstance(found, Refused) else found[1]
        return self.visit.order.payload if self.visit.order and isinstance(self.visit.order.payload, OrderSigned) else None

    def move(self, kind: MoveKind, to: str) -> Move | None:
        """A move of this visit."""
        return self.standing.move(kind, to, self.visit.id)

    def due(self) -> list[Due]:
        """What is due for this visit, soonest first."""
        return [due for due in self.standing.due if due.visit == self.visit.id]

    def urgent_beside(self) -> list[Due]:
        """What is urgent for this person and of no visit or of another one, soonest first: it is told at the chair, and is no clock of this visit."""
        return [due for due in self.standing.due if due.urgent and due.visit != self.visit.id]

    def gates(self, guards: str) -> list[Verdict]:
        """The gates of this visit that guard a move."""
        return [v for v in self.standing.verdicts if v.visit == self.visit.id and v.rule.guards == guards]

    def url(self, view: str, *more: str) -> str:
        """The address of a page of this visit."""
        return reverse(view, args=[self.desk.patient, self.visit.id, *more])


def open_seat(request: HttpRequest, patient: UUID, visit: UUID) -> Seat | HttpResponse:
    """The visit open before this reader, or the page that refuses it. Http404 for a visit that is not this person's."""
    desk = open_desk(request, patient)
    if not isinstance(desk, Desk):
        return desk
    found = desk.chart.standing.visit(visit)
    if found is None:
        raise Http404
    return Seat(desk, found)


def seated(request: HttpRequest, patient: UUID, visit: UUID, then: Callable[[Seat], HttpResponse]) -> HttpResponse:
    """Answer with `then` for the open visit, or with the refusal."""
    seat = open_seat(request, patient, visit)
    return then(seat) if isinstance(seat, Seat) else seat


def band(seat: Seat) -> Band:
    """Name and birth, allergies, the weight measured and the one the dose is made from where it is another, which infusion, MOUD, protocol, order."""
    facts = [("Allergies", _allergies(seat)), ("Weight", _latest(seat, "weight", seat.visit.id)), ("Infusion", _number(seat))]
    facts += [("MOUD", _latest(seat, "moud_status", None)), ("Protocol", f"{seat.standing.version}")]
    if seat.order:
        facts += [("Dose made from", made_from(seat.order))] if seat.order.weight_basis != "actual" else []
        facts.append(("Order", f"{seat.order.dose} over {seat.order.duration}"))
    return Band(who(seat.desk), tuple(facts), seat.visit.chair)


def made_from(order: OrderSigned) -> str:
    """The weight the dose of an order is made from, in words."""
    return words.dose_weight(order.weight_basis, order.weight, order.made_from)


def stock_url(seat: Seat) -> str:
    """The address of this visit's drug account, for who records in it."""
    return seat.url("visit_stock") if seat.desk.may("visit_stock_act") else ""


def _allergies(seat: Seat) -> str:
    active = [code.code.display or code.code.code for _, code in seat.desk.chart.history.all(AllergyNoted) if code.state == "active"]
    if active:
        return ", ".join(active)
    return "none known, reviewed" if _latest(seat, "allergies_reviewed", None).startswith("yes") else ""


def _latest(seat: Seat, fact: str, visit: UUID | None) -> str:
    taken = [
        (event.occurred_at, reading)
        for event, payload in seat.desk.chart.history.all(Observed)
        if visit is None or payload.visit == visit
        for reading in payload.readings
        if reading.fact == fact
    ]
    if not taken:
        return ""
    at, reading = max(taken, key=lambda one: one[0])
    return f"{words.shown(reading)}, {seat.clock.when(at)}"


def _number(seat: Seat) -> str:
    planned = seat.protocol.infusion.infusions if seat.protocol else 0
    return f"{seat.visit.number} of {planned}" if planned else str(seat.visit.number)


def gate(seat: Seat, verdict: Verdict) -> GatePart:
    """A verdict as the gate component takes it."""
    said = f"{seat.standing.version}, {seat.standing.content_hash[:4]}"
    part = gate_part(verdict, zone=seat.clock.zone, label=words.label, words=say_rule(verdict.rule), protocol=said)
    return replace(part, reason=reason_of(verdict))


def waits(move: Move | None) -> tuple[str, ...]:
    """What a move waits for, a sentence each; what says no comes first."""
    return tuple(verdict.rule.title for verdict in in_the_way(move)) if move else ()


def until(seat: Seat, due: Due) -> str:
    """Until when something is to be done, in words: by then, due since then, or late."""
    word = "by" if due.due_at > seat.clock.now else PASSED.get(due.state, "by")
    return f"{word} {seat.clock.when(due.due_at)}"


def is_measure(fact: str) -> bool:
    """Whether a fact is measured, so that a number pad asks for it."""
    return FACTS[fact].kind == "measure"
