"""The course of withdrawal: what counts as the latest use, which scores also show an infusion, and how the usual course is placed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from kairn.library.substances import BOOK
from kairn.pathway.scenario import Scenario, load_scenario, scenario_files
from kairn.pathway.withdrawal import withdrawal_of
from kairn.protocol.load import load_protocol

PROTOCOL = load_protocol("iv-ketamine-oud", "1.0")
AGAIN = BOOK.again_after.delta
STORY = """scenario: s
story: s
person: {given_name: A, family_name: B, birth_date: "1990-01-01", sex: male}
now: 2026-11-22T12:00:00Z
given:
  - {event: visit.booked, at: "-5 h", by: "coordinator C", visit: one, purpose: infusion, starts_at: "-4 h", minutes: "180", chair: "1", number: "1"}
  - {event: phase.entered, at: "-4 h", by: "nurse N", visit: one, phase: infusion}
  - {event: pump.started, at: "-4 h", by: "nurse N", visit: one, rate_ml: "60 mL/h"}
ENTRIES
then: {}
"""
STOPPED = '  - {event: pump.stopped, at: "-3 h", by: "nurse N", visit: one, reason: "Dose complete"}\n'


def told(tmp_path: Path, entries: str) -> Scenario:
    path = tmp_path / "s.yaml"
    path.write_text(STORY.replace("ENTRIES\n", entries), "utf-8")
    return load_scenario(path, PROTOCOL)


def shipped(name: str) -> Scenario:
    return load_scenario(next(path for path in scenario_files() if path.stem == name), PROTOCOL)


def score(at: str) -> str:
    return f'  - {{event: observed, at: "{at}", by: "nurse N", readings: {{cows: "9 {{score}}"}}}}\n'


@pytest.mark.parametrize(
    ("at", "marked"),
    [("-241 min", False), ("-240 min", True), ("-200 min", True), ("-180 min", True), ("-121 min", True), ("-120 min", False), ("-60 min", False)],
)
def test_a_score_is_marked_from_the_start_of_an_infusion_until_the_librarys_time_after_its_end(tmp_path: Path, at: str, marked: bool) -> None:
    assert timedelta(hours=1) == AGAIN, "the times above lie on both sides of it"
    story = told(tmp_path, STOPPED + score(at))
    (one,) = withdrawal_of(story.history, story.now).scores
    assert (one.after is not None) is marked


def test_while_the_pump_runs_every_score_is_marked_and_a_stop_never_recorded_ends_with_the_visit(tmp_path: Path) -> None:
    running = told(tmp_path, score("-5 min"))
    assert withdrawal_of(running.history, running.now).scores[0].after is not None
    closed = '  - {event: phase.entered, at: "-2 h", by: "nurse N", visit: one, phase: closed}\n'
    over = told(tmp_path, closed + score("-5 min"))
    assert withdrawal_of(over.history, over.now).scores[0].after is None


def test_what_was_told_last_of_a_substance_counts_and_earlier_marks_stay(tmp_path: Path) -> None:
    entries = "".join(
        f'  - {{event: use.reported, at: "-{at} h", by: "nurse N", substance: heroin, latest_at: "-{used} h"}}\n' for at, used in ((30, 40), (2, 20))
    )
    story = told(tmp_path, entries)
    found = withdrawal_of(story.history, story.now)
    assert [use.said.latest_at for use in found.uses] == [story.now - timedelta(hours=20)]
    assert [at for at, _ in found.marks] == [story.now - timedelta(hours=hours) for hours in (40, 20)]
    (usual,) = found.usual
    onset = usual.stretches[0]
    assert onset.begins == usual.since + timedelta(hours=8) and onset.ends == usual.since + timedelta(hours=24)


def test_one_usual_course_for_a_class_and_none_for_what_is_no_opioid_or_has_no_source(tmp_path: Path) -> None:
    names = ("heroin", "short-acting-tablets", "long-acting-tablets", "alcohol")
    story = told(tmp_path, "".join(f'  - {{event: use.reported, at: "-1 h", by: "nurse N", substance: {name}, latest_at: "-9 h"}}\n' for name in names))
    found = withdrawal_of(story.history, story.now)
    assert len(found.uses) == len(names) and len(found.usual) == 1
    assert {start.of_class for start in found.starts} == {"short-acting-opioid", "long-acting-opioid"}


def test_never_and_not_known_are_kept_and_drawn_nowhere() -> None:
    found = withdrawal_of((story := shipped("omar-withdrawal-heroin")).history, story.now)
    assert [use.substance.name for use in found.uses] == ["heroin", "benzodiazepine"]
    assert found.uses[1].said.never and len(found.marks) == 1


@pytest.mark.parametrize("name", ["omar-withdrawal-heroin", "priya-precipitated", "quinn-score-confounded"])
def test_what_is_still_to_come_is_not_looked_at(name: str) -> None:
    story = shipped(name)
    early = withdrawal_of(story.history, story.now - timedelta(days=60))
    assert not (early.scores or early.uses or early.marks or early.moud or early.comfort or early.infusions or early.usual)
