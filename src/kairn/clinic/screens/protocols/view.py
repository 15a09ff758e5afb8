"""The library of protocols, one of them read aloud, its paper, and the difference between two."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from kairn.clinic.acts.context import Context, context_of
from kairn.clinic.acts.library import Entry, entry, library, read_protocol, short
from kairn.clinic.acts.outcome import Refused
from kairn.clinic.acts.publishing import ACTION
from kairn.clinic.people.may import may, relations
from kairn.clinic.screens.forms.clock import Clock, clock_of
from kairn.clinic.screens.protocols.difference import difference
from kairn.clinic.screens.protocols.page import ComparePage, Group, LibraryPage, Row, VersionPage
from kairn.clinic.screens.protocols.text import text_of
from kairn.clinic.screens.protocols.told import paper_state, said_of, state_of
from kairn.protocol.paper import print_paper
from kairn.protocol.rule import Protocol, Use
from kairn.protocol.say import document_of
from kairn.terms.problem import Unreadable

NONE_IN_FORCE = "No protocol is in force. Until two people have put one in force nothing is weighed and nothing signed."
NO_OWN = "No protocol of the clinic's own. On the machine that runs Kairn, `kairn protocol draft` writes one out of a template."


def opened(request: HttpRequest) -> tuple[Context, Clock]:
    """Who reads, and the clinic's clock."""
    context = context_of(request.user)  # type: ignore[arg-type]
    return context, clock_of(context.user, context.now)


def entries_of(context: Context) -> tuple[Entry, ...]:
    """The library as this reader may see it; nothing where they may not."""
    found = library(context)
    return () if isinstance(found, Refused) else found


def entry_of(context: Context, content: str) -> Entry:
    """The protocol with that content. Raises Http404."""
    found = entry(context, content)
    if found is None or isinstance(found, Refused):
        raise Http404
    return found


def publishes(context: Context) -> bool:
    """Whether this reader may propose and publish."""
    return may(context.user, ACTION, relations(context.user, None)).granted


@require_safe
def protocols(request: HttpRequest) -> HttpResponse:
    """The library."""
    context, clock = opened(request)
    found, may_sign = entries_of(context), publishes(context)
    in_force = reverse("protocol_read") if any(one.in_force for one in found) else ""
    page = LibraryPage(tuple(_groups(found, clock, may_sign)), reverse("protocol_people"), in_force, may_sign)
    return render(request, "kairn/protocols/library.html", {"page": page})


def _groups(found: tuple[Entry, ...], clock: Clock, may_sign: bool) -> Iterable[Group]:
    def rows(kept: Iterable[Entry]) -> tuple[Row, ...]:
        return tuple(_row(one, clock, may_sign) for one in kept)

    published = [one for one in found if one.publication is not None]
    waiting = [one for one in found if one.proposal is not None and one.publication is None]
    lying = [one for one in found if one.publication is None and one.proposal is None]
    treats = [one for one in lying if one.use is not Use.REFERENCE]
    yield Group("In force", "new courses begin under it", rows(one for one in published if one.in_force), NONE_IN_FORCE)
    yield Group("Waiting for a second person", "proposed, not in force", rows(waiting))
    yield Group("Published", "before, or from a day to come; people stay on theirs until they are moved", rows(one for one in published if not one.in_force))
    yield Group("The clinic's own", "drafts; nobody is treated under them", rows(one for one in treats if one.own), NO_OWN)
    yield Group("Templates", "they ship with Kairn and are in force nowhere by themselves", rows(one for one in treats if not one.own))
    yield Group("For comparison, not for treating", "published protocols retold; they cannot be put in force", rows(one for one in lying if one not in treats))


def _row(one: Entry, clock: Clock, may_sign: bool) -> Row:
    act, label = _act(one, may_sign)
    url = reverse("protocol_version", args=[one.content_hash]) if one.content_hash else ""
    note = one.proposal[1].note if one.proposal else ""
    return Row(one.title, one.name, said_of(one, clock), url, one.fault, act, label, note)


def _act(one: Entry, may_sign: bool) -> tuple[str, str]:
    """The one step that can be taken with it, and what it is called; nothing where there is none or this reader may not."""
    if not may_sign or one.fault or one.use is Use.REFERENCE:
        return "", ""
    if one.proposal is not None:
        return reverse("protocol_publish", args=[one.proposal[0].id]), "Publish or withdraw"
    if one.folder is not None and not one.in_force:
        return reverse("protocol_propose", args=[one.content_hash]), "Propose"
    return "", ""


@require_safe
def protocol_version(request: HttpRequest, content: str) -> HttpResponse:
    """One protocol read aloud, every sentence with its sources."""
    context, clock = opened(request)
    one = entry_of(context, content)
    return render(request, "kairn/protocols/version.html", {"page": version_page(context, clock, one)})


def version_page(context: Context, clock: Clock, one: Entry) -> VersionPage:
    """What the page of one protocol shows; the fault instead of the text where it cannot be read."""
    protocol, fault = _read(one)
    act, label = _act(one, publishes(context))
    links = {name: reverse(name, args=[one.content_hash]) for name in ("protocol_paper", "protocol_compare")}
    return VersionPage(
        one.title, one.version, one.content_hash, len(protocol.rules) if protocol else 0, state_of(one), said_of(one, clock), one.use is Use.REFERENCE,
        text_of(document_of(protocol)) if protocol else None, fault, links["protocol_paper"] if protocol else "", act, label, links["protocol_compare"],
        others(context, one),
    )  # fmt: skip


def _read(one: Entry) -> tuple[Protocol | None, str]:
    try:
        return read_protocol(one), ""
    except Unreadable as fault:
        return None, str(fault)


def others(context: Context, one: Entry) -> tuple[tuple[str, str], ...]:
    """What it can be compared with: content and name, what is in force first."""
    found = [each for each in entries_of(context) if each.content_hash not in ("", one.content_hash) and not each.fault]
    return tuple((each.content_hash, f"{each.name} ({state_of(each).lower()})") for each in found)


@require_safe
def protocol_paper(request: HttpRequest, content: str) -> HttpResponse:
    """The same as a paper to read, check and sign."""
    context, clock = opened(request)
    one = entry_of(context, content)
    protocol, _ = _read(one)
    if protocol is None:
        raise Http404
    made = print_paper(document_of(protocol), paper_state(one, protocol, clock), f"{clock.local(clock.now):%d %B %Y, %H:%M}, {clock.zone.key}")
    told = {"Content-Disposition": f'attachment; filename="protocol-{short(content)}.pdf"'}
    return HttpResponse(made, content_type="application/pdf", headers=told)


@require_safe
def protocol_compare(request: HttpRequest, content: str) -> HttpResponse:
    """What differs between another protocol (`with`) and this one, in clinical words."""
    context, _ = opened(request)
    one, chosen = entry_of(context, content), request.GET.get("with", "")
    back, here = reverse("protocol_version", args=[content]), reverse("protocol_compare", args=[content])
    listed = others(context, one)
    chosen = chosen if chosen in dict(listed) else (listed[0][0] if listed and not chosen else "")
    told = difference(entry_of(context, chosen), one) if chosen else None
    return render(request, "kairn/protocols/compare.html", {"page": ComparePage(told, back, here, listed, chosen, one.fault)})
