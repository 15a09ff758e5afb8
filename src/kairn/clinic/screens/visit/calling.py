"""Calling a prescriber from the chair: who is on shift or on the care team, and who covers where nobody answers."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid4

from django.http import HttpRequest

from kairn.clinic.acts.calling import call_prescriber
from kairn.clinic.acts.context import Context
from kairn.clinic.acts.outcome import Outcome
from kairn.clinic.people.care import Near, Prescriber, prescribers
from kairn.clinic.screens.forms.answers import event_id
from kairn.clinic.screens.visit.entering import earlier
from kairn.clinic.screens.visit.seat import Seat

NEAR: dict[Near, str] = {
    "shift": "on shift with this visit", "team": "on the care team", "elsewhere": "on shift with another visit", "clinic": "a prescriber of this clinic",
}  # fmt: skip
FIRST: tuple[Near, ...] = ("shift", "team")


@dataclass(frozen=True)
class Callee:
    """One prescriber: the name, how they stand to this visit, and the event id of their form."""

    name: str
    near: str
    event_id: str


@dataclass(frozen=True)
class Calling:
    """Whom to call, who covers, and the event id of the form for anybody else."""

    first: tuple[Callee, ...]
    cover: tuple[Callee, ...]
    other: str


def calling_of(seat: Seat) -> Calling:
    """The prescribers of this clinic as they stand to this visit now; oneself is not called."""
    found = prescribers(seat.desk.context.clinic, seat.desk.patient, seat.visit.id, seat.clock.now)
    others = [one for one in found if one.id != seat.desk.context.user.id]
    first, cover = (tuple(_callee(one) for one in others if (one.near in FIRST) is wanted) for wanted in (True, False))
    return Calling(first, cover, str(uuid4()))


def _callee(one: Prescriber) -> Callee:
    return Callee(one.name, NEAR[one.near], str(uuid4()))


def called(request: HttpRequest, context: Context, patient: UUID, visit: UUID) -> Outcome:
    """The form of a call: whom, whether they answered, perhaps why and when."""
    typed = request.POST
    return call_prescriber(
        context, patient, event_id=event_id(request), visit=visit, who=typed.get("who", ""), answered=typed.get("answered", ""),
        reason=typed.get("reason", ""), occurred_at=earlier(request),
    )  # fmt: skip
