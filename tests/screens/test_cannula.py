"""Cannulas on the pages: a line at the chair, forms that take an earlier time, one tap more for an infiltration, and no question asked twice."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from tests.clinic.acts_walk import READY
from tests.screens.chairside import Chairside
from tests.screens.desk_walk import INPUT, SEE_OTHER

from kairn.clinic.acts import visits
from kairn.clinic.screens.chair.readings import happened
from kairn.record.adverse import adverse_events
from kairn.record.payloads_cannula import CannulaPlaced, CannulaRemoved, CannulaSeen


def placed(seat: Chairside, **typed: str) -> str:
    """One in the left forearm, recorded on a page of the visit."""
    assert seat.post("chair_act", "cannula-placed", **{"site": "left-forearm", "gauge": "20", "attempts": "2", **typed}).status_code == SEE_OTHER
    return str(seat.walk.history.latest(CannulaPlaced)[0].id)


def plain(page: str) -> str:
    """The words of a page."""
    return " ".join(re.sub(r"<[^>]+>", "", page).split())


def test_the_chair_says_in_a_line_what_lies_and_since_when(seat: Chairside) -> None:
    seat.walk.to_infusion()
    assert "Cannula: not recorded" in plain(seat.get("chair")) and "No cannula was recorded" in seat.get("session_note")
    one = placed(seat, placed_by="Nia Okafor")
    line = plain(seat.get("chair_fragment"))
    assert "Cannula: Left forearm, 20 G, in since" in line and "2 attempts, by Nia Okafor; site not looked at since" in line
    seat.walk.later(minutes=9)
    assert seat.post("chair_act", "cannula-seen", follows=one, looks="other", note="a <bruise>").status_code == SEE_OTHER
    assert f"site at {seat.walk.now:%H:%M} a &lt;bruise&gt;" in plain(seat.get("chair"))
    assert seat.post("chair_act", "cannula-removed", follows=one, looks="swollen").status_code == SEE_OTHER
    assert "Cannula: out" in plain(seat.get("chair"))
    for view in ("session_note", "handover"):
        page = plain(seat.get(view))
        assert "Left forearm, 20 G2 attempts, by Nia Okafor" in page and "a &lt;bruise&gt;;" in page and "swollen" in page, view
    told = [happened(event) for event in seat.walk.history.events if "cannula" in event.kind]
    assert told == ["Cannula in: Left forearm, 20 G", "Left forearm: a <bruise>", "Cannula out: Left forearm, swollen"]


@pytest.mark.parametrize(
    ("act", "kind", "typed"),
    [("cannula-placed", CannulaPlaced, {"site": "right-hand", "gauge": "22"}), ("cannula-seen", CannulaSeen, {"looks": "fine"}),
     ("cannula-removed", CannulaRemoved, {})],
)  # fmt: skip
def test_each_takes_an_earlier_time(seat: Chairside, act: str, kind: type, typed: dict[str, str]) -> None:
    seat.walk.to_preflight()
    one = placed(seat)
    seat.walk.later(minutes=30)
    at = (seat.walk.now - timedelta(minutes=10)).replace(second=0, microsecond=0)
    answer = seat.post("chair_act", act, follows=one, occurred_at=f"{at:%Y-%m-%dT%H:%M}", **typed, **{"from": "preflight"})
    assert answer.status_code == SEE_OTHER and answer.url == seat.url("preflight")
    assert seat.walk.history.latest(kind)[0].occurred_at == at
    assert seat.post("chair_act", act, follows=one, occurred_at="soon", **typed).status_code == INPUT


def test_a_refused_form_keeps_what_was_typed_in_its_own_place(seat: Chairside) -> None:
    seat.walk.to_infusion()
    one = placed(seat)
    page = seat.post("chair_act", "cannula-placed", site="elsewhere", gauge="22").content.decode()
    assert 'value="elsewhere" checked' in page and 'value="22" checked' in page and seat.count(CannulaPlaced) == 1
    page = seat.post("chair_act", "cannula-seen", follows=one, looks="other").content.decode()
    assert re.search(r'name="looks" value="other" checked', page) and "how the site looks, in words" in page
    assert seat.post("chair_act", "cannula-seen", follows="none", looks="fine").status_code == INPUT


def test_an_infiltration_is_one_tap_from_an_unwanted_event(seat: Chairside) -> None:
    seat.walk.to_infusion()
    one = placed(seat)
    assert "Also note it as an unwanted event" not in seat.get("chair")
    seat.post("chair_act", "cannula-seen", follows=one, looks="infiltration")
    page = seat.get("chair")
    offer = page[page.index("Also note it") - 900 : page.index("Also note it")]
    sent = dict(re.findall(r'name="(kind|what|occurred_at)" value="([^"]*)"', offer))
    assert sent["kind"] == "extravasation" and sent["what"] == "Left forearm"
    assert seat.post("chair_act", "adverse", severity="mild", **sent).status_code == SEE_OTHER
    assert [event.now.kind for event in adverse_events(seat.walk.history)] == ["extravasation"]
    assert "Also note it as an unwanted event" not in seat.get("chair")


def test_who_records_a_removal_is_not_asked_again(seat: Chairside) -> None:
    seat.walk.to_recovery()
    assert 'name="cannula_out"' in seat.get("discharge")
    one = placed(seat)
    seat.walk.later(minutes=121)
    seat.walk.record(visit=seat.walk.visit, **{fact: value for fact, value in READY.items() if fact != "cannula_out"})
    seat.walk.do(visits.name_escort, "nurse", name="Ana-Maria", state="present")
    page = seat.get("discharge")
    assert 'name="cannula_out"' not in page and re.findall(r'name="cannula" value="(\w+)" checked', page) == ["no"]
    assert seat.post("discharge").status_code == INPUT
    assert seat.post("chair_act", "cannula-removed", follows=one, **{"from": "discharge"}).url == seat.url("discharge")
    assert "Ready waits for that" in seat.get("discharge") and seat.post("discharge").status_code == INPUT
    assert seat.post("chair_act", "cannula-removed", follows=one, looks="fine").status_code == INPUT
    seat.post("chair_act", "cannula-seen", follows=one, looks="fine")
    page = seat.get("discharge")
    assert re.findall(r'name="cannula" value="(\w+)" checked', page) == ["yes"] and "Ready waits for that" not in page
    assert seat.post("discharge").status_code == SEE_OTHER
