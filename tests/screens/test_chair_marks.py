"""What the chair draws and asks: the pump's rate, the ladder of distress, the limits of the phase, what was missed or refused, and what is out of date."""

from __future__ import annotations

import json
from datetime import timedelta
from html import unescape
from typing import Any

import msgspec
import pytest
from tests.clinic.acts_walk import CALM
from tests.screens.chairside import Chairside
from tests.screens.desk_walk import INPUT, SEE_OTHER
from tests.screens.test_chairs_board import board

from kairn.record.payloads import Observed, PumpRateSet

QUIET = {**CALM, "pressure_symptoms": "no", "apnoea": "no", "distress": "calm", "nausea": "none"}


def lane(seat: Chairside, label: str) -> dict[str, Any]:
    """One lane of the chair, as its script gets it."""
    drawn = seat.get("chair").split('<script id="lanes" type="application/json">')[1].split("</script>")[0]
    return next(row for row in json.loads(drawn)["rows"] if row["label"] == label)


# --- the rate of the pump ---


def test_the_rate_has_a_lane_and_a_form_that_knows_the_order(seat: Chairside) -> None:
    seat.walk.to_infusion().later(minutes=10)
    assert seat.post("chair_act", "rate", rate="30", reason="frightened").status_code == SEE_OTHER
    seat.walk.later(minutes=5)
    row = lane(seat, "Pump rate")
    assert [point["v"] for point in row["points"]] == [61.5, 30.0]
    assert (row["kind"], row["value"], row["unit"], row["note"]) == ("steps", "30", "mL/h", "0.5 mg/min, as recorded")
    page = unescape(seat.get("chair"))
    assert "It runs at <b>30 mL/h</b>" in page and "The order allows up to 61.5 mL/h" in page


def test_a_pause_is_no_rate_and_the_resume_says_how_fast(seat: Chairside) -> None:
    seat.walk.to_infusion().later(minutes=10)
    seat.post("chair_act", "rate", rate="30")
    seat.walk.later(minutes=1)
    seat.post("chair_act", "pump-paused")
    seat.walk.record(visit=seat.walk.visit, **QUIET)
    row, page = lane(seat, "Pump rate"), seat.get("chair")
    assert ([point["v"] for point in row["points"]], row["value"]) == ([61.5, 30.0, 0.0], "0")
    assert "Resume the pump at 30 mL/h" in page and "It does not run by the record" in page


def test_too_fast_a_rate_comes_back_with_a_question_and_yes_records_it(seat: Chairside) -> None:
    seat.walk.to_infusion().later(minutes=10)
    answer = seat.post("chair_act", "rate", rate="615")
    page = unescape(answer.content.decode())
    assert answer.status_code == INPUT and "the order allows 61.5 mL/h" in page and 'name="ran_so"' in page and 'value="615"' in page
    assert seat.post("chair_act", "rate", rate="615", ran_so="yes").status_code == SEE_OTHER
    assert seat.count(PumpRateSet) == 1 and "The pump ran faster than ordered" in unescape(seat.browser("prescriber").get("/tasks").content.decode())


# --- the ladder, and what recovery asks ---


def test_distress_is_drawn_as_its_ladder(seat: Chairside) -> None:
    seat.walk.to_infusion().later(minutes=5)
    for said in ("calm", "frightened"):
        seat.post("chair_act", "vitals", distress=said)
    row = lane(seat, "Distress")
    assert [(point["v"], point["words"]) for point in row["points"]] == [(1, "calm"), (3, "frightened")] and row["value"] == "Frightened"


@pytest.mark.parametrize("phase", ["infusion", "recovery"])
def test_the_ladder_stands_whatever_is_known_of_going_home(seat: Chairside, monkeypatch: pytest.MonkeyPatch, phase: str) -> None:
    """As where no protocol can be read, so that nothing is forecast."""
    (seat.walk.to_infusion if phase == "infusion" else seat.walk.to_recovery)()
    monkeypatch.setattr("kairn.clinic.screens.chair.view.going_home_part", lambda seat: None)
    assert 'class="ladder"' in seat.get("chair")


def test_dissociation_can_be_charted_and_is_drawn_beside_it(seat: Chairside) -> None:
    seat.walk.to_infusion().later(minutes=5)
    assert 'name="dissociation" value="eyes-open-no-answer"' in seat.get("chair")
    seat.post("chair_act", "vitals", dissociation="strong")
    row = lane(seat, "Dissociation")
    assert [(point["v"], point["words"]) for point in row["points"]] == [(3, "strong")] and row["value"] == "Strong"


def test_a_set_in_recovery_can_be_completed_at_the_chair(seat: Chairside) -> None:
    seat.walk.to_recovery().later(minutes=14)
    page = seat.get("chair")
    form = page.split('id="vitals"')[1].split("</form>")[0]
    facts = {**QUIET, "distress": "calm"}
    assert all(f'name="{fact}"' in form for fact in facts) and 'class="ladder"' in page
    seat.walk.later(minutes=1)
    assert seat.post("chair_act", "vitals", **facts).status_code == SEE_OTHER
    due = next(due for due in seat.walk.standing.due if due.rule and due.rule.id == "vitals-in-recovery")
    assert due.due_at > seat.walk.now


# --- limits of the phase ---


def test_the_limits_drawn_are_those_of_the_phase(seat: Chairside) -> None:
    seat.walk.to_recovery().later(minutes=5)
    seat.walk.record(visit=seat.walk.visit, **QUIET)
    assert {limit["words"] for limit in lane(seat, "Blood pressure")["limits"]} == {"act now 79", "act now 180", "alert 89", "alert 165"}
    assert {limit["words"] for limit in lane(seat, "Heart rate")["limits"]} == {"act now under 45", "act now over 130", "alert under 50", "alert over 120"}


# --- one pressure without the other ---


def told(seat: Chairside) -> tuple[str, bool, str]:
    """What stands beside the lane of the pressure."""
    row = lane(seat, "Blood pressure")
    return row["value"], row["stale"], row["note"]


def test_a_pressure_without_its_other_half_is_drawn_and_what_stands_beside_it_is_its_own(seat: Chairside) -> None:
    seat.walk.to_infusion().later(minutes=2)
    seat.walk.record(visit=seat.walk.visit, **QUIET)
    seat.walk.later(minutes=13)
    assert told(seat) == ("122/76", True, "0 from 122")
    seat.walk.record(visit=seat.walk.visit, systolic="172")
    row = lane(seat, "Blood pressure")
    assert told(seat) == ("172/-", False, "+50 from 122") and row["aged"] == "under 1 min ago"
    assert (row["points"][-1]["v"], row["points"][-1]["w"], row["table"][-1]["value"]) == (172, None, "172/-") and "172/- at" in row["said"]
    assert row["high"] > 172
    seat.walk.later(minutes=1)
    seat.walk.record(visit=seat.walk.visit, diastolic="81")
    assert told(seat) == ("-/81", False, "+5 from 76")


def test_what_a_monitor_sends_of_one_pressure_is_its_own_and_no_persons(seat: Chairside) -> None:
    seat.walk.to_infusion().later(minutes=2)
    seat.walk.record(visit=seat.walk.visit, **QUIET)
    seat.walk.later(minutes=1)
    seat.monitor_row(NBPSys=224, NBPDias=0)
    last = lane(seat, "Blood pressure")["points"][-1]
    assert told(seat) == ("224/-", False, "monitor") and (last["v"], last["w"], last["device"]) == (224, None, True)
    seat.walk.later(seconds=20)
    seat.walk.record(visit=seat.walk.visit, systolic="126", diastolic="78")
    assert told(seat) == ("126/78", False, "+4 from 122")


# --- out of date, missed, refused ---


def test_what_was_just_taken_is_not_out_of_date_because_another_of_its_set_is(seat: Chairside) -> None:
    seat.walk.to_infusion().later(minutes=2)
    seat.walk.record(visit=seat.walk.visit, **QUIET)
    seat.walk.later(minutes=13)
    assert lane(seat, "Heart rate")["stale"] and lane(seat, "Blood pressure")["stale"]
    seat.walk.record(visit=seat.walk.visit, systolic="124", diastolic="78", heart_rate="72", spo2="98")
    assert not any(lane(seat, label)["stale"] for label in ("Heart rate", "Blood pressure", "Oxygen saturation"))
    assert lane(seat, "Breaths a minute")["stale"]


def test_what_a_cuff_of_a_monitor_took_goes_out_of_date_with_the_duty_that_asks_for_it_again(seat: Chairside) -> None:
    seat.walk.to_infusion().later(minutes=2)
    seat.walk.record(visit=seat.walk.visit, **QUIET)
    seat.walk.later(minutes=1)
    seat.monitor_row(HR=71, NBPSys=124, NBPDias=80)
    seat.walk.later(minutes=8)
    assert told(seat) == ("124/80", False, "monitor") and lane(seat, "Heart rate")["stale"]
    seat.walk.later(minutes=4)
    assert told(seat) == ("124/80", True, "monitor")
    cell = board(seat).partition("Blood pressure")[2].partition("Heart rate")[0]
    assert "124/80" in cell and "out of date" in cell


def test_a_set_that_nobody_took_stays_missed(seat: Chairside) -> None:
    """Ten and twenty minutes after the set before, with two of grace."""

    def gone() -> list[float]:
        return [point["t"] for point in lane(seat, "Vital signs")["points"] if (point["state"], point["words"]) == ("missed", "vital signs")]

    seat.walk.to_infusion().later(minutes=2)
    seat.walk.record(visit=seat.walk.visit, **QUIET)
    taken = seat.walk.history.latest(Observed)[0].occurred_at
    seat.walk.later(minutes=11)
    assert not gone(), "within its grace nothing is missed"
    seat.walk.later(minutes=12)
    assert gone() == [(taken + timedelta(minutes=minutes)).timestamp() for minutes in (10, 20)]
    seat.walk.record(visit=seat.walk.visit, **QUIET)
    assert len(gone()) == 2 and lane(seat, "Vital signs")["points"][-1]["state"] == "due", "they were missed, and one was taken since"


def test_a_step_of_the_ladder_is_no_set_of_vital_signs(seat: Chairside) -> None:
    seat.walk.to_infusion().later(minutes=2)
    before = sets(seat)
    seat.walk.record(visit=seat.walk.visit, **QUIET)
    for _ in range(4):
        seat.walk.later(minutes=8)
        seat.walk.record(visit=seat.walk.visit, distress="calm")
    seat.walk.record(visit=seat.walk.visit, **QUIET)
    states = [point["state"] for point in lane(seat, "Vital signs")["points"]]
    assert sets(seat) == before + 2 and states.count("missed") == 3 and "part" not in states


def test_a_set_is_whole_when_every_fact_of_its_round_is_settled(seat: Chairside) -> None:
    seat.walk.to_infusion().later(minutes=2)
    before = sets(seat)
    assert seat.post("chair_act", "vitals", distress="calm", pressure_symptoms="no", nausea="none", refused="apnoea").status_code == SEE_OTHER
    seat.walk.later(minutes=1)
    assert sets(seat) == before
    for _ in range(2):
        seat.walk.record(visit=seat.walk.visit, **CALM)
        seat.walk.later(minutes=3)
    marks = {point["state"]: point["words"] for point in lane(seat, "Vital signs")["points"]}
    assert sets(seat) == before + 1 and marks["done"] == "vital signs"
    assert marks["part"] == "part of a set", "numbers alone are none"


def test_what_one_fact_of_a_missed_set_made_due_earlier_is_no_second_one(seat: Chairside) -> None:
    """The answers a minute before the numbers, then numbers alone."""
    seat.walk.to_infusion().later(minutes=2)
    seat.walk.record(visit=seat.walk.visit, distress="calm", pressure_symptoms="no", nausea="none", apnoea="no")
    for minutes in (1, 3):
        seat.walk.later(minutes=minutes)
        seat.walk.record(visit=seat.walk.visit, **CALM)
    for minutes in (8, 1):
        seat.walk.later(minutes=minutes, seconds=10)
        assert [point["state"] for point in lane(seat, "Vital signs")["points"]].count("missed") == 1


def sets(seat: Chairside) -> int:
    """How many sets the chair says were recorded."""
    said = lane(seat, "Vital signs")["note"]
    number, rest = said.split(" ", 1)
    assert rest == ("set recorded" if number == "1" else "sets recorded"), said
    return int(number)


def test_before_the_start_nothing_is_missed_that_only_some_are_asked(seat: Chairside) -> None:
    seat.walk.to_preflight().later(minutes=12)
    seat.walk.record(visit=seat.walk.visit, **QUIET)
    seat.walk.later(minutes=12)
    assert "missed" not in {point["state"] for point in lane(seat, "Vital signs")["points"]}
    assert 'class="ladder"' not in seat.get("chair")


@pytest.mark.parametrize(("name", "state"), [("refused", "refused"), ("not_taken", "not taken")])
def test_what_the_person_refuses_or_nobody_could_take_is_recorded_at_the_chair(seat: Chairside, name: str, state: str) -> None:
    seat.walk.to_infusion().later(minutes=5)
    assert f'name="{name}" value="spo2"' in seat.get("chair")
    assert seat.post("chair_act", "vitals", **{name: "spo2"}).status_code == SEE_OTHER
    assert getattr(seat.walk.history.latest(Observed)[1], name) == ("spo2",)
    assert [point["words"] for point in lane(seat, "Vital signs")["points"] if point["state"] == state] == [f"{state}: oxygen saturation"]
    assert seat.post("chair_act", "vitals", **{name: "spo2", "spo2": "97"}).status_code == INPUT, "both at once is neither"


def test_an_entry_at_the_turn_of_a_minute_is_not_late(seat: Chairside) -> None:
    seat.walk.to_infusion().later(minutes=5)
    seat.walk.record(visit=seat.walk.visit, **QUIET)
    event, _ = seat.walk.history.latest(Observed)
    at = event.occurred_at.replace(second=59, microsecond=999_000)
    assert not msgspec.structs.replace(event, occurred_at=at, recorded_at=at + timedelta(seconds=1)).late
    assert msgspec.structs.replace(event, occurred_at=at, recorded_at=at + timedelta(minutes=1)).late
