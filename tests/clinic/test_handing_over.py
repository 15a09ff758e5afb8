"""A person is handed over in mid-visit by two people: one offers, another signs for what stands now, and nobody is kept from charting."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from acts_walk import Walk

from kairn.clinic.acts import endings
from kairn.clinic.acts.context import context_of
from kairn.clinic.acts.handing_over import offer, open_offers, take_over
from kairn.clinic.acts.outcome import Refused
from kairn.clinic.acts.striking import strike_out
from kairn.clinic.people import care
from kairn.record.payloads import Observed
from kairn.record.payloads_hands import CareHandedOver, CareTakenOver


@pytest.fixture
def walk(clinic_id: UUID) -> Walk:
    """An infusion runs; the nurse is recorded at the chair, a second one is in the house."""
    walk = Walk(clinic_id).to_infusion()
    walk.users["second"], walk.users["floor"] = walk.make("nurse"), walk.make("nurse", joins=False)
    care.join_team(walk.users["second"], walk.patient, walk.now)
    stand(walk, "nurse")
    return walk


def stand(walk: Walk, role: str) -> None:
    """Somebody takes the visit."""
    care.take_shift(walk.users[role], walk.patient, walk.visit, 12, walk.now)


def there(walk: Walk, visit: UUID | None = None) -> list[str]:
    """The accounts recorded at the chair, by role."""
    names = {user.id: role for role, user in walk.users.items()}
    return [names[one.user] for one in care.at_chairs([visit or walk.visit], walk.now).get(visit or walk.visit, ())]


def offered(walk: Walk, role: str = "nurse", **told: str) -> UUID:
    """An offer, which must be taken down."""
    return walk.do(offer, role, **told).events[0]


def test_one_offers_another_signs_and_stands_there_from_that_second(walk: Walk) -> None:
    other = uuid4()
    care.take_shift(walk.users["nurse"], walk.patient, other, 12, walk.now)
    one = offered(walk, said=" He likes the light low. ", to=str(walk.users["second"].id), seq_seen=7)
    assert walk.history.latest(CareHandedOver)[1] == CareHandedOver(walk.visit, "He likes the light low.", str(walk.users["second"].id), "A nurse", 7)
    assert there(walk) == ["nurse"] and [each.event.id for each in open_offers(walk.history, walk.visit)] == [one]
    seen = walk.history.seq
    walk.do(take_over, "second", follows=one, read=True)
    event, said = walk.history.latest(CareTakenOver)
    assert (said.follows, said.relieved, said.signature.seq_seen) == (one, "A nurse", seen) and event.by.id == str(walk.users["second"].id)
    assert there(walk) == ["second"] and there(walk, other) == ["nurse"] and open_offers(walk.history, walk.visit) == []
    assert care.at_chairs([walk.visit], walk.now)[walk.visit][0].since == event.occurred_at


@pytest.mark.parametrize("role", ["second", "prescriber", "coordinator", "clinic-lead"])
def test_only_who_is_recorded_at_the_chair_can_offer(walk: Walk, role: str) -> None:
    assert walk.refused(offer, role).kind == "permission"
    if role in ("second", "prescriber"):
        stand(walk, role)
        offered(walk, role)


@pytest.mark.parametrize("role", ["therapist", "coordinator", "clinic-lead", "floor"])
def test_a_nurse_or_prescriber_near_the_person_takes_over_and_nobody_else(walk: Walk, role: str) -> None:
    one = offered(walk)
    assert walk.refused(take_over, role, follows=one, read=True).kind == "permission" and there(walk) == ["nurse"]
    if role == "floor":
        stand(walk, role)
    walk.do(take_over, "floor" if role == "floor" else "prescriber", follows=one, read=True)
    assert "nurse" not in there(walk)


def test_nobody_of_another_clinic_or_the_person_can(walk: Walk) -> None:
    from kairn.clinic.people.accounts import make_account, make_patient_account, new_clinic
    from kairn.clinic.people.models import Patient

    one = offered(walk)
    own = make_patient_account(Patient.objects.get(id=walk.patient), f"{uuid4().hex}@test.example").user
    foreign = make_account(new_clinic("Theirs").id, "Not ours", f"{uuid4().hex}@test.example", ["nurse"]).user
    for user in (own, foreign):
        given = {"event_id": uuid4(), "expected_seq": walk.history.seq, "visit": walk.visit, "follows": one, "read": True}
        outcome = take_over(context_of(user, now=walk.now), walk.patient, **given)
        assert isinstance(outcome, Refused) and outcome.kind == "permission"


def test_what_is_offered_now_is_what_is_signed(walk: Walk) -> None:
    one, seen = offered(walk), walk.history.seq
    walk.record(visit=walk.visit, systolic="186", diastolic="112")
    stale = walk.refused(take_over, "second", follows=one, read=True, expected_seq=seen)
    assert stale.kind == "stale" and stale.newer_seq == walk.history.seq and there(walk) == ["nurse"]
    assert walk.refused(take_over, "second", follows=one, read=False).reasons[0].field == "read"
    walk.do(take_over, "second", follows=one, read=True)


def test_it_takes_two_people_and_is_taken_once(walk: Walk) -> None:
    one = offered(walk)
    assert walk.refused(take_over, "nurse", follows=one, read=True).kind == "policy"
    walk.do(take_over, "second", follows=one, read=True)
    assert walk.refused(take_over, "prescriber", follows=one, read=True).kind == "policy"
    assert walk.refused(take_over, "prescriber", follows=uuid4(), read=True).reasons[0].field == "follows"
    assert there(walk) == ["second"]


def test_a_form_sent_twice_is_one_signature_and_moves_nobody_twice(walk: Walk) -> None:
    given = {"event_id": uuid4(), "follows": offered(walk), "read": True, "expected_seq": walk.history.seq}
    assert not walk.do(take_over, "second", **given).repeated
    care.give_shift_back(walk.users["second"], walk.visit, walk.now + timedelta(seconds=1))
    walk.later(minutes=1)
    assert walk.do(take_over, "second", **given).repeated
    assert there(walk) == [] and len(walk.history.all(CareTakenOver)) == 1


def test_an_offer_is_withdrawn_or_offered_anew_and_what_was_signed_for_stays(walk: Walk) -> None:
    one = offered(walk, said="first")
    two = offered(walk, said="second thoughts")
    assert [each.event.id for each in open_offers(walk.history, walk.visit)] == [two]
    assert walk.refused(take_over, "second", follows=one, read=True).kind == "policy"
    walk.do(strike_out, "nurse", event=two, reason="I stay after all")
    assert open_offers(walk.history, walk.visit) == [], "the older one was replaced, and does not wait again"
    for gone in (one, two):
        assert walk.refused(take_over, "second", follows=gone, read=True).kind == "policy"
    three = offered(walk)
    signed = walk.do(take_over, "second", follows=three, read=True).events[0]
    assert walk.refused(strike_out, "nurse", event=three, reason="no").kind == "policy"
    assert walk.refused(strike_out, "second", event=signed, reason="no").kind == "policy"


def test_whoever_was_relieved_charts_what_they_saw(walk: Walk) -> None:
    before = walk.now
    walk.later(minutes=5)
    walk.do(take_over, "second", follows=offered(walk), read=True)
    walk.record("nurse", visit=walk.visit, at=before + timedelta(minutes=2), heart_rate="88")
    assert walk.history.latest(Observed)[0].by.id == str(walk.users["nurse"].id)
    assert walk.refused(offer, "nurse").kind == "permission"


def test_nobody_is_handed_over_once_the_visit_is_over(walk: Walk) -> None:
    one = offered(walk)
    walk.do(endings.end_visit, "nurse", ending="left-before-ready")
    assert walk.refused(take_over, "second", follows=one, read=True).kind == "policy"
    assert walk.refused(offer, "nurse").kind == "policy"


@pytest.mark.parametrize("meant", ["coordinator", "nurse", "nobody"])
def test_it_is_offered_to_somebody_who_can_take_it(walk: Walk, meant: str) -> None:
    to = str(walk.users[meant].id) if meant in walk.users else str(uuid4())
    assert walk.refused(offer, "nurse", to=to).reasons[0].field == "to"
