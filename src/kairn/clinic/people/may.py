"""What a person may do: one pure question to the table, besides what the state allows and what may be seen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from kairn.clinic.people.relations import relations
from kairn.clinic.people.table import Action, Cells, Table, table
from kairn.clinic.people.words import LINKS

__all__ = ["Access", "Allowed", "AllowedAudited", "Asker", "RefusedAccess", "access_to", "may", "relations"]


class Asker(Protocol):
    """Whoever asks: an account, or an escort with a link."""

    @property
    def roles(self) -> frozenset[str]:
        """The roles held now."""


@dataclass(frozen=True)
class Allowed:
    """Go on."""

    relation: str = ""
    granted: bool = True


@dataclass(frozen=True)
class AllowedAudited:
    """Go on, and write a row in the log of reads; `relation` is what it was granted for."""

    relation: str = ""
    granted: bool = True


@dataclass(frozen=True)
class RefusedAccess:
    """Not this person, not here; `says` names what was asked in words."""

    says: str
    granted: bool = False


Access = Allowed | AllowedAudited | RefusedAccess


def may(user: Asker | None, action: str, relations: Iterable[str] = ()) -> Access:
    """Whether `user` (None: nobody signed in) may do `action`, standing in these relations. KeyError for an action not in the table."""
    return access_to(table(), action, user.roles if user else None, frozenset(relations))


def access_to(rows: Table, action: str, roles: frozenset[str] | None, relations: frozenset[str]) -> Access:
    """The same question on any table; `roles` None means nobody is signed in."""
    asked = rows.actions[action]
    if asked.everyone or (asked.signed_in and roles is not None and not roles <= LINKS):
        return Allowed()
    return _cell(asked, roles or frozenset(), relations)


def _cell(asked: Action, roles: frozenset[str], relations: frozenset[str]) -> Access:
    if relation := _granted_for(asked.allowed, roles, relations):
        return Allowed(relation)
    if relation := _granted_for(asked.audited, roles, relations):
        return AllowedAudited(relation)
    return RefusedAccess(asked.says)


def _granted_for(cells: Cells, roles: frozenset[str], relations: frozenset[str]) -> str:
    """The relation that suffices, or nothing; breaking the glass counts only where nothing else does."""
    enough = {relation for role in roles for relation in cells.get(role, ()) if relation in relations}
    return min(enough, key=lambda relation: (relation == "break-glass", relation), default="")
