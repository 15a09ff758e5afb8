"""What the clock alone changes: projections whose moment has passed are made anew, and screens are told."""

from __future__ import annotations

import json
import logging
from datetime import datetime

from django.utils import timezone

from kairn.clinic.acts.projection import projector
from kairn.clinic.ledger.append import project_again
from kairn.clinic.ledger.news import CHANNEL
from kairn.clinic.ledger.read import StandingRow, changed_by
from kairn.clinic.ledger.session import cursor

log = logging.getLogger(__name__)


def refresh_due(now: datetime | None = None) -> int:
    """Make anew every projection whose `changes_at` has passed; answers how many. One that fails is told in the log and left for the next time."""
    moment = now or timezone.now()
    return sum(_refreshed(row, moment) for row in changed_by(moment))


def each_minute(_folder: object = None) -> None:
    """The same, as the clinic's minute duties are called."""
    refresh_due()


def _refreshed(row: StandingRow, now: datetime) -> bool:
    make = projector(row.clinic, now)
    try:
        done = project_again(row.clinic, row.stream, lambda past: make(row.stream, past))
    except Exception:  # one person's fault must not stop the clock for all others
        log.exception("The standing of one person could not be made anew; it is tried again.")
        return False
    if done:
        _tell(row)
    return done


def _tell(row: StandingRow) -> None:
    with cursor() as opened:
        opened.execute("SELECT pg_notify(%s, %s)", (CHANNEL, json.dumps({"stream": str(row.stream), "seq": row.seq, "clinic": str(row.clinic)})))
