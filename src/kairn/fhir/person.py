"""The events that a Patient resource itself gives: birth date and sex as readings, a death, a first referral."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kairn.fhir.demographics import Demographics
from kairn.fhir.found import Found, Reading, Withdrawn
from kairn.fhir.identity import event_uuid
from kairn.fhir.observations import cause_of_death
from kairn.fhir.past import Settled
from kairn.fhir.report import Outcome
from kairn.fhir.resource import PatientBundle
from kairn.record import payloads
from kairn.record.history import History
from kairn.record.payloads import DeathRecorded, Observed, Origin, Referred, StageEntered

TIME_UNKNOWN = "time of death not given"


@dataclass(frozen=True)
class Part:
    """One event out of a Patient resource: its kind, what it says (for the digest), and how to make it."""

    kind: str
    says: tuple[str, ...]
    reading: Callable[[Origin, datetime], Reading]


def facts_part(person: Demographics) -> Part | None:
    """Birth date and sex as readings, where they are known."""
    known = [("birth_date", person.birth_date.isoformat() if person.birth_date else ""), ("sex", person.sex if person.sex != "unknown" else "")]
    readings = tuple(payloads.Reading(fact, value) for fact, value in known if value)
    if not readings:
        return None
    says = tuple(f"{reading.fact}={reading.value}" for reading in readings)
    return Part(Observed.KIND, says, lambda origin, now: Found(Observed(readings, method="import", origin=origin), now))


def death_part(person: Demographics, bundle: PatientBundle) -> Part | None:
    """The death, or the source's word that the person lives; nothing where it says neither, so that silence never undoes a death."""
    if person.died is None:
        return None
    if not person.died:
        return Part(DeathRecorded.KIND, ("alive",), lambda origin, now: Withdrawn("the source says the person is alive"))
    at = person.died_at
    cause = _cause(bundle) if at else "; ".join(filter(None, (_cause(bundle), TIME_UNKNOWN)))
    says = ("died", at.isoformat() if at else "", cause)
    return Part(DeathRecorded.KIND, says, lambda origin, now: Found(DeathRecorded(cause, origin), at or now))


def referral(person: Demographics, history: History, stream: UUID, source: str, patient: str) -> tuple[UUID, Referred] | None:
    """The first arrival of a living person whose course has not begun; nothing otherwise."""
    if person.died or any(isinstance(event.payload, (Referred, StageEntered)) for event in history.events):
        return None
    return event_uuid(stream, source, ("Patient", patient, Referred.KIND), "", 0), Referred("import", f"Record received from {source}")


def said_of(settled: Sequence[Settled], referred: bool) -> tuple[Outcome, str]:
    """What became of the Patient entry, from what became of its parts."""
    outcomes = {part.outcome for part in settled} | ({Outcome.TAKEN} if referred else set())
    order = (Outcome.CORRECTED, Outcome.STRUCK_OUT, Outcome.TAKEN)
    outcome = next((outcome for outcome in order if outcome in outcomes), Outcome.ALREADY_HERE)
    reason = "; ".join(dict.fromkeys(part.reason for part in settled if part.reason and part.outcome is outcome))
    return outcome, reason


def _cause(bundle: PatientBundle) -> str:
    stated = sorted(filter(None, (cause_of_death(resource.body) for resource in bundle.resources if resource.type == "Observation")))
    return "; ".join(dict.fromkeys(stated))
