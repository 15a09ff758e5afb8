"""From when on a person can probably go home: the protocol's own times, and how long earlier visits of this clinic took from the pump's stop to ready."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from kairn.clinic.acts.given import flow
from kairn.clinic.ledger.lately import Lately
from kairn.clinic.ledger.read import Over, of_visits, visits_over
from kairn.pathway.course import visits_of
from kairn.pathway.forecast import Forecast, forecast
from kairn.pathway.standing import Visit
from kairn.protocol.rule import Protocol
from kairn.record.history import History
from kairn.record.payloads import EnteredInError, OrderSigned, PhaseEntered, PumpStarted, PumpStopped, VisitBooked, VisitCancelled, VisitEnded

TELLING = tuple(kind.KIND for kind in (VisitBooked, VisitCancelled, PhaseEntered, PumpStarted, PumpStopped, VisitEnded, EnteredInError))
"""The entries that say when an infusion ran and how a visit ended: no finding is read of anybody else."""


@dataclass(frozen=True)
class GoingHome:
    """`forecast` by the protocol, None where nobody can say; `stops_at` is the pump's stop, recorded or by the order.

    `past` are the times from the stop to *ready* of earlier visits here, shortest first.
    """

    forecast: Forecast | None
    stops_at: datetime | None
    past: tuple[timedelta, ...]


def going_home(clinic: UUID, history: History, protocol: Protocol, visit: Visit, now: datetime, latest: int) -> GoingHome | None:
    """For an infusion visit under way, None for any other; of the clinic's earlier visits the `latest` so many are looked at."""
    if visit.phase not in ("infusion", "recovery") or visit.purpose != "infusion":
        return None
    ends = _ordered_end(history, visit, now) if visit.phase == "infusion" else None
    return GoingHome(forecast(protocol, history, now, visit.id, ends), ends or visit.infusion_ended, past_recoveries(clinic, visit.id, now, latest))


def _ordered_end(history: History, visit: Visit, now: datetime) -> datetime | None:
    """When all that was ordered has run, if the pump runs on from now; None without an order."""
    if visit.order is None or not isinstance(visit.order.payload, OrderSigned):
        return None
    mine = [event for event in history.live if getattr(event.payload, "visit", None) == visit.id]
    return now + flow(mine, visit.order.payload, now).left


KEPT: Lately[Over, tuple[Visit, ...]] = Lately(settings.KAIRN_STANDINGS_KEPT)
"""Visits that are over, of people whose stream has not grown since they were read."""


def _visits(over: Sequence[Over]) -> list[Visit]:
    """All of these visits; what is not kept is read in one go."""
    kept = {each: KEPT.get(each) for each in over}
    fresh = [each for each, visits in kept.items() if visits is None]
    told = of_visits(fresh, TELLING) if fresh else {}
    read = {each: KEPT.put(each, tuple(visits_of(told[each.stream]))) for each in fresh}
    return [visit for each, visits in kept.items() for visit in visits or read.get(each, ())]


def past_recoveries(clinic: UUID, but: UUID, now: datetime, latest: int) -> tuple[timedelta, ...]:
    """From the pump's stop to *discharged as ready*, of the infusion visits here that ended so, shortest first; never of the visit `but`."""
    visits = _visits(visits_over(clinic, now, latest))
    return tuple(sorted(visit.phase_since - visit.infusion_ended for visit in visits if visit.id != but and visit.infusion_ended and _went_home(visit, now)))


def _went_home(visit: Visit, now: datetime) -> bool:
    """Whether this visit ended as ready by now, after an infusion that ran."""
    if visit.infusion_started is None or visit.infusion_ended is None or visit.cancelled:
        return False
    ready = visit.phase == "closed" and visit.ending == "ready" and visit.purpose == "infusion"
    return ready and visit.infusion_started <= visit.infusion_ended <= visit.phase_since <= now
