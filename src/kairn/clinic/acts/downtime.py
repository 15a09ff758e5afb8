"""The charts of the visits under way, for the sheets that are read when nothing else can be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kairn.clinic.acts.charts import Chart, person_of
from kairn.clinic.acts.sections import seen_history, seen_standing
from kairn.clinic.acts.standings import stand
from kairn.clinic.ledger.read import history as read_history
from kairn.clinic.ledger.session import cursor
from kairn.clinic.people.models import Patient
from kairn.pathway.standing import Visit

RUNNING = ("pre-flight", "infusion", "recovery")
SHOWN = frozenset({"contact", "course", "schedule", "ride", "due", "clinical", "reasons"})
"""What stands on a sheet: what the chair shows, and no free notes."""
STREAMS = "SELECT clinic, stream FROM ledger_standing WHERE board->'visit'->>'phase' = ANY(%(phases)s) ORDER BY clinic, stream"


@dataclass(frozen=True)
class UnderWay:
    """One visit under way, with the chart as it stands and the time zone of its clinic."""

    chart: Chart
    visit: Visit
    zone: str


def people_under_way() -> list[tuple[UUID, UUID]]:
    """Clinic and person of every visit under way in this house. For the server itself: nobody asks, so nobody is logged."""
    with cursor() as opened:
        return [(clinic, person) for clinic, person in opened.execute(STREAMS, {"phases": list(RUNNING)}).fetchall()]


def visits_under_way(clinic: UUID, person: UUID, now: datetime) -> tuple[UnderWay, ...]:
    """One person's visits under way, as they stand at `now`."""
    patient = Patient.objects.select_related("clinic").get(id=person)
    history = read_history(person)
    found = stand(clinic, history, now)
    standing = seen_standing(found.standing, SHOWN)
    chart = Chart(person_of(patient, SHOWN), seen_history(history, SHOWN), standing, found.protocol, SHOWN, frozenset(), history.seq, found.why)
    running = (visit for visit in standing.visits if visit.phase in RUNNING and not visit.cancelled)
    return tuple(UnderWay(chart, visit, patient.clinic.time_zone) for visit in running)
