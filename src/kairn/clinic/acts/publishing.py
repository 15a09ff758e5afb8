"""Making a protocol the one in force: one person proposes exactly these bytes, another one publishes them, each in a sitting of their own."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from kairn.clinic.acts.check import needed
from kairn.clinic.acts.clinic_decision import ClinicForm, decided
from kairn.clinic.acts.context import Context
from kairn.clinic.acts.folders import folder_of, load_folder
from kairn.clinic.acts.outcome import Outcome, Refused, refused, refused_field
from kairn.clinic.acts.papers import keep_bytes, protocol_of
from kairn.clinic.acts.protocols import proposals
from kairn.clinic.ledger import read
from kairn.clinic.ledger.papers import short
from kairn.protocol.check import check_protocol
from kairn.protocol.rule import Protocol, Use
from kairn.record.event import Event
from kairn.record.payloads import EnteredInError, Payload, ProtocolPublished
from kairn.record.payloads_care import ProtocolProposed

ACTION = "protocol.publish"
REFERENCE = "This protocol is for comparison, not for treating people. It can be read and compared; it is never published."
STALE = "Somebody proposed, published or withdrew a protocol since this page was opened. Look at it again and decide."
NOT_WAITING = "That proposal does not wait any more: it was published or withdrawn. Open the protocols again."
TWO_PEOPLE = "You proposed this yourself. A protocol is published by two different people: ask another prescriber or the clinic lead."


def propose_protocol(context: Context, *, event_id: UUID, expected_seq: int, content_hash: str, note: str = "") -> Outcome:
    """Propose the protocol folder whose files give `content_hash` now; its bytes are copied into the database. It is in force only when another publishes it.

    `expected_seq` is the clinic's own stream as the page showed it (`clinic_seq`).
    """

    def build() -> Payload | Refused:
        folder = folder_of(content_hash)
        if folder is None:
            return refused("policy", f"No protocol has the content {short(content_hash)} any more: its files changed. Open it again and read what it says now.")
        if stop := _unsound(load_folder(folder)) or _waiting(context, content_hash):
            return stop
        keep_bytes(folder)
        return ProtocolProposed(folder.protocol, folder.version, content_hash, note.strip())

    def same(stored: Payload) -> bool:
        return isinstance(stored, ProtocolProposed) and (stored.content_hash, stored.note) == (content_hash, note.strip())

    return decided(context, ClinicForm(ACTION, event_id, expected_seq, build, same, STALE))


def publish_protocol(context: Context, *, event_id: UUID, expected_seq: int, proposal: UUID, effective: date | None = None) -> Outcome:
    """Publish what somebody else proposed, to the byte; in force from `effective` on (today). The folder must still give what was proposed."""

    def build() -> Payload | Refused:
        found = _proposal(context, proposal)
        if found is None:
            return refused("policy", NOT_WAITING)
        event, said = found
        if event.by.id == context.author.id:
            return refused("permission", TWO_PEOPLE)
        if stop := _changed_since(event, said) or _unsound(protocol_of(said.content_hash)) or _too_early(context, effective):
            return stop
        return ProtocolPublished(said.protocol, said.version, said.content_hash, event.by.id, effective or context.now.date())

    def same(stored: Payload) -> bool:
        event = read.event(proposal)
        pinned = event.payload.content_hash if event and isinstance(event.payload, ProtocolProposed) else ""
        return isinstance(stored, ProtocolPublished) and stored.content_hash == pinned and effective in (None, stored.effective)

    return decided(context, ClinicForm(ACTION, event_id, expected_seq, build, same, STALE))


def withdraw_proposal(context: Context, *, event_id: UUID, expected_seq: int, proposal: UUID, reason: str) -> Outcome:
    """Take back a proposal that waits; it stays readable, struck out."""

    def build() -> Payload | Refused:
        if _proposal(context, proposal) is None:
            return refused("policy", NOT_WAITING)
        return EnteredInError(proposal, needed(reason, "reason", "why the proposal is taken back"))

    def same(stored: Payload) -> bool:
        return isinstance(stored, EnteredInError) and (stored.event, stored.reason) == (proposal, reason.strip())

    return decided(context, ClinicForm(ACTION, event_id, expected_seq, build, same, STALE))


def proposed(context: Context, proposal: UUID) -> ProtocolProposed | None:
    """What a proposal of this clinic says, whether it waits or not; None where there is none such."""
    event = read.event(proposal)
    mine = event is not None and event.stream == context.clinic
    return event.payload if event and mine and isinstance(event.payload, ProtocolProposed) else None


def _unsound(protocol: Protocol) -> Refused | None:
    if protocol.use is not Use.CLINIC:
        return refused("policy", REFERENCE)
    problems = check_protocol(protocol)
    if not problems:
        return None
    head = f"{protocol.id} {protocol.version} has {len(problems)} fault{'s' if len(problems) > 1 else ''}. Mend them first: kairn protocol check says all."
    return refused("policy", head, *(str(problem) for problem in problems))


def _waiting(context: Context, content_hash: str) -> Refused | None:
    by = next((event.by.name for event, said in proposals(context.clinic) if said.content_hash == content_hash), "")
    return refused("policy", f"{by} proposed exactly this already. Another person can publish it.") if by else None


def _proposal(context: Context, proposal: UUID) -> tuple[Event, ProtocolProposed] | None:
    return next((each for each in proposals(context.clinic) if each[0].id == proposal), None)


def _changed_since(event: Event, said: ProtocolProposed) -> Refused | None:
    if folder_of(said.content_hash) is not None:
        return None
    return refused(
        "policy", f"The files of {said.protocol} {said.version} are not the ones that {event.by.name} proposed ({short(said.content_hash)}). Propose them anew."
    )


def _too_early(context: Context, effective: date | None) -> Refused | None:
    today = context.now.date()
    if effective is None or effective >= today:
        return None
    said = f"Saw {effective:%Y-%m-%d}; expected {today:%Y-%m-%d} or later: what was signed before was signed under another protocol."
    return refused_field("effective", said)
