"""What a person may see of a chart: a third question, after what the state allows and what the person may do."""

from __future__ import annotations

from collections.abc import Iterable

from kairn.clinic.people.may import Asker
from kairn.clinic.people.table import table


def visible(user: Asker, relations: Iterable[str]) -> frozenset[str]:
    """The names of the sections shown to `user` standing in these relations (access.yaml, `sections`)."""
    held, roles = frozenset(relations), user.roles
    return frozenset(name for name, section in table().sections.items() if any(section.shown.get(role, frozenset()) & held for role in roles))
