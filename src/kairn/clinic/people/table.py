"""Reads access.yaml: the one table of who may do, open and see what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from kairn.clinic.people.words import RELATIONS, ROLES
from kairn.terms.problem import unreadable

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
Cells = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Action:
    """One thing a person can do: role -> the relations that suffice, without and with a row in the log of reads.

    `machine`: asked for by a device with a token of its own, and answered to a device.
    """

    name: str
    says: str
    allowed: Cells
    audited: Cells
    everyone: bool = False
    signed_in: bool = False
    reads: str = ""
    machine: bool = False


@dataclass(frozen=True)
class Section:
    """One part of a chart, and to whom it is shown."""

    name: str
    says: str
    shown: Cells


@dataclass(frozen=True)
class Lock:
    """What a locked session may still do."""

    open: frozenset[str]
    dimmed: Cells
    acts: Cells
    passive: frozenset[str]


@dataclass(frozen=True)
class Table:
    """The whole of access.yaml; `views` is view name -> method -> action name."""

    actions: Mapping[str, Action]
    views: Mapping[str, Mapping[str, str]]
    lock: Lock
    sections: Mapping[str, Section]

    def action_of(self, view: str, method: str) -> Action | None:
        """The action a page asks for, None where view or method is not listed. HEAD asks what GET asks."""
        name = self.views.get(view, {}).get("GET" if method == "HEAD" else method)
        return self.actions[name] if name else None


@cache
def table() -> Table:
    """The table that ships; raises Unreadable when it contradicts itself."""
    return read_table(Path(__file__).with_name("access.yaml").read_text(encoding="utf-8"))


def read_table(text: str) -> Table:
    """A table from YAML text; every role, relation, method and action it names must exist."""
    plain = YAML(typ="safe", pure=True).load(text)
    groups = plain["groups"]
    actions = {name: _action(name, body, groups) for name, body in plain["actions"].items()}
    sections = {name: Section(name, body["says"], _cells(body["shown"], groups, name)) for name, body in plain["sections"].items()}
    return Table(actions, {view: _methods(view, body, actions) for view, body in plain["views"].items()}, _lock(plain["locked"]), sections)


def _action(name: str, body: Mapping[str, Any], groups: Mapping[str, list[str]]) -> Action:
    _known(body, ("says", "allowed", "audited", "everyone", "signed-in", "reads", "machine"), f"action {name}")
    _known([body.get("reads", "")], ("", "chart", "list"), f"action {name}, reads")
    allowed, audited = (_cells(body.get(key, {}), groups, name) for key in ("allowed", "audited"))
    return Action(
        name, body["says"], allowed, audited, bool(body.get("everyone")), bool(body.get("signed-in")), body.get("reads", ""), bool(body.get("machine"))
    )


def _cells(written: Mapping[str, Any], groups: Mapping[str, list[str]], where: str) -> Cells:
    cells: dict[str, frozenset[str]] = {}
    for who, written_relations in written.items():
        relations = groups[written_relations] if isinstance(written_relations, str) else written_relations
        _known(relations, RELATIONS, where)
        for role in groups.get(who, [who]):
            _known([role], ROLES, where)
            cells[role] = cells.get(role, frozenset()) | frozenset(relations)
    return cells


def _methods(view: str, body: Mapping[str, str], actions: Mapping[str, Action]) -> Mapping[str, str]:
    _known(body, METHODS[:5], f"view {view}")
    _known(body.values(), actions, f"view {view}")
    return dict(body)


def _lock(body: Mapping[str, Any]) -> Lock:
    dimmed, acts = ({view: frozenset(names) for view, names in body[key].items()} for key in ("dimmed", "acts"))
    return Lock(frozenset(body["open"]), dimmed, acts, frozenset(body["passive"]))


def _known(names: Iterable[str], expected: Iterable[str], where: str) -> None:
    for name in names:
        if name not in expected:
            raise unreadable(repr(name), f"one of {', '.join(expected)}", "Mend the table.", f"access.yaml, {where}")
