"""A patient bundle and what is already on record, to the events that are new and an account of every entry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kairn.fhir.chart_lists import read_allergy, read_condition, read_encounter, read_medicine
from kairn.fhir.demographics import Demographics, read_demographics
from kairn.fhir.found import Arrival, Found, Left, Reader, Reading
from kairn.fhir.identity import digest_of
from kairn.fhir.observations import read_observation
from kairn.fhir.past import Past, Settled
from kairn.fhir.person import Part, death_part, facts_part, referral, said_of
from kairn.fhir.references import is_about_patient
from kairn.fhir.report import ImportReport, Outcome, report_of
from kairn.fhir.resource import PatientBundle, Resource
from kairn.record.event import Author, Draft
from kairn.record.history import History
from kairn.record.payloads import EnteredInError, Origin, Payload

READERS: dict[str, Reader] = {
    "Condition": read_condition,
    "MedicationRequest": read_medicine,
    "MedicationStatement": read_medicine,
    "AllergyIntolerance": read_allergy,
    "Observation": read_observation,
    "Encounter": read_encounter,
}
_BILLING = "billing is not kept"
_CARERS = "who gave care elsewhere is not kept"
_PLANS = "plans and goals made elsewhere are not kept"
_NOT_WEIGHED = "no rule reads it, so it is not kept"
REASONS = {
    "Claim": _BILLING, "ClaimResponse": _BILLING, "ExplanationOfBenefit": _BILLING, "Coverage": _BILLING, "Account": _BILLING,
    "Organization": _CARERS, "Practitioner": _CARERS, "PractitionerRole": _CARERS, "Location": _CARERS, "CareTeam": _CARERS,
    "CarePlan": _PLANS, "Goal": _PLANS,
    "Procedure": _NOT_WEIGHED, "Immunization": _NOT_WEIGHED, "ImagingStudy": _NOT_WEIGHED, "Device": _NOT_WEIGHED,
    "DiagnosticReport": "its results are taken as Observations of their own",
    "Medication": "it is read with the prescription that names it",
    "Bundle": "a bundle inside a bundle is not opened",
}  # fmt: skip


@dataclass(frozen=True)
class Translation:
    """What an import of one bundle would record: drafts in order of time, the account, and who the person is."""

    drafts: tuple[Draft, ...]
    report: ImportReport
    demographics: Demographics


def translate(bundle: PatientBundle, history: History, *, stream: UUID, by: Author, source: str, now: datetime) -> Translation:
    """The new events of a bundle for the patient `stream`, given that patient's history. Order of entries does not matter.

    source: the name under which the sending system's ids are unique. Raises Unreadable, with the place, on a malformed value:
    then nothing of the bundle is to be taken.
    """
    desk = _Desk(bundle, history, stream, by, source, now)
    accounts = [desk.account(resource) for resource in bundle.resources]
    accounts += [("entry without a resource", Outcome.LEFT, "it carries no resource")] * bundle.empty
    drafts = sorted(desk.drafts, key=lambda draft: (draft.occurred_at, draft.kind, str(draft.id)))
    return Translation(tuple(drafts), report_of(bundle.where, bundle.entries, accounts, _notes(bundle, desk.person)), desk.person)


class _Desk:
    """Where one bundle is gone through, entry by entry; drafts gather here."""

    def __init__(self, bundle: PatientBundle, history: History, stream: UUID, by: Author, source: str, now: datetime) -> None:
        self.bundle, self.history, self.stream, self.by, self.source, self.now = bundle, history, stream, by, source, now
        self.past = Past(history, stream, source)
        self.person = read_demographics(bundle, now)
        self.drafts: list[Draft] = []
        self._seen: set[tuple[str, str]] = set()

    def account(self, resource: Resource) -> tuple[str, Outcome, str]:
        """Record what the entry gives, and say what became of it."""
        if resource is self.bundle.patient:
            return self._patient(resource)
        reader = READERS.get(resource.type)
        if reader is None:
            return resource.type, Outcome.LEFT, REASONS.get(resource.type, "Kairn does not read this type")
        named = resource.id or digest_of([resource.body])
        if (resource.type, named) in self._seen:
            return resource.type, Outcome.LEFT, "it says the same as another entry"
        self._seen.add((resource.type, named))
        settled = self._read(resource, named, reader)
        return resource.type, settled.outcome, settled.reason

    def _read(self, resource: Resource, named: str, reader: Reader) -> Settled:
        digest = digest_of([resource.body])
        arrival = Arrival(resource, self.bundle, self._origin(resource, named, digest), self.now)
        reading = _reading(arrival, reader)
        if isinstance(reading, Found) and reading.beside:
            digest = digest_of([resource.body, *reading.beside])
        return self._settle((resource.type, named, ""), digest, arrival.origin.version, reading)

    def _patient(self, resource: Resource) -> tuple[str, Outcome, str]:
        parts = [part for part in (facts_part(self.person), death_part(self.person, self.bundle)) if part]
        settled = [self._part(resource, part) for part in parts]
        first = referral(self.person, self.history, self.stream, self.source, resource.id)
        if first:
            self._add(first[0], first[1], self.now)
        outcome, reason = said_of(settled, bool(first))
        return resource.type, outcome, reason

    def _part(self, resource: Resource, part: Part) -> Settled:
        digest = digest_of(part.says)
        reading = part.reading(self._origin(resource, resource.id, digest), self.now)
        return self._settle(("Patient", resource.id, part.kind), digest, _version(resource, digest), reading)

    def _settle(self, key: tuple[str, str, str], digest: str, version: str, reading: Reading) -> Settled:
        settled = self.past.settle(key, digest, version, reading)
        words = "Corrected" if settled.outcome is Outcome.CORRECTED else "Withdrawn"
        for strike, struck in settled.strikes:
            self._add(strike, EnteredInError(struck, f"{words} by the source {self.source}: {key[0]}/{key[1]}"), self.now)
        if settled.event and isinstance(reading, Found):
            self._add(settled.event, reading.payload, reading.occurred_at)
        return settled

    def _origin(self, resource: Resource, named: str, digest: str) -> Origin:
        return Origin(self.source, resource.type, named, _version(resource, digest))

    def _add(self, event: UUID, payload: Payload, occurred_at: datetime) -> None:
        self.drafts.append(Draft(event, self.stream, occurred_at, self.by, payload))


def _reading(arrival: Arrival, reader: Reader) -> Reading:
    body = arrival.body
    reading = reader(arrival)
    if body.get("implicitRules") or next(body.get("modifierExtension").each(), None):
        return Left("it carries a modifier that Kairn does not know, which could change its meaning")
    if not is_about_patient(arrival.resource, arrival.bundle):
        return Left("it does not say that it is about this patient")
    if isinstance(reading, Found) and reading.occurred_at > arrival.now:
        return Left("it is dated in the future")
    return reading


def _version(resource: Resource, digest: str) -> str:
    return resource.body.get("meta", "versionId").text() or f"sha256:{digest}"


def _notes(bundle: PatientBundle, person: Demographics) -> Iterator[str]:
    if bundle.has_more:
        yield "This is one page of a search result; the source has more pages."
    if person.birth_date is None:
        yield "No whole date of birth is given, so age is unknown."
    if person.died_at:
        yield f"The person died on {person.died_at.date()}."
    if person.died and person.died_at is None:
        yield "The person has died; the source does not say when. The death stands at the moment of the import."
