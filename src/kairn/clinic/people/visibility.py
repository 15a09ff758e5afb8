"""What a person may see of a chart: a third question, after what the state allows and what the person may do."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from kairn.clinic.people.may import Asker
from kairn.clinic.people.table import table


def visible(user: Asker, relations: Iterable[str]) -> frozenset[str]:
    """The names of the sections shown to `user` standing in these relations (access.yaml, `sections`)."""
    return _shown(user.roles, frozenset(relations))


@lru_cache
def _shown(roles: frozenset[str], held: frozenset[str]) -> frozenset[str]:
    return frozenset(name for name, section in table().sections.items() if any(section.shown.get(role, frozenset()) & held for role in roles))
