"""What an event can say of who stands at the chair: offered to the next one, and taken over with a signature."""

from __future__ import annotations

from uuid import UUID

from kairn.record.payloads import Payload
from kairn.record.shapes import Signature


class CareHandedOver(Payload, frozen=True):
    """Whoever is at the chair offers the person to the next one, and stays until somebody signs. `to` is the account meant; empty means whoever comes."""

    KIND = "care.handed-over"
    visit: UUID
    said: str = ""
    to: str = ""
    to_name: str = ""
    seq_seen: int = 0


class CareTakenOver(Payload, frozen=True):
    """Another one has read what event `follows` offered, and stands at the chair from the second of this event on; whom they relieve is told again."""

    KIND = "care.taken-over"
    DECISION = True
    follows: UUID
    visit: UUID
    relieved: str
    signature: Signature
