"""A row as a monitor sends it over the network: one JSON object, its time and its channels with their units."""

from __future__ import annotations

import json
from typing import Any

from kairn.monitor.row import Row, Sent
from kairn.terms.problem import unreadable
from kairn.terms.strict_json import NumberText
from kairn.terms.times import instant

MOST_CHANNELS = 40
FIELDS = ("time", "channels")


def row_of(plain: Any) -> Row:
    """The row of a JSON value as `read_json` gives it. Raises Unreadable for what is no row; a channel that holds garbage is a row all the same.

    `{"time": "2026-11-22T09:30:00Z", "channels": {"HR": {"value": 72, "unit": "/min"}}}`; a value is a number or text, null is not sent.
    """
    if not isinstance(plain, dict) or set(plain) != set(FIELDS):
        seen = f"the fields {', '.join(sorted(map(str, plain)))[:80] or 'none'}" if isinstance(plain, dict) else "JSON that is no object"
        raise unreadable(seen, f"an object with {' and '.join(FIELDS)}, and nothing else", "Send one row as the reference shows it.", "body")
    time, channels = plain["time"], plain["channels"]
    if not isinstance(time, str) or isinstance(time, NumberText):
        raise unreadable("a time that is no text", "an instant such as 2026-11-22T09:30:00Z", "Send it with its zone.", "time")
    if not isinstance(channels, dict) or not 0 < len(channels) <= MOST_CHANNELS:
        seen = f"{len(channels)} channels" if isinstance(channels, dict) else "channels that are no object"
        raise unreadable(seen, f"at least one channel by its name, and at most {MOST_CHANNELS}", "Send one row at a time.", "channels")
    row = Row(instant(time, "time"), {name: _sent(one) for name, one in channels.items()})
    if not row.sent:
        raise unreadable("a row in which no channel holds anything", "at least one value", "Leave the row out; a gap is drawn as a gap.", "channels")
    return row


def _sent(one: Any) -> Sent:
    if not isinstance(one, dict) or not set(one) <= {"value", "unit"}:
        return Sent(_text(one), "")
    unit = one.get("unit")
    return Sent(_text(one.get("value")), unit if isinstance(unit, str) else _text(unit))


def _text(value: Any) -> str:
    """A value as text: of what is neither number nor text its JSON, so that a person can see what came."""
    return "" if value is None else str(value) if isinstance(value, str) else json.dumps(value)
