"""What the next one at the chair must know, as plain values: all that is open now, and the hand-overs that wait with what is new since."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

from kairn.clinic.acts.adverse import open_adverse_events
from kairn.clinic.acts.handing_over import MAY_TAKE
from kairn.clinic.people.care import colleagues
from kairn.clinic.screens.chair.not_known import not_known
from kairn.clinic.screens.chair.page import title
from kairn.clinic.screens.chair.pump import given
from kairn.clinic.screens.chair.readings import latest
from kairn.clinic.screens.forms import words
from kairn.clinic.screens.forms.answers import Again, fresh
from kairn.clinic.screens.forms.newer import newer
from kairn.clinic.screens.handover.rows import infused
from kairn.clinic.screens.visit.cannula import cannulas_of
from kairn.clinic.screens.visit.hands import Hands, OfferLine, hands_of
from kairn.clinic.screens.visit.holds import holds_of
from kairn.clinic.screens.visit.seat import Band, Seat, band, made_from, until
from kairn.clinic.screens.visit.strength import other_strengths
from kairn.record.payloads import DrugGiven

WHOEVER = ("", "Whoever comes next")


@dataclass(frozen=True)
class Open:
    """One heading of what is open now, and what stands under it."""

    label: str
    told: tuple[str, ...]


@dataclass(frozen=True)
class Waiting:
    """A hand-over that waits, what came into the chart since it was offered, and the form that signs for it."""

    line: OfferLine
    since: tuple[str, ...]
    again: Again
    id: str


@dataclass(frozen=True)
class HandingOverPage:
    """What the page shows. `newer` holds what came in while somebody was about to sign."""

    band: Band
    visit: str
    seq: int
    hands: Hands
    open: tuple[Open, ...]
    waiting: tuple[Waiting, ...]
    colleagues: tuple[tuple[str, str], ...]
    may_offer: bool
    again: Again
    offer: Again
    id: str
    newer: tuple[str, ...]


def handing_over_page(seat: Seat, again: Again, since: int = 0) -> HandingOverPage:
    """The page as the chart stands now; `since` is the seq somebody was about to sign on, where that is an older one."""
    hands = hands_of(seat)
    return HandingOverPage(
        band=band(seat), visit=str(seat.visit.id), seq=seat.desk.chart.seq, hands=hands, open=tuple(_open(seat)),
        waiting=tuple(_waiting(seat, line, again) for line in hands.offers), colleagues=_colleagues(seat) if hands.here else (),
        may_offer=hands.here and bool(hands.there), again=again, offer=again if again.form == "offer" else fresh(), id=str(uuid4()),
        newer=newer(seat.desk, since),
    )  # fmt: skip


def _waiting(seat: Seat, line: OfferLine, again: Again) -> Waiting:
    return Waiting(line, newer(seat.desk, line.seq), again if again.typed.get("follows") == line.id else fresh(), str(uuid4()))


def _colleagues(seat: Seat) -> tuple[tuple[str, str], ...]:
    mine = seat.desk.context.user
    return (WHOEVER, *((str(user.id), user.name) for user in colleagues(seat.desk.context.clinic, MAY_TAKE) if user != mine))


def _open(seat: Seat) -> Iterator[Open]:
    """Everything that is open at this visit now, in the order it is told at a bedside."""
    yield Open("Phase", (title(seat, given(seat.events, seat.order, seat.clock.now) if seat.order else None),))
    yield Open("Order", _order(seat))
    yield Open("The protocol says", _says(seat))
    yield Open("Latest vital signs", _vitals(seat))
    dues = (*seat.due(), *seat.urgent_beside())
    yield Open("Due", tuple(f"{words.capital(due.what)} {until(seat, due)}" for due in dues) or ("Nothing",))
    yield Open("Unwanted, not over", _unwanted(seat) or ("Nothing recorded",))
    yield Open("Given", _given(seat) or ("Nothing beside the infusion",))
    yield Open("Cannula", _cannulas(seat) or ("None recorded as in",))
    yield Open("Escort", (f"{seat.visit.escort}, {words.ESCORTS.get(seat.visit.escort_state, '')}" if seat.visit.escort else "None named",))


def _order(seat: Seat) -> tuple[str, ...]:
    order = seat.order
    if order is None:
        return ("None stands",)
    return (
        f"{order.drug} {order.dose} ({order.dose_per_kg} of {made_from(order)}), {order.rate_ml} over {order.duration}",
        infused(seat),
        *other_strengths(seat),
    )


def _says(seat: Seat) -> tuple[str, ...]:
    said = [f"{line.word}: {line.part.title}" for line in holds_of(seat)]
    unsure = [f"{line.word}: {line.what}" for line in not_known(seat)]
    why = [] if seat.protocol else [seat.desk.chart.why]
    return (*said, *unsure, *why) or ("Nothing asks for a pause or a stop",)


def _vitals(seat: Seat) -> tuple[str, ...]:
    """Each with its time; what is out of date says so, and what was never measured too."""
    return tuple(
        f"{one.label} {one.value} {one.unit} at {one.at}{f', {one.stale}' if one.stale else ''}" if one.value else f"{one.label} not recorded"
        for one in latest(seat)
    )


def _unwanted(seat: Seat) -> tuple[str, ...]:
    waiting = open_adverse_events(seat.desk.chart.history, seat.visit.id)
    return tuple(f"{words.unwanted(one.now)}, {one.now.severity}, since {seat.clock.when(one.first.occurred_at)}" for one in waiting)


def _given(seat: Seat) -> tuple[str, ...]:
    told = [(event, event.payload) for event in seat.events if isinstance(event.payload, DrugGiven)]
    return tuple(f"{seat.clock.when(event.occurred_at)} {said.drug} {said.dose}{f', {said.reason}' if said.reason else ''}" for event, said in told)


def _cannulas(seat: Seat) -> tuple[str, ...]:
    lying = cannulas_of(seat, fresh()).lying
    return tuple(f"{one.what}, in since {one.since}; {f'site at {one.looked}' if one.looked else 'site not looked at since'}" for one in lying)
