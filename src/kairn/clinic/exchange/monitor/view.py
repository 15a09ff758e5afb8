"""The door for a bedside monitor: one row a request, answered in JSON; what it may send and is told stands in docs/reference/monitor.md."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from kairn.clinic.acts.monitor import Stored, store_row
from kairn.clinic.acts.outcome import Refused
from kairn.clinic.people.monitors import Machine
from kairn.monitor.body import row_of
from kairn.record.codec import encode
from kairn.record.payloads_monitor import MonitorRejected
from kairn.terms.problem import Unreadable
from kairn.terms.strict_json import read_json

LARGEST = 16 * 1024
DIGITS = 9
STATUS = {"conflict": 409, "policy": 409, "input": 422}


@csrf_exempt  # known by its token; no browser's cookie opens this door
@require_POST
def monitor_row(request: HttpRequest, visit: UUID) -> JsonResponse:
    """Keep one row of the visit the token was made for."""
    machine = request.kairn.who  # type: ignore[attr-defined]
    assert isinstance(machine, Machine) and machine.link.visit == visit, "the access table lets only a visit's own monitor in"
    raw = _body(request)
    if raw is None:
        return _said(413, f"Saw more than {LARGEST:,} bytes; expected one row.")
    try:
        plain = read_json(raw, "body")
    except Unreadable as fault:
        return _said(400, str(fault))
    try:
        row = row_of(plain)
    except Unreadable as fault:
        return _said(422, str(fault))
    outcome = store_row(machine, row, timezone.now())
    if isinstance(outcome, Refused):
        return _said(STATUS[outcome.kind], " ".join(reason.text for reason in outcome.reasons))
    return JsonResponse(_plain(outcome, visit, machine.link.device))


def _body(request: HttpRequest) -> bytes | None:
    """The bytes of a row; None where there are too many, unread where their number is told."""
    told = request.headers.get("Content-Length", "")
    if told.isdigit() and int(told[:DIGITS]) > LARGEST:
        return None
    try:
        raw = request.body
    except RequestDataTooBig:
        return None
    return raw if len(raw) <= LARGEST else None


def _plain(stored: Stored, visit: UUID, device: str) -> dict[str, Any]:
    rejected = encode(MonitorRejected(visit, device, stored.read.rejected))["values"]
    accepted = [{"fact": one.fact, "value": one.value, "unit": one.unit} for one in stored.read.readings]
    events = [str(event) for event in stored.done.events]
    return {"repeated": stored.done.repeated, "events": events, "at": stored.read.at.isoformat(), "accepted": accepted, "rejected": rejected,
            "note": stored.read.note}  # fmt: skip


def _said(status: int, sentence: str) -> JsonResponse:
    return JsonResponse({"error": sentence}, status=status)
