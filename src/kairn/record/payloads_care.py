"""What an event can say of instruments, use, medicines taken, the plan of care, and protocols; frozen for ever once shipped, as in `payloads`."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

import msgspec

from kairn.record.payloads import Moment, Payload, Role
from kairn.record.shapes import Signature


class Answered(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One item of an instrument and the value chosen, by the item's own key."""

    item: str
    value: str


class InstrumentAnswered(Payload, frozen=True):
    """An instrument was answered, wholly or so far. The latest event of one `response` counts; blank is never zero.

    `wording` says which sentences were shown: our own short labels, or those of an imported pack (`pack`: its id and digest).
    `skipped` are items the person chose not to answer. `complete` is said by the act that checked it, never assumed.
    """

    KIND = "instrument.answered"
    instrument: str
    version: str
    response: UUID
    answers: tuple[Answered, ...]
    complete: bool
    wording: Literal["own", "official"] = "own"
    pack: str = ""
    skipped: tuple[str, ...] = ()
    method: Literal["person", "patient", "import"] = "person"
    visit: UUID | None = None


class UseReported(Payload, frozen=True):
    """What the person says of their use of one substance of `library/substances.yaml`: when it was last, or that it never was.

    `latest_at` None with `never` False means asked and not known.
    """

    KIND = "use.reported"
    substance: str
    latest_at: Moment | None = None
    never: bool = False
    route: Literal["", "injected", "smoked", "snorted", "swallowed", "sublingual", "other"] = ""
    amount: str = ""
    note: str = ""


class MedicineTaken(Payload, frozen=True):
    """A dose was taken or given outside an infusion visit: medication for opioid use disorder, or a comfort medicine in withdrawal."""

    KIND = "medicine.taken"
    drug: str
    dose: str
    purpose: Literal["moud-start", "moud", "comfort", "other"]
    witnessed: bool = False
    note: str = ""


class CareStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One intervention: what, who does it, when; `rule` is the protocol's rule it was drawn from, if any."""

    what: str
    who: Role
    when: str
    rule: str = ""


class CareProblem(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One problem of the person, in plain words, with its goals and steps. `beside`: what it puts beside ketamine (`library/care_plan.yaml`), if anything."""

    problem: str
    goals: tuple[str, ...]
    steps: tuple[CareStep, ...]
    beside: str = ""


class CarePlanSigned(Payload, frozen=True):
    """The person's plan of care as signed: problems, goals, who does what and when."""

    KIND = "care-plan.signed"
    DECISION = True
    problems: tuple[CareProblem, ...]
    agreed_with_person: bool
    signature: Signature


class ProtocolProposed(Payload, frozen=True):
    """One person proposes that a protocol, exactly these bytes, be published in the clinic. It is in force only when another one publishes it."""

    KIND = "protocol.proposed"
    DECISION = True
    protocol: str
    version: str
    content_hash: str
    note: str = ""


class ProtocolAssigned(Payload, frozen=True):
    """One person's course goes on under another published protocol; the signer saw the difference in clinical words (its digest in `diff`)."""

    KIND = "protocol.assigned"
    DECISION = True
    protocol: str
    version: str
    content_hash: str
    diff: str
    reason: str
    signature: Signature


class PredictionSwitched(Payload, frozen=True):
    """The lane of predicted concentrations at the chairs of a clinic was switched on or off. A teaching display: nothing else follows from it."""

    KIND = "prediction.switched"
    DECISION = True
    on: bool
    model: str
    reason: str
