"""The plan of a series: what the protocol allows, and what the prescriber tailors and signs."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from kairn.clinic.acts.dose_weights import basis_to_plan
from kairn.clinic.acts.outcome import Refused
from kairn.clinic.acts.signing import sign_plan
from kairn.clinic.screens.forms import words
from kairn.clinic.screens.forms.answers import Again, answer, event_id, expected_seq, fresh, wrong
from kairn.clinic.screens.forms.desk import Desk, Who, address, open_desk, who
from kairn.clinic.screens.forms.facts import latest
from kairn.clinic.screens.forms.gates import gate_of, weighed
from kairn.clinic.screens.forms.newer import newer
from kairn.clinic.screens.parts import GatePart
from kairn.library.sources import SOURCES
from kairn.pathway.standing import Move, MoveKind
from kairn.protocol.rule import DoseLimits, Protocol
from kairn.record.payloads import PlanSigned
from kairn.terms.answer import Answer

COUNTS = {"infusions": "a whole number of infusions", "spacing_days": "a whole number of days"}


@dataclass(frozen=True)
class Limits:
    """What the protocol says of the infusion, in words."""

    drug: str
    dose: str
    soft: str
    hard: str
    unit: str
    duration: str
    duration_hard: str
    duration_unit: str
    infusions: str
    spacing: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class PlanPage:
    """The plan form, the limits beside it, and what was signed before."""

    who: Who
    seq: int
    again: Again
    limits: Limits | None
    basis: str
    weight: str
    signed: tuple[tuple[str, str], ...]
    signed_by: str
    gates: tuple[GatePart, ...]
    may_sign: bool
    newer: tuple[str, ...]
    why: str


@require_http_methods(["GET", "HEAD", "POST"])
def plan(request: HttpRequest, patient: UUID) -> HttpResponse:
    """Show the plan; a POST signs one."""
    desk = open_desk(request, patient)
    if not isinstance(desk, Desk):
        return desk
    return _sign(request, desk) if request.method == "POST" else _show(request, desk, fresh())


def _sign(request: HttpRequest, desk: Desk) -> HttpResponse:
    typed = {name: request.POST.get(name, "").strip() for name in ("infusions", "spacing_days", "dose", "duration", "goals", "reason")}
    errors = {name: f"Saw {typed[name] or 'nothing'!r}; expected {what}." for name, what in COUNTS.items() if not _whole(typed[name])}
    if errors or desk.chart.protocol is None:
        return _show(request, desk, wrong(errors or {"dose": desk.chart.why}, request.POST))
    limits, seen = desk.chart.protocol.infusion, expected_seq(request)
    outcome = sign_plan(
        desk.context, desk.patient, event_id=event_id(request), expected_seq=seen, infusions=int(typed["infusions"]), spacing_days=int(typed["spacing_days"]),
        dose=f"{typed['dose']} {limits.dose.unit}", duration=f"{typed['duration']} {limits.duration.unit}", goals=typed["goals"], reason=typed["reason"],
    )  # fmt: skip
    since = seen if isinstance(outcome, Refused) and outcome.kind == "stale" else 0
    return answer(request, outcome, address("patient", desk.patient), "Plan signed.", lambda again: _newly(request, desk.patient, again, since))


def _whole(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= len("1000")


def _newly(request: HttpRequest, patient: UUID, again: Again, since: int) -> HttpResponse:
    desk = open_desk(request, patient)
    return _show(request, desk, again, since) if isinstance(desk, Desk) else desk


def _show(request: HttpRequest, desk: Desk, again: Again, since: int = 0) -> HttpResponse:
    protocol = desk.chart.protocol
    move = desk.chart.standing.move(MoveKind.STAGE, "treatment") or Move(MoveKind.STAGE, "treatment", Answer.UNKNOWN, ())
    gates = tuple(gate_of(desk, verdict) for verdict in weighed(desk.chart.standing, move))
    found = desk.chart.history.latest(PlanSigned)
    page = PlanPage(
        who=who(desk), seq=desk.chart.seq, again=again, limits=_limits(protocol.infusion) if protocol else None,
        basis=_basis(desk, protocol) if protocol else "", weight=_weight(desk),
        signed=_told(found[1]) if found else (), signed_by=f"{found[0].by.name}, {desk.clock.when(found[0].occurred_at)}" if found else "",
        gates=gates, may_sign=desk.may("plan"), newer=newer(desk, since), why=desk.chart.why,
    )  # fmt: skip
    return render(request, "kairn/plan.html", {"page": page}, status=again.status)


def _weight(desk: Desk) -> str:
    found = latest(desk, "weight")
    return f"{words.value(found[1])}, {desk.clock.when(found[0].occurred_at)}" if found else ""


def _basis(desk: Desk, protocol: Protocol) -> str:
    """Which weight a plan signed now would make its doses from, and why; or why none can be signed."""
    found = basis_to_plan(desk.chart.history, protocol, desk.clock.now)
    return " ".join(reason.text for reason in found.reasons) if isinstance(found, Refused) else f"{found.name}, {found.because}"


def _told(plan: PlanSigned) -> tuple[tuple[str, str], ...]:
    return (("Infusions", str(plan.infusions)), ("Days between", str(plan.spacing_days)), ("Dose", f"{plan.dose}, {plan.weight_basis} weight"),
            ("Over", plan.duration), ("Goals", plan.goals))  # fmt: skip


def _limits(found: DoseLimits) -> Limits:
    low, high = found.spacing_days
    sources = tuple(f"{SOURCES[one.source].citation if one.source in SOURCES else one.source}: {one.locator}" for one in found.citations)
    return Limits(
        found.drug, str(found.dose), f"{found.soft[0]} to {found.soft[1]}", f"{found.hard[0]} to {found.hard[1]}", found.dose.unit, str(found.duration),
        f"{found.duration_hard[0]} to {found.duration_hard[1]}", found.duration.unit, str(found.infusions), f"{low} to {high}", sources,
    )  # fmt: skip
