"""Taking a person's record from another system: one bundle, one person, one transaction, whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from kairn.clinic.acts.context import Context
from kairn.clinic.acts.outcome import Refused, refused
from kairn.clinic.acts.permission import permitted
from kairn.clinic.acts.projection import projector
from kairn.clinic.ledger.answers import Answer, Appended
from kairn.clinic.ledger.append import append
from kairn.clinic.ledger.read import history as read_history
from kairn.clinic.people.audit import log_reads
from kairn.clinic.people.care import new_patient
from kairn.clinic.people.models import Patient
from kairn.fhir.bundle import open_bundle
from kairn.fhir.demographics import Demographics
from kairn.fhir.identity import patient_uuid
from kairn.fhir.report import ImportReport
from kairn.fhir.resource import PatientBundle
from kairn.fhir.translate import Translation, translate
from kairn.record.event import Author
from kairn.terms.problem import Problem, Unreadable, unreadable

DEFAULT_SOURCE = "fhir"
TRIES = (0, 1, 2)
_ROWS = {"family_name": "name", "given_name": "name", "birth_date": "date of birth", "sex": "sex", "phone": "telephone", "email": "e-mail address"}


@dataclass(frozen=True)
class Imported:
    """The record was taken. `created`: the person is new here. `seq` is the stream's now; with a dry run nothing was stored."""

    patient: UUID
    name: str
    source: str
    created: bool
    events: tuple[UUID, ...]
    seq: int
    report: ImportReport


@dataclass(frozen=True)
class RefusedBundle(Refused):
    """Nothing of this bundle was stored; `problem` names the place where there is one."""

    problem: Problem | None = field(default=None)


@dataclass(frozen=True)
class _Desk:
    """Where one import is done: in whose name, in which clinic, when."""

    clinic: UUID
    author: Author
    now: datetime
    dry_run: bool


def import_bundle(context: Context, raw: bytes, *, where: str = "", source: str = "", dry_run: bool = False) -> Imported | Refused:
    """Take one patient Bundle (plain or gzip) in the name of a signed-in person.

    source: the name under which the sending system's ids are unique; by default the server's own address, where the bundle says it.
    Somebody who was known here already is noted in the log of reads.
    """
    allowed = permitted(context, "patient.register", None)
    if isinstance(allowed, Refused):
        return allowed
    if context.user.clinic_id != context.clinic:
        return refused("permission", "You do not work in this clinic; nothing was imported.")
    found = _import(_Desk(context.clinic, context.author, context.now, dry_run), raw, where, source)
    if isinstance(found, Imported) and not found.created:
        log_reads(context.user, [found.patient], "import")
    return found


def import_at_the_server(
    clinic: UUID, operator: str, raw: bytes, *, now: datetime, where: str = "", source: str = "", dry_run: bool = False
) -> Imported | Refused:
    """The same for whoever runs the server itself: the events say `operator`, in the role system."""
    return _import(_Desk(clinic, Author(f"operator {operator}", operator, "system"), now, dry_run), raw, where, source)


def _import(desk: _Desk, raw: bytes, where: str, source: str) -> Imported | Refused:
    try:
        bundle = open_bundle(raw, where)
        return _taken(desk, bundle, source or bundle.server or DEFAULT_SOURCE)
    except Unreadable as fault:
        return replace(RefusedBundle("input", refused("input", str(fault)).reasons), problem=fault.problem)


def _taken(desk: _Desk, bundle: PatientBundle, source: str) -> Imported | Refused:
    """Read what is here, translate, append; again when somebody recorded something for this person in between."""
    stream = patient_uuid(desk.clinic, source, bundle.patient.id)
    answer: Answer | None = None
    for _ in TRIES:
        past = read_history(stream)
        made = translate(bundle, past, stream=stream, by=desk.author, source=source, now=desk.now)
        known = Patient.objects.filter(id=stream).first()
        _check_person(made.demographics, known, bundle, source)
        notes = (*made.report.notes, *_kept(made.demographics, known))
        done = Imported(stream, made.demographics.name, source, known is None, (), past.seq, replace(made.report, notes=notes))
        if desk.dry_run:
            return done
        answer = _stored(desk, stream, made, past.seq)
        if isinstance(answer, Appended):
            return replace(done, events=tuple(event.id for event in answer.events), seq=max(past.seq, answer.seq(stream)))
    return refused("conflict", f"Somebody else is writing in this record ({type(answer).__name__.lower()}). Nothing was stored; import it again.")


def _stored(desk: _Desk, stream: UUID, made: Translation, seq: int) -> Answer:
    with transaction.atomic():
        new_patient(desk.clinic, stream, **_row(made.demographics))
        if not made.drafts:
            return Appended(())
        answer = append(desk.clinic, made.drafts, expected_seq={stream: seq}, project=projector(desk.clinic, desk.now))
        if not isinstance(answer, Appended):
            transaction.set_rollback(True)
    return answer


def _row(person: Demographics) -> dict[str, Any]:
    """The columns of a new patient. Contacts that do not fit are left out; the report says so."""
    row = {name: getattr(person, name) for name in _ROWS}
    return row | {name: "" for name in ("phone", "email") if _too_long(name, row[name])}


def _too_long(name: str, value: object) -> bool:
    longest = getattr(Patient._meta.get_field(name), "max_length", None)
    return isinstance(value, str) and longest is not None and len(value) > longest


def _check_person(person: Demographics, known: Patient | None, bundle: PatientBundle, source: str) -> None:
    """Refuse a name that does not fit, and an id under which another person is known here. Raises Unreadable."""
    place = bundle.patient.body.place
    for name in ("family_name", "given_name"):
        if _too_long(name, getattr(person, name)):
            raise unreadable(f"a name of {len(getattr(person, name))} letters", "a name that a person goes by", "Correct it at the source.", place)
    if known and known.birth_date and person.birth_date and known.birth_date != person.birth_date and known.family_name != person.family_name:
        raise unreadable(
            f"{bundle.patient.label}, under which {source} has sent a person with another family name and another date of birth", "the same person",
            "If it comes from another system, name that system with --source (or Source on the upload page).", place,
        )  # fmt: skip


def _kept(person: Demographics, known: Patient | None) -> list[str]:
    """Notes on what the source says of the person and the clinic's own record does not take over."""
    if known is None:
        return [f"The source's {_ROWS[name]} is too long and was left out." for name in ("phone", "email") if _too_long(name, getattr(person, name))]
    said = {name: value for name in _ROWS if (value := getattr(person, name)) and value != "unknown"}
    other = dict.fromkeys(_ROWS[name] for name, value in said.items() if value != getattr(known, name))
    return [f"The source says another {what} than the clinic's own record, which was kept." for what in other]
