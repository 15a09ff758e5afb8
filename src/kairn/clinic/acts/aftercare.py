"""After an infusion and in the years after the series: contacts that do a duty, with what was said."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

from kairn.clinic.acts.check import check_readings, one_of
from kairn.clinic.acts.context import Context
from kairn.clinic.acts.outcome import Outcome, Refused, refused_field
from kairn.clinic.acts.perform import Act, Case, perform
from kairn.clinic.acts.urgent import for_readings
from kairn.protocol.rule import RuleKind
from kairn.record.payloads import ContactMade, Payload, Reading

How = Literal["in-person", "phone", "video", "message", "no-answer"]


def record_contact(  # noqa: PLR0913
    context: Context, patient: UUID, *, event_id: UUID, duty: str, how: How, visit: UUID | None = None, note: str = "", readings: Sequence[Reading] = (),
    occurred_at: datetime | None = None,
) -> Outcome:  # fmt: skip
    """A duty was done, or tried in vain with `no-answer`. `duty` is the duty's rule id; a duty of one visit names the visit.

    Suicidal plan or intent among the readings opens an urgent task in the same transaction.
    """
    return _contact(context, "aftercare.record", patient, event_id, ContactMade(duty, how, visit, note, tuple(readings)), occurred_at)


def record_follow_up(
    context: Context, patient: UUID, *, event_id: UUID, duty: str, how: How, readings: Sequence[Reading], note: str = "", occurred_at: datetime | None = None
) -> Outcome:
    """A follow-up of the months after the series: what was measured and asked, or `no-answer` with nothing."""
    if how != "no-answer" and not readings:
        return refused_field("readings", "Saw no answer at all; expected at least one. Where nobody was reached, say no answer.")
    return _contact(context, "followup.record", patient, event_id, ContactMade(duty, how, None, note, tuple(readings)), occurred_at)


def _contact(context: Context, action: str, patient: UUID, event_id: UUID, made: ContactMade, occurred_at: datetime | None) -> Outcome:
    if made.readings and (wrong := check_readings(made.readings)):
        return wrong

    def build(case: Case) -> list[Payload] | Refused:
        one_of(made.how, get_args(How), "how")
        return _not_so(case, made) or [made, *for_readings(case, made.readings, made.visit)]

    return perform(context, Act(action, patient, event_id, build, occurred_at=occurred_at))


def _not_so(case: Case, made: ContactMade) -> Refused | None:
    if made.how == "no-answer" and made.readings:
        return refused_field("readings", "Saw answers although nobody was reached; expected none. Say how the person was reached.")
    if made.visit is not None:
        case.visit(made.visit)
    rule = case.protocol.by_id.get(made.duty) if case.protocol else None
    if case.protocol and (rule is None or rule.kind is not RuleKind.DUTY):
        return refused_field("duty", f"Saw {made.duty!r}; expected a duty of the protocol in force. Choose it from what is due.")
    if rule and bool(rule.while_.phases) != (made.visit is not None):
        return refused_field("visit", "This duty belongs to one visit: name it." if made.visit is None else "This duty belongs to no visit: name none.")
    return None
