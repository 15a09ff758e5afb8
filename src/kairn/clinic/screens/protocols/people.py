"""Which people are on which protocol, and moving one person to another, with the difference shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from kairn.clinic.acts.assigning import Change, OnProtocol, assign_protocol, change, choices, people_on
from kairn.clinic.acts.library import Entry, short
from kairn.clinic.acts.outcome import Refused
from kairn.clinic.screens.forms.answers import Again, answer, event_id, expected_seq, fresh
from kairn.clinic.screens.forms.desk import Desk, Who, address, open_desk, who
from kairn.clinic.screens.forms.newer import newer
from kairn.clinic.screens.forms.words import step
from kairn.clinic.screens.protocols.difference import changes
from kairn.clinic.screens.protocols.page import Difference, OnGroup, OnRow, PeoplePage
from kairn.clinic.screens.protocols.view import opened


@dataclass(frozen=True)
class MovePage:
    """One person's protocol, what they may be moved to, and the difference of the one chosen."""

    who: Who
    seq: int
    again: Again
    current: str
    why: str
    options: tuple[tuple[str, str], ...]
    chosen: str
    chosen_name: str
    reads: str
    digest: str
    difference: Difference | None
    stops: str
    consent: str
    newer: tuple[str, ...]
    signs: bool


@require_safe
def protocol_people(request: HttpRequest) -> HttpResponse:
    """Who is on what, among the people this reader may see."""
    reader = opened(request)
    found = people_on(reader.context)
    if isinstance(found, Refused):
        return render(request, "people/refused.html", {"break_glass": ""}, status=403)
    named = {one.content_hash: one for one in reader.entries}
    groups = tuple(_groups(found, named))
    return render(request, "kairn/protocols/people.html", {"page": PeoplePage(groups, len(found), reverse("protocols"))})


def _groups(found: Iterable[OnProtocol], named: dict[str, Entry]) -> Iterable[OnGroup]:
    by_hash: dict[str, list[OnProtocol]] = {}
    for one in sorted(found, key=lambda one: (one.name, str(one.patient))):
        by_hash.setdefault(one.content_hash, []).append(one)
    for hash_, people in sorted(by_hash.items(), key=lambda pair: -len(pair[1])):
        title = named[hash_].title if hash_ in named else people[0].protocol
        title = f"{title}, version {people[0].version}, {short(hash_)}" if hash_ else "No protocol"
        url = reverse("protocol_version", args=[hash_]) if hash_ in named else ""
        pinned, following = (tuple(_row(one) for one in people if one.pinned is held) for held in (True, False))
        yield OnGroup(title, url, pinned, following)


def _row(one: OnProtocol) -> OnRow:
    return OnRow(one.name, reverse("patient", args=[one.patient]), step(one.stage), reverse("protocol_move", args=[one.patient]))


@require_http_methods(["GET", "HEAD", "POST"])
def protocol_move(request: HttpRequest, patient: UUID) -> HttpResponse:
    """Show one person's protocol and, with `to`, what moving them would change; a POST moves them."""
    desk = open_desk(request, patient)
    if not isinstance(desk, Desk):
        return desk
    if request.method != "POST":
        return _show(request, desk, request.GET.get("to", ""), fresh())
    seen, to = expected_seq(request), request.POST.get("to", "")
    outcome = assign_protocol(
        desk.context, desk.patient, event_id=event_id(request), expected_seq=seen, content_hash=to, shown=request.POST.get("shown", ""),
        reason=request.POST.get("reason", ""),
    )  # fmt: skip
    since = seen if isinstance(outcome, Refused) and outcome.kind == "stale" else 0
    return answer(request, outcome, address("patient", desk.patient), "Moved. What is signed from now on is signed under the new protocol.",
                  lambda again: _newly(request, patient, to, again, since))  # fmt: skip


def _newly(request: HttpRequest, patient: UUID, to: str, again: Again, since: int) -> HttpResponse:
    desk = open_desk(request, patient)
    return _show(request, desk, to, again, since) if isinstance(desk, Desk) else desk


def _show(request: HttpRequest, desk: Desk, to: str, again: Again, since: int = 0) -> HttpResponse:
    current = desk.chart.protocol
    options = tuple((one.content_hash, f"{one.protocol} {one.version}, {short(one.content_hash)}") for one in choices(desk.context))
    others = tuple(pair for pair in options if current is None or pair[0] != current.content_hash)
    chosen = to if to in dict(others) else ""
    found = change(desk.context, desk.patient, chosen) if chosen else None
    page = MovePage(
        who(desk), desk.chart.seq, again, f"{current.title}, version {current.version}, content {short(current.content_hash)}" if current else "",
        desk.chart.why, others, chosen, dict(others).get(chosen, ""), reverse("protocol_version", args=[chosen]) if chosen else "",
        found.digest if isinstance(found, Change) else "", _told(found), found.reasons[0].text if isinstance(found, Refused) else "", _consent(found),
        newer(desk, since), desk.may("protocol_move"),
    )  # fmt: skip
    return render(request, "kairn/protocols/move.html", {"page": page}, status=again.status)


def _told(found: Change | Refused | None) -> Difference | None:
    if not isinstance(found, Change):
        return None
    names = [f"{one.id} {one.version}, {short(one.content_hash)}" if one else "" for one in (found.old, found.new)]
    return Difference(names[0], names[1], changes(found.between) if found.between is not None else (), found.why)


def _consent(found: Change | Refused | None) -> str:
    if not isinstance(found, Change) or found.old is None or found.old.consent == found.new.consent:
        return ""
    return "The consent document is another one: the person consents anew before the next infusion."
