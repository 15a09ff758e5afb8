"""The escort's link: the ride of one visit and nothing else, answered once."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

from acts_walk import Walk

from kairn.clinic.acts import visits
from kairn.clinic.acts.outcome import Done, Refused
from kairn.clinic.acts.ride import ride, say_ride
from kairn.clinic.people.care import make_escort_link, revoke_escort_links
from kairn.clinic.people.relations import Escort, escort_of
from kairn.record.payloads import EscortNamed, TaskOpened


def linked(walk: Walk) -> Escort:
    """An escort with a link to the visit."""
    walk.do(visits.book_visit, "coordinator", purpose="infusion", starts_at=walk.now + timedelta(days=1), minutes=180)
    walk.do(visits.name_escort, "coordinator", name="Ana-Maria", phone="555-0102")
    found = escort_of(make_escort_link(walk.visit, walk.patient, walk.now + timedelta(days=2)))
    assert found is not None
    return found


def test_the_escort_confirms_then_cannot_come(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).register()
    escort = linked(walk)
    shown = ride(escort)
    assert shown is not None and (shown.given_name, shown.escort, shown.state, shown.over) == ("Luis", "Ana-Maria", "asked", False)
    form = uuid4()
    first = say_ride(escort, event_id=form, state="confirmed", now=walk.now)
    again = say_ride(escort, event_id=form, state="confirmed", now=walk.now + timedelta(seconds=9))
    assert isinstance(first, Done) and isinstance(again, Done) and again.repeated and again.events == first.events
    assert isinstance(say_ride(escort, event_id=uuid4(), state="cancelled", now=walk.now + timedelta(minutes=1)), Done)
    assert [named.state for _, named in walk.history.all(EscortNamed)] == ["asked", "confirmed", "cancelled"]
    opened = walk.history.all(TaskOpened)
    assert [(task.owner, task.urgent, task.due_at > walk.now) for _, task in opened] == [("coordinator", True, True)]


def test_a_ride_that_is_over_takes_no_answer(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).register()
    escort = linked(walk)
    walk.do(visits.cancel_visit, "coordinator")
    shown = ride(escort)
    assert shown is not None and shown.over
    assert isinstance(say_ride(escort, event_id=uuid4(), state="confirmed", now=walk.now), Refused)
    assert revoke_escort_links(walk.visit) == 1
