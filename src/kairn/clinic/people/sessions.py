"""Sessions as Django keeps them in the database; each request reads its one with a statement of our own."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends.db import SessionStore as Kept
from django.utils import timezone

from kairn.clinic.people.statements import answered

LIVE = "SELECT session_data FROM django_session WHERE session_key = %(key)s AND expire_date > %(now)s"


class SessionStore(Kept):
    """One session."""

    def load(self) -> dict[str, Any]:
        """What is kept of it; one that is unknown or over is empty, and gets a new key when it is kept."""
        for (kept,) in answered(LIVE, key=self.session_key, now=timezone.now()):
            return self.decode(kept)
        self._session_key = None
        return {}
