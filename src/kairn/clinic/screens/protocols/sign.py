"""Proposing a protocol and, by another person, publishing it: what exactly, how it differs from what is in force, and the signature."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from kairn.clinic.acts.clinic_decision import clinic_seq
from kairn.clinic.acts.context import Context
from kairn.clinic.acts.library import Entry, read_protocol
from kairn.clinic.acts.publishing import NOT_WAITING, TWO_PEOPLE, propose_protocol, proposed, publish_protocol, withdraw_proposal
from kairn.clinic.screens.forms.answers import Again, answer, event_id, expected_seq, fresh, wrong
from kairn.clinic.screens.protocols.difference import difference
from kairn.clinic.screens.protocols.page import Difference, SignPage
from kairn.clinic.screens.protocols.told import said_of
from kairn.clinic.screens.protocols.view import Reader, opened
from kairn.protocol.check import check_protocol
from kairn.terms.problem import Unreadable

FIRST = "No protocol is in force yet, so there is nothing to compare this with: read it as a whole."
NOT_DONE = "Not signed"


@require_http_methods(["GET", "HEAD", "POST"])
def protocol_propose(request: HttpRequest, content: str) -> HttpResponse:
    """Show what would be proposed; a POST proposes exactly this content."""
    reader = opened(request)
    if request.method != "POST":
        return _show_proposal(request, content, fresh())
    reader.entry(content)
    outcome = propose_protocol(
        reader.context, event_id=event_id(request), expected_seq=expected_seq(request), content_hash=content, note=request.POST.get("note", "")
    )
    said = "Proposed. Another person can publish it."
    return answer(request, outcome, reverse("protocols"), said, lambda again: _show_proposal(request, content, _titled(again)))


def _show_proposal(request: HttpRequest, content: str, again: Again) -> HttpResponse:
    reader = opened(request)
    return render(request, "kairn/protocols/propose.html", {"page": _sign_page(reader, reader.entry(content), again)}, status=again.status)


@require_http_methods(["GET", "HEAD", "POST"])
def protocol_publish(request: HttpRequest, proposal: UUID) -> HttpResponse:
    """Show what somebody proposed; a POST by another person publishes it."""
    context = opened(request).context
    _content(context, proposal)
    if request.method != "POST":
        return _show_publication(request, proposal, fresh())
    effective, fault = _day(request.POST.get("effective", ""))
    if fault:
        return _show_publication(request, proposal, wrong({"effective": fault}, request.POST))
    outcome = publish_protocol(context, event_id=event_id(request), expected_seq=expected_seq(request), proposal=proposal, effective=effective)
    said = "Published. People already in care stay on theirs until they are moved."
    return answer(request, outcome, reverse("protocols"), said, lambda again: _show_publication(request, proposal, _titled(again)))


@require_POST
def protocol_withdraw(request: HttpRequest, proposal: UUID) -> HttpResponse:
    """Take a proposal back, with the reason."""
    context = opened(request).context
    _content(context, proposal)
    reason = request.POST.get("reason", "")
    outcome = withdraw_proposal(context, event_id=event_id(request), expected_seq=expected_seq(request), proposal=proposal, reason=reason)
    said = "The proposal is withdrawn."
    return answer(request, outcome, reverse("protocols"), said, lambda again: _show_publication(request, proposal, _titled(again)))


def _show_publication(request: HttpRequest, proposal: UUID, again: Again) -> HttpResponse:
    """The proposal as it stands now: waiting for somebody else, waiting for this reader, or no longer waiting."""
    reader = opened(request)
    one = reader.entry(_content(reader.context, proposal))
    page = _sign_page(reader, one, again)
    event = one.proposal[0] if one.proposal else None
    if event is None or event.id != proposal:
        page = replace(page, stops=NOT_WAITING)
    else:
        mine = event.by.id == reader.context.author.id
        page = replace(page, stops=TWO_PEOPLE if mine else "", withdraw=reverse("protocol_withdraw", args=[event.id]))
    return render(request, "kairn/protocols/publish.html", {"page": page}, status=again.status)


def _content(context: Context, proposal: UUID) -> str:
    """The content of a proposal, also of one that waits no more. Raises Http404."""
    said = proposed(context, proposal)
    if said is None:
        raise Http404
    return said.content_hash


def _sign_page(reader: Reader, one: Entry, again: Again) -> SignPage:
    current = reader.in_force
    told: Difference | None = difference(current, one) if current and current.content_hash != one.content_hash else None
    return SignPage(
        one.title, f"{one.protocol} {one.version}", one.content_hash, reverse("protocol_version", args=[one.content_hash]), said_of(one, reader.clock), told,
        "" if current else FIRST, _problems(one), "", clinic_seq(reader.context.clinic), again, reader.clock.now.date().isoformat(),
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
