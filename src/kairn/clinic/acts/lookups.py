"""What the people's room asks of the record: whose visit it is, whether it runs, who wrote an entry."""

from __future__ import annotations

from uuid import UUID

from kairn.clinic.ledger import read
from kairn.clinic.ledger.session import cursor
from kairn.clinic.people.lookups import Lookups, hand_in

RUNS = """SELECT s.board->'visit'->>'phase' FROM ledger_booking b JOIN ledger_standing s USING (stream)
  WHERE b.visit = %s AND s.board->'visit'->>'id' = %s"""


def patient_of_visit(visit: UUID) -> UUID | None:
    """The patient whose visit it is, None for a visit nobody booked."""
    with cursor() as opened:
        row = opened.execute("SELECT stream FROM ledger_booking WHERE visit = %s", (visit,)).fetchone()
    return row[0] if row else None


def visit_runs(visit: UUID) -> bool:
    """Whether its infusion or recovery runs now."""
    with cursor() as opened:
        row = opened.execute(RUNS, (visit, str(visit))).fetchone()
    return row is not None and row[0] in ("infusion", "recovery")


def author_of(event: UUID) -> str | None:
    """The account that wrote an entry, None for an unknown one."""
    found = read.event(event)
    return found.by.id if found else None


def hand_in_lookups() -> None:
    """Called once when the clinic starts."""
    hand_in(Lookups(patient_of_visit, visit_runs, author_of))
