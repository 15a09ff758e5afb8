"""Pages for those who watch over access: lockouts, the broken glass and its review."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from kairn.clinic.people import break_glass, chain, lockout
from kairn.clinic.people.models import AccessLog, BreakGlass, Patient
from kairn.clinic.people.pages.asking import account, clinic
from kairn.clinic.seals import READS, read_seals

SHOWN = 200


@dataclass(frozen=True)
class Opened:
    """One time the glass was broken, as the reviewer sees it: whose chart by number, for no reviewer needs the name."""

    id: int
    at: datetime
    until: datetime
    by: str
    own: bool
    chart: str
    reason: str
    reviewed: str
    note: str


@dataclass(frozen=True)
class Row:
    """One row of the log of reads."""

    at: datetime
    by: str
    roles: str
    what: str
    relation: str
    access: str
    charts: int
    reason: str


@dataclass(frozen=True)
class ReviewPage:
    """The review list, the newest rows of the log, and whether its chain holds."""

    opened: tuple[Opened, ...]
    rows: tuple[Row, ...]
    chain: chain.Verification
    problem: str = ""


@require_http_methods(["GET", "POST"])
def lockouts(request: HttpRequest) -> HttpResponse:
    """The lockouts in force in this clinic, each with a button that lifts it."""
    found = lockout.in_force(clinic(request))
    if request.method == "POST":
        wanted = request.POST.get("email", "")
        if wanted in {each.email for each in found}:
            lockout.lift(wanted, account(request))
        return HttpResponseRedirect(reverse("lockouts"))
    return render(request, "people/lockouts.html", {"lockouts": found})


@require_http_methods(["GET", "POST"])
def opened_glass(request: HttpRequest, patient: UUID) -> HttpResponse:
    """Ask for the reason, then open the chart for a while; the name of the patient is not shown before."""
    if request.method == "GET":
        return render(request, "people/break_glass.html", {"problem": ""})
    reason = request.POST.get("reason", "")
    problem = break_glass.refuse_reason(reason)
    if problem:
        return render(request, "people/break_glass.html", {"problem": problem, "reason": reason}, status=422)
    known = get_object_or_404(Patient, id=patient, clinic_id=clinic(request))
    break_glass.break_glass(account(request), known.id, reason)
    return HttpResponseRedirect(reverse("patient", args=[patient]))


@require_http_methods(["GET", "POST"])
def access_review(request: HttpRequest) -> HttpResponse:
    """Who broke the glass and why, and the log of reads; a review is signed by somebody else."""
    problem = ""
    if request.method == "POST":
        row = get_object_or_404(break_glass.to_review(clinic(request)), id=_number(request.POST.get("id", "")))
        problem = break_glass.review(row, account(request), request.POST.get("note", ""))
        if not problem:
            return HttpResponseRedirect(reverse("access_review"))
    return render(request, "people/access_review.html", {"page": _review_page(request, problem)}, status=422 if problem else 200)


def _number(written: str) -> int:
    return int(written) if written.isascii() and written.isdigit() else 0


def _review_page(request: HttpRequest, problem: str) -> ReviewPage:
    ours, me = clinic(request), account(request).id
    opened = tuple(_opened(row, me) for row in break_glass.to_review(ours)[:SHOWN])
    rows = AccessLog.objects.filter(clinic=ours).order_by("-position")[:SHOWN]
    found = chain.verify(ours, read_seals(ours, settings.KAIRN_HOME / "seals", READS))
    listed = tuple(Row(row.at, row.by_name, row.roles, row.what, row.relation, row.access, len(row.patients), row.reason) for row in rows)
    return ReviewPage(opened, listed, found, problem)


def _opened(row: BreakGlass, me: UUID) -> Opened:
    reviewed = f"{row.reviewed_by.name}, {row.reviewed_at:%Y-%m-%d %H:%M}" if row.reviewed_by and row.reviewed_at else ""
    return Opened(row.id, row.started_at, row.until, row.user.name, row.user_id == me, str(row.patient_id)[:8], row.reason, reviewed, row.review_note)
