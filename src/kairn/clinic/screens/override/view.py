"""Setting one rule aside for a while: who, why, until when; shown as an override wherever the rule is shown."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from kairn.clinic.acts.outcome import Refused
from kairn.clinic.acts.signing import sign_override
from kairn.clinic.screens.forms.answers import Again, answer, event_id, expected_seq, fresh, wrong
from kairn.clinic.screens.forms.desk import Desk, Who, address, open_desk, who
from kairn.clinic.screens.forms.facts import moment
from kairn.clinic.screens.forms.gates import gate_of
from kairn.clinic.screens.forms.newer import newer
from kairn.clinic.screens.parts import GatePart
from kairn.clinic.screens.why.view import verdict_of
from kairn.pathway.standing import Verdict


@dataclass(frozen=True)
class OverridePage:
    """The rule as it stands, and the form."""

    who: Who
    seq: int
    again: Again
    part: GatePart
    roles: str
    longest: str
    never: bool
    back: str
    newer: tuple[str, ...]


@require_http_methods(["GET", "HEAD", "POST"])
def override(request: HttpRequest, patient: UUID, rule: str) -> HttpResponse:
    """Show the rule with the form; a POST signs the override."""
    desk = open_desk(request, patient)
    if not isinstance(desk, Desk):
        return desk
    verdict = verdict_of(desk, rule, request.GET.get("visit", ""))
    if verdict is None:
        raise Http404
    return _sign(request, desk, verdict) if request.method == "POST" else _show(request, desk, verdict, fresh())


def _sign(request: HttpRequest, desk: Desk, verdict: Verdict) -> HttpResponse:
    until, fault = moment(desk, request.POST, "expires_at")
    if fault or until is None:
        return _show(request, desk, verdict, wrong({"expires_at": fault or "Saw no end; expected until when the rule is set aside."}, request.POST))
    seen = expected_seq(request)
    outcome = sign_override(
        desk.context, desk.patient, event_id=event_id(request), expected_seq=seen, rule=verdict.rule.id, reason=request.POST.get("reason", ""),
        expires_at=until, visit=verdict.visit,
    )  # fmt: skip
    since = seen if isinstance(outcome, Refused) and outcome.kind == "stale" else 0
    return answer(
        request,
        outcome,
        address("patient", desk.patient),
        "Override signed. It is shown wherever the rule is shown.",
        lambda again: _newly(request, desk.patient, again, since),
    )


def _newly(request: HttpRequest, patient: UUID, again: Again, since: int) -> HttpResponse:
    desk = open_desk(request, patient)
    if not isinstance(desk, Desk):
        return desk
    verdict = verdict_of(desk, str(request.resolver_match.kwargs["rule"]), request.GET.get("visit", ""))  # type: ignore[union-attr]
    if verdict is None:
        raise Http404
    return _show(request, desk, verdict, again, since)


def _show(request: HttpRequest, desk: Desk, verdict: Verdict, again: Again, since: int = 0) -> HttpResponse:
    allowed = verdict.rule.override
    longest = desk.clock.when(desk.clock.now + allowed.lasts.delta) if allowed else ""
    page = OverridePage(
        who(desk), desk.chart.seq, again, gate_of(desk, verdict), " or ".join(role.replace("-", " ") for role in allowed.roles) if allowed else "",
        f"{allowed.lasts}, until {longest} at the latest" if allowed else "", allowed is None, address("rule_why", desk.patient, verdict.rule.id),
        newer(desk, since),
    )  # fmt: skip
    return render(request, "kairn/override.html", {"page": page}, status=again.status)
