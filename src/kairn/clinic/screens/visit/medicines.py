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
from kairn.pathway.counted import as_meant, is_counted, names, offered, other_readings
from kairn.record.event import Event
from kairn.record.payloads import DrugGiven

Options = tuple[tuple[str, str], ...]
OTHER = "another medicine"
UNCOUNTED = "the protocol's rules do not count it"
ALSO = "the protocol's rules do not count all of it"


@dataclass(frozen=True)
class Medicines:
    """The choices of the form, the name in words as far as it is read, and what that may mean where it is asked: the question with its answers."""

    offered: Options
    drug: str
    question: str
    meant: Options


@dataclass(frozen=True)
class Unclear:
    """A medicine of this visit of which no rule counts all that may be in it: when, as it was entered, what it may mean, and whether some is counted."""

    at: str
    said: str
    perhaps: str
    partly: bool


def medicines_of(seat: Seat, again: Again) -> Medicines:
    """The form; `again` carries the name that is asked about."""
    known = offered(seat.protocol) if seat.protocol else ()
    choices = (*((drug, words.capital(drug)) for drug in known), (OTHER, words.capital(OTHER))) if known else ()
    typed = again.typed.get("drug", "").strip()
    drug = as_meant(typed, again.typed.get("meant", ""), seat.counted)
    ways = other_readings(drug, seat.counted) if "meant" in again.errors else {}
    kept = "as I typed it" if drug == typed else "as it stands"
    meant = (*((text, text) for text in ways.values()), (drug, f"{drug}, {kept}")) if ways else ()
    return Medicines(choices, drug, f"Did you mean {' or '.join(ways)}?" if ways else "", meant)


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
    """The word on a medicine of which no rule of the protocol counts all that may be in it; empty for anything else."""
    said = event.payload
    if not isinstance(said, DrugGiven) or seat.protocol is None:
        return ""
    perhaps = " or ".join(other_readings(said.drug, seat.counted))
    if is_counted(said.drug, seat.counted):
        return f"{ALSO}; perhaps {perhaps} was meant besides" if perhaps else ""
    return f"{UNCOUNTED}; perhaps {perhaps} was meant" if perhaps else UNCOUNTED


def unclear_of(seat: Seat) -> tuple[Unclear, ...]:
    """What was given here under words that may be a name the rules count, and are none: nobody could be asked, or somebody kept them as typed."""
    return tuple(_unclear(seat))


def _unclear(seat: Seat) -> Iterator[Unclear]:
    for event in seat.events:
        if isinstance(event.payload, DrugGiven) and (ways := other_readings(event.payload.drug, seat.counted)):
            said = event.payload
            yield Unclear(seat.clock.when(event.occurred_at), f"{said.drug}, {said.dose}", " or ".join(ways), is_counted(said.drug, seat.counted))
