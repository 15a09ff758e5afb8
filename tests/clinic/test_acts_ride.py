"""The escort's link: the ride of one visit and nothing else, answered once."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

from acts_walk import Walk
from former_visits import went_home

from kairn.clinic.acts import endings, tasks, visits
from kairn.clinic.acts.going_home import past_recoveries
from kairn.clinic.acts.outcome import Done, Refused
from kairn.clinic.acts.projection import projector
from kairn.clinic.acts.ride import make_link, ride, say_ride
from kairn.clinic.acts.striking import strike_out
from kairn.clinic.ledger.answers import Appended
from kairn.clinic.ledger.append import append
from kairn.clinic.people.care import escort_link, make_escort_link, revoke_escort_links
from kairn.clinic.people.relations import Escort, escort_of
from kairn.library.urgent_tasks import URGENT_TASKS
from kairn.record.event import Draft
from kairn.record.payloads import EnteredInError, EscortNamed, TaskOpened, VisitEnded


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


# --- for whom a link speaks ---


def opened(walk: Walk) -> Escort:
    """The escort on record with a link that staff made."""
    token = make_link(walk.context("coordinator"), walk.patient, walk.visit)
    assert isinstance(token, str)
    found = escort_of(token)
    assert found is not None
    return found


def speaks(walk: Walk, escort: Escort) -> bool:
    """Whether a yes by this link is kept."""
    return isinstance(say_ride(escort, event_id=uuid4(), state="confirmed", now=walk.now), Done)


def test_who_names_another_escort_closes_the_link_and_what_was_open_speaks_for_nobody(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_preflight()
    walk.do(visits.name_escort, "coordinator", name="Ana", state="asked")
    ana, form = opened(walk), uuid4()
    walk.do(visits.name_escort, "coordinator", name="  ana ", state="cancelled")
    assert escort_link(walk.visit) is not None and speaks(walk, ana), "it is still hers"
    walk.do(visits.name_escort, "coordinator", event_id=form, name="Ben", state="asked")
    assert escort_link(walk.visit) is None
    assert ride(ana) is None and not speaks(walk, ana)
    assert [(said.name, said.state) for _, said in walk.history.all(EscortNamed)][-1] == ("Ben", "asked")
    ben = opened(walk)
    walk.do(visits.name_escort, "coordinator", event_id=form, name="Ben", state="asked")
    assert escort_link(walk.visit) is not None and speaks(walk, ben), "the same form again closes nothing"


def test_a_link_speaks_for_nobody_who_was_named_without_closing_it(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_preflight()
    walk.do(visits.name_escort, "coordinator", name="Ben", state="confirmed")
    wrong = walk.do(visits.name_escort, "coordinator", name="Ana", state="asked").events[0]
    ana = opened(walk)
    walk.do(strike_out, "prescriber", event=wrong, reason="Another person")
    assert escort_link(walk.visit) is not None and ride(ana) is None and not speaks(walk, ana)
    assert walk.standing.visits[0].escort == "Ben"


def test_no_link_is_made_for_nobody(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_preflight()
    answer = make_link(walk.context("coordinator"), walk.patient, walk.visit)
    assert isinstance(answer, Refused) and "Name the escort first" in answer.reasons[0].text


def test_what_the_escort_says_keeps_the_number_on_record_under_their_name(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_preflight()
    for name, phone in (("Ana", "555-0100"), ("Ben", "555-0199"), ("Ben", "")):
        walk.do(visits.name_escort, "coordinator", name=name, phone=phone)
    ben, form = opened(walk), uuid4()
    assert isinstance(say_ride(ben, event_id=form, state="confirmed", now=walk.now), Done)
    assert walk.history.all(EscortNamed)[-1][1].phone == "555-0199"
    walk.do(visits.name_escort, "coordinator", name="Ben", phone="555-0200", state="confirmed")
    again = say_ride(ben, event_id=form, state="confirmed", now=walk.now)
    assert isinstance(again, Done) and again.repeated
    assert speaks(walk, ben) and walk.history.all(EscortNamed)[-1][1].phone == "555-0200"


def test_a_yes_does_not_lower_what_staff_saw_and_one_sent_again_is_not_asked_again(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_preflight()
    walk.do(visits.name_escort, "coordinator", name="Ana")
    ana, form = opened(walk), uuid4()
    for again in (False, True):
        answer = say_ride(ana, event_id=form, state="confirmed", now=walk.now)
        assert isinstance(answer, Done) and answer.repeated is again
        walk.do(visits.name_escort, "nurse", name="Ana", state="present")
    assert not speaks(walk, ana) and walk.standing.visits[0].escort_state == "present"
    assert isinstance(say_ride(ana, event_id=uuid4(), state="cancelled", now=walk.now), Done)


# --- the hour ---


def test_the_hour_is_kept_and_a_no_needs_none(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).register()
    escort = linked(walk)
    starts = walk.standing.visits[0].starts_at
    form, hour = uuid4(), starts + timedelta(hours=3)
    for _ in range(2):
        assert isinstance(say_ride(escort, event_id=form, state="confirmed", now=walk.now, fetches_at=hour), Done)
    assert walk.standing.visits[0].fetches_at == hour and ride(escort).fetches_at == hour  # type: ignore[union-attr]
    for wrong in (starts - timedelta(minutes=1), starts + timedelta(days=1, minutes=1)):
        refusal = say_ride(escort, event_id=uuid4(), state="confirmed", now=walk.now, fetches_at=wrong)
        assert (
            isinstance(refusal, Refused) and (refusal.kind, refusal.reasons[0].field) == ("input", "fetches_at") and "may be fetched" in refusal.reasons[0].text
        )
        assert walk.refused(visits.name_escort, "coordinator", name="Ana-Maria", state="confirmed", fetches_at=wrong).reasons[0].field == "fetches_at"
    assert isinstance(say_ride(escort, event_id=uuid4(), state="cancelled", now=walk.now, fetches_at=starts - timedelta(days=9)), Done)
    assert (walk.standing.visits[0].escort_state, walk.standing.visits[0].fetches_at) == ("cancelled", None)


def test_both_ends_of_a_day_from_the_beginning_are_within(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).register()
    linked(walk)
    starts = walk.standing.visits[0].starts_at
    for hour in (starts, starts + timedelta(days=1)):
        walk.do(visits.name_escort, "coordinator", name="Ana-Maria", state="confirmed", fetches_at=hour)
        assert walk.standing.visits[0].fetches_at == hour


def test_an_hour_said_for_another_day_no_longer_counts(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).register()
    linked(walk)
    starts = walk.standing.visits[0].starts_at
    walk.do(visits.name_escort, "coordinator", name="Ana-Maria", state="confirmed", fetches_at=starts + timedelta(hours=3))
    walk.do(visits.book_visit, "coordinator", purpose="infusion", starts_at=starts + timedelta(days=1), minutes=180)
    assert walk.standing.visits[0].fetches_at is None
    walk.do(visits.book_visit, "coordinator", purpose="infusion", starts_at=starts + timedelta(hours=1), minutes=180)
    assert walk.standing.visits[0].fetches_at == starts + timedelta(hours=3), "the same day, and it fits again"


# --- a ride that is lost ---


def lost(walk: Walk) -> list[TaskOpened]:
    """The urgent tasks that ask for another ride."""
    return [task for _, task in walk.history.all(TaskOpened) if task.what == URGENT_TASKS["ride-cancelled"].what]


def test_staff_who_write_down_that_the_escort_cannot_come_open_the_task_once(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_recovery()
    form = uuid4()
    for _ in range(2):
        walk.do(visits.name_escort, "nurse", event_id=form, name="Ana-Maria", state="cancelled")
    wanted = URGENT_TASKS["ride-cancelled"]
    (task,) = lost(walk)
    cancelled = next(event for event, said in walk.history.all(EscortNamed) if said.state == "cancelled")
    assert (task.owner, task.urgent, task.visit) == (wanted.owner, True, walk.visit)
    assert task.due_at - cancelled.occurred_at == wanted.within.delta
    opened = next(event for event, said in walk.history.all(TaskOpened) if said == task)
    assert opened.seq == cancelled.seq + 1, "in the same transaction"
    walk.do(visits.name_escort, "nurse", name="Ana-Maria", state="cancelled", phone="555-0102")
    assert len(lost(walk)) == 1, "one is open already"
    walk.do(tasks.close_task, "coordinator", task=task.task, how="Her brother comes")
    walk.do(visits.name_escort, "nurse", name="Her brother", state="cancelled")
    assert len(lost(walk)) == 2


def test_the_escort_s_own_no_beside_an_open_task_opens_no_other(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).register()
    escort = linked(walk)
    walk.do(visits.name_escort, "coordinator", name="Ana-Maria", state="cancelled")
    assert isinstance(say_ride(escort, event_id=uuid4(), state="cancelled", now=walk.now), Done)
    assert len(lost(walk)) == 1


def test_an_escort_who_is_here_can_still_cancel(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_ready()
    escort = escort_of(make_escort_link(walk.visit, walk.patient, walk.now + timedelta(days=2)))
    assert escort is not None
    assert isinstance(say_ride(escort, event_id=uuid4(), state="cancelled", now=walk.now), Done)
    assert len(lost(walk)) == 1 and walk.standing.visits[0].escort_state == "cancelled"


def test_of_a_visit_that_is_over_no_ride_is_looked_for(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_ready()
    walk.do(endings.end_visit, "nurse", ending="ready")
    walk.do(visits.name_escort, "nurse", name="Ana-Maria", state="cancelled")
    assert lost(walk) == []


# --- how long it took here ---


def minutes_of(walk: Walk, latest: int = 50) -> list[float]:
    """What is found, in minutes."""
    return [one / timedelta(minutes=1) for one in past_recoveries(walk.clinic, walk.visit, walk.now, latest)]


def test_only_visits_of_this_clinic_that_ran_and_ended_ready_are_counted(clinic_id: UUID) -> None:
    walk = Walk(clinic_id)
    for told in (150, 125, 131):
        went_home(walk, told, at=walk.now - timedelta(days=1))
    went_home(walk, 40, "left-before-ready")
    went_home(walk, 41, "hospital")
    went_home(walk, 42, ran=False)
    went_home(walk, 43, clinic=uuid4())
    went_home(walk, 44, at=walk.now + timedelta(days=2))
    assert minutes_of(walk) == [125, 131, 150]
    assert minutes_of(walk, latest=3) == [], "of the latest three that are over none ended so"


def test_a_visit_whose_ending_was_struck_out_is_not_counted_nor_the_visit_itself(clinic_id: UUID) -> None:
    walk = Walk(clinic_id)
    events = went_home(walk, 150)
    ended = next(event for event in events if isinstance(event.payload, VisitEnded))
    assert minutes_of(walk) == [150]
    walk.visit = ended.payload.visit
    assert minutes_of(walk) == []
    walk.visit = uuid4()
    strike = Draft(uuid4(), ended.stream, walk.now, walk.context("nurse").author, EnteredInError(ended.id, "Another person"))
    assert isinstance(append(walk.clinic, [strike], project=projector(walk.clinic, walk.now)), Appended)
    assert minutes_of(walk) == []
