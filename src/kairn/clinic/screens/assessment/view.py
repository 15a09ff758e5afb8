"""The assessment: findings, lists, laboratory, the rules that read them, and the specialist's signature."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from kairn.clinic.acts.facts import record_readings
from kairn.clinic.acts.outcome import Refused
from kairn.clinic.acts.signing import sign_assessment
from kairn.clinic.screens.assessment.asked import asked, laboratory
from kairn.clinic.screens.assessment.lists import KINDS, add, list_card
from kairn.clinic.screens.assessment.page import AssessmentPage, SignedLine
from kairn.clinic.screens.forms import words
from kairn.clinic.screens.forms.answers import Again, answer, event_id, expected_seq, fresh, wrong
from kairn.clinic.screens.forms.asking import ask_again
from kairn.clinic.screens.forms.desk import Desk, address, open_desk, who
from kairn.clinic.screens.forms.facts import group, latest, taken, told
from kairn.clinic.screens.forms.gates import gate_of, weighed
from kairn.clinic.screens.forms.newer import newer
from kairn.clinic.screens.parts import Gates
from kairn.pathway.standing import Move, MoveKind
from kairn.record.payloads import AssessmentSigned
from kairn.terms.answer import Answer

JUDGED = {"yes": "Eligible", "no": "Not eligible", "unknown": "Not known yet"}


@require_http_methods(["GET", "HEAD", "POST"])
def assessment(request: HttpRequest, patient: UUID) -> HttpResponse:
    """Show the assessment; a POST records findings."""
    if request.method == "POST":
        return _record(request, patient)
    desk = open_desk(request, patient)
    return _show(request, desk) if isinstance(desk, Desk) else desk


@require_POST
def assessment_facts(request: HttpRequest, patient: UUID) -> HttpResponse:
    """Record findings."""
    return _record(request, patient)


def _record(request: HttpRequest, patient: UUID) -> HttpResponse:
    desk = open_desk(request, patient)
    if not isinstance(desk, Desk):
        return desk
    results = request.POST.get("of") == "laboratory"
    names = laboratory() if results else tuple(name for one in asked(desk.chart.protocol, "") for name in one.facts)
    found = taken(desk, request.POST, names, "taken_at" if results else "occurred_at")
    if found.errors:
        return _show(request, desk, wrong(found.errors, request.POST))
    if again := ask_again(found.readings, request.POST):
        return _show(request, desk, again)
    outcome = record_readings(
        desk.context, patient, event_id=event_id(request), readings=found.readings, not_taken=found.not_taken,
        method="laboratory" if results else "person", occurred_at=found.at,
    )  # fmt: skip
    said = told(found.readings, f"{len(found.readings)} recorded.")
    return answer(request, outcome, address("assessment", patient), said, lambda again: _newly(request, patient, again))


@require_POST
def assessment_list(request: HttpRequest, patient: UUID) -> HttpResponse:
    """Add to a list, or record that it was gone through with the person."""
    desk = open_desk(request, patient)
    if not isinstance(desk, Desk):
        return desk
    key = request.POST.get("list", "")
    if key not in KINDS:
        return _show(request, desk, wrong({"list": f"Saw the list {key!r}; expected one of {', '.join(KINDS)}."}, request.POST))
    outcome = add(desk.context, patient, event_id(request), key, request.POST.dict())
    return answer(request, outcome, f"{address('assessment', patient)}#{key}", "Recorded.", lambda again: _newly(request, patient, again))


@require_POST
def assessment_sign(request: HttpRequest, patient: UUID) -> HttpResponse:
    """The specialist's judgement of fit."""
    desk = open_desk(request, patient)
    if not isinstance(desk, Desk):
        return desk
    said, summary, seen = request.POST.get("eligible", ""), request.POST.get("summary", ""), expected_seq(request)
    if said not in JUDGED:
        return _show(request, desk, sign=wrong({"eligible": "Saw no judgement; expected eligible, not eligible or not known yet. Choose one."}, request.POST))
    outcome = sign_assessment(desk.context, patient, event_id=event_id(request), expected_seq=seen, eligible=said, summary=summary)  # type: ignore[arg-type]
    since = seen if isinstance(outcome, Refused) and outcome.kind == "stale" else 0
    return answer(request, outcome, address("patient", patient), "Assessment signed.", lambda again: _newly(request, patient, sign=again, since=since))


def _newly(request: HttpRequest, patient: UUID, again: Again | None = None, sign: Again | None = None, since: int = 0) -> HttpResponse:
    """The page again on the chart as it is now."""
    desk = open_desk(request, patient)
    return _show(request, desk, again, sign, since) if isinstance(desk, Desk) else desk


def _show(request: HttpRequest, desk: Desk, again: Again | None = None, sign: Again | None = None, since: int = 0) -> HttpResponse:
    shown, signing = again or fresh(), sign or fresh()
    sex = latest(desk, "sex")
    groups = asked(desk.chart.protocol, sex[1].value if sex else "")
    move = desk.chart.standing.move(MoveKind.STAGE, "consent") or Move(MoveKind.STAGE, "consent", Answer.UNKNOWN, ())
    gates = Gates(gate_of(desk, verdict) for verdict in weighed(desk.chart.standing, move))
    page = AssessmentPage(
        who=who(desk), seq=desk.chart.seq, again=shown, groups=tuple(group(desk, one.title, one.facts, shown) for one in groups),
        laboratory=group(desk, "Laboratory", laboratory(), shown), lists=tuple(list_card(desk, key, shown) for key in KINDS),
        gates=gates, opened=sum(part.said == "yes" for part in gates), signed=_signed(desk), sign=signing, may_record=desk.may("assessment_facts"),
        may_sign=desk.may("assessment_sign"),
        urls={name: address(f"assessment_{name}", desk.patient) for name in ("facts", "list", "sign")}, newer=newer(desk, since),
    )  # fmt: skip
    return render(request, "kairn/assessment.html", {"page": page, "judged": tuple(JUDGED.items())}, status=max(shown.status, signing.status))


def _signed(desk: Desk) -> SignedLine | None:
    found = desk.chart.history.latest(AssessmentSigned)
    if not found:
        return None
    event, payload = found
    return SignedLine(JUDGED[payload.eligible], f"{event.by.name}, {words.plain(event.by.role)}, {desk.clock.when(event.occurred_at)}", payload.summary)
