"""Values that no rule can rest on: asked once more before they are kept, shown as what they are, and never followed by a calm sentence."""

from __future__ import annotations

import json
from html import unescape
from typing import Any

import pytest
from django.urls import reverse
from tests.clinic.acts_walk import CALM, Walk
from tests.screens.chairside import CALM_AGAIN, Chairside
from tests.screens.desk_walk import INPUT, SEE_OTHER, Desk

from kairn.clinic.screens.forms import words
from kairn.record.payloads import Observed, Reading

CALM_WORDS = "Nothing asks for a pause or a stop."
FULL = {**CALM_AGAIN, "distress": "calm"}


def lanes_of(page: str) -> list[dict[str, Any]]:
    """The rows of the lanes of a chair."""
    return json.loads(page.split('<script id="lanes" type="application/json">')[1].split("</script>")[0])["rows"]


def latest_value(walk: Walk, fact: str) -> str:
    """The value of the latest entry that holds the fact."""
    return next(one.value for _, said in reversed(walk.history.all(Observed)) for one in said.readings if one.fact == fact)


@pytest.mark.parametrize(("view", "more"), [("chair_act", ("vitals",)), ("preflight", ()), ("recovery_record", ())])
def test_an_implausible_value_is_asked_once_more_and_then_kept(seat: Chairside, view: str, more: tuple[str, ...]) -> None:
    {"chair_act": seat.walk.to_infusion, "preflight": seat.walk.to_preflight, "recovery_record": seat.walk.to_recovery}[view]()
    before = seat.walk.history.seq
    typed = {**CALM, "systolic": "2010"}
    answer = seat.post(view, *more, **typed)
    page = unescape(answer.content.decode())
    assert answer.status_code == INPUT and seat.walk.history.seq == before
    assert "Systolic pressure: saw 2010 mmHg; usual is 0 to 300 mmHg." in page and "I read this value" in page
    assert 'value="2010"' in page and 'value="76"' in page and 'name="read" value="systolic=2010"' in page
    assert seat.post(view, *more, **typed, read="systolic=2011").status_code == INPUT
    assert seat.post(view, *more, **typed, read="systolic=2010").status_code == SEE_OTHER
    assert latest_value(seat.walk, "systolic") == "2010"


def test_two_values_are_asked_about_together(seat: Chairside) -> None:
    seat.walk.to_infusion()
    page = unescape(seat.post("chair_act", "vitals", systolic="2010", spo2="960", occurred_at="2020-01-01T10:00").content.decode())
    assert "I read these values" in page and "saw 960 %" in page and 'value="2020-01-01T10:00"' in page
    assert 'name="read" value="systolic=2010 spo2=960"' in page


def test_less_than_nothing_is_refused_whoever_read_it(seat: Chairside) -> None:
    seat.walk.to_infusion()
    before = seat.walk.history.seq
    answer = seat.post("chair_act", "vitals", systolic="-5", read="systolic=-5")
    assert answer.status_code == INPUT and "expected nothing below 0" in answer.content.decode() and seat.walk.history.seq == before


def test_the_assessment_asks_about_findings_and_about_the_laboratory(clinic_id: Any) -> None:
    desk = Desk(clinic_id)
    desk.enter("assessment")
    page, where = desk.url("assessment"), desk.url("assessment_facts")
    for typed, holding, token in (
        ({"fact-systolic": "12000"}, {}, "systolic=12000"),
        ({"fact-alt_times_limit": "9999"}, {"of": "laboratory"}, "alt_times_limit=9999"),
    ):
        before = desk.history.seq
        answer = desk.send(page, where, typed, **holding)
        shown = answer.content.decode()
        assert answer.status_code == INPUT and desk.history.seq == before and shown.count(f'name="read" value="{token}"') == 1
        laboratory = shown.split('name="of" value="laboratory"')
        assert token in laboratory[1 if holding else 0]
        assert desk.send(page, where, {**typed, "read": token}, **holding).status_code == SEE_OTHER


def test_the_chair_shows_an_unusable_reading_as_what_it_is_and_the_one_before_as_old(seat: Chairside) -> None:
    seat.walk.to_infusion().later(minutes=5)
    seat.post("chair_act", "vitals", **FULL)
    assert CALM_WORDS in seat.get("chair")
    seat.walk.later(minutes=5)
    seat.post("chair_act", "vitals", **{**FULL, "systolic": "2010", "diastolic": "80", "read": "systolic=2010"})
    page = unescape(seat.get("chair"))
    pressure, due = (next(row for row in lanes_of(page) if row["kind"] == kind) for kind in ("pressure", "due"))
    assert pressure["unsure"].startswith("2010/80 mmHg at ") and pressure["unsure"].endswith(": not usable, measure again")
    assert (pressure["value"], pressure["stale"]) == ("122/76", True) and len(pressure["points"]) == 3 - 1
    assert [point["state"] for point in due["points"] if point["state"] == "not usable"] == ["not usable"]
    assert CALM_WORDS not in page and "Not known:" in page and "systolic pressure (cannot be used)" in page
    seat.walk.later(minutes=5)
    seat.post("chair_act", "vitals", **FULL)
    assert CALM_WORDS in seat.get("chair")


def test_a_value_of_one_lane_that_cannot_be_used_is_shown_there(seat: Chairside) -> None:
    seat.walk.to_infusion().later(minutes=5)
    seat.post("chair_act", "vitals", **{**FULL, "spo2": "960", "read": "spo2=960"})
    row = next(row for row in lanes_of(seat.get("chair")) if row["label"] == "Oxygen saturation")
    assert (row["value"], row["stale"]) == ("98", True) and row["unsure"].startswith("960 % at ")


def test_before_the_first_set_what_was_never_asked_is_not_measured_yet_and_later_it_is_not_known(seat: Chairside) -> None:
    seat.walk.to_infusion().later(minutes=1)
    page = seat.get("chair")
    assert "Not measured yet:" in page and "Not known:" not in page and CALM_WORDS not in page
    seat.walk.later(minutes=4)
    seat.post("chair_act", "vitals", **CALM)
    page = seat.get("chair")
    assert "Not known:" in page and "(not recorded)" in page and "Not measured yet" not in page and CALM_WORDS not in page


def test_what_only_a_stop_looks_at_is_not_known_either(seat: Chairside) -> None:
    seat.walk.to_infusion().later(minutes=5)
    seat.post("chair_act", "vitals", **{name: value for name, value in FULL.items() if name != "apnoea"})
    page = unescape(seat.get("chair"))
    assert "Not known:" in page and words.label("apnoea") in page and CALM_WORDS not in page


def test_readings_that_grew_old_end_the_calm(seat: Chairside) -> None:
    seat.walk.to_infusion().later(minutes=5)
    seat.post("chair_act", "vitals", **FULL)
    seat.walk.later(minutes=30)
    page = seat.get("chair")
    assert CALM_WORDS not in page and "(out of date)" in page


def test_the_band_rounds_to_the_step_of_the_fact_and_why_keeps_what_was_received(seat: Chairside) -> None:
    raw = "99.03230260339502"
    seat.walk.to_preflight().record(visit=seat.walk.visit, weight=raw)
    person = reverse("patient", args=[seat.walk.patient])
    for page in (seat.get("preflight"), seat.browser("nurse").get(person).content.decode()):
        band = page.split('class="idband"')[1].split("</section>")[0]
        assert "99 kg" in band and raw not in band
    assert raw in seat.get("preflight").split('id="gates"')[1]


def test_a_weight_in_pounds_stands_in_kilograms_and_an_impossible_one_as_it_was_received() -> None:
    assert words.shown(Reading("weight", "200", "[lb_av]")) == "90.7 kg"
    assert words.shown(Reading("weight", "9999", "kg")) == "9999 kg"
    assert words.shown(Reading("moud_status", "on")) == "takes it"
