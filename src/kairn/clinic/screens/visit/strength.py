"""What was drawn for a visit and is not of the strength ordered, in sentences."""

from __future__ import annotations

from collections.abc import Callable

from kairn.clinic.acts.strengths import drawn_otherwise
from kairn.clinic.screens.visit.seat import Seat
from kairn.record.history import History


def other_strengths(seat: Seat, cut: Callable[[History], History] = lambda kept: kept) -> tuple[str, ...]:
    """A sentence for each lot of another strength than ordered of which some is out for this visit; `cut` leaves of each stream what a view rests on."""
    return tuple(one.told(seat.visit) for one in drawn_otherwise(seat.desk.chart.history.events[0].clinic, seat.visit.id, seat.order, cut))
