"""The lanes of predicted concentrations: what a published model makes of the recorded rates, drawn and never weighed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil

import numpy as np

from kairn.clinic.acts.given import Ran, pump_moves, ran
from kairn.clinic.acts.predicting import predicts
from kairn.clinic.screens.chair.readings import series, unusable
from kairn.clinic.screens.lanes import Point, Row
from kairn.clinic.screens.visit.seat import Seat
from kairn.library.facts import FACTS
from kairn.library.models import model_of
from kairn.library.predictions import HYDROCHLORIDE, PREDICTIONS
from kairn.library.responses import RESPONSES
from kairn.pharmacology.delivery import Delivery, Stretch
from kairn.pharmacology.effects import ke0_of
from kairn.pharmacology.prediction import predict_bands, predict_typical
from kairn.pharmacology.system import PLASMA
from kairn.record.event import Event
from kairn.record.payloads import OrderSigned, PumpStarted, PumpStopped
from kairn.terms.problem import Unreadable
from kairn.terms.quantity import Quantity, parse_quantity

MODEL = model_of(PREDICTIONS.model)
SITE = "effect site"
LANES = {PLASMA: "Plasma, predicted", SITE: "Effect site, predicted"}
MOST_POINTS = 120
WEIGHT = "weight"
UNIT = "ng/mL"


@dataclass(frozen=True)
class Grounds:
    """What a prediction rests on: the weight measured at this visit, and exact milligrams of ketamine a minute since the first start."""

    weight: Quantity
    begun: datetime
    delivery: Delivery


def band_words() -> str:
    """The band as its two ends: 5 to 95 %."""
    edge = float((1 - PREDICTIONS.band) / 2)
    return f"{edge:.0%} to {1 - edge:.0%}".replace("%", "", 1).replace("%", " %")


def counted_words() -> str:
    """What the milligrams of a strength are taken to be."""
    return "ketamine hydrochloride" if PREDICTIONS.strength_counts == HYDROCHLORIDE else "ketamine (base)"


def predicted_rows(seat: Seat, end: datetime, *, other_strength: bool) -> tuple[Row, ...]:
    """Plasma and effect site up to now or `end`; one lane that says what is missing; nothing in a clinic where this is switched off."""
    if not predicts(seat.desk.context.clinic):
        return ()
    try:
        found = "something of another strength than ordered was drawn" if other_strength else _grounds(seat)
    except Unreadable:
        found = "a rate or an amount of the pump cannot be read"
    if isinstance(found, str):
        return (Row("Predicted level", "model", low=Decimal(0), high=Decimal(1), note=f"Not predicted: {found}."),)
    return _drawn(found, min(seat.clock.now, end))


def _grounds(seat: Seat) -> Grounds | str:
    """What the prediction rests on, or in words why there is none. Raises Unreadable for an amount that is none."""
    weight = _weight(seat)
    if isinstance(weight, str):
        return weight
    if seat.order is None:
        return "no order is signed, so nobody knows how strong the syringe is"
    moves = pump_moves(seat.events)
    if fault := _unusable(moves, seat.clock.now):
        return fault
    begun = moves[0].occurred_at
    return Grounds(weight, begun, _delivery(ran(moves, seat.order, seat.clock.now), begun, seat.order))


def _weight(seat: Seat) -> Quantity | str:
    """The latest weight of this visit, where the model is said to hold for it."""
    taken = series(seat, WEIGHT)
    if unusable(seat, WEIGHT) is not None:
        return "the weight of this visit cannot be used, measure again"
    if not taken:
        return "no weight was measured at this visit"
    weight = parse_quantity(f"{taken[-1].value} {FACTS[WEIGHT].unit}")
    low, high = MODEL.domain.weight or (weight, weight)
    if low.to("kg") <= weight.to("kg") <= high.to("kg"):
        return weight
    return f"the weight of {weight.text} lies outside {low.text} to {high.text}, for which the model holds"


def _unusable(moves: list[Event], now: datetime) -> str:
    """Why the record of the pump says nothing of what was given; empty where it can be used."""
    if not moves:
        return "the pump has not been started"
    if not isinstance(moves[0].payload, PumpStarted):
        return "the pump is recorded as paused or stopped before its first start"
    if moves[-1].occurred_at > now:
        return "a time of the pump is still to come"
    stops = [event for event in moves if isinstance(event.payload, PumpStopped)]
    if any(event.occurred_at >= stop.occurred_at and event.seq < stop.seq for stop in stops for event in moves if event is not stop):
        return "a stop is recorded for a time before the pump was started or paused"
    return ""


def _delivery(runs: list[Ran], begun: datetime, order: OrderSigned) -> Delivery:
    strength = parse_quantity(order.concentration).to("mg/mL") * PREDICTIONS.ketamine_share

    def minute(at: datetime) -> Fraction:
        return Fraction((at - begun) // timedelta.resolution, timedelta(minutes=1) // timedelta.resolution)

    stretches = (Stretch(minute(run.since), minute(run.until) if run.until else None, run.rate.to("mL/min") * strength) for run in runs)
    return Delivery(stretches=tuple(stretches))


def _drawn(found: Grounds, until: datetime) -> tuple[Row, ...]:
    gone = max((until - found.begun) / timedelta(minutes=1), 0.0)
    minutes = np.linspace(0.0, gone, max(min(ceil(gone), MOST_POINTS), 1) + 1)
    sites = {SITE: np.array([ke0_of(RESPONSES[PREDICTIONS.responses[0]])])}
    middle = predict_typical(MODEL, found.weight, found.delivery, minutes, sites)
    bands = predict_bands(MODEL, found.weight, found.delivery, minutes, sites)
    times = [found.begun + timedelta(minutes=each) for each in minutes.tolist()]
    return tuple(_row(label, times, _whole(middle[name]), _whole(bands[name].low), _whole(bands[name].high)) for name, label in LANES.items())


def _whole(levels: np.ndarray) -> list[Decimal]:
    """Whole ng/mL: nobody knows more."""
    return [Decimal(round(level)) for level in levels.tolist()]


def _row(label: str, times: list[datetime], middle: list[Decimal], low: list[Decimal], high: list[Decimal]) -> Row:
    points = [Point(at, value) for at, value in zip(times, middle, strict=True)]
    note = f"{band_words()}: {low[-1]} to {high[-1]}. Predicted, not measured. {MODEL.name}"
    return Row(label, "model", points, UNIT, Decimal(0), max(*high, Decimal(1)), value=str(middle[-1]), note=note, spread=tuple(zip(low, high, strict=True)))
