"""What was given at a visit: the medicines its form offers, what is asked about a typed name, and what no rule counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest

from kairn.clinic.acts.context import Context
from kairn.clinic.acts.outcome import Outcome, refused_field
from kairn.clinic.acts.pump import give_drug
from kairn.clinic.screens.forms import words
from kairn.clinic.screens.forms.answers import Again, event_id
from kairn.clinic.screens.visit.entering import earlier
from kairn.clinic.screens.visit.seat import Seat
from kairn.pathway.counted import is_counted, names, offered, other_readings
from kairn.record.event import Event
from kairn.record.payloads import DrugGiven

Options = tuple[tuple[str, str], ...]
OTHER = "another medicine"
UNCOUNTED = "the protocol's rules do not count it"


@dataclass(frozen=True)
class Medicines:
    """The choices of the form, and what a typed name may mean where that is asked: the question with its answers."""

    offered: Options
    question: str
    meant: Options


@dataclass(frozen=True)
class Unclear:
    """A medicine of this visit that no rule counts and that may be one they count: when, as it was entered, and what it may mean."""

    at: str
    said: str
    perhaps: str


def medicines_of(seat: Seat, again: Again) -> Medicines:
    """The form; `again` carries the name that is asked about."""
    known = offered(seat.protocol) if seat.protocol else ()
    choices = (*((drug, words.capital(drug)) for drug in known), (OTHER, words.capital(OTHER))) if known else ()
    typed = again.typed.get("drug", "").strip() if "meant" in again.errors else ""
    ways = other_readings(typed, seat.counted)
    meant = (*((text, text) for text in ways.values()), (typed, f"{typed}, as I typed it")) if ways else ()
    return Medicines(choices, f"Did you mean {' or '.join(ways)}?" if ways else "", meant)


def given(request: HttpRequest, context: Context, patient: UUID, visit: UUID) -> Outcome:
    """The form of a medicine that was given: one that is offered, or another one in words."""
    typed = request.POST
    chosen, other = typed.get("medicine", "").replace(OTHER, "").strip(), typed.get("drug", "").strip()
    both = bool(chosen and other and not names(other, chosen))
    if both and context.entered_at is None:
        said = f"Saw {chosen} chosen and {other!r} typed; expected one of them. Record them one after the other, or choose {OTHER!r} for what is typed."
        return refused_field("drug", said)
    return give_drug(
        context, patient, event_id=event_id(request), visit=visit, drug=f"{chosen}, {other}" if both else other or chosen, dose=typed.get("dose", ""),
        reason=typed.get("reason", ""), meant=typed.get("meant", ""), occurred_at=earlier(request),
    )  # fmt: skip


def uncounted(seat: Seat, event: Event) -> str:
    """The word on a medicine that no rule of the protocol counts; empty for anything else."""
    said = event.payload
    if not isinstance(said, DrugGiven) or seat.protocol is None or is_counted(said.drug, seat.counted):
        return ""
    perhaps = " or ".join(other_readings(said.drug, seat.counted))
    return f"{UNCOUNTED}; perhaps {perhaps} was meant" if perhaps else UNCOUNTED


def unclear_of(seat: Seat) -> tuple[Unclear, ...]:
    """What was given here under a name that may be one the rules count, and is none: nobody could be asked, or somebody kept it as typed."""
    return tuple(_unclear(seat))


def _unclear(seat: Seat) -> Iterator[Unclear]:
    for event in seat.events:
        if isinstance(event.payload, DrugGiven) and (ways := other_readings(event.payload.drug, seat.counted)):
            yield Unclear(seat.clock.when(event.occurred_at), f"{event.payload.drug}, {event.payload.dose}", " or ".join(ways))
