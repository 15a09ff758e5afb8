"""The library of protocols, one of them read aloud, its paper, and the difference between two."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.decorators.http import require_safe

from kairn.clinic.acts.context import Context, context_of
from kairn.clinic.acts.library import Entry, library, read_protocol, short
from kairn.clinic.acts.outcome import Refused
from kairn.clinic.acts.publishing import ACTION
from kairn.clinic.people.may import may, relations
from kairn.clinic.screens.forms.clock import Clock, clock_of
from kairn.clinic.screens.protocols.difference import difference
from kairn.clinic.screens.protocols.page import ComparePage, Group, LibraryPage, Row, VersionPage
from kairn.clinic.screens.protocols.text import text_for
from kairn.clinic.screens.protocols.told import paper_state, said_of, state_of
from kairn.protocol.paper import print_paper
from kairn.protocol.rule import Protocol, Use
from kairn.protocol.say import document_of
from kairn.terms.problem import Unreadable

NONE_IN_FORCE = "No protocol is in force. Until two people have put one in force nothing is weighed and nothing signed."
NO_OWN = "No protocol of the clinic's own. On the machine that runs Kairn, the command kairn protocol draft writes one out of a template."


@dataclass(frozen=True)
class Reader:
    """Who reads, the clinic's clock, and the library as this reader may see it, looked through once a request."""

    context: Context
    clock: Clock

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """Every protocol; nothing where this reader may not."""
        found = library(self.context)
        return () if isinstance(found, Refused) else found

    def entry(self, content: str) -> Entry:
        """The protocol with that content. Raises Http404."""
        for one in self.entries:
            if one.content_hash == content != "":
                return one
        raise Http404

    @property
    def in_force(self) -> Entry | None:
        """What is in force."""
        return next((one for one in self.entries if one.in_force), None)


def opened(request: HttpRequest) -> Reader:
    """Whoever asks, with the library."""
    context = context_of(request.user)  # type: ignore[arg-type]
    return Reader(context, clock_of(context.user, context.now))


def publishes(context: Context) -> bool:
    """Whether this reader may propose and publish."""
    return may(context.user, ACTION, relations(context.user, None)).granted


@require_safe
def protocols(request: HttpRequest) -> HttpResponse:
    """The library."""
    reader = opened(request)
    may_sign, in_force = publishes(reader.context), reverse("protocol_read") if reader.in_force else ""
    page = LibraryPage(tuple(_groups(reader.entries, reader.clock, may_sign)), reverse("protocol_people"), in_force)
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
    reader = opened(request)
    return render(request, "kairn/protocols/version.html", {"page": version_page(reader, reader.entry(content))})


def version_page(reader: Reader, one: Entry) -> VersionPage:
    """What the page of one protocol shows; the fault instead of the text where it cannot be read."""
    protocol, fault = _read(one)
    act, label = _act(one, publishes(reader.context))
    links = {name: reverse(name, args=[one.content_hash]) for name in ("protocol_paper", "protocol_compare")}
    return VersionPage(
        one.title, one.version, one.content_hash, len(protocol.rules) if protocol else 0, state_of(one), said_of(one, reader.clock), one.use is Use.REFERENCE,
        text_for(protocol) if protocol else None, fault, links["protocol_paper"] if protocol else "", act, label, links["protocol_compare"],
        others(reader, one),
    )  # fmt: skip


def _read(one: Entry) -> tuple[Protocol | None, str]:
    try:
        return read_protocol(one), ""
    except Unreadable as fault:
        return None, str(fault)


def others(reader: Reader, one: Entry) -> tuple[tuple[str, str], ...]:
    """What it can be compared with: content and name, what is in force first."""
    found = [each for each in reader.entries if each.content_hash not in ("", one.content_hash) and not each.fault]
    return tuple((each.content_hash, f"{each.name} ({state_of(each).lower()})") for each in found)


@require_safe
def protocol_paper(request: HttpRequest, content: str) -> HttpResponse:
    """The same as a paper to read, check and sign."""
    reader = opened(request)
    one, clock = reader.entry(content), reader.clock
    protocol, _ = _read(one)
    if protocol is None:
        raise Http404
    made = print_paper(document_of(protocol), paper_state(one, protocol, clock), f"{clock.local(clock.now):%d %B %Y, %H:%M}, {clock.zone.key}")
    told = {"Content-Disposition": f'attachment; filename="protocol-{short(content)}.pdf"'}
    return HttpResponse(made, content_type="application/pdf", headers=told)


@require_safe
def protocol_compare(request: HttpRequest, content: str) -> HttpResponse:
    """What differs between another protocol (`with`) and this one, in clinical words."""
    reader = opened(request)
    one, chosen = reader.entry(content), request.GET.get("with", "")
    back, here = reverse("protocol_version", args=[content]), reverse("protocol_compare", args=[content])
    listed = others(reader, one)
    chosen = chosen if chosen in dict(listed) else (listed[0][0] if listed and not chosen else "")
    told = difference(reader.entry(chosen), one) if chosen else None
    return render(request, "kairn/protocols/compare.html", {"page": ComparePage(told, back, here, listed, chosen, one.fault)})
