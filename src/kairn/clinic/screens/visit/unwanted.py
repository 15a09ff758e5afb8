"""Unwanted events of a visit as plain values: the form that notes one, and those that are not known to be over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID, uuid4

from django.http import HttpRequest

from kairn.clinic.acts import adverse
from kairn.clinic.acts.adverse import Told
from kairn.clinic.acts.context import Context
from kairn.clinic.acts.outcome import Outcome, refused
from kairn.clinic.screens.forms import words
from kairn.clinic.screens.forms.answers import Again, event_id, fresh, readable_uuid
from kairn.clinic.screens.visit.entering import earlier
from kairn.clinic.screens.visit.seat import Seat
from kairn.library.adverse_events import ADVERSE_EVENTS, SERIOUS
from kairn.record.adverse import AdverseEvent
from kairn.terms.answer import Answer

Options = tuple[tuple[str, str], ...]
TICK = "serious_"
FORMS = ("over", "change", "home")
"""The forms of one that is open; each has an event id of its own."""


@dataclass(frozen=True)
class Tick:
    """One criterion of seriousness to tick."""

    name: str
    label: str
    ticked: bool


@dataclass(frozen=True)
class Open:
    """One that is not known to be over, and the forms that change it. `home`: a prescriber can sign that the person goes home with it."""

    id: str
    what: str
    since: str
    age: str
    stands: str
    serious: tuple[Tick, ...]
    again: Again
    ids: tuple[str, ...]
    home: bool
    call: str


@dataclass(frozen=True)
class Unwanted:
    """All of it, with the choices of its forms."""

    open: tuple[Open, ...]
    again: Again
    id: str
    serious: tuple[Tick, ...]
    kinds: Options = tuple(ADVERSE_EVENTS.items())
    severities: Options = words.SEVERITIES
    outcomes: Options = words.ADVERSE_OUTCOMES
    related: Options = words.RELATED


def unwanted_of(seat: Seat, again: Again) -> Unwanted:
    """The unwanted events of the visit; `again` carries a refusal and belongs to the form that names it."""
    waiting = adverse.open_adverse_events(seat.desk.chart.history, seat.visit.id)
    mine = again if again.form == "adverse" else fresh()
    return Unwanted(tuple(_open(seat, one, again) for one in waiting), mine, str(uuid4()), _ticks(mine.typed))


def _open(seat: Seat, one: AdverseEvent, again: Again) -> Open:
    begun, noted = one.first.occurred_at, str(one.first.id)
    mine = again if again.typed.get("follows") == noted else fresh()
    home = seat.visit.phase == "recovery" and one.now.severity == "mild" and one.now.serious != "yes" and seat.desk.may("adverse_home")
    return Open(
        noted, f"{words.unwanted(one.now)}, {one.now.severity}", seat.clock.when(begun), seat.clock.ago(begun), _stands(one), _ticks(mine.typed), mine,
        tuple(str(uuid4()) for _ in FORMS), home, mine.typed.get("call", ""),
    )  # fmt: skip


def _stands(one: AdverseEvent) -> str:
    """What else is known of it, in words."""
    unsure = "not known whether it is over" if one.is_open is Answer.UNKNOWN else ""
    return ", ".join(part for part in (unsure, *words.judged(one.now)) if part)


def _ticks(typed: Mapping[str, str]) -> tuple[Tick, ...]:
    return tuple(Tick(f"{TICK}{name}", label, f"{TICK}{name}" in typed) for name, label in SERIOUS.items())


def note(request: HttpRequest, context: Context, patient: UUID, visit: UUID) -> Outcome:
    """Record a new one."""
    return adverse.note_adverse_event(context, patient, event_id=event_id(request), told=_told(request), visit=visit, occurred_at=earlier(request))


def follow(request: HttpRequest, context: Context, patient: UUID, visit: UUID) -> Outcome:
    """Record how an earlier one stands now."""
    follows = readable_uuid(request.POST.get("follows", ""))
    if follows is None:
        return refused("input", "Saw no unwanted event; expected the one it is about. Choose it on the page.")
    return adverse.follow_adverse_event(
        context, patient, event_id=event_id(request), follows=follows, told=_told(request), visit=visit, occurred_at=earlier(request)
    )


def _told(request: HttpRequest) -> Told:
    """What the form tells. Raises Unreadable for what is no time."""
    typed = request.POST
    ticked = tuple(name for name in SERIOUS if typed.get(f"{TICK}{name}"))
    plain = {name: typed.get(name, "") for name in ("kind", "what", "severity", "action", "outcome", "serious", "related")}
    return Told(**plain, criteria=ticked, resolved_at=earlier(request, "resolved_at"))
