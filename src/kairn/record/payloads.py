"""What an event can say; each payload has a plain kind, a schema number, and is frozen for ever once shipped.

Amounts are text as received (`"142"`), never floats; `fact` names a fact of `library/facts.yaml`.
Whether a kind is a decision (carries expected_seq) or an observation (always appended) stands with it.
`paper` names who wrote it on paper, where somebody else, the author, typed it in from there.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

import msgspec

from kairn.record.shapes import Coding as Coding
from kairn.record.shapes import Origin as Origin
from kairn.record.shapes import Reading as Reading
from kairn.record.shapes import Signature as Signature

Role = Literal["prescriber", "nurse", "therapist", "coordinator", "clinic-lead", "researcher", "auditor", "administrator", "patient", "escort", "system"]
YesNo = Literal["yes", "no", "unknown"]
WeightBasis = Literal["actual", "ideal", "adjusted"]
CourseStage = Literal[
    "referral", "assessment", "consent", "planning", "treatment", "follow-up",
    "not-eligible", "declined", "withdrawn", "transferred", "lost", "completed", "died",
]  # fmt: skip
VisitPhase = Literal["booked", "pre-flight", "infusion", "recovery", "closed"]
Ending = Literal["ready", "left-before-ready", "left-unseen", "hospital", "died"]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""A time with its zone: one without cannot be compared with any other."""


class Payload(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The base of all payloads."""

    KIND: ClassVar[str] = ""
    SCHEMA: ClassVar[int] = 1
    DECISION: ClassVar[bool] = False


# --- arrival -----------------------------------------------------------------------------------------------------


class Referred(Payload, frozen=True):
    """Somebody asked for care: themselves, a clinician, or an imported record."""

    KIND = "referral.received"
    source: Literal["self", "clinician", "import"]
    reason: str = ""
    referrer: str = ""


class ConditionNoted(Payload, frozen=True):
    """A diagnosis or problem, as known from somewhere; `state` is FHIR's clinical status."""

    KIND = "condition.noted"
    code: Coding
    state: Literal["active", "recurrence", "relapse", "inactive", "remission", "resolved", "unknown"]
    onset: Moment | None = None
    abated: Moment | None = None
    origin: Origin | None = None


class MedicationNoted(Payload, frozen=True):
    """A medicine somebody takes, took or was prescribed."""

    KIND = "medication.noted"
    code: Coding
    state: Literal["active", "on-hold", "stopped", "completed", "unknown"]
    dose: str = ""
    started: Moment | None = None
    origin: Origin | None = None


class AllergyNoted(Payload, frozen=True):
    """An allergy or intolerance."""

    KIND = "allergy.noted"
    code: Coding
    state: Literal["active", "inactive", "resolved", "unknown"]
    reaction: str = ""
    origin: Origin | None = None


class EncounterNoted(Payload, frozen=True):
    """Care received elsewhere: background to read, no rule weighs it."""

    KIND = "encounter.noted"
    code: Coding
    started: Moment | None = None
    ended: Moment | None = None
    origin: Origin | None = None


class Observed(Payload, frozen=True):
    """Readings taken together: a set of vitals, a laboratory panel, answers to questions, a reviewed list.

    `refused` and `not_taken` are facts that were due and have no value, so that blank is never zero.
    """

    KIND = "observed"
    SCHEMA = 2
    readings: tuple[Reading, ...] = ()
    visit: UUID | None = None
    method: Literal["person", "device", "import", "patient", "laboratory"] = "person"
    refused: tuple[str, ...] = ()
    not_taken: tuple[str, ...] = ()
    note: str = ""
    origin: Origin | None = None
    code: Coding | None = None
    paper: str = ""


# --- decisions on the course ---------------------------------------------------------------------------------------


class StageEntered(Payload, frozen=True):
    """A person moved the course to a stage, or out of it by an exit."""

    KIND = "stage.entered"
    DECISION = True
    stage: CourseStage
    signature: Signature
    reason: str = ""


class AssessmentSigned(Payload, frozen=True):
    """A specialist's signed judgement of fit."""

    KIND = "assessment.signed"
    DECISION = True
    eligible: YesNo
    summary: str
    signature: Signature


class ConsentSigned(Payload, frozen=True):
    """The person consents to one version of the consent document; teach-back answers show it was understood."""

    KIND = "consent.signed"
    DECISION = True
    document: str
    version: str
    teach_back: tuple[Reading, ...]
    signed_name: str
    signature: Signature


class ConsentWithdrawn(Payload, frozen=True):
    """The person takes consent back; possible at any time."""

    KIND = "consent.withdrawn"
    reason: str = ""


class PlanSigned(Payload, frozen=True):
    """The tailored series: how many infusions, how far apart, dose per kg and on which weight, minutes."""

    KIND = "plan.signed"
    DECISION = True
    infusions: int
    spacing_days: int
    dose: str
    weight_basis: WeightBasis
    duration: str
    goals: str
    signature: Signature


class OrderSigned(Payload, frozen=True):
    """One infusion ordered: amounts as text with units. `weight` was measured at this visit; `dose_weight`, where named, is what the dose is made from."""

    KIND = "order.signed"
    SCHEMA = 2
    DECISION = True
    visit: UUID
    drug: str
    dose_per_kg: str
    weight: str
    dose: str
    concentration: str
    volume: str
    duration: str
    rate_mg: str
    rate_ml: str
    signature: Signature
    weight_basis: WeightBasis = "actual"
    dose_weight: str = ""

    @property
    def made_from(self) -> str:
        """The weight the dose is made from, with its unit."""
        return self.dose_weight or self.weight


class OverrideSigned(Payload, frozen=True):
    """A named person sets one rule aside for a while, with a reason. It is shown as an override, never as a pass."""

    KIND = "override.signed"
    DECISION = True
    rule: str
    reason: str
    expires_at: Moment
    signature: Signature
    visit: UUID | None = None


# --- visits --------------------------------------------------------------------------------------------------------


class VisitBooked(Payload, frozen=True):
    """A visit is in the book. A visit is in phase booked from here on."""

    KIND = "visit.booked"
    DECISION = True
    visit: UUID
    purpose: Literal["infusion", "follow-up", "therapy"]
    starts_at: Moment
    minutes: int
    chair: str = ""
    number: int = 0


class VisitCancelled(Payload, frozen=True):
    """A booked visit will not take place."""

    KIND = "visit.cancelled"
    visit: UUID
    reason: str = ""


class PhaseEntered(Payload, frozen=True):
    """A person moved a visit to its next phase. Entering infusion is starting the pump."""

    KIND = "phase.entered"
    DECISION = True
    visit: UUID
    phase: VisitPhase
    signature: Signature


class EscortNamed(Payload, frozen=True):
    """Who takes the person home; `state` is what the escort said, `fetches_at` from when on they can be there."""

    KIND = "escort.named"
    SCHEMA = 2
    visit: UUID
    name: str
    phone: str
    state: Literal["asked", "confirmed", "cancelled", "present"]
    fetches_at: Moment | None = None


class PumpStarted(Payload, frozen=True):
    """The pump was started at a rate (also after a pause)."""

    KIND = "pump.started"
    DECISION = True
    visit: UUID
    rate_ml: str
    signature: Signature


class PumpRateSet(Payload, frozen=True):
    """The rate of the running pump was set anew by hand; Kairn is not connected to it."""

    KIND = "pump.rate-set"
    visit: UUID
    rate_ml: str
    reason: str = ""


class PumpPaused(Payload, frozen=True):
    """The pump was paused by hand; Kairn is not connected to it."""

    KIND = "pump.paused"
    SCHEMA = 2
    visit: UUID
    reason: str = ""
    volume_shown: str = ""
    paper: str = ""


class PumpStopped(Payload, frozen=True):
    """The pump was stopped by hand for good; the infusion is over."""

    KIND = "pump.stopped"
    SCHEMA = 2
    visit: UUID
    reason: str = ""
    volume_shown: str = ""
    paper: str = ""


class DrugGiven(Payload, frozen=True):
    """A support medicine or oxygen was given."""

    KIND = "drug.given"
    SCHEMA = 2
    visit: UUID
    drug: str
    dose: str
    reason: str = ""
    paper: str = ""


class VisitEnded(Payload, frozen=True):
    """How a visit ended: exactly one of five endings. Only `ready` is gated; none holds a person."""

    KIND = "visit.ended"
    visit: UUID
    ending: Ending
    signature: Signature | None = None
    escort: str = ""
    risks_explained_by: str = ""
    capacity: YesNo | None = None
    naloxone: Literal["given", "has", "refused", "unknown"] = "unknown"
    cannula_out: YesNo = "unknown"
    last_seen_at: Moment | None = None
    called_at: Moment | None = None
    handed_to: str = ""
    note: str = ""


# --- tasks, contacts, after ----------------------------------------------------------------------------------------


class TaskOpened(Payload, frozen=True):
    """Something somebody must do, with an owner and a clock."""

    KIND = "task.opened"
    task: UUID
    what: str
    owner: Role
    due_at: Moment
    urgent: bool = False
    visit: UUID | None = None


class TaskClosed(Payload, frozen=True):
    """A task was done, or is no longer needed, and how."""

    KIND = "task.closed"
    task: UUID
    how: str


class ContactMade(Payload, frozen=True):
    """A duty of aftercare or follow-up was done (or tried): which duty, with whom, how it went."""

    KIND = "contact.made"
    duty: str
    how: Literal["in-person", "phone", "video", "message", "no-answer"]
    visit: UUID | None = None
    note: str = ""
    readings: tuple[Reading, ...] = ()


class NoteWritten(Payload, frozen=True):
    """A free note."""

    KIND = "note.written"
    SCHEMA = 2
    text: str
    visit: UUID | None = None
    paper: str = ""


class DeathRecorded(Payload, frozen=True):
    """The person has died. Every due, reminder and message ends here."""

    KIND = "death.recorded"
    cause: str = ""
    origin: Origin | None = None


class EnteredInError(Payload, frozen=True):
    """An earlier event of the same stream is struck out, and why. The event stays readable."""

    KIND = "entered-in-error"
    event: UUID
    reason: str


# --- clinic stream -------------------------------------------------------------------------------------------------


class ProtocolPublished(Payload, frozen=True):
    """A protocol became active in the clinic, by two different people."""

    KIND = "protocol.published"
    DECISION = True
    protocol: str
    version: str
    content_hash: str
    second: str
    effective: date
