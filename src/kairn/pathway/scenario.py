"""Scenarios: stories a nurse can read (given events, when, then standing), read strictly from YAML.

One file serves as test, handbook page, screen picture and demo data. Times are written relative to the scenario's `now`
(`-2 d`, `-10 min`, `now`), so the same story can be told from today.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import UUID

from kairn.library.reader import Node, read_yaml
from kairn.pathway.scenario_events import DEMO_CLINIC, SCENARIOS, Reader
from kairn.protocol.rule import Protocol
from kairn.record.event import Draft, Event, StreamKind
from kairn.record.history import History
from kairn.terms.times import instant


@dataclass(frozen=True)
class Person:
    """The invented person a scenario is about."""

    given_name: str
    family_name: str
    birth_date: str
    sex: str
    phone: str = ""
    care_team: tuple[str, ...] = ()


@dataclass(frozen=True)
class Expected:
    """What must stand: stage, phases by visit name, moves, rules and holds by id, dues by rule id and state, and the rest by name."""

    stage: str = ""
    phases: dict[str, str] = field(default_factory=dict)
    moves: dict[str, str] = field(default_factory=dict)
    rules: dict[str, str] = field(default_factory=dict)
    holds: tuple[str, ...] = ()
    due: dict[str, str] = field(default_factory=dict)
    flags: dict[str, str] = field(default_factory=dict)
    as_needed: dict[str, str] = field(default_factory=dict)
    overrides: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Scenario:
    """One story: its person, its events as drafts and as history, its moment, and what must stand then."""

    id: str
    title: str
    story: str
    wrong: str
    person: Person
    patient: UUID
    now: datetime
    drafts: tuple[Draft, ...]
    recorded: tuple[datetime, ...]
    visits: dict[str, UUID]
    expected: Expected

    @property
    def history(self) -> History:
        """The story's events as one stream, in the order they were recorded."""
        return History(tuple(_event(self.patient, seq, draft, at) for seq, (draft, at) in enumerate(zip(self.drafts, self.recorded, strict=True), 1)))


def scenario_files() -> tuple[Path, ...]:
    """Every scenario that ships, by name."""
    return tuple(sorted(path for path in SCENARIOS.glob("*.yaml") if path.name != "blocks.yaml"))


def load_scenario(path: Path, protocol: Protocol, now: datetime | None = None) -> Scenario:
    """Read one scenario; `now` tells it from another moment. Raises Unreadable with file and line."""
    fields = read_yaml(path).fields(("scenario", "story", "person", "now", "given", "then"), ("wrong",))
    told = now or instant(fields["now"].text(), fields["now"].where)
    reader = Reader(path.stem, protocol, told)
    for entry in fields["given"].items():
        reader.read(entry, told)
    return scenario_of(path.stem, fields, reader, told)


def scenario_of(name: str, fields: dict[str, Node], reader: Reader, now: datetime) -> Scenario:
    """The scenario from its fields and the events that were read for it."""
    order = sorted(range(len(reader.drafts)), key=lambda i: (reader.recorded[i], i))
    return Scenario(
        id=name,
        title=fields["scenario"].text(),
        story=fields["story"].text(),
        wrong=fields["wrong"].text() if "wrong" in fields else "",
        person=_person(fields["person"]),
        patient=reader.patient,
        now=now,
        drafts=tuple(reader.drafts[i] for i in order),
        recorded=tuple(reader.recorded[i] for i in order),
        visits=dict(reader.visits),
        expected=_expected(fields["then"]),
    )


def _person(node: Node) -> Person:
    fields = node.fields(("given_name", "family_name", "birth_date", "sex"), ("phone", "care_team"))
    team = fields["care_team"].texts() if "care_team" in fields else ()
    phone = fields["phone"].text() if "phone" in fields else ""
    return Person(fields["given_name"].text(), fields["family_name"].text(), fields["birth_date"].text(), fields["sex"].text(), phone, team)


def _expected(node: Node) -> Expected:
    fields = node.fields((), ("stage", "phases", "moves", "rules", "holds", "due", "flags", "as_needed", "overrides"))
    maps = {
        name: {key: value.text() for key, value in fields[name].mapping().items()} if name in fields else {}
        for name in ("phases", "moves", "rules", "due", "flags", "as_needed", "overrides")
    }
    return Expected(fields["stage"].text() if "stage" in fields else "", holds=fields["holds"].texts() if "holds" in fields else (), **maps)


def _event(patient: UUID, seq: int, draft: Draft, recorded: datetime) -> Event:
    return Event(draft.id, DEMO_CLINIC, patient, StreamKind.PATIENT, seq, draft.occurred_at, recorded, draft.by, draft.sent_by or draft.by, draft.payload)
