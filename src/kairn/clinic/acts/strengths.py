"""The strength that was drawn for a visit beside the one that was ordered: the rate of an order, in mL/h, is right for one strength only."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

from kairn.clinic.acts.outcome import Refused, refused
from kairn.clinic.ledger import read
from kairn.clinic.ledger.stock import streams_of_visit
from kairn.pathway.standing import Visit
from kairn.record.history import History
from kairn.record.payloads import OrderSigned
from kairn.record.stock import lot_of, out_of
from kairn.terms.quantity import parse_quantity

BEFORE = ("booked", "pre-flight")


@dataclass(frozen=True)
class OtherStrength:
    """A lot of which some is out for a visit, and which is not of the strength ordered."""

    lot: str
    drawn: str
    ordered: str

    @property
    def named(self) -> str:
        """The lot with its strength."""
        return f"{self.lot} ({self.drawn})"

    def told(self, visit: Visit) -> str:
        """What was drawn, what was ordered, and what to do, by where the visit stands."""
        wrong = f"Lot {self.named} was drawn for this visit, and the order is for {self.ordered}"
        apart = f"record what was drawn of {self.lot} as returned or wasted"
        if visit.phase in BEFORE:
            return f"{wrong}: its rate would give another dose. A prescriber must sign an order for {self.drawn}, or draw {self.ordered} and {apart}."
        if visit.pump in ("running", "paused") and visit.phase != "closed":
            look = f"If {self.drawn} is in the pump, stop it and call the prescriber; if it is not, {apart}."
            return f"{wrong}: at its rate another dose runs than ordered, and the mg shown are those of the order. {look}"
        if not visit.pump:
            return f"{wrong}: by the record the pump was not started, so nothing of it ran. {apart[:1].upper()}{apart[1:]}."
        return f"{wrong}: what ran of it was another dose than ordered, and the mg shown are those of the order. Tell the prescriber."


def other_strengths(streams: Iterable[History], visit: UUID, order: OrderSigned | None) -> tuple[OtherStrength, ...]:
    """The lots of another strength than ordered of which some is out for this visit."""
    if order is None:
        return ()
    kept = {history.events[0].stream: history for history in streams if history.events}
    out = [lot_of(kept[lot]).received for lot, volume in out_of(visit, kept.values()).items() if lot in kept and volume > 0]
    return tuple(OtherStrength(lot.lot, lot.concentration, order.concentration) for lot in out if lot and _differ(lot.concentration, order.concentration))


def _differ(drawn: str, ordered: str) -> bool:
    return parse_quantity(drawn).to("mg/mL") != parse_quantity(ordered).to("mg/mL")


def drawn_otherwise(clinic: UUID, visit: UUID, order: OrderSigned | None, cut: Callable[[History], History] = lambda kept: kept) -> tuple[OtherStrength, ...]:
    """The same as stock says it now, or by what `cut` leaves of each stream."""
    if order is None:
        return ()
    return other_strengths(map(cut, read.histories(streams_of_visit(clinic, visit)).values()), visit, order)


def wrong_strength(clinic: UUID, visit: Visit, order: OrderSigned) -> Refused | None:
    """The refusal to start or resume the pump where something of another strength than ordered is out for the visit; None where it is not."""
    found = drawn_otherwise(clinic, visit.id, order)
    return refused("policy", *(one.told(visit) for one in found)) if found else None
