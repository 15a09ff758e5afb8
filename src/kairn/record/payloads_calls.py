"""What an event can say of a call from the chair: whom, and whether they answered."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from kairn.record.payloads import Payload


class PrescriberCalled(Payload, frozen=True):
    """A prescriber was called about this visit. `who` is the name that was called, as text that outlives any account."""

    KIND = "prescriber.called"
    visit: UUID
    who: str
    answered: Literal["yes", "no"]
    reason: str = ""
