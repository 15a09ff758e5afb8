"""A nurse copies a flowsheet from paper: each cell at fault has its sentence, nothing typed is lost, and the sheet is kept whole or not at all."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from uuid import UUID, uuid4, uuid5
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.clinic.acts_walk import Walk
from tests.screens.chairside import Chairside
from tests.screens.desk_walk import CONFLICT, INPUT, SEE_OTHER

from kairn.clinic.acts.paper import PARTS
from kairn.clinic.screens.forms.clock import Clock
from kairn.clinic.screens.paper_hour.times import moments
from kairn.record.payloads import DrugGiven, NoteWritten, Observed, PumpPaused, PumpStarted, PumpStopped

WHO = {"by": "Maya Brown"}


@pytest.fixture
def late(seat: Chairside) -> Chairside:
    """An infusion that began an hour ago, the last half of it on paper."""
    seat.walk.within_a_day(hours=6).later(hours=3)
    seat.walk.to_infusion().later(minutes=60)
    return seat


def hour(seat: Chairside, ago: int) -> str:
    """The hour of so many minutes ago, as a paper says it."""
    return f"{seat.walk.now - timedelta(minutes=ago):%H:%M}"


def rows(*told: dict[str, str]) -> dict[str, str]:
    """Rows as the form sends them, each under a number of its own."""
    return {f"r{row}-{name}": value for row, fields in enumerate(told) for name, value in {"id": str(uuid4()), **fields}.items()}


def send(seat: Chairside, fields: dict[str, str], role: str = "nurse") -> Any:
    """The sheet, sent."""
    return seat.browser(role).post(seat.url("paper_hour"), fields)


def told(answer: Any) -> str:
    """What a page says, as one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def test_the_sheet_asks_for_what_the_chair_asks_for(late: Chairside) -> None:
    page, chair = late.get("paper_hour"), late.get("chair")
    asked = set(re.findall(r'name="(\w+)"[^>]* data-pad', chair))
    assert asked and all(f'name="r0-{fact}"' in page for fact in asked) and "Systolic pressure, mmHg" in page
    assert "ask the prescriber" in page and 'value="started"' not in page
    assert "Typed in from paper" in chair and late.url("paper_hour") in chair


def test_a_paper_hour_is_kept_and_says_that_it_is_from_paper(late: Chairside) -> None:
    first = {"time": hour(late, 30), "systolic": "150", "diastolic": "92", "distress": "calm", "spo2": "--", "heart_rate": "Refused"}
    second = {
        "time": hour(late, 20).replace(":", ""),
        "pump": "paused",
        "pump_volume": "21",
        "drug": "ondansetron",
        "dose": "4 mg",
        "note": "Cold.",
        "by": "Ada",
    }
    third = {"time": hour(late, 10), "pump_volume": "21.5"}
    answer = send(late, rows(first, second, third) | WHO)
    assert answer.status_code == SEE_OTHER and answer.url == late.url("chair")
    seen = [said for _, said in late.walk.history.all(Observed) if said.paper]
    assert [(one.paper, one.refused, one.not_taken) for one in seen] == [("Maya Brown", ("heart_rate",), ("spo2",)), ("Maya Brown", (), ())]
    assert {one.fact: one.value for one in seen[0].readings} == {"systolic": "150", "diastolic": "92", "distress": "calm"}
    assert [(one.fact, one.value) for one in seen[1].readings] == [("pump_volume", "21.5")]
    event, paused = late.walk.history.latest(PumpPaused)
    assert (paused.volume_shown, paused.paper) == ("21", "Ada") and f"{event.occurred_at:%H:%M}" == hour(late, 20)
    chair, note = told(late.browser("nurse").get(late.url("chair"))), told(late.browser("nurse").get(late.url("session_note")))
    assert "A nurse, nurse; from paper, written by Ada" in chair and "from paper, written by Maya Brown" in note
    assert late.count(DrugGiven) == late.count(NoteWritten) == 1 and late.count(PumpStarted) == 1


def test_each_faulty_cell_has_its_sentence_and_nothing_typed_is_lost(late: Chairside) -> None:
    first = {"time": "25:00", "systolic": "-5", "drug": "ondansetron", "note": "a <note>"}
    second = {"time": hour(late, 20), "heart_rate": "irreg", "pump": "started", "diastolic": "81"}
    before = late.walk.history.seq
    answer = send(late, rows(first, second))
    page, text = answer.content.decode(), told(answer)
    assert answer.status_code == INPUT and late.walk.history.seq == before
    for said in (
        "Row 1: Saw '25:00'; expected an hour such as", "expected nothing below 0", "Row 1: Saw nothing; expected how much was given", "Row 1: Saw nobody;",
        "Row 2: Saw 'irreg'; expected a number such as 98", "Row 2: Saw 'started'; expected a pause or a stop",
    ):  # fmt: skip
        assert said in text, said
    for kept in ('value="25:00"', 'value="-5"', 'value="ondansetron"', 'value="a &lt;note&gt;"', 'value="irreg"', 'value="81"'):
        assert kept in page, kept


def test_what_is_unusual_or_no_number_is_kept_once_somebody_says_so(late: Chairside) -> None:
    fields = rows({"time": hour(late, 30), "systolic": "2010", "spo2": "91 on air"}) | WHO
    answer = send(late, fields)
    page = unescape(answer.content.decode())
    assert answer.status_code == INPUT and "saw 2010 mmHg; usual is 0 to 300 mmHg" in page and late.count(PumpPaused) == 0
    ticks = dict(re.findall(r'type="checkbox" name="(\w+)" value="([^"]*)"', page))
    assert set(ticks) == {"read", "as_words"}
    assert send(late, fields | {"read": ticks["read"]}).status_code == INPUT
    assert send(late, fields | ticks | {"r0-systolic": "2011"}).status_code == INPUT
    assert send(late, fields | ticks).status_code == SEE_OTHER
    kept = late.walk.history.latest(Observed)[1]
    assert [one.value for one in kept.readings] == ["2010"] and kept.not_taken == ("spo2",) and "91 on air" in kept.note


def test_beyond_a_limit_is_recorded_like_anything_else(late: Chairside) -> None:
    assert send(late, rows({"time": hour(late, 30), "systolic": "240", "diastolic": "140", "spo2": "70"}) | WHO).status_code == SEE_OTHER


def test_what_the_record_says_is_shown_beside_the_paper_and_a_person_decides(late: Chairside) -> None:
    at = (late.walk.now - timedelta(minutes=30)).replace(second=0, microsecond=0)
    late.walk.record(visit=late.walk.visit, at=at, systolic="148", spo2="97")
    fields = rows({"time": hour(late, 30), "systolic": "150", "spo2": "97"}) | WHO
    before, answer = late.walk.history.seq, send(late, fields)
    page = unescape(answer.content.decode())
    assert answer.status_code == CONFLICT and late.walk.history.seq == before
    assert "the record says otherwise" in page and re.search(r"Systolic pressure</th><td[^>]*>150 mmHg</td><td[^>]*>148 mmHg", page)
    choices = re.findall(r'name="(r0-vitals-keep)" value="([^"]*)"', page)
    assert [value.split()[0] for _, value in choices] == ["both", "out"]
    assert send(late, fields | dict([choices[1]])).status_code == INPUT, "with all of it left out nothing is left to keep"
    assert late.walk.history.seq == before
    assert send(late, fields | dict([choices[0]])).status_code == SEE_OTHER and late.walk.history.seq == before + 1
    again = send(late, rows({"time": hour(late, 30), "systolic": "150"}) | WHO | dict([choices[0]]))
    assert again.status_code == CONFLICT, "what was decided about one entry says nothing of two"


def test_hours_go_on_over_midnight_and_the_days_are_said(seat: Chairside) -> None:
    seat.walk.now = datetime.combine(seat.walk.now.date() + timedelta(days=1), datetime.min.time(), seat.walk.now.tzinfo) + timedelta(hours=22, minutes=50)
    seat.walk.to_infusion().later(hours=2)
    fields = rows({"time": "23:40", "spo2": "97"}, {"time": "0:10", "spo2": "96"}, {"time": "00.20", "spo2": "95"}) | WHO
    answer = send(seat, fields)
    page = unescape(answer.content.decode())
    assert answer.status_code == INPUT and "look at the days" in page
    night = seat.walk.now.date() - timedelta(days=1)
    assert f"Time, {night.day} {night:%b}" in page and f"Time, {seat.walk.now.day} {seat.walk.now:%b}" in page
    (days,) = re.findall(r'type="checkbox" name="days" value="([^"]*)"', page)
    assert send(seat, fields | {"days": days}).status_code == SEE_OTHER
    at = [event.occurred_at for event, said in seat.walk.history.all(Observed) if said.paper]
    assert [f"{one:%d %H:%M}" for one in at] == [f"{night:%d} 23:40", f"{seat.walk.now:%d} 00:10", f"{seat.walk.now:%d} 00:20"]


@pytest.mark.parametrize(
    ("begun", "now", "hours", "meant"),
    [
        ("04:30", "09:00", "00:50 01:20 01:40 01:10 01:30 02:10", "04:50 05:20 05:40 06:10 06:30 07:10"),
        ("06:05", "09:00", "01:20 01:40 02:10", "06:20 06:40 07:10"),
        ("04:30", "05:45", "01:20 01:10 01:40", "05:20 - 05:40"),
    ],
)
def test_of_an_hour_that_comes_twice_rows_take_the_first_until_one_goes_back(begun: str, now: str, hours: str, meant: str) -> None:
    """The clocks of New York go back at 06:00 of this day in universal time."""
    first, last = (datetime.fromisoformat(f"2026-11-01T{each}+00:00") for each in (begun, now))
    at, faults = moments(Clock(last, ZoneInfo("America/New_York")), first, dict(enumerate(hours.split())))
    assert " ".join(f"{at[row].astimezone(UTC):%H:%M}" if row in at else "-" for row in range(len(hours.split()))) == meant
    assert all("expected rows in the order of time" in said for said in faults.values())


@pytest.mark.parametrize(
    ("ago", "said"),
    [((120,), "before the visit began"), ((-30,), "still to come"), ((20, 30), "expected rows in the order of time")],
)  # fmt: skip
def test_a_time_that_cannot_be_is_refused_with_a_sentence(late: Chairside, ago: tuple[int, ...], said: str) -> None:
    answer = send(late, rows(*({"time": hour(late, one), "spo2": "97"} for one in ago)) | WHO)
    assert answer.status_code == INPUT and said in told(answer) and not [one for _, one in late.walk.history.all(Observed) if one.paper]


def test_more_rows_keep_what_was_typed(late: Chairside) -> None:
    page = late.get("paper_hour")
    fields = dict(re.findall(r'name="(r\d+-id)" value="([^"]+)"', page)) | {"r0-spo2": "97", "r0-time": hour(late, 20)} | WHO
    longer = send(late, fields | {"more": "1"})
    assert longer.status_code == 200 and 'value="97"' in longer.content.decode() and late.walk.history.latest(Observed)[1].paper == ""
    more = dict(re.findall(r'name="(r\d+-id)" value="([^"]+)"', longer.content.decode()))
    assert len(more) > len(fields) and more.items() >= {key: value for key, value in fields.items() if key.endswith("-id")}.items()


def test_a_sheet_that_is_corrected_after_it_was_kept_is_asked_about(late: Chairside) -> None:
    fields = rows({"time": hour(late, 30), "systolic": "150"}) | WHO
    assert send(late, fields).status_code == SEE_OTHER
    seq = late.walk.history.seq
    changed = send(late, fields | {"r0-systolic": "160"})
    assert changed.status_code == CONFLICT and late.walk.history.seq == seq
    (fresh,) = re.findall(r'name="r0-id" value="([^"]+)"', changed.content.decode())
    again = send(late, fields | {"r0-systolic": "160", "r0-id": fresh})
    assert again.status_code == CONFLICT and "the record says otherwise" in again.content.decode()


def test_who_sees_nothing_of_it(late: Chairside) -> None:
    fields = rows({"time": hour(late, 30), "systolic": "150"}) | WHO
    before = late.walk.history.seq
    for role in ("coordinator", "clinic-lead"):
        assert send(late, fields, role).status_code == 403
    assert late.browser("coordinator").get(late.url("paper_hour")).status_code == 403 and late.walk.history.seq == before


CELL = st.sampled_from(["", "", "97", "98.5", "150", "2010", "--", "refused", "irreg", "-4", "1e3"])
TIME = st.one_of(st.integers(2, 50), st.integers(2, 50), st.sampled_from(["", "25:00", "soon", "23:59"]))
ROW = st.fixed_dictionaries(
    {"time": TIME, "systolic": CELL, "spo2": CELL, "heart_rate": CELL, "pump": st.sampled_from(["", "", "paused", "stopped"]), "pump_volume": CELL,
     "drug": st.sampled_from(["", "ondansetron"]), "dose": st.sampled_from(["", "4 mg"]), "note": st.sampled_from(["", "Cold.", "x"])}
)  # fmt: skip


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sheet=st.lists(ROW, min_size=1, max_size=4), data=st.data(), agrees=st.booleans())
def test_whatever_is_typed_all_of_it_is_kept_once_or_nothing(late: Chairside, sheet: list[dict[str, Any]], data: st.DataObject, agrees: bool) -> None:
    if data.draw(st.booleans()):
        sheet = sorted(sheet, key=lambda row: -row["time"] if isinstance(row["time"], int) else 0)
    typed = [{**row, "time": hour(late, row["time"]) if isinstance(row["time"], int) else row["time"]} for row in sheet]
    fields = rows(*typed) | WHO
    body = dict(data.draw(st.permutations(list(fields.items()))))
    browser, walk = late.browser("nurse"), late.walk
    for _ in range(4):
        before = walk.history.seq
        answer = browser.post(late.url("paper_hour"), body)
        _all_or_nothing(walk, fields, before, answer)
        if answer.status_code == SEE_OTHER or not agrees:
            break
        body |= _agreed(answer)
    seq = walk.history.seq
    again = browser.post(late.url("paper_hour"), body)
    _all_or_nothing(walk, fields, seq, again, repeated=answer.status_code == SEE_OTHER)


def _agreed(answer: Any) -> dict[str, str]:
    """Every tick ticked, and both kept wherever that is asked."""
    page = unescape(answer.content.decode())
    return dict(re.findall(r'type="checkbox" name="(\w+)" value="([^"]*)"', page)) | dict(re.findall(r'name="(r\d-\w+-keep)" value="(both [^"]*)"', page))


def _parts(fields: dict[str, str]) -> set[UUID]:
    """The entries that the filled parts of a sheet become."""
    found = set()
    for row in range(sum(name.endswith("-id") for name in fields)):
        said = {name: fields.get(f"r{row}-{name}", "") for name in ("id", "systolic", "spo2", "heart_rate", "pump", "pump_volume", "drug", "dose", "note")}
        volume = said["pump_volume"] and not said["pump"]
        held = {"vitals": said["systolic"] or said["spo2"] or said["heart_rate"] or volume, "pump": said["pump"], "drug": said["drug"], "note": said["note"]}
        found |= {uuid5(UUID(said["id"]), part) for part in PARTS if held[part]}
    return found


def _all_or_nothing(walk: Walk, fields: dict[str, str], before: int, answer: Any, *, repeated: bool = False) -> None:
    wanted = _parts(fields)
    there = [event.id for event in walk.history.events if event.id in wanted]
    new = [event for event in walk.history.events if event.seq > before]
    if answer.status_code == SEE_OTHER:
        assert sorted(there, key=str) == sorted(wanted, key=str) and len(set(there)) == len(there)
        beside = [event for event in new if event.id not in wanted]
        assert all(event.kind == "phase.entered" for event in beside) and len(beside) <= 1
        assert not repeated or not new
    else:
        assert new == [] and (repeated or there == [])
    assert all(isinstance(event.payload, Observed | PumpPaused | PumpStopped | DrugGiven | NoteWritten) for event in new if event.id in wanted)
