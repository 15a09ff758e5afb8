"""The pump's setting read by two people, by the order that stands: who the second one was, and whether it was read for another order."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from kairn.clinic.acts.orders import standing_order
from kairn.clinic.acts.outcome import Refused, refused
from kairn.clinic.acts.perform import Case
from kairn.clinic.people import care
from kairn.record.history import History
from kairn.record.payloads import Observed, Reading
from kairn.terms.problem import unreadable

PUMP_READ = "pump_checked"
MAY_READ = ("nurse", "prescriber")


def read_by(case: Case, readings: Iterable[Reading], second: str) -> str:
    """Who read the pump's setting, in a sentence for the record; empty where it was not read. `second` is the account of another nurse or prescriber.

    Raises Unreadable where the second one is nobody of this clinic, or whoever records it.
    """
    if not any(one.fact == PUMP_READ and one.value == "yes" for one in readings):
        return ""
    author = case.context.author
    found = next((user for user in care.colleagues(case.context.clinic, MAY_READ) if str(user.id) == second and second != author.id), None)
    if found is None:
        raise unreadable("nobody who read the pump with you", "another nurse or prescriber of this clinic", "Choose who read it.", "read_with")
    return f"Pump setting read by {author.name} and {found.name}."


def pump_unread(history: History, visit: UUID) -> Refused | None:
    """The refusal where the pump's setting was read, but for another order than the one that stands; where nobody read it, the protocol's own rule says so."""
    found = standing_order(history, visit)
    read = [event for event, said in history.all(Observed) if said.visit == visit and any(one.fact == PUMP_READ for one in said.readings)]
    if isinstance(found, Refused) or not read:
        return None
    signed = found[0]
    if any(event.seq > signed.seq and event.occurred_at >= signed.occurred_at for event in read):
        return None
    return refused("policy", "The pump was read by two people before this order was signed. Two people must read it again, by this order, and record it.")
