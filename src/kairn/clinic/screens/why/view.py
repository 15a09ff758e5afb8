"""One rule for one person, on a page of its own: its answer, its facts, its evidence, what it does not consider, and the way to set it aside."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kairn.clinic.screens.forms.desk import Desk, Who, address, open_desk, who
from kairn.clinic.screens.forms.gates import gate_of
from kairn.clinic.screens.parts import GatePart
from kairn.pathway.standing import Verdict


@dataclass(frozen=True)
class WhyPage:
    """One weighed rule."""

    who: Who
    part: GatePart
    url: str
    seq: int
    override: str
    as_known: str


@require_safe
def rule_why(request: HttpRequest, patient: UUID, rule: str) -> HttpResponse:
    """Why this rule says what it says; `visit` names the visit where the rule is weighed once a visit."""
    desk = open_desk(request, patient)
    if not isinstance(desk, Desk):
        return desk
    verdict = verdict_of(desk, rule, request.GET.get("visit", ""))
    if verdict is None:
        raise Http404
    over = address("override", desk.patient, rule) if verdict.rule.override and desk.may("override") else ""
    over = f"{over}?visit={verdict.visit}" if over and verdict.visit else over
    page = WhyPage(who(desk), gate_of(desk, verdict), request.get_full_path(), desk.chart.seq, over, desk.clock.when(desk.clock.now))
    return render(request, "kairn/rule_why.html", {"page": page})


def verdict_of(desk: Desk, rule: str, visit: str) -> Verdict | None:
    """The verdict of a rule: of that visit, or the first there is."""
    found = [one for one in desk.chart.standing.verdicts if one.rule.id == rule]
    return next((one for one in found if visit and str(one.visit) == visit), found[0] if found and not visit else None)
