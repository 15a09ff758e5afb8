"""Sending rows of a file to the door of a clinic, one request a row, at the pace they were recorded or faster."""

from __future__ import annotations

import json
import ssl
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from kairn.monitor.row import Row
from kairn.monitor.trace import Line
from kairn.terms.problem import Unreadable
from kairn.terms.strict_json import read_json

TRIES = 4
PATIENCE_SECONDS = 20
WAIT_SECONDS = 2
DOOR = "monitor/rows"
NOT_LET_IN = (401, 403, 404)


@dataclass(frozen=True)
class Door:
    """Where rows are sent, and by which token. `trust`: a file with the certificate of the clinic's own authority."""

    url: str
    token: str
    trust: str = ""


@dataclass
class Sending:
    """What became of the rows sent so far."""

    stored: int = 0
    repeated: int = 0
    accepted: Counter[str] = field(default_factory=Counter)
    rejected: Counter[tuple[str, str]] = field(default_factory=Counter)
    refused: list[tuple[int, int, str]] = field(default_factory=list)
    stopped: str = ""

    def plain(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "stored": self.stored,
            "repeated": self.repeated,
            "accepted": dict(sorted(self.accepted.items())),
            "rejected": [{"reason": reason, "channel": channel, "values": n} for (reason, channel), n in sorted(self.rejected.items())],
            "refused": [{"line": line, "status": status, "said": said} for line, status, said in self.refused],
            "stopped": self.stopped,
        }


def address(url: str, visit: str) -> str:
    """The address of a visit's door, from that of the clinic or of the door itself."""
    return url if url.rstrip("/").endswith(DOOR) else f"{url.rstrip('/')}/visits/{visit}/{DOOR}"


def first_moment(now: datetime, length: timedelta, speed: float) -> datetime:
    """When the earliest row of a file without a day of its own was, so that the latest is sent the moment it is dated. speed 0: all at once."""
    return now - length + (length / speed if speed else timedelta())


def send_all(door: Door, rows: Sequence[tuple[Line, Row]], speed: float, tick: Callable[[], None]) -> Sending:
    """Send every row in the order of the file; a row that gets no answer is tried again, and what nobody lets in stops."""
    done = Sending()
    trusted = ssl.create_default_context(cafile=door.trust or None) if door.url.startswith("https") else None
    begun, first = time.monotonic(), min((row.at for _, row in rows), default=None)
    for line, row in rows:
        if speed and first is not None:
            time.sleep(max(0.0, (row.at - first).total_seconds() / speed - (time.monotonic() - begun)))
        if not _sent(door, trusted, line, row, done):
            break
        tick()
    return done


def _sent(door: Door, trusted: ssl.SSLContext | None, line: Line, row: Row, done: Sending) -> bool:
    """One row; False where no further one can be sent."""
    answer = None
    for attempt in range(TRIES):
        try:
            answer = _asked(door, trusted, row)
            break
        except OSError as fault:
            done.stopped = (
                f"Line {line.number} was not sent: {door.url} does not answer ({fault}). Send the file again later: what is stored already stays one row."
            )
            time.sleep(WAIT_SECONDS * attempt)
    if answer is None:
        return False
    done.stopped = ""
    status, said = answer
    if status in NOT_LET_IN:
        done.stopped = f"Line {line.number} was not let in ({status}): {said.get('error', 'no such door')}"
        return False
    _count(line, status, said, done)
    return True


def _asked(door: Door, trusted: ssl.SSLContext | None, row: Row) -> tuple[int, dict[str, Any]]:
    channels = {name: {"value": sent.value, "unit": sent.unit} for name, sent in row.sent.items()}
    body = json.dumps({"time": row.at.isoformat(), "channels": channels}).encode()
    request = urllib.request.Request(door.url, body, {"Content-Type": "application/json", "Authorization": f"Bearer {door.token}"})
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS, context=trusted) as answer:
            return answer.status, _read(answer.read())
    except urllib.error.HTTPError as refused:
        return refused.code, _read(refused.read())


def _read(raw: bytes) -> dict[str, Any]:
    try:
        found = read_json(raw)
    except Unreadable:
        return {"error": "an answer that is no JSON; is this the address of a clinic?"}
    return found if isinstance(found, dict) else {}


def _count(line: Line, status: int, said: dict[str, Any], done: Sending) -> None:
    if not said.get("events"):
        done.refused.append((line.number, status, str(said.get("error", "no reason given"))))
        return
    done.repeated += said["repeated"] is True
    done.stored += said["repeated"] is not True
    done.accepted.update(one["fact"] for one in said["accepted"])
    done.rejected.update((one["reason"], one["channel"]) for one in said["rejected"])
