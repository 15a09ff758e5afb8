"""Proposing a protocol and, by another person, publishing it: what exactly, how it differs from what is in force, and the signature."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from kairn.clinic.acts.context import Context
from kairn.clinic.acts.library import Entry, read_protocol
from kairn.clinic.acts.publishing import NOT_WAITING, TWO_PEOPLE, clinic_seq, propose_protocol, proposed, publish_protocol, withdraw_proposal
from kairn.clinic.screens.forms.answers import Again, answer, event_id, expected_seq, fresh, wrong
from kairn.clinic.screens.forms.clock import Clock
from kairn.clinic.screens.protocols.difference import difference
from kairn.clinic.screens.protocols.page import Difference, SignPage
from kairn.clinic.screens.protocols.told import said_of
from kairn.clinic.screens.protocols.view import entries_of, entry_of, opened
from kairn.protocol.check import check_protocol
from kairn.terms.problem import Unreadable

FIRST = "No protocol is in force yet, so there is nothing to compare this with: read it as a whole."
NOT_DONE = "Not signed"


@require_http_methods(["GET", "HEAD", "POST"])
def protocol_propose(request: HttpRequest, content: str) -> HttpResponse:
    """Show what would be proposed; a POST proposes exactly this content."""
    context, clock = opened(request)
    one = entry_of(context, content)
    if request.method != "POST":
        return _show_proposal(request, context, clock, one, fresh())
    outcome = propose_protocol(context, event_id=event_id(request), expected_seq=expected_seq(request), content_hash=content, note=request.POST.get("note", ""))
    return answer(
        request, outcome, reverse("protocols"), "Proposed. Another person can publish it.",
        lambda again: _show_proposal(request, context, clock, one, _titled(again)),
    )  # fmt: skip


def _show_proposal(request: HttpRequest, context: Context, clock: Clock, one: Entry, again: Again) -> HttpResponse:
    page = _sign_page(context, clock, one, again)
    return render(request, "kairn/protocols/propose.html", {"page": page}, status=again.status)


@require_http_methods(["GET", "HEAD", "POST"])
def protocol_publish(request: HttpRequest, proposal: UUID) -> HttpResponse:
    """Show what somebody proposed; a POST by another person publishes it."""
    context, clock = opened(request)
    _proposed(context, proposal)
    if request.method != "POST":
        return _show_publication(request, context, clock, proposal, fresh())
    effective, fault = _day(request.POST.get("effective", ""))
    if fault:
        return _show_publication(request, context, clock, proposal, wrong({"effective": fault}, request.POST))
    outcome = publish_protocol(context, event_id=event_id(request), expected_seq=expected_seq(request), proposal=proposal, effective=effective)
    return answer(
        request, outcome, reverse("protocols"), "Published. People already in care stay on theirs until they are moved.",
        lambda again: _show_publication(request, context, clock, proposal, _titled(again)),
    )  # fmt: skip


@require_POST
def protocol_withdraw(request: HttpRequest, proposal: UUID) -> HttpResponse:
    """Take a proposal back, with the reason."""
    context, clock = opened(request)
    _proposed(context, proposal)
    reason = request.POST.get("reason", "")
    outcome = withdraw_proposal(context, event_id=event_id(request), expected_seq=expected_seq(request), proposal=proposal, reason=reason)
    return answer(
        request, outcome, reverse("protocols"), "The proposal is withdrawn.",
        lambda again: _show_publication(request, context, clock, proposal, _titled(again)),
    )  # fmt: skip


def _show_publication(request: HttpRequest, context: Context, clock: Clock, proposal: UUID, again: Again) -> HttpResponse:
    one = _proposed(context, proposal)
    page = _sign_page(context, clock, one, again)
    event = one.proposal[0] if one.proposal else None
    if event is None or event.id != proposal:
        page = replace(page, stops=NOT_WAITING)
    else:
        page = replace(page, stops=TWO_PEOPLE if event.by.id == context.author.id else "", withdraw=reverse("protocol_withdraw", args=[event.id]))
    return render(request, "kairn/protocols/publish.html", {"page": page}, status=again.status)


def _proposed(context: Context, proposal: UUID) -> Entry:
    """The protocol of a proposal, also of one that waits no more. Raises Http404."""
    said = proposed(context, proposal)
    if said is None:
        raise Http404
    return entry_of(context, said.content_hash)


def _sign_page(context: Context, clock: Clock, one: Entry, again: Again) -> SignPage:
    current = next((each for each in entries_of(context) if each.in_force), None)
    told: Difference | None = difference(current, one) if current and current.content_hash != one.content_hash else None
    return SignPage(
        one.title, f"{one.protocol} {one.version}", one.content_hash, reverse("protocol_version", args=[one.content_hash]), said_of(one, clock), told,
        "" if current else FIRST, _problems(one), "", clinic_seq(context.clinic), again, clock.now.date().isoformat(),
        note=one.proposal[1].note if one.proposal else "",
    )  # fmt: skip


def _problems(one: Entry) -> tuple[str, ...]:
    try:
        return tuple(str(problem) for problem in check_protocol(read_protocol(one)))
    except Unreadable as fault:
        return (str(fault),)


def _titled(again: Again) -> Again:
    """The reasons under a heading that fits: no chart and no limit of a person stood in the way."""
    return replace(again, title=NOT_DONE)


def _day(typed: str) -> tuple[date | None, str]:
    """The day a date field holds, and what is wrong with it; nothing typed is today."""
    if not typed.strip():
        return None, ""
    try:
        return date.fromisoformat(typed.strip()), ""
    except ValueError:
        return None, f"Saw {typed.strip()!r}; expected a day such as 2026-11-24, or nothing for today."
