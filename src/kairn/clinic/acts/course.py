"""Acts on the course: somebody arrives, moves from stage to stage, leaves, dies."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal, cast, get_args
from uuid import UUID, uuid5

from django.db import transaction

from kairn.clinic.acts.amending import wrong_person
from kairn.clinic.acts.check import check_readings, one_of
from kairn.clinic.acts.context import Context
from kairn.clinic.acts.outcome import Outcome, Refused, refused, refused_field
from kairn.clinic.acts.perform import Act, Case, outcome_of, perform
from kairn.clinic.acts.permission import permitted
from kairn.clinic.acts.projection import projector
from kairn.clinic.ledger.append import append
from kairn.clinic.ledger.read import event as stored_event
from kairn.clinic.people.audit import REFUSED, log_reads
from kairn.clinic.people.care import new_patient
from kairn.clinic.people.models import Patient
from kairn.pathway.course import EXITS
from kairn.pathway.standing import MoveKind
from kairn.record.event import Draft
from kairn.record.payloads import CourseStage, DeathRecorded, Observed, Payload, Reading, Referred, StageEntered
from kairn.terms.problem import Unreadable

Source = Literal["self", "clinician", "import"]


def register_person(  # noqa: PLR0913
    context: Context, *, event_id: UUID, patient: UUID, family_name: str, given_name: str = "", birth_date: str = "", sex: str = "unknown",
    phone: str = "", email: str = "", safe_contact: str = "", source: Source = "self", reason: str = "", referrer: str = "",
) -> Outcome:  # fmt: skip
    """A new person: who they are goes to `people`, that they were referred, when they were born and their sex to the record; all or nothing.

    `patient` is a new UUID made by the form; `birth_date` is a day such as 1990-02-28, or empty where it is not known.
    """
    allowed = permitted(context, "patient.register", None)
    if isinstance(allowed, Refused):
        return allowed
    if known := _known_already(context, event_id, patient):
        return known
    readings = (*((Reading("birth_date", birth_date),) if birth_date else ()), Reading("sex", sex))
    who = {"family_name": family_name.strip(), "given_name": given_name.strip(), "sex": sex}
    contact = {"phone": phone.strip(), "email": email.strip(), "safe_contact": safe_contact.strip()}
    if wrong := check_readings(readings) or wrong_person(context, {**who, **contact}, birth_date) or _wrong_source(source):
        return wrong
    with transaction.atomic():
        new_patient(context.clinic, patient, birth_date=date.fromisoformat(birth_date) if birth_date else None, **who, **contact)
        done = _arrive(context, event_id, patient, (Referred(source, reason, referrer), Observed(readings)))
        if isinstance(done, Refused):
            transaction.set_rollback(True)
    return done


def _known_already(context: Context, event_id: UUID, patient: UUID) -> Refused | None:
    """Registering makes a new person and changes nobody: an id that is known is refused unless this very form made it."""
    known = Patient.objects.filter(id=patient).values_list("clinic_id", flat=True).first()
    made = stored_event(event_id)
    if known is None or (known == context.clinic and made is not None and made.stream == patient):
        return None
    if known == context.clinic:
        log_reads(context.user, [patient], "patient.register", access=REFUSED)
    return refused("conflict", "A person is registered under this form's number already. Open the page of registration again and enter it anew.")


def _wrong_source(source: str) -> Refused | None:
    try:
        one_of(source, get_args(Source), "source")
    except Unreadable as fault:
        return refused_field(fault.problem.where, str(fault))
    return None


def _arrive(context: Context, event_id: UUID, patient: UUID, payloads: tuple[Payload, Payload]) -> Outcome:
    earlier = stored_event(event_id)
    at = earlier.occurred_at if earlier else context.now
    ids = (event_id, uuid5(event_id, "who"))
    drafts = [Draft(id_, patient, at, context.author, payload) for id_, payload in zip(ids, payloads, strict=True)]
    return outcome_of(append(context.clinic, drafts, project=projector(context.clinic, context.now)), patient)


def enter_stage(context: Context, patient: UUID, *, event_id: UUID, expected_seq: int, stage: str, reason: str = "") -> Outcome:
    """Move the course to a stage that is open now, or out of it by an exit, which always is."""

    def build(case: Case) -> list[Payload] | Refused:
        one_of(stage, get_args(CourseStage), "stage")
        if stage == "died":
            return refused_field("stage", "Saw a death entered as a stage; expected it recorded as a death. Use the page for that.")
        return case.closed(MoveKind.STAGE, stage) or [StageEntered(cast(CourseStage, stage), case.signature(), reason)]

    action = "course.exit" if stage in EXITS else "stage.enter"
    return perform(context, Act(action, patient, event_id, build, expected_seq=expected_seq))


def record_death(context: Context, patient: UUID, *, event_id: UUID, cause: str = "", occurred_at: datetime | None = None) -> Outcome:
    """The person has died; everything due ends in the same transaction."""
    return perform(context, Act("death.record", patient, event_id, lambda case: [DeathRecorded(cause)], occurred_at=occurred_at))
