"""Who is at the chair stands on it, on the board and in the note; a hand-over that waits is a line with a way to it, and never covers anything."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.urls import reverse
from tests.screens.chairside import Chairside
from tests.screens.desk_walk import INPUT, SEE_OTHER, STALE

from kairn.clinic.acts.handing_over import offer
from kairn.clinic.people import care
from kairn.clinic.people.models import AccessLog
from kairn.record.payloads_hands import CareHandedOver, CareTakenOver


@pytest.fixture
def two(seat: Chairside) -> Chairside:
    """An infusion with the nurse at the chair, and a second nurse with a browser."""
    seat.walk.to_infusion()
    seat.walk.users["nurse"].name = "Maya Brown"
    seat.walk.users["nurse"].save()
    seat.walk.users["second"] = seat.walk.make("nurse")
    care.join_team(seat.walk.users["second"], seat.walk.patient, seat.walk.now)
    return seat


def stand(seat: Chairside) -> None:
    """The nurse takes the visit."""
    care.take_shift(seat.walk.users["nurse"], seat.walk.patient, seat.walk.visit, 12, seat.walk.now)
    seat.walk.later(minutes=1)


def words(page: str) -> str:
    """A page as one line of words."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def offered(seat: Chairside) -> str:
    """An offer by the nurse."""
    return str(seat.walk.do(offer, "nurse", said="Light <low>.\nBrother outside.").events[0])


def test_the_chair_says_who_is_there_and_since_when(two: Chairside) -> None:
    assert "Nobody is recorded at this chair." in words(two.get("chair"))
    since = two.walk.now
    stand(two)
    assert f"Maya Brown at the chair since {two.told(since)}" in words(two.get("chair"))
    assert f"Maya Brown at the chair since {two.told(since)}" in words(two.browser("coordinator").get(reverse("chairs")).content.decode())


def test_from_the_offer_to_the_signature_on_the_pages(two: Chairside) -> None:
    stand(two)
    assert two.post("hand_over_offer", said="Light <low>.").url == two.url("chair")
    mine = two.get("chair")
    assert "Hand-over offered by Maya Brown" in words(mine) and "Look at the hand-over" in mine and "Read and take over" not in mine
    assert "Read and take over" in two.get("chair", "second")
    page = two.get("handing_over", "second")
    assert "Light &lt;low&gt;." in page and "Sign: I am at the chair from now on" in page
    follows = two.walk.history.latest(CareHandedOver)[0].id
    answer = two.post("hand_over_take", role="second", follows=str(follows))
    assert answer.status_code == INPUT and "expected that you have read it" in answer.content.decode() and two.count(CareTakenOver) == 0
    answer = two.post("hand_over_take", role="second", follows=str(follows), read="yes")
    assert answer.status_code == SEE_OTHER and answer.url == two.url("chair")
    chair = words(two.get("chair", "second"))
    assert f"A nurse at the chair since {two.walk.now:%H:%M}" in chair and "Hand-over offered by" not in chair
    note = words(two.get("session_note", "second"))
    assert "Hand-over offered to whoever comes" in note and "took over from Maya Brown" in note and "Took over at the chair" in note
    assert "At the chair from here on" in words(two.get("replay", "second"))


def test_the_page_tells_what_is_open_at_a_bedside(two: Chairside) -> None:
    stand(two)
    two.post("chair_act", "vitals", systolic="186", diastolic="112", heart_rate="104")
    two.post("chair_act", "adverse", kind="headache", severity="mild")
    two.post("chair_act", "drug", drug="ondansetron", dose="4 mg")
    two.post("chair_act", "cannula-placed", site="left-hand", gauge="22")
    page = words(two.get("handing_over"))
    for told in (
        "Infusing, minute",
        "ketamine",
        "Systolic pressure 186 mmHg",
        "Headache, mild",
        "ondansetron 4 mg",
        "Left back of hand, 22 G",
        "Ana-Maria",
        "Vital signs",
    ):
        assert told in page, told


def test_what_came_in_meanwhile_is_shown_before_it_is_signed(two: Chairside) -> None:
    stand(two)
    follows, seen = offered(two), str(two.walk.history.seq)
    two.post("chair_act", "drug", drug="ondansetron", dose="4 mg")
    assert "New since it was offered:" in two.get("handing_over", "second")
    answer = two.post("hand_over_take", role="second", follows=follows, read="yes", expected_seq=seen)
    page = words(answer.content.decode())
    assert answer.status_code == STALE and two.count(CareTakenOver) == 0
    assert "New since you opened the page:" in page and page.index("ondansetron") < page.index("What is open now")


def test_who_is_not_at_the_chair_is_told_where_to_take_the_visit(two: Chairside) -> None:
    page = two.get("handing_over")
    assert "Only who is recorded at the chair can offer it." in page and 'action="' + two.url("hand_over_offer") not in page
    assert two.post("hand_over_offer", said="x").status_code == 403
    stand(two)
    offered(two)
    for role in ("therapist", "clinic-lead"):
        page = two.get("handing_over", role)
        assert two.url("hand_over_take") not in page and "A nurse or prescriber near this person signs for it." in page
    assert two.url("hand_over_take") not in two.get("handing_over") and "Withdraw it" in two.get("handing_over")


def test_the_board_tells_of_a_hand_over_that_waits(two: Chairside) -> None:
    stand(two)
    offered(two)
    page = words(two.browser("second").get(reverse("chairs")).content.decode())
    assert "Hand-over offered by Maya Brown at" in page and "to whoever comes" in page
    assert "Hand-over offered" not in words(two.browser("coordinator").get(reverse("chairs")).content.decode()), "free words are not everybody's"


def test_opening_the_chair_writes_one_row_of_reads_and_no_other(two: Chairside) -> None:
    stand(two)
    offered(two)
    before = AccessLog.objects.filter(patients__contains=[two.walk.patient]).count()
    two.get("chair", "second")
    rows = AccessLog.objects.filter(patients__contains=[two.walk.patient]).order_by("-at")
    assert rows.count() == before + 1 and rows[0].what == "clinical.read"


def test_nothing_of_it_lies_over_the_vitals_or_the_stop(two: Chairside) -> None:
    stand(two)
    offered(two)
    page = two.get("chair", "second")
    assert "<dialog" not in page and "pump-stopped" in page and page.index('id="lanes"') < page.index("Hand-over offered")
