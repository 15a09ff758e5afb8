"""The file of a visit for another program: unwanted events, readings, pump and medicines with units and both times, opened and logged like the note."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Any

import pytest
from tests.screens.chairside import CALM_AGAIN, Chairside

from kairn.clinic.acts import adverse, facts, notes, pump
from kairn.clinic.acts.adverse import Told
from kairn.clinic.acts.pump_rate import set_rate
from kairn.clinic.acts.striking import strike_out
from kairn.clinic.people.models import AccessLog

SECRET = "What was told in confidence."


def record(seat: Chairside, role: str = "nurse") -> dict[str, Any]:
    """The file as somebody of that role gets it."""
    answer = seat.browser(role).get(seat.url("session_note_json"))
    assert answer.status_code == 200 and answer["Content-Type"] == "application/json" and answer["Cache-Control"] == "private, no-store"
    assert answer["Content-Disposition"] == f'attachment; filename="visit-{seat.walk.visit.hex[:8]}-{seat.walk.history.seq}.json"'
    found: dict[str, Any] = answer.json()
    return found


@pytest.fixture
def told(seat: Chairside) -> Chairside:
    """A set entered five minutes late, a medicine, a pause, an unwanted event that was over, a serious one that is not, and a note."""
    walk = seat.walk.to_infusion()
    walk.later(minutes=10)
    walk.record(visit=walk.visit, at=walk.now - timedelta(minutes=5), **CALM_AGAIN | {"systolic": "151"})
    walk.do(facts.record_readings, "nurse", readings=[], visit=walk.visit, refused=["spo2"])
    walk.do(pump.give_drug, "nurse", drug="ondansetron", dose="4 mg", reason="nausea")
    walk.do(set_rate, "nurse", rate="30", reason="nausea")
    walk.do(pump.pause_pump, "nurse", reason="wants a rest", volume_shown="12")
    noted = walk.do(adverse.note_adverse_event, "nurse", told=Told("nausea", severity="moderate", action="ondansetron"), visit=walk.visit).events[0]
    walk.do(adverse.follow_adverse_event, "nurse", follows=noted, told=Told(severity="mild", outcome="resolved", resolved_at=walk.now), visit=walk.visit)
    bad = Told("other", what="Blue lips", severity="severe", serious="yes", criteria=("life-threatening",))
    walk.do(adverse.note_adverse_event, "nurse", told=bad, visit=walk.visit)
    walk.do(notes.write_note, "nurse", text=SECRET, visit=walk.visit)
    return seat


def test_unwanted_events_are_in_it_from_onset_to_the_latest_word(told: Chairside) -> None:
    over, lasts = record(told)["unwanted_events"]
    assert (over["label"], over["worst"], over["severity"], over["open"], over["outcome"]) == ("Nausea", "moderate", "mild", "no", "resolved")
    assert over["over_at"] and over["onset_at"] == over["told"][0]["occurred_at"] and [word["severity"] for word in over["told"]] == ["moderate", "mild"]
    assert over["told"][0]["action"] == "ondansetron" and all(word["recorded_at"] and word["by"] == "A nurse" for word in over["told"])
    assert (lasts["what"], lasts["serious"], lasts["criteria"], lasts["open"], lasts["over_at"]) == ("Blue lips", "yes", ["life-threatening"], "yes", None)


def test_readings_pump_and_medicines_have_units_and_both_times_and_no_note_is_in_it(told: Chairside) -> None:
    found = record(told)
    (late,) = [one for one in found["readings"] if one["fact"] == "systolic" and one["value"] == "151"]
    event = next(one for one in told.walk.history.events if str(one.id) == late["event"])
    assert (late["unit"], late["method"], late["usable"]) == ("mm[Hg]", "person", True)
    assert (late["occurred_at"], late["recorded_at"]) == tuple(at.astimezone(UTC).isoformat() for at in (event.occurred_at, event.recorded_at))
    assert [(one["fact"], one["why"]) for one in found["without_a_value"]] == [("spo2", "refused")]
    pumped = [(one["what"], one["rate"], one["volume_shown"], one["reason"]) for one in found["pump"]]
    assert pumped == [("started", "61.5 mL/h", "", ""), ("rate set", "30 mL/h", "", "nausea"), ("paused", "", "12 mL", "wants a rest")]
    assert found["drawn_of_another_strength"] == []
    assert [(one["drug"], one["dose"]) for one in found["medicines"]] == [("ondansetron", "4 mg")]
    assert (found["order"]["dose"], found["visit"]["protocol"]["version"], found["patient"]["name"]) == ("41 mg", "1.0", "Luis Farah")
    assert SECRET not in str(found)


def test_what_was_struck_out_is_told_as_such_and_counts_no_more(told: Chairside) -> None:
    (given,) = record(told)["medicines"]
    told.walk.do(strike_out, event=next(one.id for one in told.walk.history.events if str(one.id) == given["event"]), reason="It was not given.")
    found = record(told)
    assert found["medicines"] == []
    assert [(one["event"], one["kind"], one["reason"]) for one in found["struck_out"]] == [(given["event"], "drug.given", "It was not given.")]


def test_each_file_is_a_row_in_the_log_of_reads_and_only_for_whom_the_note_is(told: Chairside) -> None:
    rows = AccessLog.objects.filter(clinic=told.walk.clinic)
    before = rows.count()
    record(told)
    assert rows.count() == before + 1 and rows.order_by("-position")[0].patients == [told.walk.patient]
    told.walk.users |= {"stranger": told.walk.make("nurse", joins=False)}
    for role in ("coordinator", "stranger"):
        assert told.browser(role).get(told.url("session_note_json")).status_code == told.browser(role).get(told.url("session_note")).status_code == 403
    assert told.url("session_note_json") in told.get("session_note")
