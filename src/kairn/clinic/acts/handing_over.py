"""Handing a person over in mid-visit: offered by whoever is at the chair, taken by another one who signs that they have read what stands now."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import transaction

from kairn.clinic.acts.context import Context
from kairn.clinic.acts.outcome import Done, Outcome, Refused, refused, refused_field
from kairn.clinic.acts.perform import Act, Case, perform
from kairn.clinic.ledger.read import event as stored_event
from kairn.clinic.people import care
from kairn.pathway.standing import Visit
from kairn.record.event import Event
from kairn.record.history import History
from kairn.record.payloads import Payload
from kairn.record.payloads_hands import CareHandedOver, CareTakenOver
from kairn.terms.problem import unreadable

UNDER_WAY = ("pre-flight", "infusion", "recovery")
MAY_TAKE = ("nurse", "prescriber")


@dataclass(frozen=True)
class Offer:
    """An offer nobody has taken yet."""

    event: Event
    said: CareHandedOver


def open_offers(history: History, visit: UUID) -> list[Offer]:
    """The offers of a visit that wait for somebody, oldest first; of one person's only the latest, and none where that was withdrawn."""
    gone = {said.follows for _, said in history.all(CareTakenOver)} | history.struck.keys()
    made = [Offer(event, event.payload) for event in history.events if isinstance(event.payload, CareHandedOver) and event.payload.visit == visit]
    latest = {offer.event.by.id: offer for offer in made}
    return [offer for offer in latest.values() if offer.event.id not in gone]


def offer(context: Context, patient: UUID, *, event_id: UUID, visit: UUID, said: str = "", to: str = "", seq_seen: int = 0) -> Outcome:
    """Offer the person to the next one, in words beside what the page shows. Only who is on shift with the visit may, and stays so until somebody signs."""

    def build(case: Case) -> list[Payload] | Refused:
        if case.earlier is None and (stop := _over(case.visit(visit))):
            return stop
        return [CareHandedOver(visit, said.strip(), to, _named(context, to), seq_seen)]

    return perform(context, Act("care.hand-over", patient, event_id, build, visit=visit))


def _over(visit: Visit) -> Refused | None:
    if visit.phase in UNDER_WAY and not visit.cancelled:
        return None
    return refused("policy", "Nobody sits at this visit: it has not begun, is over, or was cancelled. Nothing was handed over.")


def _named(context: Context, to: str) -> str:
    """The name of the colleague meant. Raises Unreadable for anybody who could not take over."""
    if not to:
        return ""
    found = next((user for user in care.colleagues(context.clinic, MAY_TAKE) if str(user.id) == to and user != context.user), None)
    if found is None:
        raise unreadable("somebody who cannot take over here", "another nurse or prescriber of this clinic, or whoever comes", "Choose one.", "to")
    return found.name


def take_over(context: Context, patient: UUID, *, event_id: UUID, expected_seq: int, visit: UUID, follows: UUID, read: bool) -> Outcome:
    """Sign that one has read the hand-over as it stands now, and be at the chair from then on; whoever offered it is relieved of this visit alone."""

    def build(case: Case) -> list[Payload] | Refused:
        found = case.history.get(follows)
        if found is None or not isinstance(found.payload, CareHandedOver) or found.payload.visit != visit:
            raise unreadable("a hand-over that is not of this visit", "one that is", "Open the page again.", "follows")
        if case.earlier is None and (stop := _over(case.visit(visit)) or _not_to_take(case, found, visit)):
            return stop
        if not read:
            return refused_field("read", "Saw no tick; expected that you have read it. Read what is open, tick, and sign again.")
        return [CareTakenOver(follows, visit, found.by.name, case.signature())]

    with transaction.atomic():
        outcome = perform(context, Act("care.take-over", patient, event_id, build, visit=visit, expected_seq=expected_seq))
        if isinstance(outcome, Done) and not outcome.repeated:
            _stand_there(context, patient, visit, follows)
    return outcome


def _not_to_take(case: Case, found: Event, visit: UUID) -> Refused | None:
    if found.by.id == str(case.context.user.id):
        return refused("policy", "You offered this yourself, and it takes two people. A colleague signs in as themselves and takes over.")
    if all(offer.event.id != found.id for offer in open_offers(case.history, visit)):
        return refused("policy", "This hand-over waits for nobody any more: it was taken, withdrawn, or offered anew. Look at the page as it is now.")
    return None


def _stand_there(context: Context, patient: UUID, visit: UUID, follows: UUID) -> None:
    offered = stored_event(follows)
    assert offered is not None
    care.relieve(UUID(offered.by.id), context.user, patient, visit, settings.KAIRN_SHIFT_HOURS, context.now)
