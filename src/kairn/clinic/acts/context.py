"""Who acts, in which clinic, in which role, and when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from kairn.clinic.people.models import User
from kairn.clinic.people.words import ROLES
from kairn.record.event import Author

UNSIGNED = "unsigned"
"""The author's id of what nobody has signed: a named person claims it afterwards."""


@dataclass(frozen=True)
class Context:
    """One person acting now; `author` is how the record will name them.

    Of what waited on a tablet, `sent_by` is who sends it and `entered_at` when it was entered; nothing of it can be later than that.
    `pressed_at` is when a form was pressed that the network held; it is of then, and asked about like any other.
    """

    user: User
    author: Author
    clinic: UUID
    now: datetime
    sent_by: Author | None = None
    entered_at: datetime | None = None
    pressed_at: datetime | None = None

    @property
    def moment(self) -> datetime:
        """When it is said: now, or when it was entered where it waited, or pressed where the network held it."""
        return self.entered_at or self.pressed_at or self.now

    def in_role(self, role: str) -> Context:
        """The same person acting in another role they hold."""
        return replace(self, author=Author(self.author.id, self.author.name, role))


def context_of(user: User, clinic: UUID | None = None, role: str | None = None, now: datetime | None = None) -> Context:
    """The context of a signed-in person (`request.user`).

    `clinic` defaults to the person's own; `role` to the first they hold, in the order prescriber, nurse, therapist, coordinator and so on.
    Raises ValueError (a bug) for somebody without clinic or role, or a role they do not hold.
    """
    where = clinic or user.clinic_id
    chosen = role or next((each for each in ROLES if each in user.roles), None)
    if where is None or chosen is None or chosen not in user.roles:
        raise ValueError(f"saw account {user.id} without a clinic or without the role {chosen}; ask the access table before acting")
    return Context(user, Author(str(user.id), str(user), chosen), where, now or timezone.now())
