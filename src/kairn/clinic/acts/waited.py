"""What was entered on a tablet without network, when it comes: who entered it, when, and what others recorded of the same in between."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

from kairn.clinic.acts.context import UNSIGNED, Context
from kairn.clinic.acts.tasks import open_task
from kairn.clinic.acts.urgent import is_open
from kairn.clinic.ledger import read
from kairn.clinic.people.authorship import Hand, author_of
from kairn.clinic.people.device import short
from kairn.library.urgent_tasks import URGENT_TASKS
from kairn.record.event import Author, Event
from kairn.record.payloads import DrugGiven, Observed, PumpPaused, PumpRateSet, PumpStarted, PumpStopped

ENTERED_TWICE, STARTED_SINCE = "entered-twice", "started-since"
ONE_MOMENT = timedelta(minutes=2)
"""Two readings of one fact so close together are taken to be of one moment."""


def unsigned(tablet: str, role: str) -> Author:
    """Nobody: a tablet that was locked, or that was left alone without network."""
    return Author(UNSIGNED, f"Unsigned, tablet {short(tablet)}", role)


def as_entered(sender: Context, hand: Hand | None, *, event_id: UUID, device: str, told: str, alone: bool) -> Context:
    """The context of an entry that waited: by its author, of when it was entered (`told`), sent by whoever is signed in now.

    Whose token is over, was made for another tablet or names an account that was closed since is *to be confirmed*; where nobody was at the
    tablet (`alone`) nobody signs. An entry that came before keeps the author it has in the record.
    """
    stored = read.event(event_id)
    by = stored.by if stored else _author(sender, hand, device, alone=alone)
    return replace(sender, author=by, sent_by=sender.author, entered_at=entered_at(told, hand, sender.now))


def _author(sender: Context, hand: Hand | None, device: str, *, alone: bool) -> Author:
    role = sender.author.role
    if hand is None:
        return Author(UNSIGNED, "To be confirmed: nobody known", role)
    if alone or not hand.person:
        return unsigned(hand.device, role)
    found = author_of(hand, sender.clinic, device, sender.now)
    return Author(str(found[0].id), str(found[0]), found[1]) if found else Author(UNSIGNED, f"To be confirmed: {hand.name}", role)


def entered_at(told: str, hand: Hand | None, now: datetime) -> datetime:
    """When it was entered, by the clinic's clock as the tablet knew it: never before its page was made, and never still to come."""
    try:
        at = datetime.fromisoformat(told)
    except ValueError:
        at = now
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max(at, hand.since), now) if hand else min(at, now)


def also_recorded(patient: UUID, visit: UUID, hand: Hand | None, ids: tuple[UUID, ...]) -> list[Event]:
    """What other people recorded of the same while the tablet could not know: the same act at the pump, the same medicine, the same fact at one moment.

    A monitor's row is nobody's word for the same.
    """
    history = read.history(patient)
    mine = [event for event in history.live if event.id in ids]
    seen = hand.seq if hand else 0
    others = [event for event in history.live if event.seq > seen and event.id not in ids and getattr(event.payload, "visit", None) == visit]
    return [event for event in others if any(event.by.id != own.by.id and _the_same(own, event) for own in mine)]


def started_since(patient: UUID, visit: UUID, ids: tuple[UUID, ...]) -> list[Event]:
    """What the record had of a pump that was started, or set to a rate, after the pause or stop that came only now was pressed."""
    history = read.history(patient)
    halts = [event for event in history.live if event.id in ids and isinstance(event.payload, PumpPaused | PumpStopped)]
    moves = [event for event in history.live if isinstance(event.payload, PumpStarted | PumpRateSet) and event.payload.visit == visit]
    return [move for move in moves if any(halt.occurred_at < move.occurred_at and move.seq < halt.seq for halt in halts)]


def _the_same(mine: Event, other: Event) -> bool:
    match mine.payload, other.payload:
        case (PumpPaused(), PumpPaused()) | (PumpStopped(), PumpStopped()) | (PumpRateSet(), PumpRateSet()):
            return True
        case DrugGiven(drug=mine_drug), DrugGiven(drug=other_drug):
            return mine_drug.strip().casefold() == other_drug.strip().casefold()
        case Observed(readings=taken), Observed(readings=others, method=how):
            shared = {one.fact for one in taken} & {one.fact for one in others}
            return bool(shared) and how != "device" and abs(mine.occurred_at - other.occurred_at) <= ONE_MOMENT
    return False


def ask_somebody(sender: Context, patient: UUID, visit: UUID, event_id: UUID, key: str) -> None:
    """A task, once while it is open: a person says which of two entries counts, or looks at the pump."""
    wanted = URGENT_TASKS[key]
    if is_open(read.history(patient), key, visit):
        return
    due_at, urgent = sender.now + wanted.within.delta, key == STARTED_SINCE
    open_task(sender, patient, event_id=uuid5(event_id, key), what=wanted.what, owner=wanted.owner, due_at=due_at, urgent=urgent, visit=visit)
