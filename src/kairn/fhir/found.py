"""What reading one resource comes to: an event's content, a reason to leave it, or the source's word that it does not hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from kairn.fhir.node import Node
from kairn.fhir.resource import PatientBundle, Resource
from kairn.library.code_sets import CODE_SETS
from kairn.record.payloads import Coding, Origin, Payload

_CODES = frozenset(code for named in CODE_SETS.values() for code in named.codes)


@dataclass(frozen=True)
class Found:
    """An event to record. `without` says which part of the resource was not taken. `beside` is what else the content rests on."""

    payload: Payload
    occurred_at: datetime
    without: str = ""
    beside: tuple[Node, ...] = ()


@dataclass(frozen=True)
class Left:
    """Nothing is taken, and why."""

    reason: str


@dataclass(frozen=True)
class Withdrawn:
    """The source says that the resource was an error or was cancelled."""

    reason: str


Reading = Found | Left | Withdrawn


@dataclass(frozen=True)
class Arrival:
    """One resource on its way in: what, out of which bundle, under which origin, and when it is read."""

    resource: Resource
    bundle: PatientBundle
    origin: Origin
    now: datetime

    @property
    def body(self) -> Node:
        """The resource's own value."""
        return self.resource.body


Reader = Callable[[Arrival], Reading]


def best_coding(concept: Node) -> Coding | None:
    """One coding of a concept: the one that a rule's code set knows, else the first; words alone give a coding without code."""
    codings = concept.codings()
    known = [coding for coding in codings if (coding.system, coding.code) in _CODES]
    if known or codings:
        return (known or codings)[0]
    words = concept.words()
    return Coding("", "", words) if words else None


def first_moment(*nodes: Node) -> datetime | None:
    """The first of these moments that is given. Raises Unreadable on a malformed one, even behind a good one."""
    given = [moment for moment in [node.moment() for node in nodes] if moment]
    return given[0] if given else None


def if_past(moment: datetime | None, now: datetime) -> datetime | None:
    """The moment unless it has not come: an end in the future (such as the year 9999) is an end not known."""
    return moment if moment and moment <= now else None


def concept_code(concept: Node) -> str:
    """The code of a FHIR status concept, empty where absent."""
    return next((coding.code for coding in concept.codings()), "")
