"""When a person can probably go home, in words that promise nothing, beside the hour at which their escort can be there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from kairn.clinic.acts.going_home import GoingHome, going_home
from kairn.clinic.screens.forms import words
from kairn.clinic.screens.forms.clock import Clock
from kairn.clinic.screens.forms.gates import ORDER
from kairn.clinic.screens.parts import WAITS, said
from kairn.clinic.screens.visit.seat import Seat
from kairn.pathway.forecast import Forecast
from kairn.pathway.standing import Finding, MoveKind, Verdict, Visit
from kairn.terms.answer import Answer

LATEST = 200
"""So many of the clinic's visits that are over are looked at, whatever they were for."""
FEW = 10
"""From so many visits on it is said between when most of them ended: the shortest and the longest tenth are left out."""
TENTH = 10
LATE_BY = timedelta(minutes=30)
"""An escort who comes so much later than most visits end, or than the protocol asks, keeps somebody waiting."""
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Usual:
    """Between when most of so many visits here were ready; the two ends are None where the visits are too few."""

    of: int
    inside: int = 0
    low: datetime | None = None
    high: datetime | None = None


@dataclass(frozen=True)
class Ride:
    """The escort in words; `level` and `word` mark what somebody must look at, `warns` says it."""

    said: str
    level: str = ""
    word: str = ""
    warns: str = ""


@dataclass(frozen=True)
class GoingHomePart:
    """What the chair and the going-home page show: the forecast in two sentences, what it rests on, what it waits for, and the ride."""

    earliest: str
    here: str
    rests: tuple[str, ...]
    waits: tuple[str, ...]
    ride: Ride


def going_home_part(seat: Seat) -> GoingHomePart | None:
    """The forecast for one visit under way. None before the pump has run, after the visit, and for who does not see the clinical part."""
    if seat.visit.phase not in ("infusion", "recovery") or seat.protocol is None or "clinical" not in seat.desk.chart.visible:
        return None
    home = going_home(seat.desk.context.clinic, seat.desk.chart.history, seat.protocol, seat.visit, seat.clock.now, LATEST)
    if home is None:
        return None
    usual, waits = usual_of(home), _waits(home.forecast) if "reasons" in seat.desk.chart.visible else ()
    return GoingHomePart(_earliest(home, seat), _here(home, usual, seat.clock), _rests(home.forecast), waits, ride_of(seat.visit, home, usual, seat.clock))


def usual_of(home: GoingHome) -> Usual:
    """The clinic's own visits counted from the pump's stop of this one."""
    past, cut = home.past, len(home.past) // TENTH
    if len(past) < FEW or home.stops_at is None:
        return Usual(len(past))
    return Usual(len(past), len(past) - 2 * cut, home.stops_at + past[cut], home.stops_at + past[-1 - cut])


def to_come(at: datetime | None, now: datetime) -> datetime | None:
    """A moment that is still to come, rounded up to the minute that a clock shows; None otherwise."""
    if at is None or at <= now:
        return None
    begun = at.replace(second=0, microsecond=0)
    return at if begun == at else begun + MINUTE


def _earliest(home: GoingHome, seat: Seat) -> str:
    """The protocol's own times; while the pump is on, with the end of the infusion they are counted from."""
    found, clock, move = home.forecast, seat.clock, seat.move(MoveKind.READY, "ready")
    if found is None:
        return "Nobody can say from when on: it is not known when the infusion ends."
    at = to_come(found.earliest, clock.now)
    if at and found.ends:
        how = "goes on now and runs" if seat.visit.pump == "paused" else "runs"
        return f"Not before {clock.when(at)}, if the infusion {how} to its ordered end at {clock.when(found.ends)}."
    if at:
        return f"Not before {clock.when(at)}."
    if move and move.answer is Answer.YES:
        return "Everything that ready rests on is there now."
    return "No time of the protocol is left to wait for." if found.earliest else "Time alone does not open what ready rests on."


def _here(home: GoingHome, usual: Usual, clock: Clock) -> str:
    """What the clinic's own visits say, with how many they are."""
    if usual.low is None or usual.high is None:
        return f"Too few visits here ({usual.of}) to say when it is likely."
    told, earliest = f"{usual.inside} of {usual.of} visits", home.forecast.earliest if home.forecast else None
    high = to_come(usual.high, clock.now)
    if high is None:
        return f"Of {usual.of} visits here most had ended by {clock.when(usual.high)}: this one takes longer."
    if earliest and earliest >= usual.high:
        return f"Here {told} were ready by {clock.when(high)}; this one has longer to wait."
    low = to_come(max(usual.low, earliest) if earliest else usual.low, clock.now)
    return f"Here mostly between {clock.when(low) if low else 'now'} and {clock.when(high)} ({told})."


def _rests(found: Forecast | None) -> tuple[str, ...]:
    """The criteria whose time runs out last."""
    return tuple(f"{rule.title}{' (can be set aside by a signed override)' if rule.override else ''}" for rule in found.by) if found else ()


def _waits(found: Forecast | None) -> tuple[str, ...]:
    """What has no yes yet and waits for no time, with the facts that are missing."""
    return tuple(_wait(verdict) for verdict in sorted(found.waits, key=lambda one: ORDER[said(one)])) if found else ()


def _wait(verdict: Verdict) -> str:
    latest = {finding.fact: finding for finding in sorted(verdict.findings, key=lambda one: one.at.isoformat() if one.at else "")}
    told = [_fact(finding) for finding in latest.values()]
    return f"{verdict.rule.title}: {'; '.join(told)}" if told else verdict.rule.title


def _fact(finding: Finding) -> str:
    """One fact that is missing, out of date, or not as it should be."""
    if finding.state in WAITS:
        return f"{words.label(finding.fact)} {WAITS[finding.state]}"
    value = words.plain_value(" ".join(part for part in (finding.value, finding.unit) if part))
    return f"{words.label(finding.fact)}: {value}" if value else words.label(finding.fact)


def hour_words(visit: Visit, clock: Clock) -> str:
    """From when on the escort can be there, or that nobody said; nothing once they are there or cannot come."""
    if visit.escort_state in ("present", "cancelled"):
        return ""
    return f", can be here from {clock.when(visit.fetches_at)}" if visit.fetches_at else ", no time said"


def ride_of(visit: Visit, home: GoingHome, usual: Usual, clock: Clock) -> Ride:
    """The escort beside the forecast."""
    if not visit.escort:
        return Ride("No escort named", "medium", "No ride", "Nobody is named who takes them home.")
    told = f"Escort: {visit.escort}, {words.ESCORTS.get(visit.escort_state, visit.escort_state)}{hour_words(visit, clock)}"
    if visit.escort_state == "cancelled":
        return Ride(told, "high", "No ride", "Find another ride.")
    if visit.escort_state == "present":
        return Ride(told)
    if visit.fetches_at is None:
        return Ride(told, "medium", "No time said", "Ask from when on they can be here.")
    return Ride(told, *_apart(visit.fetches_at, home, usual, clock))


def _apart(comes: datetime, home: GoingHome, usual: Usual, clock: Clock) -> tuple[str, ...]:
    """Whether the escort would wait for the person, or the person for the escort."""
    earliest = to_come(home.forecast.earliest if home.forecast else None, clock.now)
    if earliest and comes < earliest:
        return "medium", "Comes early", f"They would wait: not before {clock.when(earliest)}."
    by = max(at for at in (earliest, usual.high, clock.now) if at)
    late = comes - by
    return ("medium", "Comes late", f"{late // MINUTE} min later than it is likely to be needed.") if late > LATE_BY else ()
