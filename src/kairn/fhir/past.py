"""What a history already holds of one source, and what a resource that comes again means for it."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from uuid import UUID

from kairn.fhir.found import Found, Reading
from kairn.fhir.identity import event_uuid, strike_uuid
from kairn.fhir.report import Outcome
from kairn.record.event import Event
from kairn.record.history import History
from kairn.record.payloads import EnteredInError, Origin

Key = tuple[str, str, str]
"""FHIR type, id at the source, and which part of the resource (its event's kind for a Patient, empty for the others)."""


@dataclass(frozen=True)
class Settled:
    """What to do about one resource: strike these events, record the content under this id (None: nothing new), and say this."""

    strikes: tuple[tuple[UUID, UUID], ...]
    event: UUID | None
    outcome: Outcome
    reason: str


class Past:
    """The events of one source in one history, by resource."""

    def __init__(self, history: History, stream: UUID, source: str) -> None:
        self._stream, self._source = stream, source
        self._live = {event.id for event in history.live}
        self._strikes = Counter(event.payload.event for event in history.events if isinstance(event.payload, EnteredInError))
        self._struck_by = {struck: strike.id for struck, strike in history.struck.items()}
        self._events: dict[Key, list[Event]] = defaultdict(list)
        for event in history.events:
            origin = getattr(event.payload, "origin", None)
            if isinstance(origin, Origin) and origin.source == source:
                self._events[key_of(origin, event.kind)].append(event)

    def settle(self, key: Key, digest: str, version: str, reading: Reading) -> Settled:
        """What a resource with this body means for what is here: nothing, a first taking, a correction, or a strike."""
        past = self._events.get(key, [])
        if past and self._unchanged(past[-1], key, digest, len(past)):
            return Settled((), None, Outcome.ALREADY_HERE, self._by_a_person(past[-1]))
        if past and _older(version, past[-1].payload.origin.version):  # type: ignore[attr-defined]
            return Settled((), None, Outcome.ALREADY_HERE, "a newer version is here")
        strikes = tuple((self._strike(event.id), event.id) for event in past if event.id in self._live)
        if isinstance(reading, Found):
            outcome = Outcome.CORRECTED if strikes else Outcome.TAKEN
            return Settled(strikes, self._new(key, digest, past), outcome, reading.without and f"without this part: {reading.without}")
        return Settled(strikes, None, Outcome.STRUCK_OUT if strikes else Outcome.LEFT, reading.reason)

    def _new(self, key: Key, digest: str, past: list[Event]) -> UUID:
        used = {event.id for event in past}
        names = (event_uuid(self._stream, self._source, key, digest, again) for again in range(len(past) + 1))
        return next(name for name in names if name not in used)

    def _unchanged(self, latest: Event, key: Key, digest: str, times: int) -> bool:
        """Whether the latest event of this resource has this body and stands, or was struck out here by a person and not by its source."""
        same = any(event_uuid(self._stream, self._source, key, digest, n) == latest.id for n in range(times))
        return same and (latest.id in self._live or bool(self._by_a_person(latest)))

    def _by_a_person(self, event: Event) -> str:
        strike = self._struck_by.get(event.id)
        ours = {strike_uuid(event.id, n) for n in range(self._strikes[event.id])}
        return "struck out here by a person" if strike and strike not in ours else ""

    def _strike(self, event: UUID) -> UUID:
        return strike_uuid(event, self._strikes[event])


def key_of(origin: Origin, kind: str) -> Key:
    """The key of a resource's event. A Patient gives more than one event, so its kind tells them apart."""
    return (origin.type, origin.id, kind if origin.type == "Patient" else "")


def _older(version: str, here: str) -> bool:
    """Whether both are whole numbers and the first is less; compared as text, since a source may count further than we can read."""
    one, other = version.lstrip("0"), here.lstrip("0")
    counted = all(text.isascii() and text.isdigit() for text in (version, here))
    return counted and (len(one), one) < (len(other), other)
