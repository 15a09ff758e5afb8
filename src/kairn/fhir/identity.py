"""Names that never change: event ids made from (source, type, id, body digest), and patient ids from (clinic, source, id)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from uuid import UUID, uuid5

from kairn.fhir.node import Node

_ROOM = UUID("0f4b3c2e-7a53-5d1c-9a38-5b8b2f0f6d11")
_LEFT_OUT = ("meta", "text")


def patient_uuid(clinic: UUID, source: str, patient: str) -> UUID:
    """Our patient (and stream) for a source's Patient id, in one clinic."""
    return _named("patient", str(clinic), source, patient)


def event_uuid(stream: UUID, source: str, key: tuple[str, str, str], digest: str, again: int) -> UUID:
    """The event for a resource with this body. `again` counts how often this body was recorded here before."""
    return _named("event", str(stream), source, *key, digest, str(again))


def strike_uuid(event: UUID, again: int) -> UUID:
    """The strike of an event. `again` counts how often it was struck before."""
    return _named("strike", str(event), str(again))


def digest_of(parts: Iterable[Node | str]) -> str:
    """SHA-256 over what resources and other parts say; a resource's meta and narrative are left out, since a server renews them at each export."""
    plain = json.dumps([_content(part) for part in parts], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(plain.encode()).hexdigest()


def _content(part: Node | str) -> object:
    value = part.value if isinstance(part, Node) else part
    if isinstance(value, dict) and "resourceType" in value:
        return {name: inner for name, inner in value.items() if name not in _LEFT_OUT}
    return value


def _named(*parts: str) -> UUID:
    return uuid5(_ROOM, json.dumps(parts, ensure_ascii=False))
