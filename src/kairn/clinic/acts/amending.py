"""Who a person is, written anew: a name that changed, another telephone, a birth date that was wrong; what stood there before is kept."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction

from kairn.clinic.acts.check import check_readings, day, holdable
from kairn.clinic.acts.context import Context
from kairn.clinic.acts.outcome import Done, Outcome, Reason, Refused, refused, refused_field
from kairn.clinic.acts.perform import Act, Case, perform
from kairn.clinic.people.care import amend_patient
from kairn.clinic.people.models import Patient
from kairn.record.payloads import NoteWritten, Observed, Payload, Reading
from kairn.terms.problem import Unreadable

LABELS = {
    "given_name": "given name", "family_name": "family name", "birth_date": "birth date", "sex": "sex",
    "phone": "telephone", "email": "email", "safe_contact": "when and how it is safe",
}  # fmt: skip
FACTS = ("birth_date", "sex")
"""What rules read of a person: written to the record too, where what stood before stays."""


def written_of(patient: UUID) -> dict[str, str]:
    """What is written of a person now, every field as text."""
    row = Patient.objects.get(id=patient)
    return {name: str(getattr(row, name) or "") for name in LABELS}


def amend_person(context: Context, patient: UUID, *, event_id: UUID, shown: Mapping[str, str], typed: Mapping[str, str]) -> Outcome:
    """Write the fields in which `typed` differs from what the form had `shown`, all or none; both hold text by field (see LABELS).

    The record says which fields changed and never the values, which stand with the person; a birth date or sex is a reading of the record as well.
    A field that somebody else changed since the form was opened is refused with both values named.
    """
    changed = {name: typed[name].strip() for name in LABELS if name in typed and typed[name].strip() != shown.get(name, "")}

    def build(case: Case) -> list[Payload] | Refused:
        if case.earlier is None:
            if not changed:
                return refused("input", "Nothing was changed. Change what is wrong, or go back.")
            if wrong := _overtaken(patient, shown, changed) or _wrong(context, written_of(patient) | changed, changed):
                return wrong
        readings = tuple(Reading(name, changed[name]) for name in FACTS if changed.get(name))
        said = f"Written anew: {', '.join(LABELS[name] for name in changed)}."
        return [NoteWritten(said), *([Observed(readings)] if readings else [])]

    with transaction.atomic():
        outcome = perform(context, Act("patient.amend", patient, event_id, build))
        if isinstance(outcome, Done) and not outcome.repeated:
            amend_patient(Patient.objects.get(id=patient), changed, context.user, context.now)
    return outcome


def _overtaken(patient: UUID, shown: Mapping[str, str], changed: Mapping[str, str]) -> Refused | None:
    now = written_of(patient)
    faults = [
        Reason(f"The {LABELS[name]} was {shown.get(name) or 'empty'} when you opened this page and is {now[name] or 'empty'} now. Look again.", field=name)
        for name in changed
        if now[name] != shown.get(name, "")
    ]
    return Refused("conflict", tuple(faults)) if faults else None


def _wrong(context: Context, whole: Mapping[str, str], changed: Mapping[str, str]) -> Refused | None:
    readings = tuple(Reading(name, changed[name]) for name in FACTS if changed.get(name))
    if "birth_date" in changed and not changed["birth_date"]:
        return refused_field("birth_date", "Saw the birth date taken away; expected the right one. Where it is not known, leave what stands and write a note.")
    wrong = check_readings(readings) if readings else None
    return wrong or wrong_person(context, {name: text for name, text in whole.items() if name != "birth_date"}, changed.get("birth_date", ""))


def wrong_person(context: Context, written: Mapping[str, str], birth_date: str) -> Refused | None:
    """Why what is written of a person cannot be kept; `birth_date` is a day such as 1990-02-28, or empty."""
    if not written["family_name"]:
        return refused_field("family_name", "Saw no family name; expected at least one letter. Write the name the person goes by.")
    try:
        for field, text in written.items():
            holdable(text, field)
        if birth_date and day(birth_date, "birth_date") > context.now.date():
            return refused_field("birth_date", f"Saw {birth_date}, which is still to come; expected the day the person was born.")
        Patient(clinic_id=context.clinic, **written).clean_fields(exclude=["birth_date"])
    except Unreadable as fault:
        return refused_field(fault.problem.where, str(fault))
    except ValidationError as fault:
        return Refused("input", tuple(Reason(" ".join(sentences), field=field) for field, sentences in fault.message_dict.items()))
    return None
