"""The page of a correction offers the other chairs, moves the entry there and says what stays."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.urls import reverse
from tests.clinic.acts_walk import CALM, Walk
from tests.screens.chairside import Chairside
from tests.screens.desk_walk import INPUT, REFUSED, SEE_OTHER

from kairn.clinic.acts import pump
from kairn.record.payloads import DrugGiven, Observed, PhaseEntered


def beside(seat: Chairside) -> Walk:
    """Another person with the pump running in the next chair, with the same colleagues."""
    other = Walk(seat.walk.clinic, protocol=False)
    other.users, other.chair = seat.walk.users, "2"
    seat.walk.to_infusion()
    other.now = seat.walk.now
    other.to_infusion()
    seat.walk.now = other.now
    return other


def page_of(seat: Chairside, event: UUID, role: str = "nurse") -> str:
    """The page of a correction."""
    answer = seat.browser(role).get(reverse("strike_out", args=[seat.walk.patient, event]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_moves_an_entry_to_another_chair(seat: Chairside) -> None:
    other = beside(seat)
    event = seat.walk.do(pump.give_drug, "nurse", drug="ondansetron", dose="4 mg").events[0]
    page = page_of(seat, event)
    assert "It belongs to another chair" in page and "Chair 2, Luis" in page and f'value="{other.visit}"' in page and f'value="{seat.walk.visit}"' not in page
    where = reverse("entry_move", args=[seat.walk.patient, event])
    nurse, form = seat.browser("nurse"), str(uuid4())
    assert nurse.post(where, {"event_id": form}).status_code == INPUT
    for _ in range(2):
        seat.walk.later(seconds=1)
        answer = nurse.post(where, {"event_id": form, "visit": str(other.visit)})
        assert (answer.status_code, answer.url) == (SEE_OTHER, reverse("patient", args=[seat.walk.patient]))
    assert seat.count(DrugGiven) == 0 and len(other.history.all(DrugGiven)) == 1
    told = nurse.get(answer.url).content.decode()
    assert "Moved: struck out here, recorded at the other chair." in told and "What came with it stays" not in told
    assert "entered in the wrong chair" in seat.get("chair") and str(other.patient) not in seat.get("chair")


def test_it_says_what_stays(seat: Chairside) -> None:
    other = beside(seat)
    event = seat.walk.record("nurse", seat.walk.visit, suicide_intent="present").events[0]
    nurse = seat.browser("nurse")
    answer = nurse.post(reverse("entry_move", args=[seat.walk.patient, event]), {"visit": str(other.visit)})
    assert "What came with it stays: Urgent task opened: Suicidal plan or intent was answered" in nurse.get(answer.url).content.decode()


def test_it_is_offered_for_observations_only_and_refused_to_who_may_not_strike(seat: Chairside) -> None:
    other = beside(seat)
    started = seat.walk.history.latest(PhaseEntered)
    assert started and "It belongs to another chair" not in page_of(seat, started[0].id)
    event = seat.walk.record("nurse", seat.walk.visit, **CALM).events[0]
    assert "No other visit is under way that you may chart." in page_of(seat, event, "clinic-lead")
    answer = seat.browser("coordinator").post(reverse("entry_move", args=[seat.walk.patient, event]), {"visit": str(other.visit)})
    assert answer.status_code == REFUSED and event not in seat.walk.history.struck
    assert seat.browser("therapist").post(reverse("entry_move", args=[seat.walk.patient, event]), {"visit": str(other.visit)}).status_code == INPUT
    assert len([one for one, _ in other.history.all(Observed) if one.id == event]) == 0
