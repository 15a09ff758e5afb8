"""The small shapes that payloads share: a code, an origin, a reading, a signature."""

from __future__ import annotations

import msgspec


class Coding(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A code in a code system (FHIR's word): system URI, code, display."""

    system: str
    code: str
    display: str = ""


class Origin(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where an imported event came from: source system, FHIR type, id, and version or body digest."""

    source: str
    type: str
    id: str
    version: str


class Reading(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One value of one fact: a number as text with its UCUM unit, or yes/no/a choice with no unit."""

    fact: str
    value: str
    unit: str = ""


class Signature(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a signer was shown: protocol and its content hash, Kairn version, the seq seen, the rules that blocked."""

    protocol: str
    version: str
    content_hash: str
    kairn: str
    seq_seen: int
    blocking: tuple[str, ...] = ()
