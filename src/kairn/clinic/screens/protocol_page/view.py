"""The protocol in force as a page: what it asks, when, on whose authority."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kairn.clinic.acts.context import context_of
from kairn.clinic.acts.protocols import in_force
from kairn.clinic.screens.forms.prose import Block, blocks
from kairn.protocol.say import say_protocol


@dataclass(frozen=True)
class ProtocolPage:
    """The text, or the sentence that says why there is none."""

    title: str
    version: str
    hash: str
    rules: int
    text: tuple[Block, ...]
    contents: tuple[Block, ...]
    why: str


@require_safe
def protocol_read(request: HttpRequest) -> HttpResponse:
    """The whole protocol in force, said aloud."""
    context = context_of(request.user)  # type: ignore[arg-type]
    found = in_force(context.clinic, context.now)
    if found.protocol is None:
        return render(request, "kairn/protocol_read.html", {"page": ProtocolPage("", "", "", 0, (), (), found.why)})
    protocol = found.protocol
    text = tuple(blocks(say_protocol(protocol)))
    contents = tuple(block for block in text if block.kind == "h2")
    page = ProtocolPage(protocol.title, protocol.version, protocol.content_hash, len(protocol.rules), text, contents, "")
    return render(request, "kairn/protocol_read.html", {"page": page})
