"""Who is at the chair of a visit and since when, and the hand-overs that wait there, as plain values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kairn.clinic.acts.handing_over import UNDER_WAY, Offer, open_offers
from kairn.clinic.people.care import AtChair, at_chairs
from kairn.clinic.screens.forms.clock import Clock
from kairn.clinic.screens.forms.desk import address
from kairn.clinic.screens.visit.seat import Seat

NOBODY = "Nobody is recorded at this chair"


@dataclass(frozen=True)
class OfferLine:
    """One hand-over that waits; `mine` where this reader offered it."""

    id: str
    by: str
    at: str
    to: str
    said: str
    mine: bool
    seq: int
    withdraw: str


@dataclass(frozen=True)
class Hands:
    """Who is there, in words (empty once the visit is over), the hand-overs that wait, and what this reader may do about them."""

    there: str
    offers: tuple[OfferLine, ...]
    here: bool
    may_take: bool
    url: str


def hands_of(seat: Seat) -> Hands:
    """The hands of one visit at the moment of its clock. It opens no chart, so it writes no row in the log of reads."""
    held = at_chairs([seat.visit.id], seat.clock.now).get(seat.visit.id, ())
    under_way = seat.visit.phase in UNDER_WAY and not seat.visit.cancelled
    here = any(one.user == seat.desk.context.user.id for one in held)
    told, waiting = (there(seat.clock, held), offers_of(seat)) if under_way else ("", ())
    return Hands(told, waiting, here, seat.desk.may("hand_over_take"), seat.url("handing_over"))


def there(clock: Clock, held: Iterable[AtChair]) -> str:
    """Maya Brown at the chair since 10:02."""
    told = [f"{one.name} at the chair since {clock.when(one.since)}" for one in held]
    return "; ".join(told) or NOBODY


def offers_of(seat: Seat) -> tuple[OfferLine, ...]:
    """The hand-overs of this visit that wait for somebody."""
    return tuple(_line(seat, offer) for offer in open_offers(seat.desk.chart.history, seat.visit.id))


def _line(seat: Seat, offer: Offer) -> OfferLine:
    event, said = offer.event, offer.said
    mine = event.by.id == str(seat.desk.context.user.id)
    return OfferLine(
        str(event.id), event.by.name, seat.clock.when(event.occurred_at), said.to_name or "whoever comes", said.said, mine, event.seq,
        address("strike_out", seat.desk.patient, event.id),
    )  # fmt: skip
