"""The sheets for a time without Kairn: whole, private, self-contained, taken away when the visit is over, and readable with everything down."""

from __future__ import annotations

import os
import re
from base64 import b64decode
from datetime import UTC, datetime, time, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.conf import settings
from playwright.sync_api import Browser
from tests.browser import AXE, SERIOUS
from tests.pdf import bare, sheets
from tests.screens.chairside import CALM_AGAIN, Chairside

from kairn.clinic.acts import adverse, endings, facts
from kairn.clinic.acts.adverse import Told
from kairn.clinic.screens.chair.limits import edges_of
from kairn.clinic.screens.downtime import write
from kairn.clinic.screens.downtime.commands import downtime
from kairn.clinic.screens.downtime.write import each_minute, write_sheets
from kairn.library.urgent_tasks import URGENT_TASKS
from kairn.protocol.conditions import AtLeast, Between, EveryOf, Not
from kairn.record.payloads import Coding
from kairn.terms.quantity import parse_quantity

NARROW = 320
DUTY = "kairn.clinic.screens.downtime.write.each_minute"


def sheet(seat: Chairside, folder: Path) -> Path:
    """Where the sheet of this visit lies."""
    return folder / f"{seat.walk.visit}.html"


def running(seat: Chairside) -> Chairside:
    """Ten minutes into an infusion, with a set of vital signs and an allergy."""
    seat.walk.to_infusion()
    seat.walk.do(facts.note_allergy, "nurse", code=Coding("own", "morphine", "Morphine"), state="active", reaction="rash")
    seat.walk.later(minutes=10)
    seat.walk.record(visit=seat.walk.visit, systolic="137", diastolic="83", heart_rate="74", spo2="97", respiratory_rate="14", moaas="5")
    return seat


def test_a_sheet_has_what_is_needed_at_the_chair(seat: Chairside, tmp_path: Path) -> None:
    running(seat)
    assert sheet(seat, tmp_path) in write_sheets(tmp_path, seat.walk.now)
    text = unescape(sheet(seat, tmp_path).read_text(encoding="utf-8"))
    for said in (
        "Luis Farah", "Morphine", "Chair 1",
        "41 mg (0.5 mg/kg of 82 kg)", "61.5 mL/h", "Pump started", "of 41 mg in 41 mL ordered over 40 min", "137 mmHg", "83 mmHg",
        "pause 180 or more", "In danger call 911", "Flowsheet by hand",
    ):  # fmt: skip
        assert said in text, said
    assert f"After {seat.walk.now + timedelta(minutes=5):%H:%M} this sheet is out of date" in text
    assert f"{seat.walk.now:%H:%M} (UTC)" in text and "Written " in text
    due = next(one for one in seat.walk.standing.due if one.visit == seat.walk.visit and one.facts)
    said = {"ahead": "by", "due": "due since", "late": "LATE, was due"}[due.state.value]
    assert f"<b>{due.what} {said} {seat.told(due.due_at)}</b>" in text, "what is due next is the pathway's own answer"


def test_it_tells_what_went_wrong_and_how_the_person_was_with_their_times(seat: Chairside, tmp_path: Path) -> None:
    walk = running(seat).walk
    noted = walk.do(adverse.note_adverse_event, "nurse", told=Told("nausea", severity="moderate", action="ondansetron"), visit=walk.visit).events[0]
    over = walk.do(adverse.note_adverse_event, "nurse", told=Told("headache", severity="mild"), visit=walk.visit).events[0]
    walk.do(adverse.follow_adverse_event, "nurse", follows=over, told=Told(outcome="resolved"), visit=walk.visit)
    walk.record(visit=walk.visit, distress="frightened", pressure_symptoms="no", apnoea="no", nausea="vomited")
    taken, begun = walk.now, next(event for event in walk.history.events if event.id == noted).occurred_at
    walk.later(minutes=2)
    walk.record(suicide_intent="present")
    write_sheets(tmp_path, walk.now)
    text = unescape(sheet(seat, tmp_path).read_text(encoding="utf-8"))
    wrong = text.partition("<h2>Unwanted events not over</h2>")[2].partition("<h2>")[0]
    assert all(said in wrong for said in (seat.told(begun), "Nausea", "moderate", "ondansetron", "not recorded as over")) and "Headache" not in wrong
    for told in ('<th scope="row">Distress</th><td>frightened</td>', '<th scope="row">Nausea</th><td>vomited</td>'):
        assert f"{told}<td>{seat.told(taken)}</td>" in text, told
    assert "headache, visual or neurological signs" in text and "No breath for 15 s or more" in text
    next_, asked = text.partition("<h2>Next</h2>")[2].partition("<h2>")[0], URGENT_TASKS["suicide-intent"]
    assert f"{asked.what} by {seat.told(walk.now + asked.within.delta)}" in next_, "what is still ahead is not told as over"


def test_what_is_due_after_midnight_is_told_with_its_day(seat: Chairside, tmp_path: Path) -> None:
    walk = running(seat).walk
    walk.now = datetime.combine(walk.now.date(), time(23, 59), UTC) + timedelta(days=1)
    walk.record(suicide_intent="present")
    write_sheets(tmp_path, walk.now)
    asked = URGENT_TASKS["suicide-intent"]
    due = walk.now + asked.within.delta
    text = unescape(sheet(seat, tmp_path).read_text(encoding="utf-8"))
    assert due.date() > walk.now.date() and f"{asked.what} by {due.day} {due:%b} {due:%H:%M}" in text


def test_its_limits_say_which_numbers_they_begin_with(seat: Chairside, tmp_path: Path) -> None:
    """At a heart rate of 130 the pause, which is for more than that, does not hold."""
    seat.walk.to_infusion().later(minutes=2)
    seat.walk.record(visit=seat.walk.visit, **CALM_AGAIN | {"heart_rate": "130"})
    write_sheets(tmp_path, seat.walk.now)
    text = unescape(sheet(seat, tmp_path).read_text(encoding="utf-8"))
    beyond = text.partition("<h2>The protocol's limits</h2>")[2].partition("<p>")[0]
    rate = beyond.partition("<dt>Heart rate")[2].partition("</div>")[0]
    assert "<dd>alert under 50; alert over 120; pause under 45; pause over 130</dd>" in rate
    assert "<dd>alert 93 or less; pause 91 or less; stop 89 or less</dd>" in beyond and "alert over 24" in beyond and "pause 180 or more" in beyond
    assert "Alert: Heart rate over 120 or under 50" in text and "Pause: " not in text


def test_a_limit_of_what_lies_between_two_numbers_names_both() -> None:
    mild = Between("systolic", parse_quantity("165 mm[Hg]"), parse_quantity("179 mm[Hg]"), None)
    assert {edge.told for edge in edges_of(mild, "systolic")} == {"165 to 179"}
    assert [(edge.side, edge.told) for edge in edges_of(Not(EveryOf((mild,))), "systolic")] == [("below", "under 165"), ("above", "over 179")]
    assert [edge.told for edge in edges_of(AtLeast("weight", parse_quantity("90500 g"), None), "weight")] == ["90.5 or more"]


def test_what_was_just_told_is_not_out_of_date_because_a_number_is(seat: Chairside, tmp_path: Path) -> None:
    seat.walk.to_infusion().later(minutes=2)
    seat.walk.record(visit=seat.walk.visit, **CALM_AGAIN)
    taken = seat.walk.now
    seat.walk.later(minutes=14)
    seat.walk.record(visit=seat.walk.visit, distress="frightened")
    write_sheets(tmp_path, seat.walk.now)
    text = unescape(sheet(seat, tmp_path).read_text(encoding="utf-8"))
    assert f'<th scope="row">Distress</th><td>frightened</td><td>{seat.told(seat.walk.now)}</td>' in text
    assert f'<th scope="row">Nausea</th><td>none</td><td>{seat.told(taken)}, out of date</td>' in text


def test_nothing_on_it_is_asked_of_anybody_else_and_its_name_says_nothing(seat: Chairside, tmp_path: Path) -> None:
    running(seat)
    write_sheets(tmp_path, seat.walk.now)
    place = sheet(seat, tmp_path)
    whole = place.read_text(encoding="utf-8")
    carried = re.findall(r'href="([^"]*)"', whole)
    style = b64decode(carried[0].removeprefix("data:text/css;base64,")).decode()
    assert len(carried) == 1 and "body {" in style, "its one address is its own style"
    text = (whole + style).casefold()
    assert not [word for word in ("http:", "https:", "<script", " src=", "url(", "@import", "<form") if word in text]
    assert "<title>chair " in text
    assert place.stat().st_mode & 0o077 == 0 and not list(tmp_path.glob("*.part"))


def test_the_sheet_of_a_visit_that_is_over_is_taken_away_and_nothing_else(seat: Chairside, tmp_path: Path) -> None:
    running(seat)
    write_sheets(tmp_path, seat.walk.now)
    broken_off, other = tmp_path / f"{seat.walk.visit}.html.part", tmp_path / "read-me.html"
    broken_off.write_text("half", encoding="utf-8")
    other.write_text("ours", encoding="utf-8")
    seat.walk.do(endings.end_visit, "nurse", ending="hospital", expected_seq=None)
    write_sheets(tmp_path, seat.walk.now)
    assert not sheet(seat, tmp_path).exists() and not broken_off.exists() and other.exists()


def test_a_disk_that_fails_leaves_the_former_sheet_whole(seat: Chairside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    running(seat)
    write_sheets(tmp_path, seat.walk.now)
    before = sheet(seat, tmp_path).read_text(encoding="utf-8")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    seat.walk.later(minutes=1)
    with pytest.raises(OSError, match="No space left"):
        write_sheets(tmp_path, seat.walk.now)
    assert sheet(seat, tmp_path).read_text(encoding="utf-8") == before


def test_one_chart_that_cannot_be_told_leaves_the_others_and_takes_none_away(seat: Chairside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    running(seat)
    kept = tmp_path / "00000000-0000-4000-8000-000000000000.html"
    kept.write_text("of somebody whose chart cannot be told now", encoding="utf-8")
    known = write.people_under_way
    nobody = (seat.walk.clinic, seat.walk.clinic)
    monkeypatch.setattr(write, "people_under_way", lambda: [nobody, *known()])
    with pytest.raises(Exception, match="does not exist"):
        write_sheets(tmp_path, seat.walk.now)
    assert sheet(seat, tmp_path).exists() and kept.exists()


def test_the_server_writes_them_each_minute_and_the_command_at_once(seat: Chairside, tmp_path: Path) -> None:
    running(seat)
    assert DUTY in settings.KAIRN_EACH_MINUTE
    each_minute(tmp_path / "seals")
    assert sheet(seat, tmp_path / "downtime").exists()
    said = CliRunner().invoke(downtime, ["--to", str(tmp_path / "stick")])
    assert said.exit_code == 0 and "sheets in" in said.output and sheet(seat, tmp_path / "stick").exists()


def test_it_opens_from_disk_with_no_network_on_a_phone_and_for_everybody_and_prints(seat: Chairside, tmp_path: Path, browser: Browser) -> None:
    running(seat)
    write_sheets(tmp_path, seat.walk.now)
    context = browser.new_context(viewport={"width": NARROW, "height": 800}, offline=True)
    page = context.new_page()
    asked: list[Any] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(sheet(seat, tmp_path).as_uri())
    assert page.get_by_role("heading", name="Luis Farah").is_visible() and page.get_by_text("Flowsheet by hand").first.is_visible()
    assert asked == [sheet(seat, tmp_path).as_uri()]
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW
    page.add_script_tag(path=str(AXE))
    found = page.evaluate("axe.run()")
    assert not [one["id"] for one in found["violations"] if one["impact"] in SERIOUS]
    paper = bare("".join(sheets(page.pdf())))
    assert all(bare(said) in paper for said in ("Luis Farah", "Unwanted events not over", "Distress", "The protocol's limits", "Flowsheet by hand"))
    context.close()
