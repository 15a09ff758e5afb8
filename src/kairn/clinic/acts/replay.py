"""One visit at any of its minutes: as it was known then, or as it is known today to have been."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from kairn.clinic.acts.charts import Chart, chart_of, open_history
from kairn.clinic.acts.context import Context
from kairn.clinic.acts.outcome import Refused
from kairn.clinic.acts.sections import seen_history
from kairn.clinic.people.models import Patient
from kairn.record.event import Event
from kairn.record.history import History
from kairn.record.payloads import PhaseEntered, PumpPaused, PumpStarted, PumpStopped, VisitCancelled, VisitEnded

Known = Literal["then", "today"]
MINUTE = timedelta(minutes=1)
BEGINS = (PhaseEntered, PumpStarted, PumpPaused, PumpStopped)


@dataclass(frozen=True)
class Span:
    """The minutes of one visit, numbered from 0: the one in which it began up to the one in which its ending was recorded, or of now while it runs."""

    begun: datetime
    until: datetime

    @property
    def latest(self) -> int:
        """The number of the latest minute."""
        return (self.until - self.begun) // MINUTE

    def moment(self, minute: int) -> datetime:
        """The moment a minute shows: its end, so that all of it is in, and in the latest one the end of the visit."""
        return min(self.begun + (minute + 1) * MINUTE - timedelta.resolution, self.until)

    def minute(self, at: datetime) -> int:
        """The minute of a moment; the nearest one where it lies outside."""
        return self.within((at - self.begun) // MINUTE)

    def within(self, minute: int) -> int:
        """The nearest minute there is."""
        return max(0, min(minute, self.latest))


@dataclass(frozen=True)
class Replay:
    """A chart as it stood at the end of one minute of a visit, as this reader may see it.

    `today` is what is recorded now. Of what it holds beyond `chart`, a page of what was known then tells times and counts and nothing else.
    """

    chart: Chart
    today: History
    visit: UUID
    span: Span
    minute: int
    moment: datetime
    known: Known

    @property
    def entries(self) -> list[Event]:
        """Everything recorded of this visit up to now, by seq."""
        return _of(self.today.events, self.visit)


def replay(context: Context, patient: UUID, visit: UUID, minute: int | None, known: Known, *, action: str = "clinical.read") -> Replay | Refused | None:
    """The chart at a minute of a visit, the latest where none is named; None for a visit that has not begun, or is not this person's."""
    opened = open_history(context, patient, action)
    if isinstance(opened, Refused):
        return opened
    allowed, history = opened
    span = span_of(history, visit, context.now)
    if span is None:
        return None
    shown = span.latest if minute is None else span.within(minute)
    moment = span.moment(shown)
    chart = chart_of(context, Patient.objects.get(id=patient), cut(history, moment, known), moment, allowed.relations)
    return Replay(chart, seen_history(history, chart.visible), visit, span, shown, moment, known)


def cut(history: History, moment: datetime, known: Known) -> History:
    """The part of a history that one of the two views rests on."""
    return history.recorded_by(moment) if known == "then" else history.happened_by(moment)


def span_of(history: History, visit: UUID, now: datetime) -> Span | None:
    """The minutes of a visit; None where nobody has arrived. What was entered late moves its beginning, and a correction after the end moves nothing."""
    begun = min((event.occurred_at for event in _of(history.events, visit) if isinstance(event.payload, BEGINS)), default=None)
    if begun is None:
        return None
    ended = _ended(_of(history.live, visit))
    first = begun.replace(second=0, microsecond=0)
    return Span(first, max(ended.recorded_at if ended else now, first))


def _of(events: Iterable[Event], visit: UUID) -> list[Event]:
    return [event for event in events if getattr(event.payload, "visit", None) == visit]


def _ended(live: list[Event]) -> Event | None:
    """The entry that closed the visit; None while it runs, also where a phase was entered again."""
    marks = [event for event in live if isinstance(event.payload, PhaseEntered | VisitEnded | VisitCancelled)]
    return marks[-1] if marks and (not isinstance(marks[-1].payload, PhaseEntered) or marks[-1].payload.phase == "closed") else None
