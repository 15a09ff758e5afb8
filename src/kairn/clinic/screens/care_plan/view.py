"""The plan of care of one person: the draft beside what was signed, the form that signs it, and the signed plan for paper."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from kairn.clinic.acts.caring import sign_care_plan
from kairn.clinic.acts.outcome import Refused
from kairn.clinic.screens.care_plan.form import WHO, ProblemField, kept, offered, typed
from kairn.clinic.screens.forms.answers import Again, answer, event_id, expected_seq, fresh
from kairn.clinic.screens.forms.desk import Desk, Who, address, open_desk, who
from kairn.clinic.screens.forms.newer import newer
from kairn.pathway.care_plan import CareDraft, PlanChange, as_of, changes, draft
from kairn.record.payloads_care import CarePlanSigned, CareProblem
from kairn.terms.answer import Answer

SAID = {Answer.YES: "in place", Answer.NO: "not now", Answer.UNKNOWN: "not known"}
ROLES = dict(WHO)


@dataclass(frozen=True)
class BesideLine:
    """Something that stands beside ketamine, and whether it does."""

    label: str
    said: str
    word: str


@dataclass(frozen=True)
class PlanLine:
    """One step of a signed plan as a row: what, who, when."""

    what: str
    who: str
    when: str


@dataclass(frozen=True)
class SignedProblem:
    """One problem of a signed plan."""

    problem: str
    goals: tuple[str, ...]
    steps: tuple[PlanLine, ...]


@dataclass(frozen=True)
class SignedPlan:
    """A signed plan: who signed it and when, and what changed from the one before it."""

    problems: tuple[SignedProblem, ...]
    by: str
    at: str
    agreed: bool
    seq: int
    changes: tuple[PlanChange, ...]
    earlier: tuple[tuple[int, str], ...]
    protocol: str


@dataclass(frozen=True)
class CarePlanPage:
    """The form, what stands beside ketamine, and what was signed."""

    who: Who
    seq: int
    again: Again
    problems: tuple[ProblemField, ...]
    beside: tuple[BesideLine, ...]
    alone: bool
    open: tuple[str, ...]
    signed: SignedPlan | None
    may_sign: bool
    newer: tuple[str, ...]
    why: str
    print: str


@require_http_methods(["GET", "HEAD", "POST"])
def care_plan(request: HttpRequest, patient: UUID) -> HttpResponse:
    """Show the plan; a POST signs one."""
    desk = open_desk(request, patient)
    if not isinstance(desk, Desk):
        return desk
    if request.method != "POST":
        return _show(request, desk, fresh())
    seen = expected_seq(request)
    agreed = request.POST.get("agreed") == "yes"
    outcome = sign_care_plan(desk.context, patient, event_id=event_id(request), expected_seq=seen, problems=kept(request.POST), agreed_with_person=agreed)
    since = seen if isinstance(outcome, Refused) and outcome.kind == "stale" else 0
    return answer(request, outcome, address("care_plan", patient), "Plan of care signed.", lambda again: _newly(request, patient, again, since))


def _newly(request: HttpRequest, patient: UUID, again: Again, since: int) -> HttpResponse:
    desk = open_desk(request, patient)
    return _show(request, desk, again, since) if isinstance(desk, Desk) else desk


def _show(request: HttpRequest, desk: Desk, again: Again, since: int = 0) -> HttpResponse:
    chart = desk.chart
    found = as_of(chart.history)
    sketch = draft(chart.protocol, chart.history, chart.standing)
    page = CarePlanPage(
        who=who(desk), seq=chart.seq, again=again, problems=typed(request.POST) if again.title else offered(sketch, found[1] if found else None),
        beside=_beside(sketch), alone=sketch.alone, open=sketch.open, signed=signed_plan(desk), newer=newer(desk, since), why=chart.why,
        may_sign=desk.may("care_plan") and chart.protocol is not None and not chart.standing.course.ended,
        print=address("care_plan_signed", desk.patient),
    )  # fmt: skip
    return render(request, "kairn/care_plan.html", {"page": page, "roles": WHO}, status=again.status)


def _beside(sketch: CareDraft) -> tuple[BesideLine, ...]:
    return tuple(BesideLine(one.label, one.stands.value, SAID[one.stands]) for one in sketch.beside)


def signed_plan(desk: Desk, seq: int | None = None) -> SignedPlan | None:
    """The latest signed plan, or that of one entry, with what changed from the one before it."""
    signed = desk.chart.history.all(CarePlanSigned)
    kept_ = [place for place, (event, _) in enumerate(signed) if seq is None or event.seq == seq]
    if not kept_:
        return None
    place = kept_[-1]
    event, plan = signed[place]
    before = signed[place - 1][1] if place else None
    earlier = tuple((other.seq, desk.clock.when(other.occurred_at)) for other, _ in reversed(signed) if other.seq != event.seq)
    seen = plan.signature
    return SignedPlan(
        problems_told(plan.problems), f"{event.by.name}, {event.by.role.replace('-', ' ')}", desk.clock.when(event.occurred_at), plan.agreed_with_person,
        event.seq, changes(before, plan), earlier, f"Protocol {seen.protocol} {seen.version}",
    )  # fmt: skip


def problems_told(problems: tuple[CareProblem, ...]) -> tuple[SignedProblem, ...]:
    """The problems of a plan as rows."""
    return tuple(
        SignedProblem(one.problem, one.goals, tuple(PlanLine(step.what, ROLES.get(step.who, step.who), step.when) for step in one.steps)) for one in problems
    )


@require_safe
def care_plan_signed(request: HttpRequest, patient: UUID) -> HttpResponse:
    """The signed plan to be read and printed; `entry` shows an earlier version."""
    desk = open_desk(request, patient)
    if not isinstance(desk, Desk):
        return desk
    asked = request.GET.get("entry", "")
    plan = signed_plan(desk, int(asked) if asked.isascii() and asked.isdigit() and len(asked) < len("1000000000") else None)
    if asked and plan is None:
        raise Http404
    return render(request, "kairn/care_plan_signed.html", {"who": who(desk), "plan": plan, "back": address("care_plan", desk.patient)})
