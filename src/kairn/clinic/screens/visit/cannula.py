"""Cannulas of a visit as plain values: a line for each, the forms that say more of it, and the form for a new one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from django.http import HttpRequest

from kairn.clinic.acts import cannula as acts
from kairn.clinic.acts.cannula import Look, Placed
from kairn.clinic.acts.context import Context
from kairn.clinic.acts.outcome import Outcome, refused
from kairn.clinic.screens.forms import words
from kairn.clinic.screens.forms.answers import Again, event_id, fresh, readable_uuid
from kairn.clinic.screens.visit.entering import earlier
from kairn.clinic.screens.visit.seat import Seat
from kairn.library.cannulas import CANNULAS
from kairn.library.facts import YES_NO
from kairn.pathway.cannulas import CANNULA_OUT, as_recorded
from kairn.pathway.taken import Taken
from kairn.record.adverse import adverse_events
from kairn.record.cannula import Cannula, cannulas, looks_of
from kairn.record.payloads_cannula import CannulaRemoved, CannulaSeen

Options = tuple[tuple[str, str], ...]
MINUTE = timedelta(minutes=1)
"""What a date and time field of a form leaves out."""


@dataclass(frozen=True)
class Infiltrated:
    """A look that is an unwanted event of its own, not noted as one yet: what its form would send."""

    kind: str
    label: str
    what: str
    at: str
    id: str


@dataclass(frozen=True)
class Line:
    """One cannula: what it is, since when, the latest look at its site, and the forms that say more of it. `out` is empty while it lies."""

    id: str
    what: str
    since: str
    age: str
    looked: str
    tried: str
    out: str
    settled: bool
    again: Again
    ids: tuple[str, ...]
    unwanted: Infiltrated | None


@dataclass(frozen=True)
class Cannulas:
    """All of them, with the choices of the forms."""

    lines: tuple[Line, ...]
    again: Again
    id: str
    sites: Options = tuple(CANNULAS.sites.items())
    gauges: Options = tuple(CANNULAS.gauges.items())
    attempts: Options = tuple(CANNULAS.attempts.items())
    looks: Options = tuple(CANNULAS.looks.items())

    @property
    def lying(self) -> tuple[Line, ...]:
        """Those that are not out."""
        return tuple(line for line in self.lines if not line.out)


def cannulas_of(seat: Seat, again: Again) -> Cannulas:
    """The cannulas of the visit; `again` carries a refusal and belongs to the form that names it."""
    known = cannulas(seat.desk.chart.history, seat.visit.id)
    return Cannulas(tuple(_line(seat, one, again) for one in known), again if again.form == "cannula_placed" else fresh(), str(uuid4()))


def _line(seat: Seat, one: Cannula, again: Again) -> Line:
    placed, out = one.placed.occurred_at, one.removed
    return Line(
        str(one.placed.id), words.cannula(one.said), seat.clock.when(placed), seat.clock.ago(placed), _looked(seat, one), words.tried(one.said),
        seat.clock.when(out.occurred_at) if out else "", one.settled(seat.clock.now),
        again if again.typed.get("follows") == str(one.placed.id) else fresh(), (str(uuid4()), str(uuid4())), _unwanted(seat, one),
    )  # fmt: skip


def _looked(seat: Seat, one: Cannula) -> str:
    """The latest look in words, with its time; empty where nobody looked."""
    if not one.looked:
        return ""
    said = one.looked[-1].payload
    assert isinstance(said, CannulaSeen | CannulaRemoved)
    return f"{seat.clock.when(one.looked[-1].occurred_at)} {words.looked(said)}"


def _unwanted(seat: Seat, one: Cannula) -> Infiltrated | None:
    """The unwanted event that the latest look is, while none of its kind is noted since."""
    kind = CANNULAS.unwanted.get(looks_of(one.looked[-1]), "") if one.looked else ""
    if not kind:
        return None
    seen = one.looked[-1].occurred_at
    mine = [each for each in adverse_events(seat.desk.chart.history) if each.visit == seat.visit.id and each.now.kind == kind]
    if any(each.first.occurred_at > seen - MINUTE for each in mine):
        return None
    return Infiltrated(kind, CANNULAS.looks[looks_of(one.looked[-1])], words.site(one.said), seat.clock.field(seen), str(uuid4()))


def cannula_out(seat: Seat) -> tuple[str, str]:
    """The latest answer of this visit to whether the cannula is out, as a rule hears it, and when it was given; both empty where nobody said."""
    told = [(event, one) for event in seat.events for one in getattr(event.payload, "readings", ()) if one.fact == CANNULA_OUT and one.value in YES_NO]
    direct = [Taken(event, one, seat.visit.id) for event, one in told]
    mine = [taken for taken in as_recorded(seat.desk.chart.history, direct) if taken.visit == seat.visit.id and taken.event.occurred_at <= seat.clock.now]
    if not mine:
        return "", ""
    latest = max(mine, key=lambda taken: taken.order)
    return latest.reading.value, f"{words.SAYS[latest.reading.value].lower()}, recorded {seat.clock.when(latest.event.occurred_at)}"


def place(request: HttpRequest, context: Context, patient: UUID, visit: UUID) -> Outcome:
    """Record a new one."""
    told = Placed(**{name: request.POST.get(name, "") for name in ("site", "gauge", "attempts", "placed_by", "where")})
    return acts.place_cannula(context, patient, event_id=event_id(request), visit=visit, told=told, occurred_at=earlier(request))


def _about(does: Callable[..., Outcome]) -> Callable[[HttpRequest, Context, UUID, UUID], Outcome]:
    """The form of a later word on one: how its site looks."""

    def recorded(request: HttpRequest, context: Context, patient: UUID, visit: UUID) -> Outcome:
        follows = readable_uuid(request.POST.get("follows", ""))
        if follows is None:
            return refused("input", "Saw no cannula; expected the one it is about. Choose it on the page.")
        told, at = Look(request.POST.get("looks", ""), request.POST.get("note", "")), earlier(request)
        return does(context, patient, event_id=event_id(request), visit=visit, follows=follows, told=told, occurred_at=at)

    return recorded


look, remove = _about(acts.look_at_cannula), _about(acts.remove_cannula)
