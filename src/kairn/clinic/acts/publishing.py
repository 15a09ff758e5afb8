"""Making a protocol the one in force in a clinic: by two different people, each of whom may."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from kairn.clinic.acts.context import Context
from kairn.clinic.acts.outcome import Outcome, Refused, refused, refused_field
from kairn.clinic.acts.perform import outcome_of
from kairn.clinic.acts.permission import permitted
from kairn.clinic.ledger.append import append
from kairn.clinic.ledger.read import head
from kairn.clinic.people.may import may, relations
from kairn.clinic.people.models import User
from kairn.protocol.load import load_protocol
from kairn.record.event import Draft, StreamKind
from kairn.record.payloads import ProtocolPublished
from kairn.terms.problem import Unreadable


def publish_protocol(context: Context, *, event_id: UUID, protocol: str, version: str, second: User, effective: date | None = None) -> Outcome:
    """Publish the protocol as its files stand now; `second` is the other person, who has signed in on the same page. From `effective` on (today)."""
    allowed = permitted(context, "protocol.publish", None)
    if isinstance(allowed, Refused):
        return allowed
    if second.id == context.user.id:
        return refused_field("second", "A protocol is published by two different people. Ask a second person.")
    if second.clinic_id != context.clinic or not may(second, "protocol.publish", relations(second, None)).granted:
        return refused_field("second", "The second person may not publish protocols in this clinic.")
    try:
        found = load_protocol(protocol, version)
    except Unreadable as fault:
        return refused("input", str(fault))
    body = ProtocolPublished(found.id, found.version, found.content_hash, str(second.id), effective or context.now.date())
    draft = Draft(event_id, context.clinic, context.now, context.author, body, stream_kind=StreamKind.CLINIC)
    return outcome_of(append(context.clinic, [draft], expected_seq={context.clinic: head(context.clinic)}), context.clinic)
