"""Which protocol is in force: what two people published in the clinic, or what one person's course is pinned to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from kairn.clinic.acts.papers import protocol_of
from kairn.clinic.ledger.read import history as read_history
from kairn.protocol.rule import Protocol, Use
from kairn.record.event import Event
from kairn.record.history import History
from kairn.record.payloads import ProtocolPublished, Signature
from kairn.record.payloads_care import ProtocolAssigned, ProtocolProposed
from kairn.terms.problem import Unreadable

NONE_ACTIVE = "No protocol is in force in this clinic. Two people must publish one before anything can be weighed or signed."


@dataclass(frozen=True)
class InForce:
    """The protocol, or the sentence that says why there is none."""

    protocol: Protocol | None
    why: str = ""


@dataclass(frozen=True)
class Publication:
    """One publication that counts: what, by whom, proposed by whom (an account's id), in force from which day."""

    event: Event
    said: ProtocolPublished

    @property
    def content_hash(self) -> str:
        """The content that was published."""
        return self.said.content_hash

    @property
    def place(self) -> tuple[date, int]:
        """Of two whose day has come the later day counts, and of one day the later publication."""
        return self.said.effective, self.event.seq


def publications(clinic: UUID, past: History | None = None) -> tuple[Publication, ...]:
    """What two different people published, in the order it was. `past` is the clinic's own history where it was read already, as for many people at once."""
    found = (read_history(clinic) if past is None else past).all(ProtocolPublished)
    return tuple(Publication(event, said) for event, said in found if said.second not in ("", event.by.id))


def published(clinic: UUID, past: History | None = None) -> tuple[ProtocolPublished, ...]:
    """The same without who and when."""
    return tuple(each.said for each in publications(clinic, past))


def proposals(clinic: UUID) -> tuple[tuple[Event, ProtocolProposed], ...]:
    """Proposals that wait for a second person: neither withdrawn nor published since."""
    found = read_history(clinic).all(ProtocolProposed)
    done = publications(clinic)
    return tuple((event, said) for event, said in found if not any(each.content_hash == said.content_hash and each.event.seq > event.seq for each in done))


def in_force(clinic: UUID, now: datetime, past: History | None = None) -> InForce:
    """The protocol that new courses begin under."""
    found = latest_begun(clinic, now, past)
    return load_published(found.said) if found else InForce(None, NONE_ACTIVE)


def latest_begun(clinic: UUID, now: datetime, past: History | None = None) -> Publication | None:
    """The publication whose day came latest."""
    begun = [each for each in publications(clinic, past) if each.said.effective <= now.date()]
    return max(begun, key=lambda each: each.place, default=None)


def in_force_for(clinic: UUID, history: History, now: datetime, past: History | None = None) -> InForce:
    """The protocol of one person: what they are pinned to where the clinic published that, otherwise the clinic's."""
    past = read_history(clinic) if past is None else past
    found = pinned(clinic, history, past)
    return load_published(found) if found else in_force(clinic, now, past)


def pinned(clinic: UUID, history: History, past: History | None = None) -> ProtocolPublished | None:
    """The publication a course stays on: of the latest entry that moved the person, or was signed under a protocol, whichever came later."""
    wanted = pin(history)
    same = [each for each in published(clinic, past) if wanted and _name(each) == _name(wanted)]
    return same[-1] if same else None


def pin(history: History) -> ProtocolAssigned | Signature | None:
    """What the latest entry that counts says of the person's protocol; None where nothing was signed yet."""
    for event in reversed(history.live):
        if isinstance(event.payload, ProtocolAssigned):
            return event.payload
        signature = getattr(event.payload, "signature", None)
        if isinstance(signature, Signature) and signature.protocol:
            return signature
    return None


def _name(each: ProtocolPublished | ProtocolAssigned | Signature) -> tuple[str, str, str]:
    return each.protocol, each.version, each.content_hash


def load_published(wanted: ProtocolPublished) -> InForce:
    """A published protocol out of the database, or the sentence that says why it cannot be had."""
    name = f"{wanted.protocol} {wanted.version}"
    try:
        found = protocol_of(wanted.content_hash)
    except Unreadable as fault:
        return InForce(None, f"The published protocol {name} cannot be read: {fault}")
    if found.use is not Use.CLINIC:
        return InForce(None, f"The protocol {name} is for comparison, not for treating people. It cannot be in force.")
    if (found.id, found.version) != (wanted.protocol, wanted.version):
        return InForce(None, f"What was published as {name} says that it is {found.id} {found.version}. Publish it anew under its own name.")
    return InForce(found)
