"""Cannulas of a visit: placed, the site looked at, removed; each as often as it happens and never refused on clinical grounds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from kairn.clinic.acts.check import needed, one_of
from kairn.clinic.acts.context import Context
from kairn.clinic.acts.outcome import Outcome, Refused, refused
from kairn.clinic.acts.perform import Act, Case, perform
from kairn.library.cannulas import CANNULAS, ELSEWHERE, NOT_KNOWN, OTHER
from kairn.record.cannula import Cannula, cannulas
from kairn.record.payloads import Payload
from kairn.record.payloads_cannula import CannulaPlaced, CannulaRemoved, CannulaSeen
from kairn.terms.problem import unreadable

NONE_IN = "Nothing was moved: at the other chair no cannula is recorded as in at that time. Record there when it was placed, then move this."
SEVERAL = "Nothing was moved: at the other chair this can be about more than one cannula. Record it there at the one that is meant, and strike it out here."


@dataclass(frozen=True)
class Placed:
    """What a form tells of a cannula that was placed; `where` is needed where the site has no name of its own."""

    site: str = ""
    gauge: str = ""
    attempts: str = ""
    placed_by: str = ""
    where: str = ""


@dataclass(frozen=True)
class Look:
    """How a form says the site looks; `note` is needed where the look has no name of its own."""

    looks: str = ""
    note: str = ""


def place_cannula(context: Context, patient: UUID, *, event_id: UUID, visit: UUID, told: Placed, occurred_at: datetime | None = None) -> Outcome:
    """A cannula was placed. Who placed it is the author where nobody else is named."""

    def build(case: Case) -> list[Payload]:
        case.visit(visit)
        site = one_of(needed(told.site, "site", "where it lies"), tuple(CANNULAS.sites), "site")
        gauge = one_of(needed(told.gauge, "gauge", "how wide it is"), tuple(CANNULAS.gauges), "gauge")
        attempts = one_of(told.attempts or NOT_KNOWN, tuple(CANNULAS.attempts), "attempts")
        where = needed(told.where, "where", "where it lies, in words") if site == ELSEWHERE else told.where.strip()
        return [CannulaPlaced(visit, site, gauge, attempts, told.placed_by.strip(), where)]

    return perform(context, Act("visit.chart", patient, event_id, build, visit=visit, occurred_at=occurred_at, charts=True))


def look_at_cannula(context: Context, patient: UUID, *, event_id: UUID, visit: UUID, follows: UUID, told: Look, occurred_at: datetime | None = None) -> Outcome:
    """The site was looked at, while it lies or after. `follows` is the event that placed it."""

    def build(case: Case, known: Cannula) -> list[Payload]:
        looks, note = _look(Look(needed(told.looks, "looks", "how the site looks"), told.note))
        return [CannulaSeen(follows, visit, known.said.site, looks, known.said.where, note)]

    return _followed(context, patient, event_id, visit, follows, occurred_at, build)


def remove_cannula(context: Context, patient: UUID, *, event_id: UUID, visit: UUID, follows: UUID, told: Look, occurred_at: datetime | None = None) -> Outcome:
    """It is out. How the site looked then may stay open; until somebody looks, nobody says that it was checked."""

    def build(case: Case, known: Cannula) -> list[Payload] | Refused:
        if known.removed is not None:
            return refused(
                "input", "This cannula is recorded as out already. Where that is wrong, strike it out first; a later look at its site can be recorded."
            )
        looks, note = _look(told)
        return [CannulaRemoved(follows, visit, known.said.site, looks, known.said.where, note)]

    return _followed(context, patient, event_id, visit, follows, occurred_at, build)


def _followed(
    context: Context, patient: UUID, event_id: UUID, visit: UUID, follows: UUID, occurred_at: datetime | None,
    build: Callable[[Case, Cannula], list[Payload] | Refused],
) -> Outcome:  # fmt: skip
    """A later word on a cannula of this visit, not before it was placed; also after the visit, for some leave with one in."""

    def checked(case: Case) -> list[Payload] | Refused:
        known = next((one for one in cannulas(case.history, visit) if one.placed.id == follows), None)
        if known is None:
            raise unreadable("a cannula that is not of this visit", "one that is", "Open the page again and choose it there.", "follows")
        begun = known.placed.occurred_at
        if case.at < begun:
            raise unreadable("a time before it was placed", f"{begun:%Y-%m-%d %H:%M} UTC or later", "Correct the time.", "occurred_at")
        return build(case, known)

    return perform(context, Act("visit.chart", patient, event_id, checked, visit=visit, occurred_at=occurred_at))


def told_here(case: Case, said: CannulaSeen | CannulaRemoved) -> list[Payload] | Refused:
    """A later word on a cannula that was recorded at another chair, of the one cannula of this visit that it can be about; a refusal where it is not one."""
    known = [one for one in cannulas(case.history, said.visit) if one.placed.occurred_at <= case.at]
    if isinstance(said, CannulaRemoved):
        meant = [one for one in known if one.removed is None]
    else:
        meant = [one for one in known if one.lies(case.at)] or known
    if len(meant) != 1:
        return refused("policy", SEVERAL if meant else NONE_IN)
    return [replace(said, follows=meant[0].placed.id, site=meant[0].said.site, where=meant[0].said.where)]


def _look(told: Look) -> tuple[str, str]:
    """The look and its note, checked. Raises Unreadable."""
    looks = one_of(told.looks, ("", *CANNULAS.looks), "looks")
    return looks, needed(told.note, "note", "how the site looks, in words") if looks == OTHER else told.note.strip()
