"""What a monitor at the bedside sent and was not taken as a reading; what was taken is `Observed` by a device."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

import msgspec

from kairn.record.payloads import Payload

Reason = Literal[
    "no-reading", "below-range", "above-range", "not-a-number", "no-unit", "wrong-unit", "unknown-channel", "sent-twice",
    "pressures-crossed", "rests-on-nothing", "time-ahead", "before-arrival",
]  # fmt: skip
"""Why a value is no reading. The first is ordinary: a monitor says 0 where it has none."""


class NotTaken(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One value as it was received (cut where it was long), the reason in a word and in a sentence."""

    channel: str
    value: str
    unit: str
    reason: Reason
    said: str


class MonitorRejected(Payload, frozen=True):
    """Values of one row that are no readings. No rule looks at them; a person can."""

    KIND = "monitor.rejected"
    visit: UUID
    device: str
    values: tuple[NotTaken, ...]
    note: str = ""
