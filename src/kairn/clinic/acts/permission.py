"""The first question of every act and read, whether this person may do this standing so to this patient, logged where the table says so."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from kairn.clinic.acts.context import Context
from kairn.clinic.acts.outcome import Refused, refused
from kairn.clinic.people import audit
from kairn.clinic.people.may import AllowedAudited, RefusedAccess, access_to, may, relations
from kairn.clinic.people.models import Patient
from kairn.clinic.people.table import table
from kairn.clinic.people.words import ROLES


@dataclass(frozen=True)
class Permitted:
    """Allowed, in these relations."""

    relations: frozenset[str]


def permitted(
    context: Context, action: str, patient: UUID | None, *, visit: UUID | None = None, event: UUID | None = None, alone: bool = False
) -> Permitted | Refused:
    """Ask the access table; a refusal of a patient of the same clinic and an audited permission each write one row in the log of reads.

    `alone`: the role acted in must suffice by itself, whatever other roles the person holds.
    """
    held = relations(context.user, patient, visit, event, context.now)
    answer = access_to(table(), action, frozenset({context.author.role}), held) if alone else may(context.user, action, held)
    if isinstance(answer, RefusedAccess):
        if patient and _of_this_clinic(context, patient):
            audit.log_reads(context.user, [patient], action, access=audit.REFUSED)
        return refused("permission", f"{answer.says}: not yours to do here.")
    if isinstance(answer, AllowedAudited) and patient:
        audit.log_reads(context.user, [patient], action, relation=answer.relation)
    return Permitted(held)


def acting(context: Context, action: str) -> Context:
    """The same person in the role that lets them do what is done in the clinic and not to a patient."""
    held = [role for role in (context.author.role, *ROLES) if role in context.user.roles]
    enough = [role for role in held if access_to(table(), action, frozenset({role}), relations(context.user, None)).granted]
    return context.in_role(next(iter(enough), context.author.role))


def _of_this_clinic(context: Context, patient: UUID) -> bool:
    return Patient.objects.filter(id=patient, clinic=context.clinic).exists()
