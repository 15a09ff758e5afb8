"""Which protocol is in force: what two people published in the clinic, or what the person's latest signature was made under."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from kairn.clinic.ledger.read import history as read_history
from kairn.protocol.load import load_protocol
from kairn.protocol.rule import Protocol
from kairn.record.history import History
from kairn.record.payloads import ProtocolPublished, Signature
from kairn.terms.problem import Unreadable

NONE_ACTIVE = "No protocol is in force in this clinic. Two people must publish one before anything can be weighed or signed."


@dataclass(frozen=True)
class InForce:
    """The protocol, or the sentence that says why there is none."""

    protocol: Protocol | None
    why: str = ""


@lru_cache
def _loaded(protocol_id: str, version: str) -> Protocol:
    return load_protocol(protocol_id, version)


def published(clinic: UUID) -> tuple[ProtocolPublished, ...]:
    """What two different people published, in the order it was."""
    return tuple(payload for event, payload in read_history(clinic).all(ProtocolPublished) if payload.second not in ("", event.by.id))


def in_force(clinic: UUID, now: datetime) -> InForce:
    """The protocol that new courses begin under: the latest published whose day has come."""
    begun = [each for each in published(clinic) if each.effective <= now.date()]
    return _load(begun[-1]) if begun else InForce(None, NONE_ACTIVE)


def in_force_for(clinic: UUID, history: History, now: datetime) -> InForce:
    """The protocol of one person: of their latest signature where the clinic published that one, otherwise the clinic's."""
    signed = latest_signature(history)
    if signed:
        for each in reversed(published(clinic)):
            if (each.protocol, each.version, each.content_hash) == (signed.protocol, signed.version, signed.content_hash):
                return _load(each)
    return in_force(clinic, now)


def latest_signature(history: History) -> Signature | None:
    """The signature of the latest signed event that counts, made under a protocol."""
    for event in reversed(history.live):
        signature = getattr(event.payload, "signature", None)
        if isinstance(signature, Signature) and signature.protocol:
            return signature
    return None


def _load(wanted: ProtocolPublished) -> InForce:
    name = f"{wanted.protocol} {wanted.version}"
    try:
        found = _loaded(wanted.protocol, wanted.version)
    except Unreadable as fault:
        return InForce(None, f"The published protocol {name} cannot be read: {fault}")
    if found.content_hash != wanted.content_hash:
        return InForce(None, f"The files of protocol {name} are not the ones that were published. Publish them, or put the published ones back.")
    return InForce(found)
