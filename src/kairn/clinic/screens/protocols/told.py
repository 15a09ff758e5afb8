"""What was done with a protocol, in sentences: proposed, published, in force, a template, for comparison."""

from __future__ import annotations

from collections.abc import Iterable

from kairn.clinic.acts.library import Entry
from kairn.clinic.people.models import User
from kairn.clinic.screens.forms.answers import readable_uuid
from kairn.clinic.screens.forms.clock import Clock
from kairn.protocol.paper import Signing, State, unpublished
from kairn.protocol.rule import Protocol, Use

REFERENCE = "For comparison, not for treating"


def state_of(one: Entry) -> str:
    """Where it stands, in a word or two."""
    if one.use is Use.REFERENCE:
        return REFERENCE
    if one.publication is not None:
        return "In force" if one.in_force else "Published"
    if one.proposal is not None:
        return "Proposed"
    return "Own draft" if one.own else "Template"


def said_of(one: Entry, clock: Clock) -> tuple[str, ...]:
    """Who did what with it and when, each in a sentence."""
    return tuple(_said(one, clock))


def _said(one: Entry, clock: Clock) -> Iterable[str]:
    if one.publication is not None:
        event, said = one.publication.event, one.publication.said
        yield f"Proposed by {name_of(said.second)}. Published by {event.by.name}, {_role(event.by.role)}, {clock.when(event.recorded_at)}."
        yield f"In force from {clock.day(said.effective)}." if not one.in_force else f"In force since {clock.day(said.effective)}."
    if one.proposal is not None:
        event, _ = one.proposal
        yield f"Proposed by {event.by.name}, {_role(event.by.role)}, {clock.when(event.recorded_at)}. It waits for a second person."


def name_of(account: str) -> str:
    """The name of an account by its id, as the record keeps it."""
    id_ = readable_uuid(account)
    found = User.objects.filter(id=id_).first() if id_ else None
    return str(found) if found else "somebody whose account is gone"


def _role(role: str) -> str:
    return role.replace("-", " ")


def paper_state(one: Entry, protocol: Protocol, clock: Clock) -> State:
    """Whose copy a paper is: with names and times where they are on record."""
    if one.publication is None and one.proposal is None:
        return unpublished(protocol, shipped=not one.own)
    lines = tuple(said_of(one, clock))
    if one.publication is not None:
        event, said = one.publication.event, one.publication.said
        when = f"{clock.local(event.recorded_at):%d %B %Y, %H:%M}"
        word = f"In force from {said.effective:%d %B %Y}."
        signatures = (Signing("Proposed by", name_of(said.second)), Signing("Published by", event.by.name, when))
    else:
        assert one.proposal is not None
        event = one.proposal[0]
        word = "Proposed, not in force."
        signatures = (Signing("Proposed by", event.by.name, f"{clock.local(event.recorded_at):%d %B %Y, %H:%M}"), Signing("Published by"))
    signing = "Both signatures are in the clinic's record, each with its time. This paper repeats them; who wishes also signs by hand."
    return State(word, state_of(one), lines, signing, signatures)
