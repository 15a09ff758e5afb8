"""What the chair gives a tablet for a time without network: whose hand writes, the limits of single values, and words for what is entered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest

from kairn.clinic.acts.pump_rate import FIELD as FIELD_OF_RATE
from kairn.clinic.acts.pump_rate import UNIT
from kairn.clinic.people.authorship import FIELD, token_of
from kairn.clinic.screens.chair.readings import vitals_facts
from kairn.clinic.screens.chair.single import limits_alone
from kairn.clinic.screens.forms import words
from kairn.clinic.screens.visit.seat import Seat
from kairn.library.facts import FACTS
from kairn.protocol.rule import RuleKind
from kairn.terms.quantity import unit_words

KEEP = "Kairn-Keep"
NAMES = {
    "vitals": "Readings", "pump-paused": "Pump paused", "pump-stopped": "Pump stopped", "pump-volume": "Volume the pump shows", "drug": "Given",
    "rate": "Rate of the pump",
    "adverse": "Unwanted event", "adverse-follow": "Unwanted event, how it stands", "cannula-placed": "Cannula placed", "cannula-seen": "Cannula looked at",
    "cannula-removed": "Cannula removed", "called": "Prescriber called", "note": "Note",
}  # fmt: skip
"""act -> what its entry is called on the tablet."""
PLAIN = ("text", "medicine", "drug", "meant", "dose", "kind", "severity", "what", "who")
"""Fields of the chair's forms whose words need no name before them."""


def is_dimmed(request: HttpRequest) -> bool:
    """Whether the session is locked and a running visit stays in view."""
    return bool(getattr(request, "kairn_dimmed", False))


def keeping(request: HttpRequest, seat: Seat) -> dict[str, str]:
    """The header by which the tablet keeps this page for a time without network; of a visit that is over nothing is kept."""
    return {} if seat.visit.phase == "closed" else {KEEP: "dimmed" if is_dimmed(request) else "open"}


def kept_part(request: HttpRequest, seat: Seat) -> dict[str, Any]:
    """The part of the page for its script. `limits` are those that one value alone can pass; every other rule is not judged without the server."""
    context, device = seat.desk.context, str(getattr(request, "kairn_device", ""))
    token = token_of(None if is_dimmed(request) else context.user, device, seat.visit.id, seat.desk.chart.seq, context.now)
    return {
        "field": FIELD, "token": token, "chair": seat.url("chair"), "at": seat.clock.hour(context.now), "zone": seat.clock.zone.key, "acts": NAMES,
        "labels": _labels(seat), "limits": list(single_limits(seat)),
    }  # fmt: skip


def _labels(seat: Seat) -> dict[str, list[str]]:
    """fact or field -> its name, its unit and the step a rule sees it in."""
    facts = dict.fromkeys([*vitals_facts(seat), "distress", "pump_volume", *(limit["fact"] for limit in single_limits(seat))])
    plain = {name: ["", "", ""] for name in PLAIN} | {FIELD_OF_RATE: ["", UNIT, ""]}
    return plain | {fact: [words.capital(FACTS[fact].label), unit_words(FACTS[fact].unit), str(FACTS[fact].step or "")] for fact in facts}


def single_limits(seat: Seat) -> Iterator[dict[str, Any]]:
    """Each limit of a hold of this phase that one value alone can pass: no rule that wants two readings, a change, a second fact or a kind of person."""
    for rule in seat.protocol.rules if seat.protocol else ():
        if rule.kind is not RuleKind.HOLD or rule.condition is None or rule.level is None or rule.applies is not None:
            continue
        if seat.visit.phase in rule.while_.phases:
            yield from ({"level": rule.level.value, "rule": rule.title, **found} for found in limits_alone(rule.condition))
