"""Prints access.yaml as the handbook's tables: actions, pages and sections of a chart, by role and relation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kairn.clinic.people.table import Action, Cells, Table, table
from kairn.clinic.people.words import LINKS, RELATIONS, ROLES


def tables(rows: Table | None = None) -> str:
    """All three tables as Markdown, each under its own heading."""
    known = rows or table()
    parts = (
        ("## What a person may do", _actions(known)),
        ("## Which page asks for what", _views(known)),
        ("## What a person may see of a chart", _sections(known)),
    )
    return "\n\n".join(f"{heading}\n\n{body}" for heading, body in parts) + "\n"


def _actions(rows: Table) -> str:
    head = ("action", "what it is", *ROLES)
    return _markdown(head, ((f"`{action.name}`", action.says, *(_cell(action, role) for role in ROLES)) for action in rows.actions.values()))


def _cell(action: Action, role: str) -> str:
    if action.everyone or (action.signed_in and role not in LINKS):
        return "allowed"
    written = ((_listed(action.allowed, role), "allowed"), (_listed(action.audited, role), "allowed and audited"))
    return "; ".join(f"{word}: {relations}" for relations, word in written if relations) or "refused"


def _listed(cells: Cells, role: str) -> str:
    return ", ".join(relation for relation in RELATIONS if relation in cells.get(role, ()))


def _views(rows: Table) -> str:
    pairs = ((f"`{view}`", method, f"`{action}`") for view, methods in rows.views.items() for method, action in methods.items())
    return _markdown(("page", "method", "action"), pairs)


def _sections(rows: Table) -> str:
    head = ("section", "what it holds", *ROLES)
    return _markdown(
        head, ((section.name, section.says, *(_listed(section.shown, role) or "not shown" for role in ROLES)) for section in rows.sections.values())
    )


def _markdown(head: Iterable[str], body: Iterable[Iterable[str]]) -> str:
    return "\n".join(_lines([*head], body))


def _lines(head: list[str], body: Iterable[Iterable[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for row in body:
        yield f"| {' | '.join(row)} |"
