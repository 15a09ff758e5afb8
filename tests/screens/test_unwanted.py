"""Unwanted events on the pages: noted with big choices at the chair, listed until they are over, signed home by a prescriber."""

from __future__ import annotations

import re

from tests.clinic.acts_walk import READY
from tests.screens.chairside import Chairside
from tests.screens.desk_walk import INPUT, REFUSED, SEE_OTHER

from kairn.clinic.acts import visits
from kairn.record.adverse import adverse_events
from kairn.record.payloads_harm import AdverseEventHandedOver, AdverseEventNoted


def noted(seat: Chairside, **typed: str) -> str:
    """Nausea, noted at the chair."""
    assert seat.post("chair_act", "adverse", **{"kind": "nausea", "severity": "mild", **typed}).status_code == SEE_OTHER
    return str(seat.walk.history.latest(AdverseEventNoted)[0].id)


def plain(page: str) -> str:
    return " ".join(page.replace('<span class="hide">', "").replace("</b>", "").split())


def test_one_is_listed_with_its_age_until_it_is_over(seat: Chairside) -> None:
    seat.walk.to_infusion()
    assert 'value="extravasation"' in seat.get("chair") and "Unwanted, not over yet" not in seat.get("chair")
    one = noted(seat, what="after <water>", serious_important="1")
    seat.walk.later(minutes=7)
    page = plain(seat.get("chair"))
    assert "It is over: Nausea: after &lt;water&gt;, mild" in page and "7 min ago" in page and "Serious: medically important" in page
    assert seat.post("chair_act", "adverse-follow", follows=one, outcome="unknown", severity="severe").status_code == SEE_OTHER
    assert "Not known whether it is over" in seat.get("chair") and "ready waits for it" in seat.get("discharge")
    answer = seat.post("chair_act", "adverse-follow", follows=one, outcome="resolved", **{"from": "discharge"})
    assert answer.status_code == SEE_OTHER and answer.url == seat.url("discharge")
    assert "Unwanted, not over yet" not in seat.get("chair") + seat.get("discharge")
    assert seat.post("chair_act", "adverse-follow", follows="none", outcome="resolved").status_code == INPUT


def test_a_refused_form_keeps_what_was_typed_in_its_own_place(seat: Chairside) -> None:
    seat.walk.to_infusion()
    answer = seat.post("chair_act", "adverse", kind="other", severity="mild", action="watched", serious_death="1", serious="no")
    page = answer.content.decode()
    assert answer.status_code == INPUT and 'value="other" checked' in page and 'value="watched"' in page and 'name="serious_death" value="1" checked' in page
    assert seat.count(AdverseEventNoted) == 0


def test_a_prescriber_signs_a_mild_one_home_and_a_nurse_is_not_asked_to(seat: Chairside) -> None:
    seat.walk.to_recovery()
    one = noted(seat)
    seat.walk.later(minutes=121)
    seat.walk.record(visit=seat.walk.visit, **READY)
    seat.walk.do(visits.name_escort, "nurse", name="Ana-Maria", state="present")
    assert "Sign: goes home with it" not in seat.get("discharge") and "Sign: goes home with it" in seat.get("discharge", "prescriber")
    assert seat.post("adverse_home", follows=one, call="the night line").status_code == REFUSED
    assert seat.post("adverse_home", role="prescriber", follows=one, call="").status_code == INPUT
    assert seat.post("adverse_home", role="prescriber", follows="none", call="x").status_code == INPUT
    assert seat.post("discharge").status_code == INPUT
    assert seat.post("adverse_home", role="prescriber", follows=one, call="the night line").status_code == SEE_OTHER
    assert seat.count(AdverseEventHandedOver) == 1 and adverse_events(seat.walk.history)[0].handed_over is not None
    assert "lasts, told to call the night line" in seat.get("handover")
    assert seat.post("discharge").status_code == SEE_OTHER


def test_the_ending_knows_what_was_recorded_of_the_cannula(seat: Chairside) -> None:
    seat.walk.to_recovery()
    assert not re.search(r'name="cannula" value="\w+" checked', seat.get("discharge"))
    for said in ("no", "yes", "no"):
        seat.post("recovery_record", cannula_out=said)
        page = seat.get("discharge")
        assert re.findall(r'name="cannula" value="(\w+)" checked', page) == [said] and f"{said}, recorded" in page
    answer = seat.post("visit_end", ending="", cannula="unknown")
    assert re.findall(r'name="cannula" value="(\w+)" checked', answer.content.decode()) == ["unknown"]
