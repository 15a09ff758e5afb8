"""The care team of one person: who is on it since when, and putting somebody on it or taking them off."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from kairn.clinic.people.care import join_team, leave_team
from kairn.clinic.people.models import CareTeam, Membership
from kairn.clinic.screens.forms.answers import onward
from kairn.clinic.screens.forms.desk import Desk, Who, address, open_desk, who

NOBODY = UUID(int=0)


@dataclass(frozen=True)
class Member:
    """A colleague; `since` is empty for one who is not on the team."""

    id: str
    name: str
    roles: str
    since: str


@dataclass(frozen=True)
class TeamPage:
    """Who is on the team, and who could be."""

    who: Who
    on: tuple[Member, ...]
    off: tuple[Member, ...]
    assigns: bool


@require_http_methods(["GET", "HEAD", "POST"])
def care_team(request: HttpRequest, patient: UUID) -> HttpResponse:
    """Show the team; a POST puts a colleague on it or takes them off."""
    desk = open_desk(request, patient, "schedule.read")
    if not isinstance(desk, Desk):
        return desk
    if request.method != "POST":
        return _show(request, desk)
    chosen = Membership.objects.filter(clinic=desk.context.clinic, active=True, user__id=_id(request.POST.get("user", ""))).select_related("user").first()
    if chosen is None:
        return _show(request, desk, "Saw no colleague of this clinic; expected one of the list. Nothing was changed.")
    leaves = request.POST.get("do") == "leave"
    (leave_team if leaves else join_team)(chosen.user, patient)
    messages.success(request, f"{chosen.user.name} is {'no longer ' if leaves else ''}on the care team.")
    return onward(address("care_team", patient))


def _id(text: str) -> UUID:
    """The colleague chosen; what is no id is nobody's."""
    try:
        return UUID(text)
    except ValueError:
        return NOBODY


def _show(request: HttpRequest, desk: Desk, problem: str = "") -> HttpResponse:
    since = {row.user_id: row.since for row in CareTeam.objects.filter(patient=desk.patient, until=None)}
    members = Membership.objects.filter(
        clinic=desk.context.clinic, active=True, roles__overlap=["prescriber", "nurse", "therapist", "coordinator"]
    ).select_related("user")
    rows = [
        Member(str(one.user_id), one.user.name, ", ".join(one.roles), desk.clock.when(since[one.user_id]) if one.user_id in since else "")
        for one in members.order_by("user__name")
    ]
    page = TeamPage(who(desk), tuple(row for row in rows if row.since), tuple(row for row in rows if not row.since), desk.may("care_team"))
    return render(request, "kairn/care_team.html", {"page": page, "problem": [problem] if problem else []}, status=422 if problem else 200)
