"""The pre-flight page as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from kairn.clinic.acts.orders import Worked, order_to_give, preview_order
from kairn.clinic.acts.outcome import Refused
from kairn.clinic.acts.pump_check import MAY_READ, PUMP_READ, pump_unread
from kairn.clinic.acts.weights import weight_question
from kairn.clinic.people.care import colleagues
from kairn.clinic.screens.forms import words
from kairn.clinic.screens.forms.answers import Again
from kairn.clinic.screens.forms.gates import ORDER
from kairn.clinic.screens.parts import Gates
from kairn.clinic.screens.visit.advice import Advice, advice_of
from kairn.clinic.screens.visit.asked import Asked, Questions, choices, facts_needed, facts_of, facts_wanting, numbers, questions
from kairn.clinic.screens.visit.cannula import Cannulas, cannulas_of
from kairn.clinic.screens.visit.scales import ScaleLine, scales_of
from kairn.clinic.screens.visit.seat import Band, Seat, band, gate, made_from, waits
from kairn.clinic.screens.visit.strength import other_strengths
from kairn.clinic.screens.visit.unwanted import Unwanted, unwanted_of
from kairn.library.products import PRODUCTS
from kairn.pathway.standing import MoveKind
from kairn.terms.answer import Answer

WORDS = {"yes": "Yes, it may start", "no": "No", "unknown": "Not yet"}


@dataclass(frozen=True)
class OrderLine:
    """One product with the amounts an order made of it would say, or why it cannot be ordered."""

    key: str
    label: str
    amounts: str
    refused: str


@dataclass(frozen=True)
class Stops:
    """What stands in the way of the start beside the protocol's rules: an order that cannot be given, another strength, a pump read for another order."""

    outdated: tuple[str, ...] = ()
    strengths: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def of_order(self) -> tuple[str, ...]:
        """What a new order would mend."""
        return (*self.outdated, *self.strengths)

    @property
    def told(self) -> tuple[str, ...]:
        """All of it."""
        return (*self.of_order, *self.unread)


@dataclass(frozen=True)
class PreflightPage:
    """What the page shows."""

    band: Band
    visit: str
    seq: int
    url: str
    phase: str
    said: str
    word: str
    waits: tuple[str, ...]
    stops: tuple[str, ...]
    gates: Gates
    numbers: tuple[Asked, ...]
    questions: Questions
    readers: tuple[tuple[str, str], ...]
    ordered: str
    outdated: tuple[str, ...]
    weight_asks: str
    second_reader: bool
    may_order: bool
    may_start: bool
    products: tuple[OrderLine, ...]
    escort: str
    escort_state: str
    again: Again
    event_ids: tuple[str, ...]
    chair_url: str
    starts: str
    advice: Advice
    scales: tuple[ScaleLine, ...]
    cannulas: Cannulas
    unwanted: Unwanted
    may_chart: bool
    dimmed: bool

    @property
    def in_the_way(self) -> tuple[str, ...]:
        """All that the start waits for: what lies with the order, the drug and the pump, then the protocol's rules."""
        return (*self.stops, *self.waits)


def preflight_page(seat: Seat, again: Again) -> PreflightPage:
    """The page for one visit; `again` carries a refusal and what was typed."""
    guarded = "phase:infusion" if seat.visit.phase != "booked" else "phase:pre-flight"
    move = seat.move(MoveKind.PHASE, guarded.partition(":")[2])
    here = _stops(seat) if seat.visit.phase == "pre-flight" else Stops()
    said = move.answer if move else Answer.UNKNOWN
    said = Answer.UNKNOWN if here.told and said is Answer.YES else said
    gates = Gates(sorted((gate(seat, verdict) for verdict in seat.gates(guarded)), key=lambda part: ORDER[part.said]))
    weighed = [verdict for verdict in seat.gates("phase:infusion") if verdict.applies is not Answer.NO]
    asked = facts_needed(weighed)
    may_order = seat.desk.may("visit_order")
    question = weight_question(seat.desk.chart.history, seat.visit.id, seat.clock.now)
    return PreflightPage(
        band=band(seat), visit=str(seat.visit.id), seq=seat.desk.chart.seq, url=seat.url("preflight"), phase=seat.visit.phase,
        said=said.value, word=WORDS[said.value], waits=waits(move), stops=here.told,
        gates=gates, numbers=numbers(seat, [*asked, "craving"] if asked else [], again.typed, again.errors),
        questions=questions(choices(seat, asked, again.typed, again.errors), [*facts_wanting(weighed), *([PUMP_READ] if here.unread else [])]),
        readers=_readers(seat) if PUMP_READ in asked else (),
        ordered="" if here.outdated else _ordered(seat), outdated=here.of_order,
        weight_asks=question.text if question else "", second_reader=bool(question and question.second_reader), may_order=may_order,
        may_start=seat.desk.may("infusion_start"),
        products=_products(seat) if may_order and (here.of_order or not seat.order) else (), escort=seat.visit.escort,
        escort_state=words.ESCORTS.get(seat.visit.escort_state, ""), again=again, event_ids=(str(uuid4()), str(uuid4()), str(uuid4())),
        chair_url=seat.url("chair"), starts=seat.clock.when(seat.visit.starts_at), advice=advice_of(seat),
        scales=scales_of(seat, facts_of(verdict.rule for verdict in seat.gates("phase:infusion"))),
        cannulas=cannulas_of(seat, again), unwanted=unwanted_of(seat, again), may_chart=seat.desk.may("chair_act"), dimmed=False,
    )  # fmt: skip


def _stops(seat: Seat) -> Stops:
    """What the acts that start a pump would refuse beside the protocol's rules."""
    if seat.protocol is None or seat.visit.order is None:
        return Stops()
    history = seat.desk.chart.history
    found = order_to_give(history, seat.visit.id, seat.protocol.infusion, seat.clock.now)
    return Stops(_said(found if isinstance(found, Refused) else None), other_strengths(seat), _said(pump_unread(history, seat.visit.id)))


def _said(found: Refused | None) -> tuple[str, ...]:
    return tuple(reason.text for reason in found.reasons) if found else ()


def _readers(seat: Seat) -> tuple[tuple[str, str], ...]:
    """Who may have read the pump's setting with this reader, by name."""
    mine = seat.desk.context.user
    return (("", "Choose"), *((str(user.id), user.name) for user in colleagues(seat.desk.context.clinic, MAY_READ) if user != mine))


def _ordered(seat: Seat) -> str:
    if seat.order is None:
        return ""
    order = seat.order
    made = f"{order.dose} ({order.dose_per_kg} of {made_from(order)}) in {order.volume} at {order.concentration}"
    return f"{made}, over {order.duration}: {order.rate_mg}, {order.rate_ml}"


def _products(seat: Seat) -> tuple[OrderLine, ...]:
    lines = []
    for product in PRODUCTS.values():
        found = preview_order(seat.desk.context, seat.desk.patient, visit=seat.visit.id, product=product.key)
        if isinstance(found, Refused):
            lines.append(OrderLine(product.key, product.label, "", " ".join(reason.text for reason in found.reasons)))
        else:
            lines.append(OrderLine(product.key, product.label, _amounts(found), ""))
    return tuple(lines)


def _amounts(found: Worked) -> str:
    made, weight = found.amounts, found.weight
    of = "" if weight.basis == "actual" else f"; made from {words.dose_weight(weight.basis, weight.measured.text, weight.used.text)}"
    return f"{made.dose} in {made.volume}, {made.rate_mg} = {made.rate_ml}{of}"
