"""Case books: one shared beginning and many short cases, each a scenario of its own with one thing different.

A case may add events (`given`), set readings at its moment (`set`), leave out readings of facts or events of a kind (`without`), and be
assessed at another moment (`at`).
"""

from __future__ import annotations

from copy import copy
from datetime import datetime
from pathlib import Path

import msgspec

from kairn.library.facts import FACTS
from kairn.library.reader import Node, read_yaml
from kairn.pathway.scenario import Scenario, load_scenario, scenario_of
from kairn.pathway.scenario_events import Reader, moment
from kairn.protocol.rule import Protocol
from kairn.record.event import Draft
from kairn.record.kinds import KINDS
from kairn.record.payloads import Observed
from kairn.terms.times import instant

SET_AT, SET_BY = "now", "nurse Nia Okafor"
"""When and by whom the readings of `set` are taken."""
BOOK = ("casebook", "story", "person", "now", "given", "cases")


def load_scenarios(path: Path, protocol: Protocol, now: datetime | None = None) -> tuple[Scenario, ...]:
    """The one scenario of a scenario file, or every case of a case book. Raises Unreadable with file and line."""
    root = read_yaml(path)
    if "casebook" not in root.mapping():
        return (load_scenario(path, protocol, now),)
    fields = root.fields(BOOK, ("visit",))
    shared = beginning(path.stem, fields, protocol, now)
    return tuple(case_of(f"{path.stem} {number}", entry, fields, shared) for number, entry in enumerate(fields["cases"].items(), 1))


def beginning(name: str, book: dict[str, Node], protocol: Protocol, now: datetime | None = None) -> Reader:
    """The events all cases of a book share, read once. Raises Unreadable."""
    shared = Reader(name, protocol, now or instant(book["now"].text(), book["now"].where))
    for entry in book["given"].items():
        shared.read(entry, shared.now)
    return shared


def case_of(name: str, entry: Node, book: dict[str, Node], shared: Reader) -> Scenario:
    """One case as a scenario: the shared events with its difference. Its own times are relative to the moment it is assessed at."""
    fields = entry.fields(("case", "then"), ("given", "set", "without", "at"))
    reader = _less_of(shared, fields.get("without"))
    at = moment(fields["at"], reader.now) if "at" in fields else reader.now
    for told in fields["given"].items() if "given" in fields else []:
        reader.read(told, at)
    if "set" in fields:
        reader.read(_observed(fields["set"], book.get("visit")), at)
    parts = {"scenario": fields["case"], "story": book["story"], "person": book["person"], "then": fields["then"]}
    return scenario_of(name, parts, reader, at)


def _less_of(shared: Reader, without: Node | None) -> Reader:
    """The shared events once more, less the readings of some facts and the events of some kinds."""
    reader = copy(shared)
    reader.visits = dict(shared.visits)
    names = without.texts() if without else ()
    for name in names:
        if without and name not in FACTS and name not in KINDS:
            raise without.fault(f"{name!r}", "a fact, or a kind of event", "Correct its spelling.")
    kept = [(_less(draft, names), at) for draft, at in zip(shared.drafts, shared.recorded, strict=True) if draft.kind not in names]
    reader.drafts, reader.recorded = [draft for draft, _ in kept], [at for _, at in kept]
    return reader


def _less(draft: Draft, facts: tuple[str, ...]) -> Draft:
    if not isinstance(draft.payload, Observed):
        return draft
    left = tuple(reading for reading in draft.payload.readings if reading.fact not in facts)
    return msgspec.structs.replace(draft, payload=msgspec.structs.replace(draft.payload, readings=left))


def _observed(readings: Node, visit: Node | None) -> Node:
    plain = {"event": "observed", "at": SET_AT, "by": SET_BY}
    parts = {name: Node(text, readings.file, readings.line) for name, text in plain.items()} | {"readings": readings}
    return Node(parts | ({"visit": visit} if visit else {}), readings.file, readings.line)
