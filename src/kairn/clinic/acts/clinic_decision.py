"""A decision about the clinic and not about a patient: one event in the clinic's own stream, once for a form, refused when the page was stale."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from kairn.clinic.acts.context import Context
from kairn.clinic.acts.outcome import Done, Outcome, Reason, Refused, refused, refused_field
from kairn.clinic.acts.perform import outcome_of
from kairn.clinic.acts.permission import acting, permitted
from kairn.clinic.ledger import read
from kairn.clinic.ledger.append import append
from kairn.record.event import Draft, Event, StreamKind
from kairn.record.payloads import Payload
from kairn.terms.problem import Unreadable


@dataclass(frozen=True)
class ClinicForm:
    """One form on its way: the action it asks, what it would record, and whether what is recorded under its id already says the same.

    `stale` is the sentence for who decides on a page older than the clinic's stream.
    """

    action: str
    event_id: UUID
    expected_seq: int
    build: Callable[[], Payload | Refused]
    same: Callable[[Payload], bool]
    stale: str


def clinic_seq(clinic: UUID) -> int:
    """Where the clinic's own stream stands: what a decision about the clinic sends as expected_seq."""
    return read.head(clinic)


def decided(context: Context, form: ClinicForm) -> Outcome:
    """Permission, then what was recorded of this form before, then the clinic's stream as it was seen, then the act's own reasons."""
    allowed = permitted(context, form.action, None)
    if isinstance(allowed, Refused):
        return allowed
    if (earlier := read.event(form.event_id)) is not None:
        return _again(context, form, earlier)
    if (now := clinic_seq(context.clinic)) != form.expected_seq:
        return Refused("stale", (Reason(form.stale),), now)
    try:
        payload = form.build()
    except Unreadable as fault:
        return refused_field(fault.problem.where, str(fault))
    if isinstance(payload, Refused):
        return payload
    draft = Draft(form.event_id, context.clinic, context.now, acting(context, form.action).author, payload, stream_kind=StreamKind.CLINIC)
    return outcome_of(append(context.clinic, [draft], expected_seq={context.clinic: form.expected_seq}), context.clinic)


def _again(context: Context, form: ClinicForm, earlier: Event) -> Outcome:
    """The same form twice is one event; an id that stands for something else is refused."""
    if earlier.stream == context.clinic and earlier.by.id == context.author.id and form.same(earlier.payload):
        return Done((earlier.id,), earlier.seq, repeated=True)
    return refused("conflict", "Something else was recorded under this form already. Open the page again and enter it anew.")
