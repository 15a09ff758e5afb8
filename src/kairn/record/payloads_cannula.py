"""What an event can say of a cannula: placed, its site looked at, removed."""

from __future__ import annotations

from uuid import UUID

from kairn.record.payloads import Payload


class CannulaPlaced(Payload, frozen=True):
    """A cannula lies, from the time of this event on. `site`, `gauge` and `attempts` are names of library/cannulas.yaml; `where` tells the site in words."""

    KIND = "cannula.placed"
    visit: UUID
    site: str
    gauge: str
    attempts: str = "not-known"
    placed_by: str = ""
    where: str = ""


class CannulaSeen(Payload, frozen=True):
    """The site of the cannula that event `follows` placed was looked at, while it lies or after; site and words are told again, so that it reads alone."""

    KIND = "cannula.seen"
    follows: UUID
    visit: UUID
    site: str
    looks: str
    where: str = ""
    note: str = ""


class CannulaRemoved(Payload, frozen=True):
    """The cannula that event `follows` placed is out. `looks` is how its site was then; empty where nobody looked."""

    KIND = "cannula.removed"
    follows: UUID
    visit: UUID
    site: str
    looks: str = ""
    where: str = ""
    note: str = ""
